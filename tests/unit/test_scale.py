"""What `tamis plan --assume-documents` says without a run: values taken and refused, origins, the tables."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tamis
from tamis.catalogue import operator_names
from tamis.cli.scale import scale_page
from tamis.cli.terminal import Terminal, cells
from tamis.engine.estimates import foretold
from tamis.engine.scale_facts import corpus_table
from tamis.errors import TamisError
from tamis.op import find
from tamis.option_values import Refused, documents
from tamis.recipe import parse_recipe

RECIPE = """name = "r"
[[step]]
op = "gopher_quality"
keep = [{ signal = "text_words", min = 50 }]
[[step]]
op = "minhash"
keep = [{ signal = "rank", max = 0 }]
"""


def planned(tmp_path: Path, **more: Any) -> dict[str, Any]:
    file = tmp_path / "r.toml"
    file.write_text(RECIPE)
    settings = {"workers": 2, "memory": "2GB", **more}
    return tamis.plan(file, **settings).to_dict()


@pytest.mark.parametrize(
    "value", ["1e9", "1.0E+9", "1000000000", "1_000_000_000", "1,000,000,000", 10**9, 1e9]
)
def test_a_number_of_documents(value: Any) -> None:
    assert documents(value) == 10**9


@pytest.mark.parametrize("value", ["0", "-1", "abc", "1.5", "1e-3", "1.23e1", "", "1e", "1e999", 0.5, True])
def test_what_is_no_number_of_documents(value: Any, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        documents(value)
    with pytest.raises(TamisError) as refused:
        planned(tmp_path, assume_documents=value)
    assert refused.value.where == "--assume-documents"
    assert refused.value.exit_code == 2


def test_each_figure_has_its_origin(tmp_path: Path) -> None:
    scale = planned(tmp_path, assume_documents=1e9)["scale"]
    assert scale["documents"] == {"value": 10**9, "origin": "given"}
    assert scale["shards"]["origin"] == "formula"
    names = [(one["phase"], one["task"]) for one in scale["stages"]]
    corpus = ["pack", "group", "join", "decide", "home"]
    assert sorted(names) == sorted([(0, "rows"), *((1, task) for task in corpus), (2, "rows")])
    for one in scale["stages"]:
        origins = {name: figure["origin"] for name, figure in one.items() if isinstance(figure, dict)}
        assert origins["tasks"] == origins["files"] == "formula"
        assert origins["exchanged"] == origins["core_seconds"] == "table"
        assert one["core_seconds"]["value"] > 0
    for name in ("tasks", "exchanged", "stored"):
        assert scale["total"][name]["value"] == sum(one[name]["value"] for one in scale["stages"])


def test_amounts_grow_with_documents(tmp_path: Path) -> None:
    small, large = (planned(tmp_path, assume_documents=n)["scale"]["stages"] for n in (10**8, 10**9))
    for one, ten in zip(small, large, strict=True):
        assert ten["core_seconds"]["value"] == pytest.approx(10 * one["core_seconds"]["value"])
        assert ten["exchanged"]["value"] == pytest.approx(10 * one["exchanged"]["value"], abs=10)
    # Union-find holds four bytes for each document that the rules before it let through, one in five.
    joins = [next(one for one in part if one["task"] == "join") for part in (small, large)]
    assert joins[1]["memory"]["value"] - joins[0]["memory"]["value"] == pytest.approx(4 * 0.2 * 9e8)
    assert joins[1]["memory"]["origin"] == "formula"


def test_the_memory_of_the_report_is_said(tmp_path: Path) -> None:
    scale = planned(tmp_path, assume_documents=1e9)["scale"]
    held = scale["report_memory"]
    assert held["origin"] == "formula"
    # Rows, and one signal in hand: 100 bytes a document, and what a small report takes.
    assert held["value"] == pytest.approx(100e9 + 250e6)
    assert scale["total"]["memory"]["value"] == held["value"]
    # What no file holds, the report does not hold: of a crawl one document in five is kept.
    kept = planned(tmp_path, assume_documents=1e9, removed="none")["scale"]["report_memory"]["value"]
    assert kept < 0.5 * held["value"]


def test_the_plan_follows_what_is_stored_of_removed_documents(tmp_path: Path) -> None:
    scales = {
        removed: planned(tmp_path, assume_documents=1e9, removed=removed)["scale"]
        for removed in ("text", "signals", "none")
    }
    stored = {removed: scale["stages"][0]["stored"]["value"] for removed, scale in scales.items()}
    assert stored["text"] > 5 * stored["signals"] > 0
    assert stored["none"] == 0
    files = [scale["total"]["files"]["value"] for scale in scales.values()]
    assert files == [files[0]] * 3, "a shard without a file of removed documents has one of counts"


def test_shards_are_those_of_the_inputs_where_there_are_some(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    with source.open("wb") as file:
        file.truncate(10_000_000)
    scale = planned(tmp_path, inputs=[str(source)], assume_documents=100, shard_bytes="1MB")["scale"]
    assert scale["shards"] == {"value": 10, "origin": "inputs"}
    assert scale["bytes"] == {"value": 10_000_000, "origin": "inputs"}


def test_more_documents_than_a_corpus_step_numbers_are_a_problem(tmp_path: Path) -> None:
    assert planned(tmp_path, assume_documents=(1 << 32) - 2)["problems"] == []
    [problem] = planned(tmp_path, assume_documents=(1 << 32) - 1)["problems"]
    assert "4,294,967,294" in problem["what"]


def test_a_run_alone_plans_nothing(tmp_path: Path) -> None:
    with pytest.raises(TamisError) as refused:
        planned(tmp_path, from_run=tmp_path / "run")
    assert refused.value.where == "--from"
    with pytest.raises(TamisError) as refused:
        planned(tmp_path, assume_documents=10, from_run=tmp_path / "run")
    assert refused.value.exit_code == 2


def test_the_table_knows_the_stages_of_each_corpus_operator() -> None:
    counts = {"documents": 1e6, "shards": 10.0}
    seen = 0
    for name in operator_names():
        op = find(name)
        if op is None or op.scope != "corpus" or op.foretell is None:
            continue
        step = parse_recipe(f'name = "r"\n[[step]]\nop = "{name}"\n', "r.toml").steps[0]
        said = foretold(step)
        assert said is not None
        assert said.stages is not None
        assert set(said.stages(counts)) == set(op.tasks) == set(corpus_table()[name]) - {"rows"}
        seen += 1
    assert seen >= 5


@pytest.mark.parametrize("width", [80, 120])
def test_the_page_marks_each_figure(tmp_path: Path, width: int) -> None:
    found = planned(tmp_path, assume_documents=1e9)
    page = scale_page(found, Terminal(io.StringIO(), io.StringIO(), width=width))
    assert max(cells(line) for line in page) <= width
    assert "1,000,000,000 documents" in "\n".join(page[:2])
    [join] = [line for line in page if line.startswith("1 join")]
    assert re.search(r" 1 c +2 c +800\.0 MB t +0 B t ", join)
    assert any(line.startswith("t from the tables of the benches, c calculated") for line in page)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("--assume-documents 0", "'0' is no count"),
        ("--assume-documents 1e-3", "'1e-3' is no count"),
        ("--assume-documents", "a value must follow"),
        ("--from RUN", "give INPUT, or --assume-documents N"),
        ("", "give INPUT, or --assume-documents N"),
        ("--assume-documents 9 --from RUN", "no run directory"),
        ("--assume-documents 4294967295", "at most 4,294,967,294"),
    ],
)
def test_bad_values_end_with_2(tmp_path: Path, given: str, said: str) -> None:
    file = tmp_path / "r.toml"
    file.write_text(RECIPE)
    command = [sys.executable, "-m", "tamis", "plan", str(file), *given.split()]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "hint: " in done.stderr
