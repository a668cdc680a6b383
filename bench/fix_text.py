"""How fast `fix_text` passes clean texts in several scripts, beside ftfy on the same texts.

    make bench RUN=fix_text

Wanted: 50 MB/s and more on clean text of each set.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pyarrow as pa
from harness import PIECE, compare, data, documents

from tamis.ops.fix_text import fix_text, load

LEAST = 50e6


def japanese() -> Iterator[str]:
    for path in sorted((data() / "aozora_ja").rglob("*.txt")):
        text = path.read_bytes().decode("cp932", "replace")
        yield from (text[start : start + PIECE] for start in range(0, len(text), PIECE))


def main() -> int:
    state, slow = load({"preset": "encoding"}), []
    for name in ("web", "languages", "prose", "japanese"):
        texts = list(japanese()) if name == "japanese" else documents(name)
        clean = [text for text in texts if state.fix(text) == text]
        column = pa.array(clean, pa.large_string())
        print(f"{name}: {len(texts) - len(clean)} of {len(texts)} texts are repaired and left out")
        sides = {
            "fix_text": lambda column=column: fix_text(column, state=state),
            "ftfy": lambda clean=clean: [state.once(text) for text in clean],
        }
        speed = sum(len(text.encode()) for text in clean) / compare(sides, clean, rounds=3)["fix_text"]
        print(f"{name}: {speed / 1e6:.0f} MB/s, {'enough' if speed >= LEAST else 'TOO SLOW'}\n")
        slow += [name] if speed < LEAST else []
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
