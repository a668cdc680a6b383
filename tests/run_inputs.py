"""Inputs for runs: seeded texts of a few words, as JSONL."""

from __future__ import annotations

import json
import random
from pathlib import Path

WORDS = ("alpha", "beta", "gamma", "delta", "the", "of", "和", "été")

RECIPE = """name = "engine-test"
[[step]]
op = "run_size"
keep = [{ signal = "length", min = 100 }]
[[step]]
op = "run_shout"
keep = [{ signal = "hits", max = 12 }]
[[step]]
op = "run_size"
as = "after"
keep = [{ signal = "length", max = 400 }]
"""


def write_texts(
    folder: Path, documents: int, *, seed: int = 0, files: int = 2, special: dict[int, str] | None = None
) -> list[str]:
    """JSONL files with `documents` texts in all; `special` puts a word into the text of a number."""
    draw = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"part-{number}.jsonl" for number in range(files)]
    handles = [path.open("w", encoding="utf-8") for path in paths]
    for number in range(documents):
        text = " ".join(draw.choice(WORDS) for _ in range(draw.randint(3, 120)))
        if special and number in special:
            text = " ".join([*["alpha"] * 40, special[number]])
        handles[number * files // documents].write(json.dumps({"id": str(number), "text": text}) + "\n")
    for handle in handles:
        handle.close()
    return [str(path) for path in paths]


def digests(run: Path, *roles: str) -> dict[str, list[str]]:
    """The files of some roles by name; names hold the digests of what is in them."""
    return {role: sorted(path.name for path in (run / role).glob("*")) for role in roles}
