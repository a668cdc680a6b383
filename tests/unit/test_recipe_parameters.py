"""What an operator's `check` refuses: parameters that do not go together, orders and columns that are not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tamis
from tamis.errors import RecipeError
from tamis.recipe import parse_recipe

HEAD = """name = "r"
[[step]]
op = "gopher_quality"
[[step]]
op = "language"
"""
LATER = """
[[step]]
op = "fineweb_quality"
"""


def step(line: str, op: str = "exact") -> str:
    return f'{HEAD}[[step]]\nop = "{op}"\n{line}\n{LATER}'


@pytest.mark.parametrize("op", ["exact", "minhash", "duplicate_id"])
@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        ('survivor = "longst"', "no order named longst", "did you mean longest?"),
        ('survivor = "quality"', "no order named quality", "signal:STEP.SIGNAL"),
        (
            'survivor = "signal:gopher_quality.word_cuont"',
            "no column",
            "did you mean gopher_quality.word_count?",
        ),
        ('survivor = "signal:fineweb_quality.short_line_ratio"', "no column", ""),
        ('survivor = "signal:language.label"', "not a number", "int64 or float64"),
        ('survivor = "signal:url"', "not a number", "int64 or float64"),
    ],
)
def test_survivors_are_known_before_data_is_read(op: str, line: str, what: str, hint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(step(line, op), "r.toml")
    assert caught.value.where == "r.toml:8"
    assert what in caught.value.what
    assert hint in caught.value.hint


@pytest.mark.parametrize("op", ["exact", "minhash"])
def test_groups_are_columns_of_earlier_steps(op: str) -> None:
    assert (
        parse_recipe(step('by = "language.label"', op), "r.toml").steps[2].parameters["by"]
        == "language.label"
    )
    with pytest.raises(RecipeError, match=r"r\.toml:8: by: no column 'language.lable'") as caught:
        parse_recipe(step('by = "language.lable"', op), "r.toml")
    assert caught.value.hint == "did you mean language.label?"


def test_the_reference_is_a_survivor_of_minhash_alone() -> None:
    assert parse_recipe(step('survivor = "reference"', "minhash"), "r.toml").steps
    with pytest.raises(RecipeError, match="no order named reference"):
        parse_recipe(step('survivor = "reference"'), "r.toml")


def test_words_are_a_splitting() -> None:
    with pytest.raises(RecipeError, match=r"r\.toml:8: words is one of .*, not 'jieba'"):
        parse_recipe(step('words = "jieba"', "minhash"), "r.toml")


def test_what_the_caller_sets_is_named_as_the_caller_wrote_it() -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(step(""), "r.toml", overrides={"exact.survivor": "longst"})
    assert caught.value.where == "--set exact.survivor"


def test_a_hash_needs_its_salt() -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(step('as = "masked"\nmode = "hash"', "mask_pii"), "r.toml")
    assert caught.value.where == "r.toml:6"
    assert "needs a salt" in caught.value.what
    assert "--set masked.salt=" in caught.value.hint
    assert "TAMIS_MASKED_SALT" in caught.value.hint


@pytest.mark.parametrize(
    ("line", "word"), [('by = "site"', "'site'"), ('survivor = "signal:quality"', "'quality'")]
)
def test_columns_of_the_input_are_looked_for_before_any_work(tmp_path: Path, line: str, word: str) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "One.", "n": 1, "q": 0.5}) + "\n")
    recipe = parse_recipe(f'name = "r"\n[[step]]\nop = "exact"\n{line}\n', "r.toml")
    with pytest.raises(RecipeError, match=f"r.toml:3: exact: .*{word}"):
        tamis.run(recipe, tmp_path / "in.jsonl", tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_a_stop_word_list_that_is_not_there_is_found_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "in.html").write_text("<html><body><p>One.</p></body></html>")
    text = 'name = "r"\n[[step]]\nop = "extract"\nengine = "justext"\nstop_words = "Klingon"\n'
    recipe = parse_recipe(text, "r.toml")
    [problem] = tamis.plan(recipe, tmp_path / "in.html").problems
    assert "Klingon" in problem.what
    with pytest.raises(RecipeError, match="Klingon"):
        tamis.run(recipe, tmp_path / "in.html", tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


BAD_WORDS = 'name = "r"\n[[step]]\nop = "c4_page"\n'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('keep = [{ signal = "bad_word_count", max = 0 }]', 4),
        (
            'keep = [{ signal = "character_count", max = 9, when = { signal = "bad_word_count", max = 0 } }]',
            4,
        ),
        ('[[step]]\nop = "random"\nwhere = [{ signal = "c4_page.bad_word_count", max = 0 }]', 6),
        ('[[step]]\nop = "random"\nkeep = [{ signal = "c4_page.bad_word_count", max = 0 }]', 6),
    ],
)
def test_a_rule_needs_what_its_signal_needs(text: str, line: int) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(BAD_WORDS + text, "r.toml")
    assert caught.value.where == f"r.toml:{line}"
    assert "is not measured: c4_page has no bad_words" in caught.value.what
    assert "--set c4_page.bad_words=" in caught.value.hint
    given = parse_recipe(BAD_WORDS + text, "r.toml", overrides={"c4_page.bad_words": "list.txt"})
    assert given.steps[0].parameters["bad_words"] == "list.txt"
    assert parse_recipe(BAD_WORDS + text.replace(" }", ', null = "keep" }'), "r.toml").steps
