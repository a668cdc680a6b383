"""Steps that make documents of documents, in whole runs, against the same made by hand.

Nothing depends on batches, shards or workers; nothing is lost: in + made = kept + removed + failed, a step and a run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import tamis
from tamis import lineage
from tamis.engine import calling
from tamis.engine.tasks import load_ops_files
from tamis.errors import RunFailed
from tamis.op import Field, Signal, operator
from tamis.recipe import parse_recipe
from tamis.report.funnel import funnel_head, funnel_rows

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from expanding_runs import DOCUMENTS, EXACT, MINHASH, OPS, WORDS, House, recipe, rows
from run_inputs import digests

ROLES = ("kept", "removed", "failed", "originals", "clusters")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def by_hand(texts: dict[str, str], keep: bool) -> dict[str, list[tuple[Any, ...]]]:
    """Of each document, by side: its source's id, its place (None: it is the source), its text, or what it failed."""
    found: dict[str, list[tuple[Any, ...]]] = {"kept": [], "removed": [], "failed": []}

    def later(id: str, place: int | None, text: str, failed: list[str]) -> None:
        if not 6 <= len(text) <= 60:
            failed.append("after.length")
        if "EXPLODE" in text:
            found["removed" if failed else "failed"].append((id, place, failed[0] if failed else "last"))
            return
        if text.count("beta") > 2:
            failed.append("last.hits")
        if failed:
            found["removed"].append((id, place, failed[0]))
        else:
            found["kept"].append((id, place, text.replace("beta", "BETA")))

    for id, text in texts.items():
        failed = ["run_size.length"] if len(text) < 12 else []
        if len(text) <= 150:
            failed += ["run_shout.hits"] if text.count("gamma") > 6 else []
            text = text.replace("gamma", "GAMMA")
        if failed:
            later(id, None, text, failed)
        elif "UNSPLIT" in text:
            found["failed"].append((id, None, "parts"))
        else:
            if keep:
                later(id, None, text, [])
            else:
                found["removed"].append((id, None, "parts.split"))
            for place, part in enumerate(part.strip() for part in text.split("|") if part.strip()):
                later(id, place, part, ["parts.place"] if place > 4 else [])
    return {side: sorted(listed, key=str) for side, listed in found.items()}


def stored(run: Any) -> dict[str, list[tuple[Any, ...]]]:
    places = {row["id"]: row["parts.place"] for role in ("kept", "removed") for row in rows(run, role)}
    assert len(places) > DOCUMENTS
    found = {
        "kept": [(row["source_id"], row["parts.place"], row["text"]) for row in rows(run, "kept")],
        "removed": [
            (row["source_id"], row["parts.place"], row["removed_by"]) for row in rows(run, "removed")
        ],
        "failed": [
            (row["url"].removeprefix("http://"), row["row"], row["step"]) for row in rows(run, "failed")
        ],
    }
    expanding = len(run.recipe.expanding)
    # The values of a failed document are not stored; its row tells which child it was.
    found["failed"] = [
        (
            id,
            (row - lineage.ancestor(row, 0, expanding) - 1) if lineage.made_by(row, expanding) else None,
            step,
        )
        for id, row, step in found["failed"]
    ]
    return {side: sorted(listed, key=str) for side, listed in found.items()}


def balanced(run: Any) -> dict[str, Any]:
    """The report of a run whose accounts add up, as a whole and step by step."""
    counts = run.counts()
    assert counts["in"] == DOCUMENTS
    assert counts["in"] + counts["made"] == counts["kept"] + counts["removed"] + counts["failed"]
    report: dict[str, Any] = json.loads((run.path / "report" / "data.json").read_bytes())
    summary = report["summary"]
    assert summary["balanced"]
    assert summary["documents"] == {name: counts[name] for name in summary["documents"]}
    left = DOCUMENTS
    for step in report["steps"]:
        assert step["in"] == left, step
        left = step["left"]
        assert step["in"] + step["made"] == step["removed"] + step["failed"] + left, step
    assert left == counts["kept"]
    return report


