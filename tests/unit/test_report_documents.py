"""Looking at documents: find, explain, look, diff."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from report_runs import Doc, build, rule, step
from tamis.errors import RunError
from tamis.report.data import data
from tamis.report.diff import Sides, diff_funnels
from tamis.report.explain import explain
from tamis.report.find import find
from tamis.report.look import look

STEPS = [
    step("language", ("label", "label"), gate=True),
    step("quality", ("word_count", "int64", 0), ("mark_ratio", "float64", 0, 1), ("line_count", "int64", 0)),
    step(
        "minhash",
        ("cluster", "label"),
        ("cluster_size", "int64"),
        ("rank", "int64"),
        ("similarity", "float64"),
        scope="corpus",
    ),
]
RULES = [
    rule("language", "label", **{"in": ["en"]}),
    rule("quality", "word_count", min=50),
    rule("quality", "mark_ratio", max=0.3),
    rule("minhash", "rank", max=0),
]


def doc(number: int, words: int = 60, label: str = "en", marks: float = 0.1) -> Doc:
    values = {
        "language.label": label,
        "quality.word_count": words,
        "quality.mark_ratio": marks,
        "quality.line_count": 3,
    }
    values |= {"minhash.cluster": f"{number:032x}", "minhash.cluster_size": 1, "minhash.rank": 0}
    return Doc(
        id=f"{number:032x}", url=f"https://docs.example.org/{number}", values=values, text=f"text {number}"
    )


def documents(shift: int = 0) -> list[Doc]:
    docs = [doc(0x1000 + k, words=k + 45 + shift, marks=0.1 + 0.2 * (k == 3)) for k in range(20)]
    docs[9].values["language.label"] = "de"
    docs[12].original = "text before, 4108"
    docs[15].failed = ("quality", "timeout", "passed 10 s")
    docs[18].values |= {"minhash.cluster": docs[17].id, "minhash.cluster_size": 2, "minhash.rank": 1}
    docs[18].values["minhash.similarity"] = 0.93
    docs[17].values["minhash.cluster_size"] = 2
    return docs


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return build(tmp_path / "run", documents(), STEPS, RULES, shard_rows=8, row_group=3)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (f"{0x1008:032x}", "kept/000001:0"),
        ("https://docs.example.org/4106", "kept/000001:2"),
        ("docs.example.org/4106", "kept/000001:2"),
        ("kept/000001:2", "kept/000001:2"),
        ("removed/0:1", "removed/000000:1"),
        (f"{0x100F:032x}", "failed/000001:7"),
    ],
)
def test_find(run: Path, key: str, place: str) -> None:
    found = find(run, key)
    assert found["place"] == place
    assert found["matches"] == 1
    assert found["row"]["id"] is not None


def test_find_gives_the_text_before_edits(run: Path) -> None:
    found = find(run, f"{0x100C:032x}")
    assert (found["row"]["text"], found["original"]) == ("text 4108", "text before, 4108")


def test_find_what_is_not_there(run: Path) -> None:
    for key in ("f" * 32, "https://nowhere.example/", "kept/000001:99", "kept/000077:1"):
        with pytest.raises(RunError, match="no document"):
            find(run, key)


def test_the_first_digits_of_an_id(tmp_path: Path) -> None:
    docs = [doc(1), doc(2)]
    docs[0].id, docs[1].id = "9f2c" + "0" * 28, "9f2d" + "0" * 28
    path = build(tmp_path / "run", docs, STEPS, RULES)
    assert find(path, "9f2c")["row"]["id"] == docs[0].id
    docs[1].id = "9f2c1" + "0" * 27
    path = build(tmp_path / "run2", docs, STEPS, RULES)
    with pytest.raises(RunError, match="2 ids begin with 9f2c"):
        find(path, "9f2c")


def test_two_documents_of_one_id(tmp_path: Path) -> None:
    path = build(tmp_path / "run", [doc(7), doc(7)], STEPS, RULES)
    assert find(path, f"{7:032x}")["matches"] == 2


def test_explain_a_removed_document(run: Path) -> None:
    told = explain(run, f"{0x1003:032x}")
    assert (told["side"], told["removed_by"]) == ("removed", "quality.word_count")
    lines = [
        (s["step"], e["signal"], e["value"], e["bound"], e["verdict"], e["first"])
        for s in told["steps"]
        for e in s["signals"]
    ]
    assert lines[:4] == [
        ("language", "label", "en", "en", "keep", False),
        ("quality", "word_count", 48, "≥ 50", "remove", True),
        (
            "quality",
            "mark_ratio",
            pytest.approx(0.3),
            "≤ 0.3",
            "remove" if 0.1 + 0.2 > 0.3 else "keep",
            False,
        ),
        ("quality", "line_count", 3, "", "", False),
    ]
    assert {line[4] for line in lines if line[0] == "minhash" and line[1] == "rank"} == {"not measured"}
    assert [(s["step"], s["ran"], s["why"]) for s in told["steps"]][-1] == (
        "minhash",
        False,
        "removed before",
    )


def test_explain_what_a_gate_stopped(run: Path) -> None:
    told = explain(run, f"{0x1009:032x}")
    assert [(s["step"], s["ran"]) for s in told["steps"]] == [
        ("language", True),
        ("quality", False),
        ("minhash", False),
    ]
    assert told["failed_rules"] == ["language.label"]


def test_explain_a_failed_document(run: Path) -> None:
    told = explain(run, f"{0x100F:032x}")
    assert told["failed"] == {"step": "quality", "kind": "timeout", "message": "passed 10 s"}
    assert {s["why"] for s in told["steps"]} == {"failed before"}


def test_explain_a_duplicate(run: Path) -> None:
    told = explain(run, f"{0x1012:032x}")
    assert told["removed_by"] == "minhash.rank"
    (entry,) = told["duplicates"]
    assert (entry["kept_id"], entry["size"], entry["rank"], entry["similarity"]) == (
        f"{0x1011:032x}",
        2,
        1,
        0.93,
    )


def test_explain_reads_clusters(run: Path) -> None:
    folder = run / "clusters"
    folder.mkdir()
    ids = [f"{0x1011:032x}", f"{0x1012:032x}"]
    table = pa.table(
        {
            "id": ids,
            "cluster": [ids[0]] * 2,
            "rank": [0, 1],
            "cluster_size": [2, 2],
            "similarity": [None, 0.93],
            "step": ["minhash"] * 2,
        }
    )
    pq.write_table(table, folder / "000000-00000000.parquet")
    import json

    path = run / "phases" / "0" / "000000.json"
    manifest = json.loads(path.read_text())
    manifest["deterministic"]["outputs"].append(
        {"role": "clusters", "path": "clusters/000000-00000000.parquet", "rows": 2}
    )
    path.write_text(json.dumps(manifest))
    assert explain(run, ids[1])["duplicates"][0]["members"] == ids
    assert find(run, ids[1])["clusters"][0]["cluster"] == ids[0]


def test_a_step_run_without(tmp_path: Path) -> None:
    text = "".join(f'[[step]]\nop = "{name}"\n' for name in ("language", "blocklist", "quality", "minhash"))
    info = {"recipe": {"text": text, "without": ["blocklist"]}}
    path = build(tmp_path / "run", documents(), STEPS, RULES, info=info)
    told = explain(path, f"{0x1008:032x}")
    assert [(s["step"], s["why"]) for s in told["steps"]][1] == ("blocklist", "without")


def test_look(run: Path) -> None:
    assert len(list(look(run, kept=True))) == 12
    assert [row["place"] for row in look(run, kept=True, limit=2)] == ["kept/000000:5", "kept/000000:6"]
    assert [row["quality.word_count"] for row in look(run, removed_by="quality.word_count")] == [
        45,
        46,
        47,
        48,
        49,
    ]
    assert [row["id"] for row in look(run, removed_by="rank")] == [f"{0x1012:032x}"]
    assert [row["kind"] for row in look(run, failed=True)] == ["timeout"]
    assert len(list(look(run))) == 7


def test_look_near_a_bound(run: Path) -> None:
    near = [
        (row["quality.word_count"], row["distance"], row["side"])
        for row in look(run, near_bound="word_count", limit=4)
    ]
    assert near == [(50, 0, "kept"), (51, -1, "kept"), (49, 1, "removed"), (52, -2, "kept")]


def test_look_for_a_rule_that_is_not_there(run: Path) -> None:
    with pytest.raises(RunError, match="no rule word_cuont") as caught:
        list(look(run, removed_by="word_cuont"))
    assert caught.value.hint == "did you mean quality.word_count?"
    with pytest.raises(RunError, match="no numeric bound"):
        list(look(run, near_bound="label"))


def test_diff_of_two_runs(run: Path, tmp_path: Path) -> None:
    loose = [rule("language", "label", **{"in": ["en"]}), rule("quality", "word_count", min=47)]
    docs = documents()[:19]
    second = build(tmp_path / "second", docs, STEPS, loose, shard_rows=5)
    sides = Sides(run, second)
    assert sum(sides.table.values()) == 20
    changed = list(sides.changed())
    assert [(row["id"], row["first"], row["second"], row["first_by"]) for row in changed] == [
        (f"{0x102F - 0x2D:032x}", "removed", "kept", "quality.word_count"),
        (f"{0x1003:032x}", "removed", "kept", "quality.word_count"),
        (f"{0x1004:032x}", "removed", "kept", "quality.word_count"),
        (f"{0x1012:032x}", "removed", "kept", "minhash.rank"),
        (f"{0x1013:032x}", "kept", "absent", None),
    ]
    funnels = diff_funnels(data(run)[0], data(second)[0])
    assert funnels["documents"]["kept"] == [12, 15]
    words = next(entry for entry in funnels["rules"] if entry["rule"] == "quality.word_count")
    assert (words["first"]["keeps"], words["second"]["keeps"], words["change"]) == ("≥ 50", "≥ 47", -3)
    gone = next(entry for entry in funnels["rules"] if entry["rule"] == "quality.mark_ratio")
    assert gone["second"] is None
