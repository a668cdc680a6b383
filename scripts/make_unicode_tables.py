"""Write crates/tamis-core/src/text/tables/unicode14.txt: what Python 3.11 says of each character.

    python3.11 scripts/make_unicode_tables.py

The reference implementations run on Python 3.11 (Unicode 14.0). Rust's own classes are newer and drawn
differently (`is_alphabetic` includes letter numbers and vowel signs, `White_Space` lacks U+001C to U+001F),
so the kernels ask these tables instead.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "crates/tamis-core/src/text/tables/unicode14.txt"
HEADER = """\
# What Python 3.11 (Unicode 14.0) says of each character, made by scripts/make_unicode_tables.py.
# Facts of the Unicode Character Database, Copyright Unicode, Inc., Unicode License v3 (see NOTICE).
# A line is FIRST-LAST FLAGS (hexadecimal); flags are added up:
# 1 str.isspace, 2 str.isalpha (L*), 4 str.isalnum, 8 punctuation (P*), 10 nonspacing mark (Mn),
# 20 decimal digit (Nd), 40 cased and not ignored by the rule of the final sigma, 80 ignored by it,
# 100 str.islower, 200 str.isupper.
# After `lower`, a line is FIRST-LAST STEP MAPPED: str.lower of FIRST, FIRST+STEP, ... LAST is MAPPED,
# MAPPED+STEP, ...
"""


def ends_in_final_sigma(text: str) -> bool:
    return (text + "\N{GREEK CAPITAL LETTER SIGMA}").lower().endswith("\N{GREEK SMALL LETTER FINAL SIGMA}")


def flags(character: str) -> int:
    category = unicodedata.category(character)
    cased = ends_in_final_sigma(character)
    ignored = not cased and ends_in_final_sigma("A" + character)
    properties = [
        character.isspace(),
        character.isalpha(),
        character.isalnum(),
        category.startswith("P"),
        category == "Mn",
        category == "Nd",
        cased,
        ignored,
        character.islower(),
        character.isupper(),
    ]
    return sum(1 << bit for bit, value in enumerate(properties) if value)


def flag_lines() -> Iterator[str]:
    start, current = 0, flags("\0")
    for code in range(1, sys.maxunicode + 2):
        value = flags(chr(code)) if code <= sys.maxunicode else -1
        if value != current:
            if current:
                yield f"{start:X}-{code - 1:X} {current:X}"
            start, current = code, value


def lower_lines() -> Iterator[str]:
    pairs = []
    for code in range(sys.maxunicode + 1):
        lower = chr(code).lower()
        if len(lower) == 1 and ord(lower) != code:
            pairs.append((code, ord(lower)))
        elif len(lower) != 1:
            assert chr(code) == "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", (
                "the kernel knows of one such character"
            )
    while pairs:
        code, mapped = pairs[0]
        step = pairs[1][0] - code if len(pairs) > 1 and pairs[1][0] - code <= 2 else 1
        count = 1
        while count < len(pairs) and pairs[count] == (code + step * count, mapped + step * count):
            count += 1
        yield f"{code:X}-{code + step * (count - 1):X} {step} {mapped:X}"
        del pairs[:count]


def table() -> str:
    lines = [*flag_lines(), "lower", *lower_lines()]
    return HEADER + "\n".join(lines) + "\n"


def main() -> None:
    assert sys.version_info[:2] == (3, 11), "the tables are those of Python 3.11"
    assert unicodedata.unidata_version == "14.0.0"
    TARGET.write_text(table(), encoding="ascii")


if __name__ == "__main__":
    main()
