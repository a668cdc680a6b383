"""Write crates/tamis-core/src/corpus/later_characters.rs: what differs between the references' Unicode versions.

    python3.11 scripts/make_minhash_tables.py      (needs regex 2026.11.15)

datatrove normalises with two tables: Python 3.11's own (Unicode 14.0: lower case, marks, decomposition, `\\d`) and
that of the `regex` package (newer: `\\p{Nd}`). Rust's normalisation crate is newer still. The file lists the decimal
digits that only `regex` knows, and the characters that came after 14.0 and are marks or decompose in newer versions.
"""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import regex

TARGET = Path(__file__).resolve().parent.parent / "crates/tamis-core/src/corpus/later_characters.rs"
HEADER = """\
//! Characters that Python 3.11 (Unicode 14.0) does not know; made by scripts/make_minhash_tables.py.
//! Facts of the Unicode Character Database, Copyright Unicode, Inc., Unicode License v3 (see NOTICE).

"""


def ranges(chosen: Callable[[str], bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for code in range(sys.maxunicode + 1):
        if 0xD800 <= code < 0xE000 or not chosen(chr(code)):
            continue
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


def table(name: str, meaning: str, rows: list[tuple[int, int]]) -> str:
    lines = "".join(f"    ({first:#x}, {last:#x}),\n" for first, last in rows)
    return f"/// {meaning}\npub const {name}: &[(u32, u32)] = &[\n{lines}];\n"


def main() -> None:
    assert sys.version_info[:2] == (3, 11), "the tables are those of Python 3.11"
    assert unicodedata.unidata_version == "14.0.0"
    assert regex.__version__ == "2026.11.15", regex.__version__
    digit, assigned = regex.compile(r"\p{Nd}"), regex.compile(r"\P{Cn}")
    known_later = ranges(
        lambda c: (
            unicodedata.category(c) == "Cn"
            and assigned.match(c) is not None
            and not 0x20000 <= ord(c) < 0x40000
        )
    )
    assert known_later, "the regex package knows no later character"
    digits = ranges(lambda c: digit.match(c) is not None and unicodedata.category(c) != "Nd")
    text = HEADER + table(
        "LATER_DIGITS",
        "Decimal digits of the `regex` package 2026.11.15 that are none in Unicode 14.0.",
        digits,
    )
    text += "\n" + table(
        "LATER", "Assigned after Unicode 14.0, without the ideographs of planes 2 and 3.", known_later
    )
    TARGET.write_text(text, encoding="utf-8")
    subprocess.run(["rustfmt", "--edition", "2024", str(TARGET)], check=True)


if __name__ == "__main__":
    main()
