"""Write crates/tamis-core/src/text/tables/spacy_en.txt: the rules of spaCy's English tokenizer as plain lists.

    python scripts/make_spacy_tables.py        (in an environment with spacy==3.8.18)

Each pattern of the package is read with Python's own pattern parser and sorted into one of the few shapes
that the kernel knows (a character of a class, a fixed string, the same behind one or two characters); a
pattern of any other shape stops the script.
"""

from __future__ import annotations

import re
from pathlib import Path
from re import _parser as patterns  # type: ignore[attr-defined]
from typing import Any

import spacy
from spacy.lang.tokenizer_exceptions import URL_PATTERN
from spacy.pipeline import Sentencizer

VERSION = "3.8.18"
TARGET = Path(__file__).resolve().parent.parent / "crates/tamis-core/src/text/tables/spacy_en.txt"
HEADER = f"""\
# The English tokenizer's rules of spaCy {VERSION}, made by scripts/make_spacy_tables.py.
# Source: lang/punctuation.py, lang/char_classes.py, lang/tokenizer_exceptions.py, lang/en/, pipeline/sentencizer.pyx.
# Copyright (C) 2016-2024 ExplosionAI GmbH, MIT License; the letters of a URL's last label come from the URL
# pattern, Copyright (c) 2010-2018 Diego Perini, MIT License (see NOTICE).
# `[NAME]` opens a list. Classes: FIRST-LAST in hexadecimal. Strings: one a line. Exceptions: parts between tabs.
"""
Items = list[tuple[Any, Any]]
Ranges = set[int]


def parse(pattern: str) -> Items:
    return list(patterns.parse(pattern))


def characters(item: tuple[Any, Any]) -> Ranges:
    """The code points that one item of a pattern matches."""
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return {value}
    if kind == "RANGE":
        return set(range(value[0], value[1] + 1))
    if kind == "IN":
        return set().union(*(characters(part) for part in value))
    raise SystemExit(f"not a class of characters: {item}")


def strings(items: Items) -> list[str]:
    """The fixed strings that a pattern without classes matches."""
    made = [""]
    for kind, value in items:
        if str(kind) == "LITERAL":
            made = [text + chr(value) for text in made]
        elif str(kind) == "IN":
            made = [text + chr(code) for text in made for code in sorted(characters((kind, value)))]
        elif str(kind) == "SUBPATTERN":
            made = [text + end for text in made for end in strings(list(value[3]))]
        elif str(kind) == "BRANCH":
            made = [text + end for text in made for branch in value[1] for end in strings(list(branch))]
        else:
            raise SystemExit(f"not a fixed string: {kind}")
    return made


def behind(pattern: str) -> tuple[list[Ranges], Items]:
    """The classes of a leading lookbehind, and what follows it."""
    (kind, value), *rest = parse(pattern)
    assert str(kind) == "ASSERT"
    assert value[0] == -1
    return [characters(item) for item in value[1]], rest


DIGITS = set(map(ord, "0123456789"))


def prefix_lists(pieces: list[str]) -> dict[str, Any]:
    single: Ranges = set()
    fixed = []
    special = [r"\+(?![0-9])", r"\.\.+"]
    for piece in pieces:
        if piece in special or not piece.strip():
            continue
        if len(items := parse(piece)) == 1:
            single |= characters(items[0])
        else:
            fixed += strings(items)
    assert all(piece in pieces for piece in special)
    assert pieces.index("…") < pieces.index("……"), "the kernel takes one ellipsis at a time"
    fixed.remove("……")
    assert not any(ord(text[0]) in single for text in [*fixed, ".", "+"]), "the order would matter"
    return {"prefix class": single, "prefix strings": fixed}


def suffix_lists(pieces: list[str]) -> dict[str, Any]:
    single: Ranges = set()
    fixed, after_digit = [], []
    lists: dict[str, Any] = {}
    assert r"\.\.+" in pieces
    for piece in pieces:
        if piece == r"\.\.+" or not piece.strip():
            continue
        if not piece.startswith("(?<="):
            if len(items := parse(piece)) == 1:
                single |= characters(items[0])
            else:
                fixed += strings(items)
            continue
        before, rest = behind(piece)
        ends = strings(rest)
        if before == [DIGITS]:
            after_digit += ends
        elif before == [{ord("°")}, set(map(ord, "FfCcKk"))]:
            assert ends == ["."]
        else:
            assert ends == ["."]
            assert len(before) in (1, 2)
            assert before[0] == before[-1]
            lists[f"suffix dot after {len(before)}"] = before[0]
    assert len(lists) == 2
    return {
        "suffix class": single,
        "suffix strings": fixed,
        "suffix strings after a digit": after_digit,
        **lists,
    }


