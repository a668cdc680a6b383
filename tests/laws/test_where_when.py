"""`where` and `when` in whole runs, against the same decisions made by hand.

A row outside a step's `where` passes untouched, with null in every column of the step, and the step's rules do not
bind it; a rule with `when` binds only the documents that match.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tamis
from tamis.engine import keys
from tamis.engine.retune import retune
from tamis.engine.run import run as refine
from tamis.engine.tasks import load_ops_files

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from run_inputs import digests, write_texts

OPS = [str(Path(__file__).resolve().parent.parent / "run_ops.py")]
DOCUMENTS = 150
RECIPE = """name = "where-test"
[[step]]
op = "run_size"
keep = [{{ signal = "length", min = {shortest} }}]

[[step]]
op = "run_shout"
gate = {gate}
where = [{{ signal = "run_size.length", min = {from_length}, max = {to_length} }}]
keep = [{{ signal = "hits", max = {most_hits}, when = {{ signal = "run_size.length", max = {few_below} }} }}]

[[step]]
op = "run_size"
as = "after"
where = [{{ signal = "run_shout.hits", min = {some_hits} }}, {{ signal = "run_size.length", above = {above} }}]
keep = [
  {{ signal = "length", max = {longest} }},
  {{ signal = "run_shout.hits", name = "crossed", max = {crossed}, when = {{ signal = "length", min = {crossed_from} }} }},
]

[[step]]
op = "run_shout"
as = "last"
word = "gamma"
keep = [{{ signal = "hits", max = {last_hits}, when = {{ signal = "after.length", min = {last_from} }} }}]
"""
CORPUS = """
[[step]]
op = "exact"
where = [{{ signal = "last.hits", max = {exact_hits} }}]
keep = [{{ signal = "rank", max = 0 }}]

[[step]]
op = "run_size"
as = "end"
where = [{{ signal = "exact.cluster_size", min = 2 }}]
keep = [{{ signal = "length", max = {end_longest} }}]
"""
RANGES = {
    "shortest": (20, 140), "from_length": (0, 200), "to_length": (250, 600), "most_hits": (5, 16),
    "few_below": (200, 600), "some_hits": (0, 8), "above": (0, 250), "longest": (200, 560), "crossed": (4, 14),
    "crossed_from": (100, 400), "last_hits": (4, 16), "last_from": (0, 350), "exact_hits": (4, 14),
    "end_longest": (150, 500),
}  # fmt: skip
BOUNDS = {
    "run_size.length.min": "shortest",
    "run_shout.hits.max": "most_hits",
    "after.length.max": "longest",
    "after.crossed.max": "crossed",
    "last.hits.max": "last_hits",
}

MIDDLE = {
    "shortest": 40,
    "from_length": 90,
    "to_length": 450,
    "most_hits": 12,
    "few_below": 400,
    "some_hits": 2,
}
MIDDLE |= {"above": 60, "longest": 430, "crossed": 11, "crossed_from": 250, "last_hits": 12, "last_from": 200}
MIDDLE |= {"exact_hits": 8, "end_longest": 400}


@dataclass
class Document:
    """One document on its way, as the recipe's text reads."""

    id: str
    text: str
    values: dict[str, Any] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    stopped: bool = False

    @property
    def side(self) -> tuple[Any, ...]:
        seen = {name: value for name, value in self.values.items() if value is not None}
        return self.text, seen, tuple(self.failed)


def size(one: Document, step: str) -> None:
    one.values[f"{step}.length"] = len(one.text)


def shout(one: Document, step: str, word: str) -> None:
    one.values[f"{step}.hits"] = one.text.count(word)
    one.text = one.text.replace(word, word.upper())


def within(value: Any, low: float = 0, high: float = 10**9) -> bool:
    return value is not None and low <= value <= high


def by_hand(texts: dict[str, str], chosen: dict[str, int], gate: bool, needed: bool) -> list[Document]:
    """The row steps of the recipe, document by document."""
    made = []
    for id, text in texts.items():
        one = Document(id, text)
        for step in (first_size, first_shout, second_size, last_shout):
            if not one.stopped:
                step(one, chosen)
                one.stopped = bool(one.failed) and (needed or (gate and step is first_shout))
        made.append(one)
    return made


def first_size(one: Document, c: dict[str, int]) -> None:
    size(one, "run_size")
    if not within(one.values["run_size.length"], c["shortest"]):
        one.failed.append("run_size.length")


def first_shout(one: Document, c: dict[str, int]) -> None:
    length = one.values["run_size.length"]
    if not within(length, c["from_length"], c["to_length"]):
        return
    shout(one, "run_shout", "beta")
    if within(length, 0, c["few_below"]) and not within(one.values["run_shout.hits"], 0, c["most_hits"]):
        one.failed.append("run_shout.hits")


def second_size(one: Document, c: dict[str, int]) -> None:
    hits = one.values.get("run_shout.hits")
    if not within(hits, c["some_hits"]) or not one.values["run_size.length"] > c["above"]:
        return
    size(one, "after")
    if not within(one.values["after.length"], 0, c["longest"]):
        one.failed.append("after.length")
    if within(one.values["after.length"], c["crossed_from"]) and not within(hits, 0, c["crossed"]):
        one.failed.append("after.crossed")


