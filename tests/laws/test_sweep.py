"""A sweep keeps what real retunes keep, and where a gate or a corpus step stands behind, it holds their answer."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import tamis
from tamis.errors import RecipeError, RunError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from run_inputs import write_texts
from word_tokenizer import word_tokenizer

OPS = [str(Path(__file__).resolve().parent.parent / "run_ops.py")]
RECIPE = """name = "sweep-test"
[[step]]
op = "run_size"
gate = {gate}
keep = [{{ signal = "length", min = 100, max = 600 }}]
[[step]]
op = "token_count"
tokenizer = "{tokenizer}"
[[step]]
op = "run_shout"
where = [{{ signal = "run_size.length", above = 200 }}]
keep = [
  {{ name = "many", signal = "hits", max = 12 }},
  {{ name = "few", signal = "hits", min = 4, when = {{ signal = "run_size.length", above = 300 }} }},
]
{corpus}
[[step]]
op = "run_size"
as = "after"
keep = [{{ signal = "length", max = 400 }}]
"""
EXACT = """
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
"""
SWEPT = {
    "run_size.length.min": (0, 250),
    "run_size.length.max": (200, 700),
    "run_shout.many.max": (4, 25),
    "run_shout.few.min": (0, 9),
    "after.length.max": (250, 700),
    "after.length.min": (0, 300),
    "exact.rank.max": (0, 3),
}


def made(folder: Path, gate: str = "false", corpus: str = "", **options: Any) -> Any:
    write_texts(folder / "in", 240)
    texts = (folder / "in" / "part-0.jsonl").read_text().splitlines()[:70]
    (folder / "in" / "part-2.jsonl").write_text("\n".join([*texts, *texts[:20]]) + "\n")
    tokenizer = word_tokenizer(folder / "tokenizer.json")
    (folder / "r.toml").write_text(RECIPE.format(gate=gate, corpus=corpus, tokenizer=tokenizer))
    settings = {"workers": 1, "shard_bytes": 60_000, "ops": OPS, "fsync": False, **options}
    return tamis.run(folder / "r.toml", str(folder / "in" / "*.jsonl"), folder / "old", **settings)


def kept(run: Any) -> dict[str, int]:
    """What a run keeps, added up from its files."""
    found = {"documents": 0, "characters": 0, "tokens": 0}
    for path in sorted((run.path / "kept").glob("*.parquet")):
        table = pq.read_table(path, columns=["text_chars", "token_count.token_count"])
        found["documents"] += table.num_rows
        found["characters"] += pc.sum(table["text_chars"]).as_py() or 0
        found["tokens"] += pc.sum(table["token_count.token_count"]).as_py() or 0
    return found


@pytest.mark.parametrize(
    ("gate", "corpus", "measure"),
    [
        ("false", "", "all"),
        ("true", "", "all"),
        ("false", EXACT, "all"),
        ("true", EXACT, "all"),
        ("false", "", "needed"),
    ],
)
def test_each_value_is_what_a_retune_keeps(tmp_path: Path, gate: str, corpus: str, measure: str) -> None:
    old = made(tmp_path, gate, corpus, measure=measure)
    before = {path: path.read_bytes() for path in old.path.rglob("*") if path.is_file()}
    draw, wide, moved = random.Random(11), 0, set()
    for bound, (low, high) in SWEPT.items():
        if bound.startswith("exact") and not corpus:
            continue
        values = [low, draw.randint(low + 1, high - 1), high]
        found = tamis.sweep(old.path, bound, values)
        open_ended = bool(found["unmeasured"] or found["duplicates"])
        assert open_ended is (not bound.startswith("after") and bool(corpus or measure == "needed")) or (
            gate == "true" and bound.startswith("run_size")
        )
        for number, one in enumerate(found["values"]):
            new = tamis.retune(old.path, {bound: one["value"]}, tmp_path / f"{bound}-{number}", workers=1)
            real = kept(new)
            moved.add(real["documents"])
            if open_ended:
                least, more = one["kept"]["documents"], one["at_most"]["documents"]
                assert least <= real["documents"] <= least + more, (bound, one)
                wide += more > 0
            else:
                assert one["kept"] == real, (bound, one)
                assert set(one["at_most"].values()) == {0}
    assert len(moved) > 5
    assert bool(wide) is bool(corpus or gate == "true" or measure == "needed")
    assert {path: path.read_bytes() for path in old.path.rglob("*") if path.is_file()} == before


def test_the_runs_own_value_changes_nothing(tmp_path: Path) -> None:
    old = made(tmp_path, "true", EXACT)
    for bound, now in (("run_size.length.min", 100), ("run_shout.many.max", 12), ("after.length.max", 400)):
        found = tamis.sweep(old.path, bound, [now])
        assert found["now"] == now
        assert found["values"][0]["kept"] == kept(old)
        assert found["values"][0]["at_most"]["documents"] == 0


def test_copies_of_what_is_removed_are_at_most(tmp_path: Path) -> None:
    """Two texts, twice each: whoever removes the longer text's first copy lets no other through its bound."""
    (tmp_path / "in").mkdir()
    rows = ["word " * 30, "word " * 30, "term " * 60, "term " * 60]
    (tmp_path / "in" / "a.jsonl").write_text("".join(f'{{"text": "{row.strip()}"}}\n' for row in rows))
    text = 'name = "copies"\n[[step]]\nop = "run_size"\nkeep = [{ signal = "length", min = 10 }]' + EXACT
    (tmp_path / "r.toml").write_text(text)
    old = tamis.run(
        tmp_path / "r.toml",
        str(tmp_path / "in" / "a.jsonl"),
        tmp_path / "old",
        workers=1,
        ops=OPS,
        fsync=False,
    )
    found = tamis.sweep(old.path, "run_size.length.min", "100:300:100")
    assert [one["kept"]["documents"] for one in found["values"]] == [2, 1, 0]
    assert [one["at_most"]["documents"] for one in found["values"]] == [0, 0, 0]
    assert found["duplicates"] == ["exact"]
    assert found["unmeasured"] == ["exact"]
    assert found["values"][0]["kept"]["tokens"] is None


