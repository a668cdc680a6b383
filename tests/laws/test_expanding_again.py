"""Steps that make documents, in runs that take over what older ones measured, that die on the way, that are asked why.

What is made of a document is made again: retune, an edit in place and --reuse equal a fresh run.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tamis
from tamis import lineage
from tamis.engine.rundir import Run

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from expanding_runs import DOCUMENTS, EXACT, OPS, WORDS, House, recipe, rows
from run_inputs import digests

SAME = ("kept", "clusters", "originals")
BOUNDS = {
    "run_size.length.min": (0, 60),
    "run_shout.hits.max": (2, 9),
    "parts.place.max": (0, 6),
    "after.length.min": (0, 20),
    "after.length.max": (20, 80),
    "last.hits.max": (0, 4),
}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def verdicts(run: Any) -> list[tuple[str, ...]]:
    """Ids and verdicts of removed documents, ids and reasons of failed ones."""
    names = [
        "id",
        "row",
        "removed_by",
        "removed_value",
        "removed_bound",
        "failed_rules",
        "failed_step",
        "step",
        "kind",
    ]
    return sorted(
        tuple(str(row.get(n)) for n in names) for role in ("removed", "failed") for row in rows(run, role)
    )


def same(again: Any, fresh: Any, why: Any = "") -> None:
    assert digests(again.path, *SAME) == digests(fresh.path, *SAME), why
    assert again.counts() == fresh.counts(), why
    assert verdicts(again) == verdicts(fresh), why


@pytest.mark.parametrize(
    ("keep", "more", "options"),
    [
        ("false", "", {}),
        ("true", EXACT + WORDS, {}),
        ("false", EXACT, {"removed": "signals"}),
        ("true", WORDS, {"originals": "drop"}),
    ],
)
def test_retune_equals_a_fresh_run(house: House, keep: str, more: str, options: dict[str, Any]) -> None:
    text = recipe(keep, more=more)
    old = house.run("old", text, **options)
    draw, seen = random.Random(5), {old.counts()["kept"]}
    for number in range(2):
        change = {name: draw.randint(*BOUNDS[name]) for name in draw.sample(sorted(BOUNDS), 3)}
        again = tamis.retune(old.path, change, house.folder / f"retuned-{number}", workers=1)
        overrides = {**old.info["recipe"]["overrides"], **change}
        fresh = house.run(f"fresh-{number}", text, overrides=overrides, **options)
        same(again, fresh, change)
        seen.add(again.counts()["kept"])
        old = again
    assert len(seen) > 1


def test_an_edit_in_place_and_a_reuse_equal_a_fresh_run(house: House) -> None:
    text = recipe("true", more=EXACT)
    old = house.run("old", text)
    for name, change in (
        ("parameter", {"last.word": "delta"}),
        ("mark", {"parts.mark": "the"}),
        ("early", {"run_shout.word": "beta", "run_size.length.min": 1}),
    ):
        fresh = house.run(f"fresh-{name}", text, overrides=change)
        same(house.run(f"reused-{name}", text, overrides=change, reuse=old.path), fresh, name)
        shutil.copytree(old.path, house.folder / f"edited-{name}")
        same(house.run(f"edited-{name}", text, overrides=change), fresh, name)
        assert digests(fresh.path, "kept") != digests(old.path, "kept"), name


def test_a_step_that_makes_documents_comes_into_a_recipe_and_goes(house: House) -> None:
    texts = {
        "none": recipe("true").replace('op = "run_paragraphs"\nas = "parts"\nkeep_source = true', 'op = "random"\nas = "parts"')
        .replace('keep = [{ signal = "place", max = 4 }]', ""),
        "one": recipe("false"),
        "kept": recipe("true"),
        "two": recipe("true", more=WORDS),
    }  # fmt: skip
    runs = {name: house.run(name, text) for name, text in texts.items()}
    assert [len(run.recipe.expanding) for run in runs.values()] == [0, 1, 1, 2]
    assert len({str(digests(run.path, "kept")) for run in runs.values()}) == 4
    for old, new in (("none", "two"), ("two", "none"), ("one", "kept"), ("kept", "two")):
        same(house.run(f"{old}-{new}", texts[new], reuse=runs[old].path), runs[new], (old, new))
    for old, new in (("none", "kept"), ("two", "one")):
        shutil.copytree(runs[old].path, house.folder / f"{old}-edited-{new}")
        same(house.run(f"{old}-edited-{new}", texts[new]), runs[new], (old, new))


SCRIPT = """
import sys, tamis
sys.path.insert(0, sys.argv[1])
from pathlib import Path
tamis.run(sys.argv[2] + "/r.toml", sys.argv[2] + "/in/*.jsonl", sys.argv[2] + "/" + sys.argv[3], workers=2,
          shard_bytes=4_000, ops=[sys.argv[1] + "/run_ops.py"], fsync=False)
