"""The report's numbers, against runs whose funnel is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report_runs import Doc, admits, build, rule, step
from tamis.report.alerts import sentence
from tamis.report.data import data, dumps, write_data
from tamis.report.funnel import failed_line, funnel_head, funnel_rows

QUALITY = [
    step("language", ("label", "label"), gate=True),
    step("quality", ("word_count", "int64", 0), ("mark_ratio", "float64", 0, 1)),
]
QUALITY_RULES = [
    rule("language", "label", **{"in": ["en"]}),
    rule("quality", "word_count", min=50, max=1_000),
    rule("quality", "mark_ratio", max=0.3),
]


def english(words: int, marks: float, **more: Any) -> Doc:
    values = {"language.label": "en", "quality.word_count": words, "quality.mark_ratio": marks}
    return Doc(values=values, **more)


def german() -> Doc:
    return Doc(values={"language.label": "de"})


@pytest.fixture
def by_hand(tmp_path: Path) -> dict[str, Any]:
    """Ten documents of 10 characters and two words: 3 kept, 2 German, 1 failed; word_count fails on 3, one of
    which fails mark_ratio too; mark_ratio alone fails on 1."""
    docs = [
        english(50, 0.3, text="ab cdefghi"),
        english(1_000, 0.0, text="ab cdefghi"),
        english(400, 0.1, text="ab cdefghi"),
        german(),
        german(),
        english(49, 0.0, text="ab cdefghi"),
        english(1_001, 0.0, text="ab cdefghi"),
        english(3, 0.9, text="ab cdefghi"),
        english(60, 0.31, text="ab cdefghi"),
        Doc(failed=("quality", "timeout", "passed 10 s")),
    ]
    for doc in docs:
        doc.text = "ab cdefghi"
    return data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES, shard_rows=4))[0]


def counts(report: dict[str, Any], name: str) -> tuple[int, ...]:
    found = next(entry for entry in report["rules"] if entry["rule"] == name)
    keys = ("measured", "alone", "in_order", "only")
    return (*(found[key]["documents"] for key in keys), found["left"])


def test_the_funnel_by_hand(by_hand: dict[str, Any]) -> None:
    assert counts(by_hand, "language.label") == (9, 2, 2, 2, 8)
    assert counts(by_hand, "quality.word_count") == (7, 3, 3, 2, 4)
    assert counts(by_hand, "quality.mark_ratio") == (7, 2, 1, 1, 3)
    steps = [(s["step"], s["in"], s["removed"], s["failed"], s["left"]) for s in by_hand["steps"]]
    assert steps == [("language", 10, 2, 0, 8), ("quality", 8, 4, 1, 3)]
    alone = by_hand["rules"][1]["alone"]
    assert alone == {"documents": 3, "characters": 30, "words": 6}


def test_the_summary_by_hand(by_hand: dict[str, Any]) -> None:
    summary = by_hand["summary"]
    assert summary["documents"] == {"in": 10, "made": 0, "kept": 3, "removed": 6, "failed": 1}
    assert summary["characters"] == {"in": 90, "kept": 30, "removed": 60, "failed": None, "edited": 0}
    assert summary["words"] == {"in": 18, "kept": 6, "removed": 12, "failed": None, "edited": 0}
    assert summary["balanced"]
    assert summary["skipped"] == {"request": 3}
    assert by_hand["removed_by"] == {"quality.word_count": 3, "language.label": 2, "quality.mark_ratio": 1}


def test_the_terminals_funnel(by_hand: dict[str, Any]) -> None:
    assert funnel_head(by_hand) == "10 documents in, 3 kept, 6 removed, 1 failed"
    rows = [(row.step, row.removed, row.came, row.share, row.most) for row in funnel_rows(by_hand)]
    assert rows == [
        ("language", 2, 10, "20.0 %", "label"),
        ("quality", 4, 8, "50.0 %", "word_count 3, mark_ratio 1"),
    ]
    assert failed_line(by_hand) == "1 failed: 1 timeout"


def test_histograms_cut_at_the_bound(by_hand: dict[str, Any]) -> None:
    words = next(signal for signal in by_hand["signals"] if signal["name"] == "word_count")
    picture = words["histogram"]
    low = next(int(at) for at, (_, kind, _b) in picture["edge_rules"].items() if kind == "min")
    high = next(int(at) for at, (_, kind, _b) in picture["edge_rules"].items() if kind == "max")
    assert picture["edges"][low] == 50
    assert picture["edges"][high] == 1_001
    assert sum(picture["kept"][:low]) == 0
    assert sum(picture["kept"][low:high]) == 3
    assert sum(picture["only"][:low]) == 1
    assert sum(picture["only"][high:]) == 1
    marks = next(signal for signal in by_hand["signals"] if signal["name"] == "mark_ratio")["histogram"]
    at = next(int(key) for key in marks["edge_rules"])
    assert marks["edges"][at] == 0.3
    spike = marks["spike"] or {"kept": 0, "other": 0}
    assert sum(marks["kept"][:at]) + spike["kept"] == 3
    assert sum(marks["kept"][at:]) == 0


def test_values_answer_any_bound(by_hand: dict[str, Any]) -> None:
    values = next(signal for signal in by_hand["signals"] if signal["name"] == "word_count")["values"]
    assert values["exact"]
    assert values["at"] == [3, 49, 50, 60, 400, 1000, 1001]
    assert values["all_below"] == [0, 1, 2, 3, 4, 5, 6]
    # Free of other rules: the three kept, 49 and 1,001; not 3 and not 60, which mark_ratio removes too.
    assert values["free"]["quality.word_count"]["up_to"] == [0, 1, 2, 2, 3, 4, 5]


def test_examples_stand_at_the_bound(tmp_path: Path) -> None:
    docs = [english(words, 0.0) for words in (*range(20, 80), *range(990, 1_040))]
    report, table = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES, shard_rows=17))
    sets = report["examples"]["rules"]["quality.word_count"]
    near = [int(table["removed_value"][row].as_py()) for row in sets["near"]]
    extreme = [int(table["removed_value"][row].as_py()) for row in sets["extreme"]]
    assert near == [49, 1001, 48, 1002, 47, 1003, 46, 1004, 45, 1005]
    assert extreme == [1039, 1038, 1037, 1036, 1035, 1034, 1033, 1032, 1031, 20]
    ids = [table["id"][row].as_py() for row in sets["random"]]
    removed = sorted(doc.id for doc in docs if doc.removed_by == "quality.word_count")
    assert ids == removed[:10]
    assert len(report["examples"]["kept"]) == 30


def test_a_source_rule_and_edits(tmp_path: Path) -> None:
    docs = [
        english(60, 0.0, original="x" * 50, text="x" * 40),
        english(60, 0.0),
        Doc(removed_by_source="source.content_type"),
    ]
    report, table = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES))
    assert report["steps"][0]["step"] == "source"
    assert counts(report, "source.content_type") == (3, 1, 1, 1, 2)
    characters = report["summary"]["characters"]
    assert characters["edited"] == 10
    assert characters["in"] == characters["kept"] + characters["removed"] + characters["edited"]
    assert report["summary"]["edited"] == 1
    assert report["summary"]["words"]["edited"] is None
    (row,) = report["examples"]["edited"]
    assert table["before"][row].as_py() == "x" * 50
    assert table["before_chars"][row].as_py() == 50


def test_edits_as_the_manifests_count_them(tmp_path: Path) -> None:
    docs = [english(60, 0.0, text="x y " * 25) for _ in range(4)]
    edited = {"documents": 2, "characters": 12, "words": 3}
    report, _ = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES, edited=edited))
    assert report["summary"]["words"] == {"in": 200, "kept": 197, "removed": 0, "failed": None, "edited": 3}
    assert report["summary"]["edited"] == 2


DUPLICATE_STEPS = [
    *QUALITY,
    step(
        "minhash",
        ("cluster", "label"),
        ("cluster_size", "int64"),
        ("rank", "int64"),
        ("similarity", "float64"),
        scope="corpus",
    ),
]


def clustered(docs: list[Doc], sizes: list[int]) -> list[Doc]:
    number = 0
    for size in sizes:
        centre = docs[number].id = f"{number:032x}"
        for rank in range(size):
            doc = docs[number + rank]
            doc.id = f"{number + rank:032x}"
            doc.values |= {"minhash.cluster": centre, "minhash.cluster_size": size, "minhash.rank": rank}
            doc.values["minhash.similarity"] = None if rank == 0 else 1 - 0.01 * (number + rank)
        number += size
    return docs


def test_duplicates_by_hand(tmp_path: Path) -> None:
    docs = clustered(
        [english(60, 0.0, url=f"https://h{k}.example/{k}", text=f"text {k}") for k in range(12)], [3, 2, 1, 6]
    )
    rules = [*QUALITY_RULES, rule("minhash", "rank", max=0)]
    report, table = data(build(tmp_path / "run", docs, DUPLICATE_STEPS, rules, shard_rows=5))
    (part,) = report["duplicates"]
    assert (part["clusters"], part["documents"], part["removed"]) == (3, 11, 8)
    sizes = [(s["from"], s["to"], s["clusters"], s["kept"], s["removed"]) for s in part["sizes"]]
    assert sizes == [(2, 2, 1, 1, 1), (3, 3, 1, 1, 2), (5, 8, 1, 1, 5)]
    assert [entry["size"] for entry in part["largest"]] == [6, 3, 2]
    assert part["across"] == {"inputs": 0, "sources": 0, "months": 0, "domains": 3}
    least = part["pairs"][0]
    assert (least["removed"], least["similarity"]) == (f"{11:032x}", pytest.approx(0.89))
    assert table["text"][least["example_kept"]].as_py() == "text 6"
    assert table["text"][least["example_removed"]].as_py() == "text 11"
    assert part["similarity"]["measured"] == 8
    assert part["below"]["0.9"] == 1
    words = next(signal for signal in report["signals"] if signal["name"] == "word_count")
    spike = words["histogram"]["spike"]
    assert sum(words["histogram"]["later"]) + (spike["later"] if spike else 0) == 8


def kinds(report: dict[str, Any]) -> list[str]:
    return [alert["kind"] for alert in report["alerts"]]


def test_alerts(tmp_path: Path) -> None:
    docs = [english(60, 0.0, url=f"https://big.example/{k}", charset="utf-8 (detector)") for k in range(30)]
    docs += [english(60, 0.0, url=f"https://h{k}.example/", source="lost") for k in range(2)]
    docs += [english(1, 0.0, url="https://w.example/", source="lost") for _ in range(60)]
    docs += [
        Doc(values={"language.label": "fr", "quality.word_count": 1, "quality.mark_ratio": 0})
        for _ in range(30)
    ]
    docs += [english(60, 0.0, id=f"{7:032x}", source="fine") for _ in range(2)]
    docs += [Doc(failed=("extract", "memory", "too much"))]
    rules = [rule("quality", "word_count", min=50), rule("quality", "mark_ratio", max=0.3)]
    info = {"recipe": {"without": ["url_blocklist"], "text": '[[step]]\nop = "url_blocklist"'}}
    report, _ = data(build(tmp_path / "run", docs, QUALITY, rules, info=info))
    expected = ["without", "failed", "nothing", "domain", "source", "language", "encoding", "duplicate_ids"]
    assert kinds(report) == expected
    said = {alert["kind"]: sentence(alert) for alert in report["alerts"]}
    assert said["without"].head == "Step url_blocklist did not run."
    assert said["failed"].head == "1 document failed."
    assert said["domain"].head == "One domain holds 88.2% of what is kept."
    assert said["source"].body == "It keeps 2 of 62 (3.2%); the whole run keeps 27.2%."
    assert said["language"].head == "Language fr vanished."
    assert report["problems"]["unstable"] == 1
    assert report["steps"][0] == {
        **report["steps"][0],
        "step": "url_blocklist",
        "ran": False,
        "why": "without",
    }


def test_a_rule_that_removes_nearly_all(tmp_path: Path) -> None:
    docs = [english(1, 0.0) for _ in range(39)] + [english(60, 0.0)]
    report, _ = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES))
    assert "nearly_all" in kinds(report)


@pytest.mark.parametrize(
    ("docs", "expected"),
    [
        ([], (0, 0, 0, 0)),
        ([english(60, 0.0)], (1, 1, 0, 0)),
        ([english(1, 0.0)], (1, 0, 1, 0)),
        ([Doc(failed=("source", "record", "cut short"))], (1, 0, 0, 1)),
        ([english(60, 0.0), english(70, 0.1)], (2, 2, 0, 0)),
        ([german(), english(1, 0.9)], (2, 0, 2, 0)),
    ],
)
def test_small_runs(tmp_path: Path, docs: list[Doc], expected: tuple[int, ...]) -> None:
    report, table = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES))
    documents = report["summary"]["documents"]
    assert (documents["in"], documents["kept"], documents["removed"], documents["failed"]) == expected
    assert table.num_rows == documents["kept"] + documents["removed"]
    assert dumps(report)


def test_very_many_reasons(tmp_path: Path) -> None:
    docs = [Doc(text="x", removed_by_source=f"source.reason {number}") for number in range(3_000)]
    report, table = data(build(tmp_path / "run", docs, [], [], shard_rows=1_000))
    assert len(report["removed_by"]) == 201
    assert report["steps"][0]["removed"] == 3_000
    assert sum(entry["in_order"]["documents"] for entry in report["rules"]) == 3_000
    assert 0 < table.num_rows <= 400


def test_the_same_bytes_again(tmp_path: Path) -> None:
    docs = [
        english(30 + number, (number % 50) / 50, url=f"https://h{number % 9}.example/")
        for number in range(300)
    ]
    built = [
        build(tmp_path / name, docs, QUALITY, QUALITY_RULES, row_group=size)
        for name, size in (("a", 64), ("b", 7))
    ]
    for path in built:
        write_data(path)
    first, second = ((path / "report" / "data.json").read_bytes() for path in built)
    assert first == second
    assert b"2026" not in first


values = st.fixed_dictionaries(
    {
        "language.label": st.sampled_from(["en", "de"]),
        "quality.word_count": st.integers(0, 200),
        "quality.mark_ratio": st.integers(0, 40).map(lambda n: n / 40),
    }
)
documents = st.lists(
    st.builds(
        lambda v, text, failed: Doc(
            values=dict(v), text=text, failed=("quality", "crash", "") if failed else None
        ),
        values,
        st.text("ab \n", max_size=30),
        st.integers(0, 9).map(lambda n: n == 0),
    ),
    max_size=60,
)
bounds = st.tuples(st.integers(0, 100), st.integers(100, 200), st.integers(0, 40).map(lambda n: n / 40))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(docs=documents, cut=bounds, shard=st.integers(1, 40))
def test_everything_adds_up(
    tmp_path_factory: pytest.TempPathFactory, docs: list[Doc], cut: Any, shard: int
) -> None:
    rules = [
        rule("language", "label", **{"in": ["en"]}),
        rule("quality", "word_count", min=cut[0], max=cut[1]),
        rule("quality", "mark_ratio", below=cut[2], name="few_marks"),
    ]
    report, _ = data(build(tmp_path_factory.mktemp("run") / "r", docs, QUALITY, rules, shard_rows=shard))
    totals = report["summary"]["documents"]
    assert totals["in"] == len(docs) == totals["kept"] + totals["removed"] + totals["failed"]
    left = totals["in"]
    for part in report["steps"]:
        assert part["in"] == left
        assert part["in"] + part["made"] == part["removed"] + part["failed"] + part["left"]
        left = part["left"]
    assert left == totals["kept"]
    for entry in report["rules"]:
        expected = naive(docs, rules, entry["rule"])
        assert tuple(entry[key]["documents"] for key in ("measured", "alone", "in_order", "only")) == expected
    for signal in report["signals"]:
        if signal["histogram"]:
            picture = signal["histogram"]
            sums = {
                name: sum(picture[name]) + (picture["spike"] or {}).get(name, 0)
                for name in ("kept", "only", "other")
            }
            assert sum(sums.values()) == signal["measured"]
            assert sums["kept"] == totals["kept"]


def naive(docs: list[Doc], rules: list[dict[str, Any]], name: str) -> tuple[int, int, int, int]:
    """The four numbers of a rule, document by document."""
    given_rule = next(g for g in rules if f"{g['step']}.{g['rule']}" == name)
    column = f"{given_rule['step']}.{given_rule['signal']}"
    measured = alone = in_order = only = 0
    for doc in docs:
        if doc.failed is not None or doc.values[column] is None:
            continue
        measured += 1
        failed = [
            f"{g['step']}.{g['rule']}"
            for g in rules
            if (v := doc.values[f"{g['step']}.{g['signal']}"]) is not None and not admits(g, v)
        ]
        alone += name in failed
        in_order += failed[:1] == [name]
        only += failed == [name]
    return measured, alone, in_order, only


def test_many_measured_documents_are_counted_at_round_bounds(tmp_path: Path) -> None:
    steps = [step("s", ("ratio", "float64", 0, 1))]
    rules = [rule("s", "ratio", max=0.8123)]
    numbers = [((k * 7919) % 10_007) / 10_007 for k in range(10_007)]
    docs = [Doc(text="", values={"s.ratio": number}) for number in numbers]
    report, _ = data(build(tmp_path / "run", docs, steps, rules, shard_rows=4_000, row_group=2_000))
    found = report["signals"][0]["values"]
    assert not found["exact"]
    assert 500 <= len(found["at"]) <= 1_003
    assert 0.8123 in found["at"]
    for at, below, up_to in zip(found["at"], found["all_below"], found["all_up_to"], strict=True):
        assert below == sum(number < at for number in numbers)
        assert up_to == sum(number <= at for number in numbers)
    kept = sum(number <= 0.8123 for number in numbers)
    assert (
        found["free"]["s.ratio"]["up_to"][found["at"].index(0.8123)]
        == kept
        == report["summary"]["documents"]["kept"]
    )


def test_slices_by_hand(tmp_path: Path) -> None:
    docs = [
        english(60, 0.0, url="https://a.example.org/1", date="2024-03-02T00:00:00Z", text="x" * 10),
        english(60, 0.0, url="https://a.example.org/2", date="2024-03-09T00:00:00Z", text="x" * 20),
        english(1, 0.0, url="https://b.example.com/", date="2023-01-09T00:00:00Z", text="x" * 40),
        german(),
    ]
    report, _ = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES))
    parts = {
        name: [(g["value"], g["in"]["documents"], g["kept"]["documents"]) for g in part["groups"]]
        for name, part in report["slices"].items()
    }
    assert parts["language"] == [("en", 3, 2), ("de", 1, 0)]
    assert parts["tld"] == [("org", 2, 2), ("com", 1, 0), (None, 1, 0)]
    assert parts["month"] == [("2023-01", 1, 0), ("2024-03", 2, 2), (None, 1, 0)]
    assert parts["length"] == [(8, 1, 1), (16, 2, 1), (32, 1, 0)]
    assert "source" not in parts
