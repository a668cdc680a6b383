"""The salt of `mask_pii` shapes the output and stands nowhere in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis
from tamis.errors import RecipeError
from tamis.recipe_difference import recipe_difference

SALT = "Q7f-pepper-Q7f"
VARIABLE = "TAMIS_MASK_PII_SALT"
RECIPE = """name = "hashed"
[[step]]
op = "gopher_quality"
gate = true
keep = [{ signal = "word_count", min = 8 }]
[[step]]
op = "mask_pii"
mode = "hash"
keep = [{ signal = "email_count", max = 2 }]
"""


@pytest.fixture
def refine(tmp_path: Path) -> Any:
    """A function that runs the recipe over forty texts into a named directory."""
    (tmp_path / "r.toml").write_text(RECIPE)
    with (tmp_path / "in.jsonl").open("w") as file:
        for number in range(40):
            text = " ".join(["write to"] * (number % 9) + [f"b{number}@x.com"] * (number % 4))
            file.write(json.dumps({"text": text}) + "\n")

    def run(name: str, salt: str | None = SALT, **options: Any) -> Any:
        overrides = {} if salt is None else {"mask_pii.salt": salt}
        overrides |= options.pop("overrides", {})
        inputs, out = tmp_path / "in.jsonl", tmp_path / name
        return tamis.run(
            tmp_path / "r.toml", inputs, out, workers=1, overrides=overrides, keep_work=True, **options
        )

    return run


def texts(run: Any) -> list[str]:
    return [text for _s, path in run.files("kept") for text in pq.read_table(path)["text"].to_pylist()]


def holding(folder: Path) -> list[Path]:
    """The files below a folder that hold the salt."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 8
    return [path for path in files if SALT.encode() in path.read_bytes()]


def test_no_file_of_a_run_holds_it(refine: Any) -> None:
    run = refine("out")
    assert any("<email:" in text for text in texts(run))
    assert not holding(run.path)
    assert run.info["recipe"]["overrides"]["mask_pii.salt"].startswith("secret:")
    assert "secret:" in (run.path / "report" / "data.json").read_text()


def test_plan_show_and_diff_do_not_tell_it(refine: Any, tmp_path: Path) -> None:
    run = refine("out")
    planned = tamis.plan(tmp_path / "r.toml", tmp_path / "in.jsonl", overrides={"mask_pii.salt": SALT})
    sides = [
        tamis.read_recipe(tmp_path / "r.toml", overrides={"mask_pii.salt": salt}) for salt in (SALT, "b")
    ]
    difference = recipe_difference(*sides)
    assert [change["name"] for change in difference["changes"]] == ["salt"]
    found = tamis.explain(run.path, "kept/0:8")
    said = json.dumps([planned.to_dict(), difference, found], default=str) + repr(sides)
    assert "secret:" in said
    assert SALT not in said


def test_the_same_command_goes_on_and_another_salt_measures_again(refine: Any) -> None:
    run = refine("out")
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("phases/*/*.json")}
    assert before
    again = refine("out")
    assert {path: path.stat().st_mtime_ns for path in again.path.rglob("phases/*/*.json")} == before
    first = texts(run)
    assert texts(refine("out", salt="another")) != first


def test_the_environment_may_hold_it(refine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said = texts(refine("said"))
    monkeypatch.setenv(VARIABLE, SALT)
    run = refine("held", salt=None)
    assert texts(run) == said
    assert not holding(run.path)


def test_a_retune_needs_it_only_where_the_step_runs_again(
    refine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = refine("out")
    tighter, looser = {"mask_pii.email_count.max": 1}, {"gopher_quality.word_count.min": 2}
    retuned = tamis.retune(run.path, tighter, tmp_path / "tighter", workers=1)
    assert texts(retuned) == texts(refine("fresh", overrides=tighter))
    with pytest.raises(RecipeError, match=VARIABLE):
        tamis.retune(run.path, looser, tmp_path / "looser", workers=1)
    monkeypatch.setenv(VARIABLE, "not this one")
    with pytest.raises(RecipeError, match=VARIABLE):
        tamis.retune(run.path, looser, tmp_path / "looser", workers=1)
    monkeypatch.setenv(VARIABLE, SALT)
    retuned = tamis.retune(run.path, looser, tmp_path / "looser", workers=1)
    assert not holding(retuned.path)
    monkeypatch.delenv(VARIABLE)
    fresh = texts(refine("fresh2", overrides=looser))
    assert len(fresh) > len(texts(run))
    assert texts(retuned) == fresh


def test_a_recipe_that_holds_it_is_refused() -> None:
    with pytest.raises(RecipeError) as caught:
        tamis.parse_recipe(RECIPE + f'salt = "{SALT}"', "r.toml")
    assert caught.value.where == "r.toml:10"
    assert VARIABLE in caught.value.hint
    assert SALT not in str(caught.value)
    with pytest.raises(RecipeError) as caught:
        tamis.parse_recipe(RECIPE, "r.toml", overrides={"mask_pii.salt": 4711})
    assert caught.value.where == "--set mask_pii.salt"
    assert "4711" not in str(caught.value)
