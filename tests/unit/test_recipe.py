"""Recipes: every mistake is found before data is read, with file, line and a hint."""

from __future__ import annotations

import pytest

from tamis.errors import RecipeError
from tamis.op import Field, Signal, operator
from tamis.recipe import parse_recipe


@operator(
    kind="signal",
    reads=["text"],
    writes=[
        Signal("word_ratio", "float64", "share of words", low=0, high=1),
        Signal("word_count", "int64", "words", low=0),
        Signal("kind", "label", "kind"),
    ],
)
def recipe_test_words(text: object, *, words: str = "whitespace", least: int = 1) -> dict[str, object]:
    """A declaration to check recipes against."""
    return {}


@operator(kind="transform", reads=["content"], writes=[Field("text", "string", "text")])
def recipe_test_text(content: object) -> dict[str, object]:
    """Makes text of bytes."""
    return {}


HEAD = 'name = "r"\n\n[[step]]\nop = "recipe_test_words"\n'


def refused(text: str, **options: object) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, "r.toml", **options)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(
    ("text", "where", "what", "hint"),
    [
        ("", "r.toml", "a recipe needs a name", "name"),
        ('name = "r"', "r.toml", "at least one", ""),
        ('name = "r', "r.toml:1", "", ""),
        ('name = "r"\ntitel = "x"', "r.toml:2", "no key 'titel'", "did you mean title?"),
        (
            'name = "r"\n[[step]]\nop = "recipe_test_word"',
            "r.toml:3",
            "no operator",
            "did you mean recipe_test_words?",
        ),
        (HEAD + "wrods = 1", "r.toml:5", "no parameter 'wrods'", "did you mean words?"),
        (HEAD + "least = true", "r.toml:5", "must be int", ""),
        (
            HEAD + 'keep = [{ signal = "word_cuont", min = 1 }]',
            "r.toml:5",
            "no signal",
            "did you mean word_count?",
        ),
        (HEAD + 'keep = [{ signal = "word_ratio", min = 80.0 }]', "r.toml:5", "lies outside 0..1", "0.8"),
        (
            HEAD + 'keep = [{ signal = "word_ratio", min = 1.1 }]',
            "r.toml:5",
            "outside",
            "write 0.011 for 1.1 %",
        ),
        (HEAD + 'keep = [{ signal = "word_count" }]', "r.toml:5", "without a bound", ""),
        (HEAD + 'keep = [{ signal = "word_count", min = "3" }]', "r.toml:5", "takes a number", ""),
        (HEAD + 'keep = [{ signal = "word_count", minimum = 3 }]', "r.toml:5", "no key 'minimum'", "min"),
        (HEAD + 'keep = [{ signal = "kind", min = 3 }]', "r.toml:5", "has no min", "in ="),
        (
            HEAD + 'keep = [\n { signal = "word_count", min = 3 },\n { signal = "word_count", max = 5 },\n]',
            "r.toml:7",
            "two rules are called",
            "name",
        ),
        (HEAD + '\n[[step]]\nop = "recipe_test_words"', "r.toml:7", "two steps are called", "as ="),
        (HEAD + '\n[[step]]\nop = "recipe_test_text"', "r.toml:7", "reads the raw page", "first"),
    ],
)
def test_mistakes_name_their_line(text: str, where: str, what: str, hint: str) -> None:
    error = refused(text)
    assert error.where == where
    assert what in error.what
    assert hint in error.hint


def test_overrides_change_bounds_and_parameters() -> None:
    text = HEAD + 'keep = [{ signal = "word_count", min = 3, name = "enough" }]'
    changes = {"recipe_test_words.enough.min": 9, "recipe_test_words.least": 2}
    recipe = parse_recipe(text, "r.toml", overrides=changes)
    assert dict(recipe.rules[0].bounds) == {"min": 9}
    assert recipe.steps[0].parameters["least"] == 2
    assert recipe.overrides == changes


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"recipe_test_wordz.least": 1}, "recipe_test_words"),
        ({"recipe_test_words.word_cont.min": 1}, "word_count"),
        ({"recipe_test_words.word_count.mim": 1}, "min"),
    ],
)
def test_wrong_overrides_are_refused(change: dict[str, object], hint: str) -> None:
    error = refused(HEAD + 'keep = [{ signal = "word_count", min = 3 }]', overrides=change)
    assert error.where.startswith("--set ")
    assert hint in error.hint


def test_without_leaves_a_step_out_and_knows_its_names() -> None:
    text = HEAD + '\n[[step]]\nop = "recipe_test_words"\nas = "again"\n'
    assert [step.name for step in parse_recipe(text, "r.toml", without=["again"]).steps] == [
        "recipe_test_words"
    ]
    assert "again" in refused(text, without=["agian"]).hint