@pytest.mark.parametrize("keep", ["true", "false"])
@pytest.mark.parametrize("op", ["run_paragraphs", "run_paragraphs_batch"])
def test_a_run_equals_the_same_made_by_hand(house: House, keep: str, op: str) -> None:
    run = house.run("out", recipe(keep, op))
    expected = by_hand(house.texts, keep == "true")
    assert stored(run) == expected
    assert all(len(expected[side]) > 1 for side in expected)
    assert {(id, place) for id, place, _step in expected["failed"]} >= {("n17", 0), ("n18", 1), ("n40", None)}
    report = balanced(run)
    made = {step["step"]: step["made"] for step in report["steps"] if step["made"]}
    assert made == {"parts": run.counts()["made"]}
    assert made["parts"] > DOCUMENTS
    split = report["removed_by"].get("parts.split", 0)
    assert (split > 100) == (keep == "false")


def test_a_child_has_what_its_parent_had_of_the_source_and_values_of_its_own(house: House) -> None:
    run = house.run("out", recipe("true"))
    everything = {row["id"]: row for role in ("kept", "removed") for row in rows(run, role)}
    children = [row for row in everything.values() if row["parent_id"] is not None]
    assert len(children) > DOCUMENTS
    numbers: dict[str, list[int]] = {}
    for row in children:
        above = everything[row["parent_id"]]
        assert above["parent_id"] is None
        assert lineage.parent(row["row"], 1) == above["row"]
        assert all(row[name] == above[name] for name in ("origin", "url", "source", "source_id", "shard"))
        assert row["run_size.length"] is None
        assert row["run_shout.hits"] is None
        assert above["parts.place"] is None
        assert row["parts.place"] is not None
        assert row["after.length"] == row["text_chars"]
        numbers.setdefault(above["id"], []).append(row["row"] - above["row"])
    # Each is there, numbered from 1, but for the two that failed.
    gaps = [id for id, found in numbers.items() if sorted(found) != list(range(1, len(found) + 1))]
    assert {everything[id]["source_id"] for id in gaps} == {"n17", "n18"}


def test_the_originals_of_children_are_their_own_texts(house: House) -> None:
    run = house.run("out", recipe("true"))
    originals = {(row["shard"], row["row"]): row["text"] for row in rows(run, "originals")}
    edited = [row for row in rows(run, "kept") if "BETA" in row["text"]]
    assert len([row for row in edited if row["parent_id"]]) > 20
    for row in edited:
        came = originals[row["shard"], row["row"]]
        assert len(came) == row["text_chars"]
        assert came.casefold() == row["text"].casefold()
    untouched = [row for row in rows(run, "kept") if row["parent_id"] and "BETA" not in row["text"]]
    assert untouched
    assert not any((row["shard"], row["row"]) in originals for row in untouched)


MORE = {"exact": EXACT, "all": EXACT + WORDS + MINHASH}


@pytest.mark.parametrize("more", ["exact", "all"])
def test_nothing_depends_on_shards_or_workers(house: House, more: str) -> None:
    text = recipe("true", more=MORE[more])
    first = house.run("first", text)
    balanced(first)
    two = house.run("two", text, workers=2)
    assert digests(two.path, *ROLES) == digests(first.path, *ROLES)
    name = "report/data.json"
    assert (two.path / name).read_bytes() == (first.path / name).read_bytes()
    ids = [row["id"] for row in rows(first, "kept")]
    assert len(ids) > 15
    assert len(set(ids)) == len(ids)
    assert first.shards > 5
    for shard_bytes in (2_000, 1 << 20):
        other = house.run(f"other-{shard_bytes}", text, shard_bytes=shard_bytes)
        assert [row["id"] for row in rows(other, "kept")] == ids
        balanced(other)
    if more == "all":
        assert {row["step"] for row in rows(first, "clusters")} == {"exact", "minhash"}


def test_duplicates_are_found_among_children_in_the_order_of_their_parents(house: House) -> None:
    run = house.run("out", recipe("false", more=EXACT))
    kept = [row["text"] for row in rows(run, "kept")]
    assert len(set(kept)) == len(kept) > 50
    firsts: dict[str, str] = {}
    plain = house.run("plain", recipe("false"))
    for row in rows(plain, "kept"):
        firsts.setdefault(row["text"], row["id"])
    assert [row["id"] for row in rows(run, "kept")] == list(firsts.values())


