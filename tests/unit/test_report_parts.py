"""Duplicates, alerts and slices of runs worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from report_runs import QUALITY, QUALITY_RULES, Doc, build, english, german, rule, step
from tamis.report import problems, signals
from tamis.report.alerts import sentence
from tamis.report.data import data
from tamis.report.proportions import wilson

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
    assert (part["mode"], part["threshold"], part["false"]) == (None, None, None)
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
        "kind": None,
        "gate": False,
    }


def test_a_rule_that_removes_nearly_all_and_repaired_encodings(tmp_path: Path) -> None:
    steps = [step("mend", ("text_changed", "bool"), op="fix_text", kind="transform"), QUALITY[1]]
    docs = [
        Doc(
            values={
                "mend.text_changed": n < 3,
                "quality.word_count": 60 if n == 0 else 2,
                "quality.mark_ratio": 0.1,
            }
        )
        for n in range(40)
    ]
    report, _ = data(build(tmp_path / "run", docs, steps, [rule("quality", "word_count", min=50)]))
    said = {alert["kind"]: sentence(alert) for alert in report["alerts"]}
    assert said["nearly_all"].head == "quality.word_count removes nearly all."
    assert "39 of 40 documents measured lie beyond (97.5%)" in said["nearly_all"].body
    assert said["repaired"].head == "mend repaired the characters of 3 documents."
    assert said["repaired"].body == "7.5% of the 40 that it saw had been read in a wrong encoding."


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (0, "It is 50.0% of what went in."),
        (1, "in. One more domain holds more than the limit."),
        (2, "in. 2 more domains hold more than the limit."),
    ],
)
def test_domains_beyond_the_limit_are_counted_against_it(tmp_path: Path, others: int, said: str) -> None:
    hosts = ["big"] * 20 + [f"half{n % others}" for n in range(10 * others)]
    hosts += [f"h{n}" for n in range(40 - len(hosts))]
    docs = [english(60, 0.0, url=f"https://{host}.example/{n}") for n, host in enumerate(hosts)]
    report, _ = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES))
    [alert] = [alert for alert in report["alerts"] if alert["kind"] == "domain"]
    assert sentence(alert).body.endswith(said)


def test_documents_whose_comparisons_were_cut_short(tmp_path: Path) -> None:
    docs = clustered([english(60, 0.0, text=f"text {k}") for k in range(5)], [3, 2])
    rules = [*QUALITY_RULES, rule("minhash", "rank", max=0)]
    run = build(tmp_path / "run", docs, DUPLICATE_STEPS, rules)
    for capped, head in [(0, None), (1, "of one document."), (1234, "of 1,234 documents.")]:
        add_corpus_phase(run, "minhash", {"compared": 9, "capped": capped})
        report, _ = data(run)
        assert report["duplicates"][0]["capped"] == capped
        said = [sentence(alert).head for alert in report["alerts"] if alert["kind"] == "capped"]
        assert said == ([] if head is None else [f"minhash stopped looking for the duplicates {head}"])


def add_corpus_phase(run: Path, step: str, summary: dict[str, int]) -> None:
    info = json.loads((run / "run.json").read_text())
    info["phases"] = [info["phases"][0], {"number": 1, "kind": "corpus", "steps": [step]}]
    (run / "run.json").write_text(json.dumps(info))
    (run / "phases" / "1").mkdir(exist_ok=True)
    manifest = {"v": 1, "phase": 1, "task": 0, "deterministic": {"outputs": [], "summary": summary}}
    (run / "phases" / "1" / "000000.json").write_text(json.dumps(manifest))


def test_a_rule_that_removes_nearly_all(tmp_path: Path) -> None:
    docs = [english(1, 0.0) for _ in range(39)] + [english(60, 0.0)]
    report, _ = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES))
    assert "nearly_all" in kinds(report)


def test_a_step_that_measured_nothing(tmp_path: Path) -> None:
    docs = [english(60, 0.0) for _ in range(3)]
    for doc in docs:
        doc.values = {name: value for name, value in doc.values.items() if not name.startswith("quality.")}
    report, _ = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES))
    [idle] = [alert for alert in report["alerts"] if alert["kind"] == "idle"]
    assert " ".join(sentence(idle)) == (
        "Step quality gave no value. Each of its signals is null for all 3 documents that reached it."
    )
    for steps, said in (
        (
            [QUALITY[0], {**QUALITY[1], "where": [{"column": "language.label"}]}],
            "Step quality had nothing to do. Its where",
        ),
        ([QUALITY[0], {**QUALITY[1], "op": "extract"}], "Step quality had nothing to do. All 3 documents"),
    ):
        report, _ = data(build(tmp_path / steps[1].get("op", "where"), docs, steps, QUALITY_RULES))
        [idle] = [alert for alert in report["alerts"] if alert["kind"] == "idle"]
        assert " ".join(sentence(idle)).startswith(said)


def test_a_step_at_which_all_failed_is_told_as_failed_only(tmp_path: Path) -> None:
    docs = [Doc(failed=("quality", "exception", "mark_ratio is nan")) for _ in range(3)]
    report, _ = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES))
    assert "only_failed" in kinds(report)
    assert "idle" not in kinds(report)


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
    [english_group] = [one for one in report["slices"]["language"]["groups"] if one["value"] == "en"]
    assert english_group["in"] == {"documents": 3, "characters_before_edits": 70}
    assert english_group["kept"] == {"documents": 2, "characters_before_edits": 30}


@pytest.mark.parametrize("most", [1, 2, 500])
def test_ids_that_several_documents_carry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    docs = [english(40 + k % 30, 0.0, url=f"https://h{k}.example/", text=f"text {k}") for k in range(12)]
    for place, shared in ((3, 0), (7, 0), (9, 5), (11, 5)):
        docs[place].id = docs[shared].id = f"{shared:032x}"
    run = build(tmp_path / "run", docs, QUALITY, QUALITY_RULES, shard_rows=5)
    monkeypatch.setattr(problems, "IDS_AT_ONCE", most)
    assert data(run)[0]["problems"]["duplicate_ids"] == {"ids": 2, "documents": 6}


def test_a_label_with_very_many_values_has_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = [english(60, 0.0, url=f"https://h{k}.example/", text=f"text {k}") for k in range(12)]
    rules = [*QUALITY_RULES, rule("minhash", "rank", max=0)]
    run = build(tmp_path / "run", clustered(docs, [3, 2, 1, 6]), DUPLICATE_STEPS, rules, shard_rows=5)

    def labels() -> Any:
        return next(one for one in data(run)[0]["signals"] if one["name"] == "cluster")["labels"]

    assert [(one["documents"], one["kept"]) for one in labels()] == [(6, 1), (3, 1), (2, 1), (1, 1)]
    monkeypatch.setattr(signals, "DISTINCT", 3)
    assert labels() is None


def test_a_group_has_a_ratio_from_twenty_documents_on(tmp_path: Path) -> None:
    """a: 20 in, 15 kept; b: 19 in, 19 kept; c: 61 in, 6 kept: of 100 in, 40 kept."""
    docs = [
        english(60 if k < kept else 1, 0.0, source=name)
        for name, came, kept in (("a", 20, 15), ("b", 19, 19), ("c", 61, 6))
        for k in range(came)
    ]
    report, _examples = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES))
    part = report["slices"]["source"]
    ratios = {group["value"]: group["ratio"] for group in part["groups"]}
    assert ratios["a"][0] == pytest.approx((15 / 40) / (20 / 100))
    assert ratios["c"][0] == pytest.approx((6 / 40) / (61 / 100))
    assert ratios["b"] is None
    assert (part["least"], part["others"]["groups"], part["others"]["in"]["documents"]) == (20, 1, 19)
    assert part["others"]["ratio"][0] == pytest.approx((19 / 40) / (19 / 100))


def test_a_record_that_was_read_twice_is_compared_too(tmp_path: Path) -> None:
    docs = clustered([english(60, 0.0, text=f"text {k}") for k in range(2)], [2])
    docs[1].id = docs[0].id
    rules = [*QUALITY_RULES, rule("minhash", "rank", max=0)]
    report, table = data(build(tmp_path / "run", docs, DUPLICATE_STEPS, rules))
    (part,) = report["duplicates"]
    assert (part["removed"], part["similarity"]["measured"]) == (1, 1)
    (pair,) = part["pairs"]
    shown = [table["text"][pair[f"example_{side}"]].as_py() for side in ("kept", "removed")]
    assert shown == ["text 0", "text 1"]


def test_false_positives_by_hand(tmp_path: Path) -> None:
    """Similarities run from 0.99 down by hundredths: below 0.95 lie those of 5 of the 8 removed documents."""
    docs = clustered(
        [english(60, 0.0, url=f"https://h{k}.example/{k}", text=f"text {k}") for k in range(12)], [3, 2, 1, 6]
    )
    steps = [
        one if one["step"] != "minhash" else {**one, "parameters": {"mode": "components", "threshold": 0.95}}
        for one in DUPLICATE_STEPS
    ]
    rules = [*QUALITY_RULES, rule("minhash", "rank", max=0)]
    (part,) = data(build(tmp_path / "run", docs, steps, rules))[0]["duplicates"]
    similar = [doc.values["minhash.similarity"] for doc in docs]
    below = sum(value is not None and value < 0.95 for value in similar)
    assert (part["mode"], part["threshold"]) == ("components", 0.95)
    assert (part["false"]["below"], part["false"]["removed"]) == (below, 8)
    assert below > 0
    assert part["false"]["interval"] == list(wilson(below / 8, 8))
    assert part["similarity"]["equal"] == 0
