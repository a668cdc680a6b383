"""`drop_columns`: what it leaves out is nowhere in the output, and what cannot be left out is refused before any work."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tamis
from tamis.errors import RecipeError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from run_inputs import digests

RECIPE = """name = "dropping"
[[step]]
op = "gopher_quality"
keep = [{ signal = "word_count", min = 3 }]
[[step]]
op = "exact"
by = "source"
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "drop_columns"
columns = ["metadata", "gopher_quality.mean_word_length", "exact.similarity", "lang"]
[[step]]
op = "fineweb_quality"
"""
LEFT_OUT = {"metadata", "gopher_quality.mean_word_length", "exact.similarity", "lang"}


@pytest.fixture
def texts(tmp_path: Path) -> str:
    with (tmp_path / "in.jsonl").open("w") as file:
        for number in range(30):
            text = " ".join(["one two three four five"] * (number % 7))
            file.write(json.dumps({"text": text, "source": "s", "lang": "en", "n": number}) + "\n")
    return str(tmp_path / "in.jsonl")


def refine(folder: Path, texts: str, name: str, recipe: str = RECIPE, **options: Any) -> Any:
    checked = tamis.parse_recipe(recipe, "r.toml", overrides=options.pop("overrides", {}))
    return tamis.run(checked, texts, folder / name, workers=1, columns=["lang"], **options)


def test_a_run_leaves_columns_out(tmp_path: Path, texts: str) -> None:
    run = refine(tmp_path, texts, "out")
    for role in ("kept", "removed"):
        tables = [pq.read_table(path, partitioning=None) for _shard, path in run.files(role)]
        assert sum(table.num_rows for table in tables) > 3
        for table in tables:
            assert not LEFT_OUT & set(table.column_names)
            assert {"id", "text", "source", "gopher_quality.word_count"} <= set(table.column_names)
    looser = {"gopher_quality.word_count.min": 0}
    retuned = tamis.retune(run.path, looser, tmp_path / "retuned", workers=1)
    fresh = refine(tmp_path, texts, "fresh", overrides=looser)
    assert digests(retuned.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters")
    assert fresh.counts()["kept"] > run.counts()["kept"]


def step(columns: str) -> str:
    return RECIPE.replace(
        '"metadata", "gopher_quality.mean_word_length", "exact.similarity", "lang"', columns
    )


@pytest.mark.parametrize(
    ("column", "what", "hint"),
    [
        *((name, "always stays", "headers") for name in ("id", "origin", "text", "row", "text_chars")),
        ("gopher_quality.word_cuont", "no column", "did you mean gopher_quality.word_count?"),
        ("fineweb_quality.line_count", "no column", ""),
        ("gopher_quality.word_count", "gopher_quality reads it", "export"),
        ("source", "exact reads it", "export"),
    ],
)
def test_what_cannot_be_left_out_is_refused_with_its_line(column: str, what: str, hint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        tamis.parse_recipe(step(f'"{column}"'), "r.toml")
    assert caught.value.where == "r.toml:11"
    assert what in caught.value.what
    assert hint in caught.value.hint


@pytest.mark.parametrize("column", ["metdata", "content", "removed_by"])
def test_what_the_input_lacks_is_refused_before_any_work(tmp_path: Path, texts: str, column: str) -> None:
    with pytest.raises(RecipeError, match=rf"r\.toml:10: drop_columns: .*no column '{column}'") as caught:
        refine(tmp_path, texts, "out", step(f'"{column}"'))
    assert not (tmp_path / "out").exists()
    if column == "metdata":
        assert caught.value.hint == "did you mean metadata?"
    without = tamis.parse_recipe(step(f'"{column}"'), "r.toml", without=["exact"])
    with pytest.raises(RecipeError, match="no column"):
        tamis.apply(without, pa.table({"text": ["One."]}))
    with pytest.raises(RecipeError, match="no column"):
        tamis.try_(tamis.parse_recipe(step(f'"{column}"'), "r.toml"), texts)