def test_a_run_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("")
    (tmp_path / "r.toml").write_text(
        'name = "none"\n[[step]]\nop = "random"\nkeep = [{ signal = "value", max = 0.5 }]\n'
    )
    old = tamis.run(tmp_path / "r.toml", str(tmp_path / "a.jsonl"), tmp_path / "old", workers=1, fsync=False)
    found = tamis.sweep(old.path, "random.value.max", "0:1:0.5")
    assert [one["kept"] for one in found["values"]] == [{"documents": 0, "characters": 0, "tokens": None}] * 3


def test_what_is_no_bound_is_refused(tmp_path: Path) -> None:
    old = made(tmp_path)
    for bound, values, said in (
        ("run_size.length.mni", "1:2:1", "no bound 'mni'"),
        ("run_sise.length.min", "1:2:1", "no step 'run_sise'"),
        ("run_shout.word", "1:2:1", "a parameter, not a bound"),
        ("run_size.length.in", "1:2:1", "a list has no steps"),
        ("run_size.length.min", "2:1:1", "goes nowhere"),
        ("run_size.length.min", "1:2", "no range of numbers"),
        ("run_size.length.min", "0:9999:1", "more than 1,000 values"),
        ("run_size.length.min", "-5:5:1", "outside"),
        ("run_size.length.min", [], "no value"),
    ):
        with pytest.raises(RecipeError, match=said) as caught:
            tamis.sweep(old.path, bound, values)
        assert caught.value.where == f"--sweep {bound}"


def test_what_makes_documents_behind_the_bound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "one | two"}\n{"text": "three"}\n')
    text = """name = "parts"
[[step]]
op = "run_size"
keep = [{ signal = "length", min = 2 }]
[[step]]
op = "run_paragraphs"
keep_source = false
keep = [{ signal = "place", max = 0 }]
"""
    (tmp_path / "r.toml").write_text(text)
    old = tamis.run(
        tmp_path / "r.toml", str(tmp_path / "a.jsonl"), tmp_path / "old", workers=1, ops=OPS, fsync=False
    )
    with pytest.raises(RunError, match="run_paragraphs makes documents"):
        tamis.sweep(old.path, "run_size.length.min", [1])
    found = tamis.sweep(old.path, "run_paragraphs.place.max", [0, 1])
    assert [one["kept"]["documents"] for one in found["values"]] == [2, 3]


def test_without_removed_documents_nothing_can_be_said(tmp_path: Path) -> None:
    old = made(tmp_path, removed="none")
    with pytest.raises(RunError, match="stored no removed documents"):
        tamis.sweep(old.path, "run_size.length.min", [1])
