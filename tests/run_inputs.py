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

RUN_RECIPE = """name = "run"
[[step]]
op = "run_shout"
as = "early"
word = "delta"
[[step]]
op = "run_size"
keep = [{ signal = "length", min = 60 }]
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "run_shout"
keep = [{ signal = "hits", max = 12 }]
"""
"""A row phase, a corpus step, a row phase, by operators of `run_ops.py`."""
RUN_SCRIPT = """
import json, sys, tamis
from tamis.errors import Interrupted, TamisError
recipe, inputs, out, ops, options = sys.argv[1:]
try:
    tamis.run(recipe, inputs, out, ops=[ops], **{"workers": 1, "shard_bytes": 15_000, **json.loads(options)})
except Interrupted:
    sys.exit(130)
except TamisError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""
"""A run in a process of its own."""


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


def write_run_inputs(folder: Path) -> None:
    """Below a folder `r.toml`, the recipe, and `in/`: texts, some of them once more in a file of their own."""
    (folder / "r.toml").write_text(RUN_RECIPE)
    write_texts(folder / "in", 150)
    write_copies(folder / "in")


def write_copies(folder: Path) -> None:
    """The first texts of `write_texts` once more."""
    copies = (folder / "part-0.jsonl").read_text().splitlines()[:30]
    (folder / "part-2.jsonl").write_text("\n".join(copies) + "\n")