"""


@pytest.mark.parametrize("point", ["K6:3", "K9:2"])
def test_killed_on_the_way_then_resumed(house: House, point: str) -> None:
    whole = house.run("whole", recipe("true", more=EXACT + WORDS))
    tests = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-c", SCRIPT, tests, str(house.folder), "killed"]
    dead = subprocess.run(command, env={**os.environ, "TAMIS_CRASH_AT": point}, check=False)
    assert dead.returncode == -signal.SIGKILL
    assert not Run(house.folder / "killed").complete
    assert subprocess.run(command, check=False).returncode == 0
    roles = (*SAME, "removed", "failed")
    assert digests(house.folder / "killed", *roles) == digests(whole.path, *roles)
    report = "report/data.json"
    assert (house.folder / "killed" / report).read_bytes() == (whole.path / report).read_bytes()


def test_a_child_that_ends_its_worker_fails_alone(house: House) -> None:
    """Also behind another such step, and where its siblings lie in one batch with it."""
    text = recipe("true", more=WORDS)
    path = house.folder / "in" / "part-0.jsonl"
    lines = path.read_text().splitlines()
    lines[4] = (
        '{"id": "p", "text": "alpha of the | beta SEGFAULT of delta | gamma of the | of EXIT", "url": "http://p"}'
    )
    path.write_text("\n".join(lines) + "\n")
    run = house.run("out", text + '\n[[step]]\nop = "run_poison"\n')
    counts = run.counts()
    assert counts["in"] + counts["made"] == counts["kept"] + counts["removed"] + counts["failed"]
    expanding = len(run.recipe.expanding)
    crashed = [row for row in rows(run, "failed") if row["step"] == "run_poison"]
    assert [(row["kind"], lineage.made_by(row["row"], expanding)) for row in crashed] == [("crash", 2)]
    assert crashed[0]["raw"] == b"EXIT"
    # A rule had removed the others before: the document, the two parts, the longer word.
    removed = {row["text"]: row["id"] for row in rows(run, "removed") if row["failed_step"] == "run_poison"}
    assert set(map(len, removed)) == {7, 8, 22, 62}
    plain = house.run("plain", text)
    kept = [row["id"] for row in rows(plain, "kept") if row["id"] != crashed[0]["id"]]
    assert [row["id"] for row in rows(run, "kept")] == kept
    assert len(kept) == plain.counts()["kept"] - 1 > 50


def test_explain_knows_parents_and_children(house: House) -> None:
    stored = house.run("out", recipe("false", more=WORDS))
    bare = house.run("bare", recipe("false", more=WORDS), removed="signals")
    everything = {row["id"]: row for role in ("kept", "removed") for row in rows(stored, role)}
    below: dict[str, list[str]] = {}
    for row in everything.values():
        below.setdefault(row["parent_id"], []).append(row["id"])
    chosen = []
    for level in (0, 1, 2):
        mine = [row for row in everything.values() if lineage.made_by(row["row"], 2) == level]
        for reason in (None, "run_size.length", "parts.split", "after.length", "words.place"):
            chosen += sorted(
                (row for row in mine if row.get("removed_by") == reason), key=lambda row: row["id"]
            )[:2]
    assert len(chosen) >= 10
    assert {lineage.made_by(row["row"], 2) for row in chosen} == {0, 1, 2}
    for row in chosen:
        found, again = (tamis.explain(run.path, row["id"]) for run in (stored, bare))
        assert found["parent_id"] == row["parent_id"] == again["parent_id"]
        if row["source_id"] not in ("n17", "n18"):
            assert found["children"] == len(below.get(row["id"], []))
        assert found["text"] == row["text"] == again["text"]
        assert found["notes"] == again["notes"] == []
        later = [step["step"] for step in found["steps"] if step["why"] == "made later"]
        maker = {0: [], 1: ["run_size", "run_shout"], 2: ["run_size", "run_shout", "parts", "after", "last"]}
        assert later == maker[lineage.made_by(row["row"], 2)]
        if found["parent"]:
            assert tamis.explain(stored.path, found["parent"])["id"] == row["parent_id"]


def test_a_run_of_a_run_keeps_ids_and_parents(house: House) -> None:
    first = house.run("first", recipe("false"))
    known = {row["id"]: row["parent_id"] for row in rows(first, "kept")}
    (house.folder / "next.toml").write_text('name = "next"\n[[step]]\nop = "random"\n')
    plain = tamis.run(house.folder / "next.toml", (), house.folder / "plain", from_run=first.path, workers=1)
    assert {row["id"]: row["parent_id"] for row in rows(plain, "kept")} == known
    assert len(known) > 100
    (house.folder / "next.toml").write_text(
        'name = "next"\n[[step]]\nop = "run_paragraphs"\nmark = " "\nkeep_source = true\n'
    )
    words = tamis.run(
        house.folder / "next.toml", (), house.folder / "words", from_run=first.path, workers=1,
        ops=[str(Path(__file__).resolve().parent.parent / "run_ops.py")],
    )  # fmt: skip
    kept = {row["id"]: row["parent_id"] for row in rows(words, "kept")}
    assert kept.items() > known.items()
    assert all(kept[id] in known for id in kept.keys() - known.keys())


def test_the_account_where_removed_documents_are_not_stored_and_with_a_limit(house: House) -> None:
    text = recipe("false", more=WORDS)
    whole, none = house.run("whole", text), house.run("none", text, removed="none")
    assert none.counts() == whole.counts()
    assert digests(none.path, "kept") == digests(whole.path, "kept")
    one, other = (
        json.loads((run.path / "report" / "data.json").read_bytes())["removed_by"] for run in (whole, none)
    )
    assert one == other
    assert one["parts.split"] > 100
    needed = house.run("needed", text, measure="needed")
    assert [row["id"] for row in rows(needed, "kept")] == [row["id"] for row in rows(whole, "kept")]
    limited = house.run("limited", text, limit=100)
    assert limited.counts()["in"] == 100 < DOCUMENTS
    assert limited.counts()["made"] > 100


def test_a_try_makes_documents_and_loses_none_but_the_guilty(house: House) -> None:
    text = recipe("false", op="run_paragraphs_batch")
    (house.folder / "r.toml").write_text(text + '[[step]]\nop = "run_poison"\n')
    path = house.folder / "in" / "part-0.jsonl"
    lines = path.read_text().splitlines()
    lines[4] = '{"id": "p", "text": "alpha of the | SEGFAULT of | gamma of the", "url": "http://p"}'
    path.write_text("\n".join(lines) + "\n")
    found = tamis.try_(house.folder / "r.toml", path, ops=OPS, seconds=60)
    told = found.to_dict()
    assert (told["documents"], told["made"]) == (DOCUMENTS // 3, found.applied.made)
    assert told["made"] > DOCUMENTS // 3
    [crashed] = [row for row in found.applied.failed.to_pylist() if row["step"] == "run_poison"]
    assert (crashed["kind"], crashed["row"]) == ("crash", lineage.child(lineage.first(4, 1), 2, 1, 1))
    beside = [row["text"] for row in found.applied.kept.to_pylist() if row["source_id"] == "p"]
    assert beside == ["alpha of the", "GAMMA of the"]
    assert "parts.split" in {rule["rule"] for rule in told["rules"]}
