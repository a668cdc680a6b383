"""Runs of recipes that make documents of documents, over seeded texts of parts between bars."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import tamis

OPS = [str(Path(__file__).resolve().parent / "run_ops.py")]
DOCUMENTS = 240
RECIPE = """name = "made-test"
[[step]]
op = "run_size"
keep = [{{ signal = "length", min = 12 }}]
[[step]]
op = "run_shout"
word = "gamma"
where = [{{ signal = "run_size.length", max = 150 }}]
keep = [{{ signal = "hits", max = 6 }}]
[[step]]
op = "{op}"
as = "parts"
keep_source = {keep}
keep = [{{ signal = "place", max = 4 }}]
[[step]]
op = "run_size"
as = "after"
keep = [{{ signal = "length", min = 6, max = 60 }}]
[[step]]
op = "run_shout"
as = "last"
keep = [{{ signal = "hits", max = 2 }}]
"""
EXACT = """
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
"""
WORDS = """
[[step]]
op = "run_paragraphs_batch"
as = "words"
mark = " "
keep_source = true
keep = [{ signal = "place", max = 2 }]
[[step]]
op = "run_size"
as = "end"
keep = [{ signal = "length", max = 5 }]
"""
MINHASH = """
[[step]]
op = "minhash"
n = 1
words = "whitespace"
keep = [{ signal = "rank", max = 0 }]
"""


@dataclass
class House:
    """Texts on disk, and recipes over them."""

    folder: Path

    def __post_init__(self) -> None:
        draw = random.Random(11)
        words = ["alpha", "beta", "gamma", "delta", "the", "of"]
        (self.folder / "in").mkdir(parents=True)
        self.texts: dict[str, str] = {}
        for number in range(DOCUMENTS):
            parts = [" ".join(draw.choices(words, k=draw.randint(1, 9))) for _ in range(draw.randint(0, 7))]
            # Some parts stand in several documents; some documents have no part at all.
            text = (
                " | ".join([*parts, "the of the of beta"] if number % 5 == 0 else parts) or "  |  |  |  |  "
            )
            text = {17: "EXPLODE here | ", 18: "one | EXPLODE | "}.get(number, "") + text
            text += {17: " | alpha" * 20, 18: " | of" * 50, 40: " UNSPLIT", 41: " | UNSPLIT too"}.get(
                number, ""
            )
            self.texts[f"n{number}"] = text
        lines = [
            json.dumps({"id": id, "text": text, "url": f"http://{id}"}) for id, text in self.texts.items()
        ]
        for file in range(3):
            path = self.folder / "in" / f"part-{file}.jsonl"
            path.write_text("\n".join(lines[file * DOCUMENTS // 3 : (file + 1) * DOCUMENTS // 3]) + "\n")

    def run(self, name: str, recipe: str, **options: Any) -> Any:
        (self.folder / "r.toml").write_text(recipe)
        settings = {"workers": 1, "shard_bytes": 4_000, "ops": OPS, "fsync": False, **options}
        inputs = str(self.folder / "in" / "*.jsonl")
        return tamis.run(self.folder / "r.toml", inputs, self.folder / name, **settings)


def recipe(keep: str = "false", op: str = "run_paragraphs", more: str = "") -> str:
    return RECIPE.format(keep=keep, op=op) + more


def rows(run: Any, role: str) -> Iterator[dict[str, Any]]:
    for shard, path in run.files(role):
        for row in pq.read_table(path, partitioning=None).to_pylist():
            yield {**row, "shard": shard}