@pytest.mark.parametrize("op", ["run_paragraphs", "run_paragraphs_batch"])
def test_the_same_for_any_split_into_batches(op: str) -> None:
    load_ops_files(OPS)
    texts = [
        "a beta | b",
        "",
        "  | |",
        "one",
        "alpha | UNSPLIT",
        *[" | ".join(["beta beta", "c"] * n) for n in range(9)],
    ]
    table = pa.table({"text": texts})
    checked = parse_recipe(recipe("true", op, WORDS), "r.toml")
    whole = tamis.apply(checked, table)
    assert whole.made > 20
    assert whole.failed.num_rows == 1
    for size in (1, 2, 5):
        cut = tamis.apply(checked, iter(table.to_batches(max_chunksize=size)))
        assert (cut.kept, cut.removed, cut.failed) == (whole.kept, whole.removed, whole.failed)
    assert len(texts) + whole.made == sum(one.num_rows for one in (whole.kept, whole.removed, whole.failed))


def test_more_children_than_can_be_numbered_fail_their_document_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load_ops_files(OPS)
    monkeypatch.setattr(lineage, "MOST", 3)
    for op in ("run_paragraphs", "run_paragraphs_batch"):
        checked = parse_recipe(recipe("false", op), "r.toml")
        found = tamis.apply(
            checked, pa.table({"text": ["alpha beta | gamma", "a | b | c | d | e", "only one part"]})
        )
        assert found.failed.select(["row", "step", "kind"]).to_pylist() == [
            {"row": lineage.first(1, 1), "step": "parts", "kind": "size"}
        ]
        assert found.made == 3


def test_more_rows_than_a_breadcrumb_names_go_in_parts() -> None:
    load_ops_files(OPS)
    texts = [" | ".join(f"part {number} of {at}" for number in range(9)) for at in range(2_100)]
    checked = parse_recipe(recipe("false", "run_paragraphs_batch"), "r.toml")
    found = tamis.apply(checked, pa.RecordBatch.from_pydict({"text": texts}))
    assert found.made == 9 * 2_100 > calling.MOST_ROWS
    assert not found.failed.num_rows
    assert found.kept.num_rows == 5 * 2_100


BROKEN = [Field("text", "string", "a part"), Signal("share", "float64", "a share", low=0, high=1)]


@operator(kind="transform", reads=["text"], writes=BROKEN, expands=True)
def expanding_broken(text: pa.Array, *, how: str = "share") -> dict[str, Any]:
    """Breaks what it declares in what it makes of the second row."""
    shares = [0.5] * 3
    parents = [0, 1, len(text) - 1]
    if how == "share":
        shares[1] = 1.5
    if how == "beyond":
        parents[2] = len(text)
    if how == "order":
        parents = parents[::-1]
    if how == "length":
        shares = shares[:2]
    return {"text": pa.array(["a", "b", "c"]), "share": pa.array(shares), "parent": pa.array(parents)}


def test_what_breaks_its_declaration_is_told() -> None:
    head = 'name = "r"\n[[step]]\nop = "expanding_broken"\nkeep_source = false\n'
    table = pa.table({"text": ["one", "two", "three"]})
    found = tamis.apply(parse_recipe(head, "r.toml"), table)
    assert found.failed.column("row").to_pylist() == [lineage.first(1, 1)]
    assert "1.5" in found.failed.column("message")[0].as_py()
    assert (found.made, found.kept.column("text").to_pylist()) == (2, ["a", "c"])
    for how, what in (
        ("beyond", "no row of its 3"),
        ("order", "do not ascend"),
        ("length", "2 values of share"),
    ):
        with pytest.raises(RunFailed, match=what):
            tamis.apply(parse_recipe(head + f'how = "{how}"\n', "r.toml"), table)


def test_the_report_counts_what_was_made(house: House) -> None:
    run = house.run("out", recipe("false"))
    report = balanced(run)
    assert funnel_head(report).startswith(f"{DOCUMENTS} documents in, {run.counts()['made']:,} made, ")
    [row] = [row for row in funnel_rows(report) if row.step == "parts"]
    [step] = [step for step in report["steps"] if step["step"] == "parts"]
    assert row.came == step["in"] + step["made"] > step["in"]
    assert row.most.startswith(f"{step['made']:,} made, split ")
    # Shares are of all documents that there were: no file loses more than the run.
    assert [alert for alert in report["alerts"] if alert["kind"] in ("source", "unbalanced")] == []
    page = (run.path / "report" / "index.html").read_text()
    assert f'"made":{run.counts()["made"]}' in page