def last_shout(one: Document, c: dict[str, int]) -> None:
    shout(one, "last", "gamma")
    if within(one.values.get("after.length"), c["last_from"]) and one.values["last.hits"] > c["last_hits"]:
        one.failed.append("last.hits")


def deduplicated(made: list[Document], c: dict[str, int]) -> None:
    """The corpus part: of those that are still kept and lie inside, all but the first of equal texts go."""
    inside = [one for one in made if not one.failed and one.values["last.hits"] <= c["exact_hits"]]
    sizes, ranks = Counter(one.text for one in inside), Counter[str]()
    for one in inside:
        one.values["exact.cluster_size"], one.values["exact.rank"] = sizes[one.text], ranks[one.text]
        ranks[one.text] += 1
        if one.values["exact.rank"] > 0:
            one.failed.append("exact.rank")
        elif sizes[one.text] >= 2:
            size(one, "end")
            if one.values["end.length"] > c["end_longest"]:
                one.failed.append("end.length")


def chosen_by(draw: random.Random) -> dict[str, int]:
    return {name: draw.randint(*span) for name, span in RANGES.items()}


def sides(found: Iterator[tuple[str, dict[str, Any]]]) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Text, values and failed rules of each document, kept and removed."""
    answer: dict[str, dict[str, tuple[Any, ...]]] = {"kept": {}, "removed": {}}
    names = ("length", "hits", "cluster_size", "rank")
    for role, row in found:
        values = {
            name: value
            for name, value in row.items()
            if name.endswith(names) and "." in name and value is not None
        }
        failed = tuple(row.get("failed_rules") or ())
        assert failed[:1] == ((row["removed_by"],) if role == "removed" else ())
        answer[role][row["source_id"]] = (row["text"], values, failed)
    return answer


def stored(run: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for role in ("kept", "removed"):
        for _shard, path in run.files(role):
            yield from ((role, row) for row in pq.read_table(path, partitioning=None).to_pylist())


def expected(made: list[Document]) -> dict[str, dict[str, tuple[Any, ...]]]:
    return {
        "kept": {one.id: one.side for one in made if not one.failed},
        "removed": {one.id: one.side for one in made if one.failed},
    }


class House:
    """Texts on disk, and a recipe over them run with options."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_texts(folder / "in", DOCUMENTS, special=dict.fromkeys(range(9, DOCUMENTS, 7), "omega"))
        lines = [line for path in sorted((folder / "in").iterdir()) for line in path.read_text().splitlines()]
        # Copies under other names, so that there is something to deduplicate.
        copies = [{**json.loads(line), "id": f"copy-{at}"} for at, line in enumerate(lines[: DOCUMENTS // 3])]
        (folder / "in" / "part-9.jsonl").write_text("".join(json.dumps(one) + "\n" for one in copies))
        rows = [*map(json.loads, lines), *copies]
        self.texts = {row["id"]: row["text"] for row in rows}
        assert len(self.texts) == len(rows) > DOCUMENTS

    def recipe(self, chosen: dict[str, int], gate: bool, corpus: bool) -> Path:
        path = self.folder / "r.toml"
        filled = (RECIPE + (CORPUS if corpus else "")).format(gate=str(gate).lower(), **chosen)
        path.write_text(filled)
        return path

    def run(self, name: str, recipe: Path, **options: Any) -> Any:
        settings = {"workers": 1, "shard_bytes": 30_000, "ops": OPS, "fsync": False, **options}
        # The engine alone: no report is read here.
        return refine(recipe, str(self.folder / "in" / "*.jsonl"), self.folder / name, **settings)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


KINDS = [(False, False, True), (True, False, True), (False, True, True), (True, True, False)]


@pytest.mark.parametrize(("gate", "needed", "corpus"), KINDS)
def test_a_run_decides_as_by_hand(house: House, gate: bool, needed: bool, corpus: bool) -> None:
    draw = random.Random(f"{gate} {needed} {corpus}")
    reached = Counter[str]()
    for number, chosen in enumerate((MIDDLE, chosen_by(draw))):
        recipe = house.recipe(chosen, gate, corpus)
        measure = "needed" if needed else "all"
        run = house.run(f"run-{number}", recipe, measure=measure, workers=1 + number % 2)
        made = by_hand(house.texts, chosen, gate, needed)
        if corpus:
            deduplicated(made, chosen)
        assert sides(stored(run)) == expected(made), chosen
        reached.update(rule for one in made for rule in one.failed)
        reached["outside"] += sum("after.length" not in one.values for one in made)
        reached["kept"] += sum(not one.failed for one in made)
    rules = {"run_size.length", "run_shout.hits", "after.length", "last.hits", "outside", "kept"}
    assert reached.keys() >= rules | ({"exact.rank"} if corpus else set()), reached


@pytest.mark.parametrize("gate", [False, True])
def test_apply_decides_as_by_hand(house: House, gate: bool) -> None:
    draw = random.Random(3)
    texts = list(house.texts)
    table = pa.table({"source_id": texts, "text": pa.array(house.texts.values(), pa.large_string())})
    load_ops_files(OPS)
    for _number in range(5):
        chosen = chosen_by(draw)
        applied = tamis.apply(house.recipe(chosen, gate, False), table)
        rows = ((role, row) for role in ("kept", "removed") for row in getattr(applied, role).to_pylist())
        made = by_hand(house.texts, chosen, gate, False)
        found = sides(rows)
        assert found == expected(made), chosen
        assert min(map(len, found.values())) > 0


@pytest.mark.parametrize(("gate", "corpus"), [(False, False), (True, True)])
def test_retune_equals_a_fresh_run(house: House, gate: bool, corpus: bool) -> None:
    draw = random.Random(f"{gate} {corpus}")
    recipe = house.recipe(chosen_by(draw), gate, corpus)
    old, kept = house.run("old", recipe), set()
    for number in range(3):
        names = draw.sample(sorted(BOUNDS), draw.randint(1, len(BOUNDS)))
        change = {name: draw.randint(*RANGES[BOUNDS[name]]) for name in names}
        new = retune(old.path, change, house.folder / f"new-{number}", workers=1)
        overrides = {**old.info["recipe"]["overrides"], **change}
        fresh = house.run(f"fresh-{number}", recipe, overrides=overrides)
        assert digests(new.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters"), change
        assert verdicts(new) == verdicts(fresh)
        kept.add(new.counts()["kept"])
        old = new
    assert len(kept) > 1


def verdicts(run: Any) -> list[tuple[Any, ...]]:
    names = ("id", "removed_by", "removed_value", "removed_bound", "failed_rules")
    return sorted(tuple(str(row[name]) for name in names) for role, row in stored(run) if role == "removed")


EDITS: dict[str, Callable[[dict[str, int]], dict[str, int]]] = {
    "a where grows": lambda c: {**c, "from_length": c["from_length"] - 60, "to_length": c["to_length"] + 60},
    "a where shrinks": lambda c: {
        **c,
        "from_length": c["from_length"] + 60,
        "to_length": c["to_length"] - 60,
    },
    "a later where shrinks": lambda c: {**c, "some_hits": c["some_hits"] + 3, "above": c["above"] + 40},
    "a when grows": lambda c: {
        **c,
        "few_below": c["few_below"] + 100,
        "crossed_from": c["crossed_from"] - 80,
    },
    "a when shrinks": lambda c: {**c, "few_below": c["few_below"] - 100, "last_from": c["last_from"] + 90},
    "a corpus step's where shrinks": lambda c: {**c, "exact_hits": c["exact_hits"] - 3},
    "a corpus step's where grows": lambda c: {**c, "exact_hits": c["exact_hits"] + 3},
}
CASES = [(edit, "corpus" in edit) for edit in EDITS] + [("a where shrinks", True), ("a when grows", True)]


@pytest.mark.parametrize(("edit", "corpus"), CASES)
def test_an_edit_in_place_equals_a_fresh_run(house: House, edit: str, corpus: bool) -> None:
    roles = ("kept", "clusters", "originals")
    before = house.run("edited", house.recipe(MIDDLE, False, corpus))
    first = sides(stored(before))
    recipe = house.recipe(EDITS[edit](MIDDLE), False, corpus)
    edited, fresh = house.run("edited", recipe), house.run("fresh", recipe)
    assert digests(edited.path, *roles) == digests(fresh.path, *roles)
    assert verdicts(edited) == verdicts(fresh)
    assert sides(stored(fresh)) != first


@pytest.mark.parametrize("edit", ["a where shrinks", "a when grows"])
def test_reuse_equals_a_fresh_run(house: House, edit: str) -> None:
    old = house.run("old", house.recipe(MIDDLE, False, True))
    recipe = house.recipe(EDITS[edit](MIDDLE), False, True)
    reused = house.run("reused", recipe, reuse=old.path)
    fresh = house.run("fresh", recipe)
    assert digests(reused.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters")
    assert verdicts(reused) == verdicts(fresh)


def test_what_an_older_engine_measured_is_not_taken_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Engine 1 sketched rows outside a corpus step's `where`: neither its directory nor `--reuse` may answer for it."""
    recipe = house.recipe(MIDDLE, False, True)
    with monkeypatch.context() as older:
        older.setattr(keys, "ENGINE_VERSION", 1)
        old = house.run("old", recipe)
    before = measured_by(old)
    assert len(before) > 3
    reused = house.run("reused", recipe, reuse=old.path)
    in_place = house.run("old", recipe)
    for run in (reused, in_place):
        assert set(measured_by(run)) == set(before)
        assert not set(measured_by(run).values()) & set(before.values())


def measured_by(run: Any) -> dict[str, str]:
    """The key under which each task of a run was measured."""
    paths = (run.path / "phases").rglob("*.json")
    return {
        str(path.relative_to(run.path)): found["measured"]
        for path in paths
        if (found := json.loads(path.read_text())).get("measured")
    }
