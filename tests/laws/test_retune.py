"""Retune equals a fresh run: random tightenings and loosenings of random bounds, byte for byte."""

from __future__ import annotations

import json
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


TWICE = """name = "twice-test"
[[step]]
op = "run_size"
keep = [{{ signal = "length", min = 60 }}]
[[step]]
op = "run_shout"
as = "first"
word = "{first}"
[[step]]
op = "exact"
keep = [{{ signal = "rank", max = 0 }}]
[[step]]
op = "run_shout"
as = "second"
keep = [{{ signal = "hits", max = 14 }}]
[[step]]
op = "minhash"
words = "whitespace"
n = 2
bands = 20
rows = 2
threshold = 0.6
survivor = "longest"
keep = [{{ signal = "rank", max = 0 }}]
[[step]]
op = "run_shout"
as = "third"
word = "gamma"
keep = [{{ signal = "hits", max = 14 }}]
"""
BOUNDS = {
    "run_size.length.min": (0, 150),
    "exact.rank.max": (0, 2),
    "second.hits.max": (8, 25),
    "minhash.rank.max": (0, 2),
    "third.hits.max": (8, 25),
}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"corpus": "drop"},
        {"originals": "drop"},
        {"measure": "needed"},
        {"removed": "signals"},
        {"limit": 90},
    ],
    ids=lambda options: "-".join(map(str, options.items())) or "plain",
)
def test_edits_between_two_corpus_steps(tmp_path: Path, options: dict[str, Any]) -> None:
    """Retune, `--reuse` and an edit in place each equal a fresh run, whatever was stored."""
    near_copies(tmp_path / "in")
    old = run(tmp_path, "old", TWICE.format(first="alpha"), **options)
    draw = random.Random(str(options))
    kept = {old.counts()["kept"]}
    for number in range(2):
        change = {name: draw.randint(*BOUNDS[name]) for name in draw.sample(sorted(BOUNDS), 3)}
        fresh = run(tmp_path, f"fresh-{number}", TWICE.format(first="alpha"), overrides=change, **options)
        again = tamis.retune(old.path, change, tmp_path / f"retuned-{number}", workers=1)
        assert digests(again.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters"), change
        assert verdicts(again) == verdicts(fresh)
        kept.add(fresh.counts()["kept"])
    assert len(kept) > 1
    for name, recipe, change in (
        ("word", TWICE.format(first="delta"), {}),
        ("threshold", TWICE.format(first="alpha"), {"minhash.threshold": 0.8}),
        ("third", TWICE.format(first="alpha"), {"third.word": "delta"}),
    ):
        fresh = run(tmp_path, f"fresh-{name}", recipe, overrides=change, **options)
        reused = run(tmp_path, f"reused-{name}", recipe, overrides=change, reuse=old.path, **options)
        assert digests(reused.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters"), name
        assert verdicts(reused) == verdicts(fresh)
    edited = run(tmp_path, "old", recipe, overrides=change, **options)
    assert digests(edited.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters")


def test_rows_of_a_limited_run_are_never_taken_for_all(tmp_path: Path) -> None:
    near_copies(tmp_path / "in")
    short = run(tmp_path, "short", TWICE.format(first="alpha"), limit=30)
    whole = run(
        tmp_path, "whole", TWICE.format(first="alpha"), overrides={"third.hits.max": 30}, reuse=short.path
    )
    assert (short.counts()["in"], whole.counts()["in"]) == (30, 160)


def near_copies(folder: Path) -> None:
    """Files of 100 texts and 60 copies of some, one word changed in every other one."""
    write_texts(folder, 100)
    draw, lines = random.Random(9), (folder / "part-0.jsonl").read_text().splitlines()
    copies = []
    for number in range(60):
        words = json.loads(draw.choice(lines))["text"].split()
        if number % 2:
            words[draw.randrange(len(words))] = "epsilon"
        copies.append(json.dumps({"id": f"copy-{number}", "text": " ".join(words)}))
    (folder / "part-2.jsonl").write_text("\n".join(copies) + "\n")


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


TABLE_RECIPE = """name = "table-test"
[[step]]
op = "run_size"
table = "bounds.csv"
by = "source"
keep = [{ signal = "length", max = 500 }]
[[step]]
op = "run_shout"
keep = [{ signal = "hits", max = 12 }]
"""


def test_bounds_of_a_table_are_decided_again_like_all_others(tmp_path: Path) -> None:
    """From the table as the run stored it; an edited table is a changed bound, and nothing is measured again."""
    draw, lines = random.Random(3), []
    for number in range(300):
        text = " ".join(draw.choices(["alpha", "beta", "gamma"], k=draw.randint(3, 120)))
        source = draw.choice(["news", "forum", "wiki", None])
        lines.append(json.dumps({"id": str(number), "text": text, "source": source}))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "part.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "bounds.csv").write_text("source,length.min,length.max\nnews,100,300\nforum,200,\n*,50,\n")
    old = run(tmp_path, "old", TABLE_RECIPE)
    seen = {bound for _id, by, _value, bound, _failed in verdicts(old) if by == "run_size.length"}
    assert seen == {
        "min 100 (news)", "max 300 (news)", "min 200 (forum)", "max 500 (forum)", "min 50 (wiki)", "max 500 (wiki)",
        "min 50 (part.jsonl)", "max 500 (part.jsonl)",
    }  # fmt: skip
    [news] = [id for id, by, _value, bound, _failed in verdicts(old) if bound == "min 100 (news)"][:1]
    told = tamis.explain(old.path, news)["steps"][0]["signals"]
    assert {one["bound"] for one in told if one["signal"] == "length"} == {"100 – 300"}
    change = {"run_size.length.min": 150}
    fresh = run(tmp_path, "fresh", TABLE_RECIPE, overrides=change)
    (tmp_path / "bounds.csv").unlink()
    again = tamis.retune(old.path, change, tmp_path / "again", workers=1)
    assert digests(again.path, "kept") == digests(fresh.path, "kept") != digests(old.path, "kept")
    assert verdicts(again) == verdicts(fresh)
    assert {bound for *_rest, bound, _failed in verdicts(again) if bound.startswith("min")} == {
        f"min 150 ({source})" for source in ("news", "forum", "wiki", "part.jsonl")
    }
    (tmp_path / "bounds.csv").write_text("source,length.min,length.max\nnews,10,400\nwiki,10,600\n")
    edited = run(tmp_path, "old", TABLE_RECIPE)
    anew = run(tmp_path, "anew", TABLE_RECIPE)
    assert digests(edited.path, "kept") == digests(anew.path, "kept") != digests(fresh.path, "kept")
    assert verdicts(edited) == verdicts(anew)
