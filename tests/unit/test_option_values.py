"""What the options of the verbs take from Python: the same as from the command line, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import tamis
from tamis.engine.run import DEFAULTS, settle
from tamis.errors import InputError, RecipeError, RunError

RECIPE = """name = "short"
[[step]]
op = "gopher_quality"
keep = [{ signal = "word_count", min = 3 }]
"""


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("workers", -1),
        ("workers", 0),
        ("workers", 1.5),
        ("workers", True),
        ("memory", "two"),
        ("memory", -5),
        ("memory", 10_000_000),
        ("limit", 0),
        ("sample", 5),
        ("sample", float("nan")),
        ("seed", -1),
        ("max_failed", -1),
        ("max_failed", 1.5),
        ("measure", "some"),
        ("removed", "txt"),
        ("originals", None),
        ("fsync", "no"),
        ("columns", ["a", 1]),
        ("text", ""),
        ("document_seconds", 0),
    ],
)
def test_refused_by_name(option: str, value: Any) -> None:
    with pytest.raises(RunError) as caught:
        settle({option: value})
    assert caught.value.where.removeprefix("--") == option


def test_the_defaults_are_taken() -> None:
    found = settle({})
    assert {name: found[name] for name in DEFAULTS if name not in ("memory", "workers")} == {
        name: value for name, value in DEFAULTS.items() if name not in ("memory", "workers")
    }


def test_as_on_the_command_line() -> None:
    given = {"memory": "2GB", "sample": "10%", "limit": "1,000", "max_failed": "1%", "columns": "title,lang"}
    found = settle(given)
    meant = {
        "memory": 2_000_000_000,
        "sample": 0.1,
        "limit": 1000,
        "max_failed": 0.01,
        "columns": ["title", "lang"],
    }
    assert {name: found[name] for name in given} == meant
    assert settle({"columns": "title"})["columns"] == ["title"]
    assert settle({"max_failed": 0})["max_failed"] == 0
    again = {name: value for name, value in found.items() if name != "note"}
    assert settle({name: again[name] for name in meant}) == found


def test_a_plain_string_is_one_item(tmp_path: Path) -> None:
    lines = [
        json.dumps({"text": "one two three four", "title": "x"}),
        json.dumps({"text": "hi", "title": "y"}),
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    (tmp_path / "mine.py").write_text(
        "from tamis.op import Signal, operator\n"
        '@operator(kind="signal", reads=["text"], each=True, writes=[Signal("n", "int64", "", low=0)])\n'
        'def option_length(text: str) -> dict[str, object]:\n    return {"n": len(text)}\n'
    )
    (tmp_path / "r.toml").write_text(RECIPE + '[[step]]\nop = "option_length"\n')
    ops, inputs = str(tmp_path / "mine.py"), str(tmp_path / "in.jsonl")
    tried = tamis.try_(str(tmp_path / "r.toml"), inputs, ops=ops, without="option_length", columns="title")
    assert tried.applied.kept.column("title").to_pylist() == ["x"]
    assert "option_length.n" not in tried.applied.kept.column_names
    planned = tamis.plan(str(tmp_path / "r.toml"), inputs, ops=ops, without="gopher_quality")
    assert [step["step"] for step in planned.steps] == ["option_length"]
    assert "option_length" in [one["name"] for one in tamis.ls(ops=ops)["operators"]]
    with pytest.raises(RecipeError, match="nothing_like"):
        tamis.read_recipe(str(tmp_path / "r.toml"), without="nothing_like")


@pytest.mark.parametrize("table", [["a text"], "a text", {"text": ["a"]}, [{"text": "a"}], b"a", 5])
def test_what_is_no_table_is_refused(table: Any) -> None:
    with pytest.raises(InputError) as caught:
        tamis.apply(tamis.parse_recipe(RECIPE, "short.toml"), table)
    assert "pyarrow.table" in caught.value.hint


def test_a_column_of_bytes_or_numbers_is_refused() -> None:
    recipe = tamis.parse_recipe(RECIPE, "short.toml")
    with pytest.raises(InputError, match="decode its bytes first"):
        tamis.apply(recipe, pa.table({"text": pa.array([b"\xff\xfe"])}))
    with pytest.raises(InputError, match="int64, not text"):
        tamis.apply(recipe, pa.table({"text": [1, 2]}))
    found = tamis.apply(
        recipe, pa.table({"text": pa.array(["one two three", None, "x"]).dictionary_encode()})
    )
    assert (found.kept.num_rows, found.removed.num_rows) == (1, 2)
