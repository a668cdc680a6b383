"""Write crates/tamis-core/src/signals/tables/punctuation.txt: the character sets of datatrove's filters.

    PYTHON_WITH_DATATROVE_0.10.1 scripts/make_punctuation_table.py

datatrove counts a token as a word when one character lies outside a set, and a line as finished when it ends in
a mark of another. The sets are facts that parity depends on, so they are read from the package, never typed.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from pathlib import Path

from datatrove.utils.text import PUNCTUATION, PUNCTUATION_SET, TERMINAL_PUNCTUATION

VERSION = "0.10.1"
TARGET = Path(__file__).resolve().parent.parent / "crates/tamis-core/src/signals/tables/punctuation.txt"
HEADER = f"""\
# Character sets of datatrove {VERSION} (utils/text.py, Apache-2.0, Copyright the Hugging Face team), made by
# scripts/make_punctuation_table.py. One code point or range a line, hexadecimal.
# `marks`: ends of sentences in all scripts ({len(TERMINAL_PUNCTUATION)}); `symbols`: what the state of May 2024
# already had ({len(set(PUNCTUATION))}). Both together are the {len(PUNCTUATION_SET)} of {VERSION}.
"""


def ranges(characters: Iterable[str]) -> list[str]:
    lines: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if lines and lines[-1][1] == code - 1:
            lines[-1][1] = code
        else:
            lines.append([code, code])
    return [f"{first:X}" if first == last else f"{first:X}-{last:X}" for first, last in lines]


def main() -> None:
    found = importlib.metadata.version("datatrove")
    assert found == VERSION, f"datatrove {VERSION} is needed, found {found}"
    symbols = set(PUNCTUATION)
    assert symbols | TERMINAL_PUNCTUATION == PUNCTUATION_SET
    lines = ["marks", *ranges(TERMINAL_PUNCTUATION), "symbols", *ranges(symbols)]
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
