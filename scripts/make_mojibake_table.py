r"""Write crates/tamis-core/src/transforms/tables/mojibake.txt: what makes ftfy suspect a text.

    PYTHON_WITH_FTFY_6.3.1 scripts/make_mojibake_table.py

ftfy leaves a text alone in which `ftfy.badness.BADNESS_RE` finds nothing. The alternatives of that expression are
facts that parity depends on, so they are read from the package, never typed. They are written for Rust's crate
`regex`, whose `\w` lacks some numbers of Python's and whose `\s` lacks U+001C to U+001F, as an expression that finds
at least what Python's finds: `^` is left out, because ftfy looks at each line by itself, and at most at 1,000,000
characters of it.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path

from ftfy.badness import BADNESS_RE

VERSION = "6.3.1"
TARGET = Path(__file__).resolve().parent.parent / "crates/tamis-core/src/transforms/tables/mojibake.txt"
HEADER = f"""\
# What makes ftfy {VERSION} suspect a text: the alternatives of `ftfy.badness.BADNESS_RE` (Apache-2.0, Copyright Robyn
# Speer), one a line, for Rust's crate `regex`; made by scripts/make_mojibake_table.py.
"""
WIDER = {r"\w": r"[\w\p{N}]", r"\s": r"[\s\x1c-\x1f]", "^": ""}
PART = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\.|\#[^\n]*|\s+|.", re.DOTALL)
"""A class, an escape, a comment, blanks, or any other character of an expression in verbose form."""


def alternatives(pattern: str) -> Iterator[str]:
    """The alternatives of a verbose expression without groups, blanks and comments left out."""
    found: list[str] = []
    for part in PART.findall(pattern):
        assert part not in ("(", ")"), "an expression with groups is not split here"
        if part == "|":
            yield "".join(found)
            found = []
        elif not part.isspace() and not part.startswith("#"):
            found.append(WIDER.get(part, visible(part)))
    yield "".join(found)


def visible(part: str) -> str:
    """The part with characters that nobody can see as escapes; classes of Rust have signs of their own."""
    assert not re.search(r"&&|--|~~|.\[", part), part
    return "".join(one if one.isprintable() else f"\\x{{{ord(one):X}}}" for one in part)


def main() -> None:
    found = importlib.metadata.version("ftfy")
    assert found == VERSION, f"ftfy {VERSION} is needed, found {found}"
    lines = list(alternatives(BADNESS_RE.pattern))
    assert all(lines)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
