"""Retune equals a fresh run: random tightenings and loosenings of random bounds, byte for byte."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest

import tamis
from tamis.errors import InputError, RecipeError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from run_inputs import digests, write_texts

OPS = [str(Path(__file__).resolve().parent.parent / "run_ops.py")]
RECIPE = """name = "retune-test"
[[step]]
op = "run_size"
gate = {gate}
keep = [{{ signal = "length", min = 100, max = 600 }}]
[[step]]
op = "run_shout"
keep = [{{ signal = "hits", max = 12 }}]
[[step]]
op = "run_size"
as = "after"
keep = [{{ signal = "length", max = 400 }}]
{corpus}
"""
EXACT = """
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "run_shout"
as = "last"
word = "gamma"
keep = [{ signal = "hits", max = 11 }]
"""


def run(folder: Path, name: str, recipe: str, **options: Any) -> Any:
    (folder / "r.toml").write_text(recipe)
    settings = {"workers": 1, "shard_bytes": 60_000, "ops": OPS, "fsync": False, **options}
    return tamis.run(folder / "r.toml", str(folder / "in" / "*.jsonl"), folder / name, **settings)


def changes(draw: random.Random, corpus: bool) -> dict[str, Any]:
    bounds = {
        "run_size.length.min": (0, 150),
        "run_size.length.max": (200, 900),
        "run_shout.hits.max": (6, 25),
        "after.length.max": (250, 900),
    }
    if corpus:
        bounds["last.hits.max"] = (6, 25)
    chosen = draw.sample(sorted(bounds), draw.randint(1, len(bounds)))
    return {name: draw.randint(*bounds[name]) for name in chosen}


@pytest.mark.parametrize(
    ("gate", "removed", "corpus"),
    [("false", "text", False), ("true", "signals", False), ("true", "text", True)],
)
def test_retune_equals_a_fresh_run(tmp_path: Path, gate: str, removed: str, corpus: bool) -> None:
    write_texts(tmp_path / "in", 300)
    if corpus:
        # Copies across files, so that there are clusters to decide again.
        text = (tmp_path / "in" / "part-0.jsonl").read_text().splitlines()[:60]
        (tmp_path / "in" / "part-2.jsonl").write_text("\n".join(text) + "\n")
    recipe = RECIPE.format(gate=gate, corpus=EXACT if corpus else "")
    old = run(tmp_path, "old", recipe, removed=removed)
    draw = random.Random(7)
    seen = set()
    for number in range(4):
        change = changes(draw, corpus)
        new = tamis.retune(old.path, change, tmp_path / f"retuned-{number}", workers=1)
        fresh = run(
            tmp_path,
            f"fresh-{number}",
            recipe,
            removed=removed,
            overrides={**old.info["recipe"]["overrides"], **change},
        )
        assert digests(new.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters"), change
        assert verdicts(new) == verdicts(fresh)
        seen.add(new.counts()["kept"])
        old = new
    assert len(seen) > 1


def verdicts(found: Any) -> list[tuple[Any, ...]]:
    """Ids and verdicts of removed documents."""
    import pyarrow.parquet as pq

    names = ["id", "removed_by", "removed_value", "removed_bound", "failed_rules"]
    tables = [
        pq.read_table(path, columns=names, partitioning=None).to_pylist()
        for _shard, path in found.files("removed")
    ]
    return sorted(tuple(str(row[name]) for name in names) for table in tables for row in table)


def test_raw_inputs_are_found_where_they_were_moved_and_seen_when_they_changed(tmp_path: Path) -> None:
    write_texts(tmp_path / "in", 120)
    old = run(tmp_path, "old", RECIPE.format(gate="true", corpus=""), removed="signals")
    change = {"run_size.length.min": 20}
    fresh = run(tmp_path, "fresh", RECIPE.format(gate="true", corpus=""), removed="signals", overrides=change)
    (tmp_path / "in").rename(tmp_path / "moved")
    with pytest.raises(InputError):
        tamis.retune(old.path, change, tmp_path / "lost", workers=1)
    new = tamis.retune(old.path, change, tmp_path / "new", workers=1, inputs=tmp_path / "moved")
    assert new.reread > 0
    assert digests(new.path, "kept") == digests(fresh.path, "kept")
    write_texts(tmp_path / "moved", 120, seed=1)
    with pytest.raises(InputError, match="changed since the run"):
        tamis.retune(old.path, change, tmp_path / "changed", workers=1, inputs=tmp_path / "moved")


def test_a_changed_parameter_is_refused_with_the_way_to_do_it(tmp_path: Path) -> None:
    write_texts(tmp_path / "in", 30)
    old = run(tmp_path, "old", RECIPE.format(gate="false", corpus=""))
    with pytest.raises(RecipeError) as caught:
        tamis.retune(old.path, {"run_shout.word": "gamma"}, tmp_path / "new")
    assert "--reuse" in caught.value.hint