def infix_lists(pieces: list[str]) -> dict[str, Any]:
    dots, ellipsis, icons, operators, dot, comma, hyphen, mark = pieces
    assert (dots, ellipsis, operators) == (r"\.\.+", "…", r"(?<=[0-9])[+\-\*^](?=[0-9-])")
    sides = []
    for piece in (dot, comma, hyphen, mark):
        (before,), rest = behind(piece)
        kind, (direction, after) = rest[-1]
        assert (str(kind), direction) == ("ASSERT", 1)
        sides.append((before, characters(after[0]), rest[:-1]))
    letters = sides[1][0]
    assert [strings(middle) for _, _, middle in (sides[0], sides[1])] == [["."], [","]]
    assert strings(sides[2][2]) == ["-", "–", "—", "--", "---", "——", "~"]
    assert sorted(strings(sides[3][2])) == sorted(":<>=/")
    assert sides[1][1] == sides[2][1] == sides[3][1] == letters
    assert sides[2][0] == sides[3][0] == letters | DIGITS
    return {
        "infix class": characters(parse(icons)[0]) | {ord("…")},
        "infix before dot": sides[0][0],
        "infix after dot": sides[0][1],
        "letters": letters,
    }


def last_label() -> Ranges:
    """The characters of a URL's last label; what else the pattern says is in the kernel."""
    start = URL_PATTERN.index(r"\.)+(?:[") + len(r"\.)+(?:")
    end = URL_PATTERN.index("{2,63}))(?::", start)
    skeleton = URL_PATTERN[:start] + "TLD" + URL_PATTERN[end:]
    assert skeleton == (
        r"^(?:(?:[\w\+\-\.]{2,})://)?(?:\S+(?::\S*)?@)?"
        r"(?:(?!(?:10|127)(?:\.\d{1,3}){3})(?!(?:169\.254|192\.168)(?:\.\d{1,3}){2})"
        r"(?!172\.(?:1[6-9]|2\d|3[0-1])(?:\.\d{1,3}){2})"
        r"(?:[1-9]\d?|1\d\d|2[01]\d|22[0-3])(?:\.(?:1?\d{1,2}|2[0-4]\d|25[0-5])){2}"
        r"(?:\.(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-4]))"
        r"|(?:(?:[A-Za-z0-9\u00a1-\uffff][A-Za-z0-9\u00a1-\uffff_-]{0,62})?[A-Za-z0-9\u00a1-\uffff]\.)+"
        r"(?:TLD{2,63}))(?::\d{2,5})?(?:[/?#]\S*)?$"
    ), skeleton
    return characters(parse(URL_PATTERN[start:end])[0])


def exceptions(rules: dict[str, list[dict[int, str]]]) -> list[str]:
    lines = []
    for text, parts in sorted(rules.items()):
        if text.isspace():
            assert len(parts) == 1, "a blank never has parts"
            continue
        texts = [part[65] for part in parts]
        assert "".join(texts) == text
        assert not any(character.isspace() for character in text)
        lines.append("\t".join(texts))
    return lines


def ranges(codes: Ranges) -> list[str]:
    starts = sorted(code for code in codes if code - 1 not in codes)
    ends = sorted(code for code in codes if code + 1 not in codes)
    return [f"{start:X}-{end:X}" for start, end in zip(starts, ends, strict=True)]


def main() -> None:
    assert spacy.__version__ == VERSION, f"wants spacy {VERSION}"
    tokenizer = spacy.blank("en").tokenizer
    defaults = spacy.blank("en").Defaults
    assert tokenizer.token_match is None
    assert defaults.url_match.__self__ == re.compile("(?u)" + URL_PATTERN)
    marks = Sentencizer.default_punct_chars
    assert all(len(mark) == 1 for mark in marks)
    lists = {
        **prefix_lists(list(defaults.prefixes)),
        **suffix_lists(list(defaults.suffixes)),
        **infix_lists(list(defaults.infixes)),
        "url last label": last_label(),
        "sentence marks": set(map(ord, marks)),
        "exceptions": exceptions(tokenizer.rules),
    }
    lines = [HEADER.rstrip("\n")]
    for name, values in lists.items():
        lines.append(f"[{name}]")
        lines += ranges(values) if isinstance(values, set) else values
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(tokenizer.rules), "exceptions;", len(marks), "sentence marks")


main()
