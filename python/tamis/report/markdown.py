"""Markdown and YAML that hold strings of strangers: they stay text, whatever they are made of."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Sequence

MOST = 80
_MARKUP = re.compile(r"[\\`*_{}\[\]()#+!|~@:$^=\"']")


def line(text: object, most: int = MOST) -> str:
    """A string on one line: blanks as single spaces, what cannot be printed as U+FFFD, long ones cut in the middle.

    Examples:
        >>> line("a\\n b\\x1b", 10), line("0123456789", 7)
        ('a b\\ufffd', '012…789')
    """
    said = "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(str(text).split()))
    half = (most - 1) // 2
    return said if len(said) <= most else f"{said[:half]}…{said[-half:]}"


def plain(text: object, most: int = MOST) -> str:
    """A string that CommonMark and its tables show as it is, without markup, HTML, links or mentions.

    Examples:
        >>> plain("<b>a|b</b> `c`")
        '&lt;b&gt;a\\\\|b&lt;/b&gt; \\\\`c\\\\`'
    """
    said = _MARKUP.sub(lambda found: "\\" + found[0], line(text, most).replace("&", "&amp;"))
    said = re.sub(r"(?i)\bwww\.", lambda found: found[0][:3] + "\\.", said)
    return said.replace("<", "&lt;").replace(">", "&gt;") or " "


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """The lines of a table; cells are Markdown already, and the first `left` columns are set to the left."""
    rule = ["---" if number < left else "---:" for number in range(len(heads))]
    return [f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows)]


def fenced(text: str) -> list[str]:
    """A block of code whose fence is longer than any row of backticks in it.

    Examples:
        >>> fenced("tamis run")
        ['```', 'tamis run', '```']
    """
    fence = "`" * max(3, 1 + max((len(found) for found in re.findall("`+", text)), default=0))
    return [fence, text, fence]


def shell(word: str) -> str:
    """A word of a command, quoted; what cannot be printed is written as bash's `$'...'` has it.

    Examples:
        >>> shell("a b"), shell("a\\nb")
        ("'a b'", "$'a\\\\nb'")
    """
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(_escape(letter) for letter in word) + "'"


def _escape(letter: str) -> str:
    if letter in "\\'":
        return "\\" + letter
    if letter.isprintable():
        return letter
    if letter == "\n":
        return "\\n"
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))


def front_matter(fields: Sequence[tuple[str, str | Sequence[str]]]) -> list[str]:
    """YAML between two lines of hyphens: texts and lists of texts, each in double quotes.

    Examples:
        >>> front_matter([("language", ["en"]), ("pretty_name", "a: b")])
        ['---', 'language:', '- "en"', 'pretty_name: "a: b"', '---']
    """
    lines = ["---"]
    for key, given in fields:
        if isinstance(given, str):
            lines.append(f"{key}: {_scalar(given)}")
        elif given:
            lines += [f"{key}:", *(f"- {_scalar(one)}" for one in given)]
    return [*lines, "---"]


def _scalar(text: str) -> str:
    # A JSON string of printable letters is a double-quoted scalar of YAML.
    return json.dumps(line(text, 200), ensure_ascii=False)
