"""Whose copy of a line stays: stored with the examples, and shown beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis
from tamis.report.data import load_data

RECIPE = """name = "cut"
[[step]]
op = "line"
copies = "{copies}"
[[step]]
op = "cut"
spans = "line.spans"
keep = [{{ signal = "left_chars", min = 30 }}]
"""
MENU = ["Home of the lamps", "Sign in"]


def made(folder: Path, copies: str) -> list[dict[str, Any]]:
    texts = [
        *MENU,
        "\n".join([*MENU, "A story of its own, which is long enough to stay."]),
        "\n".join([*MENU, MENU[0]]),
    ]
    (folder / "a.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    (folder / "r.toml").write_text(RECIPE.format(copies=copies))
    run = tamis.run(folder / "r.toml", folder / "a.jsonl", folder / copies, workers=1)
    examples: list[dict[str, Any]] = load_data(run.path)[1].to_pylist()
    assert len(examples) == 4
    stored = pq.read_table(next((run.path / "kept").iterdir()))
    assert stored.num_rows == 1
    return sorted(examples, key=lambda one: one["offset"])


def test_examples_name_the_documents_that_keep_their_lines(tmp_path: Path) -> None:
    first, second, kept, last = made(tmp_path, "one")
    assert first["elsewhere"] is None
    assert second["elsewhere"] is None
    both = {
        "documents": 2,
        "keepers": [{"id": one, "lines": 1} for one in sorted((first["id"], second["id"]))],
    }
    assert (kept["side"], kept["elsewhere"]) == ("kept", {"lines": 2, **both})
    assert last["elsewhere"]["lines"] == 3
    assert last["elsewhere"]["keepers"][0] == {"id": first["id"], "lines": 2}


def test_where_no_copy_stays_nobody_keeps_one(tmp_path: Path) -> None:
    assert [one["elsewhere"] for one in made(tmp_path, "none")] == [None] * 4


@pytest.mark.parametrize("originals", ["keep", "drop"])
def test_the_keeper_needs_neither_operators_nor_originals(tmp_path: Path, originals: str) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": "One line."}) for _ in range(2)))
    (tmp_path / "r.toml").write_text(RECIPE.format(copies="one"))
    run = tamis.run(
        tmp_path / "r.toml", tmp_path / "a.jsonl", tmp_path / "run", workers=1, originals=originals
    )
    tamis.report(run.path)
    one, two = sorted(load_data(run.path)[1].to_pylist(), key=lambda row: row["offset"])
    assert one["elsewhere"] is None
    assert two["elsewhere"] == {"lines": 1, "documents": 1, "keepers": [{"id": one["id"], "lines": 1}]}
