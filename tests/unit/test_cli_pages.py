"""The pages that verbs print, from plain data, at 80 and at 120 columns."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tamis.cli import diff, explain, look, outcome, plan, progress, retune, sweep, try_
from tamis.cli.terminal import Terminal, cells

_spec = importlib.util.spec_from_file_location("snapshots", Path(__file__).with_name("snapshots.py"))
assert _spec is not None
assert _spec.loader is not None
snapshots = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(snapshots)

HOSTILE = "\x1b]0;owned\x07\x1b[2Jtext \u202e of a stranger\r\nsecond line"


def at(width: int) -> Terminal:
    return Terminal(io.StringIO(), io.StringIO(), width=width)


def check(name: str, page: list[str], width: int) -> None:
    assert max(cells(line) for line in page) <= width, max(page, key=cells)
    assert "\x1b" not in "".join(page)
    snapshots.same_as_snapshot(f"{name}-{width}", page)


def step(
    name: str, kind: str, cost: str, rules: int, reads: str, signals: int, **more: Any
) -> dict[str, Any]:
    names = [f"signal_{n}" for n in range(signals)]
    return {
        "step": name,
        "kind": kind,
        "scope": more.pop("scope", "row"),
        "cost": cost,
        "gate": more.pop("gate", False),
        "rules": rules,
        "reads": [reads],
        "writes": [*more.pop("fields", []), *names],
        "signals": [{"name": one} for one in names],
        "curve": None,
        "loaded": 0,
        "parameters": {},
        **more,
    }


CURVE = {"0.5": 0.053, "0.6": 0.211, "0.7": 0.565, "0.75": 0.772, "0.8": 0.924, "0.9": 0.999, "half": 0.685}
PLAN = {
    "recipe": "fineweb",
    "title": "as datatrove 0.10.1, fast extractor",
    "inputs": [{"name": f"{n}.warc.gz", "size": 950_000_000, "format": "warc"} for n in range(12)],
    "shards": 712,
    "steps": [
        step("url_blocklist", "signal", "cheap", 6, "url", 6, gate=True),
        step("extract", "transform", "medium", 1, "content", 1, fields=["text", "title", "date"]),
        step("language", "signal", "cheap", 2, "text", 4, gate=True, loaded=938_013),
        step(
            "minhash", "signal", "medium", 1, "text", 3, scope="corpus", curve=CURVE,
            parameters={"bands": 14, "rows": 8, "threshold": 0.75},
        ),
    ],
    "phases": [],
    "estimates": {
        "bytes": 11_400_000_000, "seconds": 10_200.0, "workers": 2, "memory": 2_000_000_000,
        "worker_memory": 420_000_000,
        "disk": {"kept": 1_900_000_000, "removed": 7_800_000_000, "removed_signals": 700_000_000,
                 "sketches": 1_100_000_000, "sets": 1_000_000_000},
        "assumed": {"kept_share": 0.2, "document_bytes": 3_000},
    },
    "problems": [],
}  # fmt: skip

TRY = {
    "inputs": ["a.warc.gz"],
    "documents": 240,
    "seconds": 1.31,
    "kept": 58,
    "removed": 178,
    "failed": 4,
    "rules": [
        {
            "rule": "language.score",
            "documents": 96,
            "examples": [
                {"id": "a3f0" * 8, "removed_value": "0.4112", "removed_bound": "above 0.65", "text": HOSTILE},
                {"id": "91bc" * 8, "removed_value": "0.65", "removed_bound": "above 0.65", "text": "欢迎来到" * 30},
            ],
        },
        {
            "rule": "url_blocklist.domain_listed",
            "documents": 1_041,
            "examples": [
                {"id": "07d1" * 8, "removed_value": "true", "removed_bound": "in [false]", "text": "",
                 "url": "https://x.example/"},
            ],
        },
    ],
    "without_corpus": ["minhash"],
}  # fmt: skip


def rule(name: str, documents: int, **bounds: Any) -> dict[str, Any]:
    own = name.rpartition(".")[2]
    return {"rule": name, "name": own, "in_order": {"documents": documents}, "bounds": bounds}


def part(name: str, came: int, removed: int, failed: int, rules: list[str]) -> dict[str, Any]:
    facts = {"step": name, "ran": True, "in": came, "made": 0, "removed": removed, "failed": failed}
    return {**facts, "left": came - removed - failed, "rules": rules}


DATA = {
    "summary": {"documents": {"in": 412, "made": 0, "kept": 47, "removed": 363, "failed": 2}},
    "alerts": [{"kind": "idle", "step": "extract", "op": "extract", "documents": 412}],
    "steps": [
        part("extract", 412, 12, 2, ["extract.text"]),
        part("language", 398, 18, 0, ["language.score"]),
        part(
            "gopher_repetition", 380, 303, 0, ["gopher_repetition.top", "gopher_repetition.duplicate_lines"]
        ),
        part("minhash", 77, 30, 0, ["minhash.rank"]),
    ],
    "rules": [
        rule("extract.text", 12, min=1),
        rule("language.score", 18, above=0.65),
        rule("gopher_repetition.top", 263, max=0.2),
        rule("gopher_repetition.duplicate_lines", 40, max=0.3),
        rule("minhash.rank", 30, max=0),
    ],
    "duplicates": [{"step": "minhash", "clusters": 29, "largest": [{"size": 6}], "capped": 0}],
    "problems": {"failed": [{"kind": "timeout", "documents": 1}, {"kind": "record", "documents": 1}]},
}


def measured(name: str, value: Any, bound: str, verdict: str, first: bool = False) -> dict[str, Any]:
    return {
        "signal": name,
        "value": value,
        "rule": f"x.{name}",
        "bound": bound,
        "verdict": verdict,
        "first": first,
    }


def went(name: str, *signals: dict[str, Any], why: str = "") -> dict[str, Any]:
    return {"step": name, "op": name, "ran": not why, "why": why, "signals": list(signals)}


EXPLAIN = {
    "id": "9f2c41" * 5 + "00",
    "url": "https://docs.example.org/intro\x1b[2J",
    "side": "removed",
    "place": "removed/000017:12",
    "matches": 2,
    "removed_by": "fineweb_quality.newlines_per_word",
    "steps": [
        went("url_blocklist", why="without"),
        went("language", measured("label", "en", "en", "keep"), measured("score", 0.97, "> 0.65", "keep")),
        went("drop_columns"),
        went("fineweb_quality", measured("newlines_per_word", 0.44, "≤ 0.3", "remove", True)),
        went("minhash", why="removed before"),
        {**went("token_count", measured("token_count", 1_204, "", ""), why="removed before"), "computed": True},
        {**went("mask_pii", measured("email_count", 1, "≤ 0", "remove"), why="removed before"), "computed": True,
         "edit": {"before": "one\na@b\x1b[2J\n", "after": "one\nx@y\n"}},
    ],
    "nearest": [
        {"step": "minhash", "id": "ab10" * 8, "url": "https://docs.example.org/near", "place": "kept/000001:2",
         "similarity": 0.61234, "buckets": 2},
        {"step": "exact", "id": None, "url": None, "place": None, "similarity": None, "buckets": 0},
    ],
    "reread": True,
    "notes": ["extract fails now: size, 3 MB of HTML"],
    "text": "one\nthree\x1b[2J",
    "original": "one\ntwo\nthree",
    "origin": {"name": "demo/docs.warc.gz", "offset": 1_204_551, "length": 31_904},
    "duplicates": [
        {"step": "minhash", "cluster": "77aa10" * 5 + "00", "size": 3, "rank": 1, "similarity": 0.93,
         "kept_id": "77aa10" * 5 + "00", "members": []},
        {"step": "exact", "cluster": "9f2c41" * 5 + "00", "size": 2, "rank": 0, "similarity": None,
         "kept_id": "9f2c41" * 5 + "00", "members": []},
    ],
    "failed": None,
}  # fmt: skip

LOOK = [
    {"id": "9f2c41" * 5 + "00", "url": "https://x.example/" + "long" * 30, "place": "removed/000000:7",
     "side": "removed", "removed_by": "gopher_quality.word_count", "removed_value": "12",
     "removed_bound": "min 50", "text": HOSTILE, "text_chars": 41},
    {"id": "00" * 16, "url": None, "place": "failed/000000:9", "side": "failed", "step": "extract",
     "kind": "timeout", "message": "after 30 s", "text": None},
    {"id": "11" * 16, "url": "https://y.example/", "place": "kept/000001:0", "side": "kept",
     "text": "A sentence that is repeated. " * 40, "text_chars": 1_160},
    {"id": "22" * 16, "url": "https://z.example/", "place": "kept/000001:7", "side": "kept", "distance": -0.0123,
     "text": "Short.", "text_chars": 6},
]  # fmt: skip

RECIPES = {
    "what": "recipes",
    "a": "gopher",
    "b": "fineweb",
    "changes": [
        {"step": "language", "what": "step", "name": "", "a": None, "b": "language"},
        {"step": "gopher_quality", "what": "parameter", "name": "words", "a": "spacy-en", "b": "whitespace"},
        {"step": "gopher_quality", "what": "rule", "name": "alpha_word_ratio", "a": "alpha_word_ratio >= 0.8",
         "b": "alpha_word_ratio >= 0.7 when label in [en, de, fr, es]"},
        {"step": "language", "what": "gate", "name": "", "a": False, "b": True},
    ],
}  # fmt: skip

RUNS = {
    "what": "runs",
    "a": "out",
    "b": "out2",
    "changes": [
        {"rule": "fineweb_quality.newlines_per_word", "change": "bounds", "first": "≤ 0.3", "second": "≤ 0.45"}
    ],
    "documents": {"in": [412, 415], "made": [0, 0], "kept": [47, 61], "removed": [363, 352], "failed": [2, 2]},
    "rules": [
        {"rule": "fineweb_quality.newlines_per_word", "first": {"in_order": 39}, "second": {"in_order": 20},
         "change": -19},
        {"rule": "language.score", "first": {"in_order": 18}, "second": {"in_order": 18}, "change": 0},
        {"rule": "minhash.size", "first": None, "second": {"in_order": 2}, "change": 2},
    ],
    "table": [
        {"first": "absent", "second": "removed", "documents": 3},
        {"first": "failed", "second": "failed", "documents": 2},
        {"first": "kept", "second": "kept", "documents": 46},
        {"first": "kept", "second": "removed", "documents": 1},
        {"first": "removed", "second": "kept", "documents": 15},
        {"first": "removed", "second": "removed", "documents": 348},
    ],
    "moved": 16,
    "examples": [
        {"id": "9f2c41" * 5 + "00", "url": "https://x.example/", "first": "removed", "second": "kept",
         "first_by": "fineweb_quality.newlines_per_word", "second_by": None,
         "rule": "fineweb_quality.newlines_per_word", "first_value": 0.351, "second_value": 0.351,
         "first_bound": 0.3, "second_bound": 0.45, "first_keeps": "≤ 0.3", "second_keeps": "≤ 0.45"}
    ],
}  # fmt: skip


@pytest.mark.parametrize("width", [80, 120])
def test_plan(width: int) -> None:
    check("plan", plan.plan_page(PLAN, at(width)), width)


@pytest.mark.parametrize("width", [80, 120])
def test_try(width: int) -> None:
    check("try", try_.try_page(TRY, at(width)), width)


@pytest.mark.parametrize("width", [80, 120])
def test_outcome(width: int) -> None:
    info = {"times": {"started": 10.0, "ended": 13.9}, "options": {"workers": 2}}
    check("run", outcome.outcome(Path("out"), DATA, info, [412_000], at(width)), width)
    idle = outcome.outcome(Path("out"), DATA, info, [412_000], at(width), idle=True)
    assert idle == ["out is complete: 412 documents in, 47 kept, 363 removed, 2 failed (nothing to run)"]


@pytest.mark.parametrize("width", [80, 120])
def test_explain(width: int) -> None:
    page = explain.explain_page(EXPLAIN, "out", at(width), text=True)
    page += ["", *explain.differences(EXPLAIN, {**EXPLAIN, "text": "one\nfour"}, at(width))]
    check("explain", page, width)


@pytest.mark.parametrize("width", [80, 120])
def test_look(width: int) -> None:
    check("look", look.look_page(LOOK, at(width)), width)


@pytest.mark.parametrize("width", [80, 120])
def test_diff(width: int) -> None:
    page = [*diff.recipes_page(RECIPES, at(width)), "", *diff.runs_page(RUNS, at(width), documents=True)]
    check("diff", page, width)


def test_diff_shows_a_value_on_its_side_of_the_bound() -> None:
    near = {**RUNS["examples"][0], "first_value": 0.30004, "second_value": 0.44996}
    page = " ".join(diff.runs_page({**RUNS, "examples": [near]}, at(120), documents=True))
    assert "removed 0.30004 (keeps ≤ 0.3)" in page
    assert "kept 0.44996 (keeps ≤ 0.45)" in page


def test_diff_of_equal_recipes() -> None:
    same = {"what": "recipes", "a": "a", "b": "b", "changes": []}
    assert diff.recipes_page(same, at(80)) == ["a and b have the same steps, parameters and rules"]


def test_retune() -> None:
    new = {
        "summary": {"documents": {"in": 412, "made": 0, "kept": 61, "removed": 349, "failed": 2}},
        "rules": [rule("language.score", 10, above=0.5)],
    }
    changes = retune.changed_bounds(DATA, new, {"language.score.above": 0.5, "minhash.rank.min": 1})
    assert retune.comparison("out", "out2", changes, DATA, new) == [
        "language.score.above  0.65 -> 0.5",
        "minhash.rank.min  none -> 1",
        "412 in   kept 47 -> 61   removed 363 -> 349   failed 2 -> 2",
        "compare  tamis diff out out2 --documents",
    ]


STATE = SimpleNamespace(
    phase="measure", done=41_200_000, total=52_800_000, rows=24_480, kept=7_600, failed=3, seconds=40.0
)


def test_progress_lines() -> None:
    assert (
        progress.plain_line(STATE)
        == "measure: 78 % of 52.8 MB, 612 documents/s, kept 31 %, 3 failed, 0:12 left"
    )
    assert progress.live_line(STATE, 119) == (
        "measure  ████████████████████░░░░░░   78 %   41.2 MB of 52.8 MB   612 documents/s   kept 31 %   3 failed   0:12 left"
    )
    for width in (20, 60, 79, 119):
        assert cells(progress.live_line(STATE, width)) <= width


def test_a_phase_of_many_steps_is_named_by_its_ends() -> None:
    assert progress.phase_name("extract, language, c4_lines") == "extract to c4_lines"
    assert progress.phase_name("minhash") == "minhash"


def test_progress_is_written_over_on_a_terminal_and_rare_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    live = Terminal(io.StringIO(), io.StringIO(), live=True)
    plain = at(80)
    with progress.Progress(live) as one, progress.Progress(plain) as other:
        for _round in range(100):
            now[0] += 0.25
            one.update(STATE)
            other.update(STATE)
        one.note("a \x1b note")
    said = live.err.getvalue()
    assert said.count("\r\x1b[Kmeasure") == 100
    assert said.endswith("\r\x1b[Ka · note\n")
    assert plain.err.getvalue().splitlines() == [progress.plain_line(STATE)] * 2


def test_a_sweep_fits_the_terminal() -> None:
    kept = {"documents": 1_234_567, "characters": 1_234_567_890, "tokens": 312_345_678}
    sure = {"value": 0.93, "low": 0.85, "high": 0.97, "effective": 80.0}
    one = {
        "kept": kept,
        "at_most": kept,
        "rows": {"past": 50, "within": 50},
        "precision": sure,
        "recall": None,
    }
    facts = {
        "bound": "q.n.max",
        "run": "out",
        "now": 0.5,
        "unmeasured": [],
        "duplicates": [],
        "edited": False,
    }
    found = {**facts, "values": [{**one, "value": value} for value in (0.5, 0.6)], "labels": {}}
    page = sweep.page(found, at(80))
    assert max(map(cells, page)) <= 80
    heads = [line.split() for line in page if line.startswith("max ")]
    assert [(head[1], head[-1]) for head in heads] == [
        ("documents", "tokens"),
        ("at", "more"),
        ("rows", "recall"),
    ]
    assert [line.split()[0] for line in page if line.startswith("0.")] == ["0.5", "0.6"] * 3
    plain = {**found, "values": [{**row, "at_most": dict.fromkeys(kept, 0)} for row in found["values"]]}
    assert [line.split()[0] for line in sweep.page(plain, at(120)) if line.startswith("0.")] == ["0.5", "0.6"]
