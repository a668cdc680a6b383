"""The report's numbers, against runs whose funnel is worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report_runs import QUALITY, QUALITY_RULES, Doc, admits, build, english, german, rule, step
from tamis.report.data import data, dumps, write_data
from tamis.report.funnel import failed_line, funnel_head, funnel_rows


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


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
