"""Steps that make documents, in recipes: what they must say, and what cannot hold of what they make."""

from __future__ import annotations

from typing import Any

import pytest

from tamis.errors import RecipeError
from tamis.op import Field, Signal, operator
from tamis.plan import document_schema, split_rules
from tamis.recipe import parse_recipe

TEXT = Field("text", "string", "a part")


@operator(
    kind="transform",
    reads=["text"],
    writes=[TEXT, Signal("place", "int64", "its place", low=0)],
    each=True,
    expands=True,
)
def recipe_made_parts(text: str, *, mark: str = "|") -> list[dict[str, object]]:
    """A document a part."""
    return [{"text": part, "place": place} for place, part in enumerate(text.split(mark))]


HEAD = 'name = "r"\n\n[[step]]\nop = "random"\n\n'
MADE = '[[step]]\nop = "recipe_made_parts"\n'


def made(number: int) -> str:
    return MADE + f'as = "made{number}"\nkeep_source = true\n'


@pytest.mark.parametrize(
    ("text", "line", "what", "hint"),
    [
        (HEAD + MADE, 7, "must say what becomes of those", "keep_source = true keeps them"),
        (HEAD + MADE + 'keep_source = "no"\n', 8, "must be true or false, not 'no'", ""),
        (
            HEAD + MADE + "keep_sources = false\n",
            8,
            "no parameter 'keep_sources'",
            "did you mean keep_source?",
        ),
        (HEAD + "keep_source = true\n", 6, "random makes no documents", "leave keep_source out"),
        (HEAD + made(1) + made(2) + made(3), 15, "3 steps make documents, at most 2", "--from RUN"),
        (
            HEAD + MADE + 'keep_source = false\nkeep = [{ signal = "place", name = "split", max = 3 }]\n',
            9,
            "split is the name of what removes",
            "another name",
        ),
        (
            HEAD + MADE + 'keep_source = false\nkeep = [{ signal = "random.value", max = 0.5 }]\n',
            9,
            "random.value is measured before recipe_made_parts makes other documents",
            "put the rule before recipe_made_parts",
        ),
        (
            HEAD
            + MADE
            + 'keep_source = false\n[[step]]\nop = "duplicate_id"\nwhere = [{ signal = "random.value", max = 0.5 }]\n',
            11,
            "random.value is measured before recipe_made_parts",
            "measure once more behind it",
        ),
    ],
)
def test_what_a_step_that_makes_documents_must_say(text: str, line: int, what: str, hint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, "r.toml")
    assert caught.value.where == f"r.toml:{line}"
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_what_holds_of_the_source_may_be_asked_of_it() -> None:
    asked = 'where = [{ signal = "random.value", max = 0.5 }]\n'
    keeping = MADE + "keep_source = true\n" + '[[step]]\nop = "duplicate_id"\n' + asked
    for text in (MADE + "keep_source = false\n" + asked, keeping):
        recipe = parse_recipe(HEAD + text, "r.toml")
        assert recipe.expanding == (1,)
        described = recipe.steps[1].describe()
        assert (described["expands"], described["keep_source"]) == (True, recipe.steps[1].keep_source)
        assert "expands" not in recipe.steps[0].describe()


def test_only_where_documents_are_made_have_they_a_parent() -> None:
    import pyarrow as pa

    source = pa.schema([("id", pa.string()), ("text", pa.large_string())])
    plain, making = (parse_recipe(HEAD + more, "r.toml") for more in ("", MADE + "keep_source = false\n"))
    assert "parent_id" not in document_schema(plain, source).names
    assert document_schema(making, source).field("parent_id").type == pa.string()
    assert [rule.id for rule in split_rules(making)] == ["recipe_made_parts.split"]
    assert not split_rules(plain)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"kind": "signal"}, "a transform of scope row"),
        ({"reads": ["content"]}, "of texts"),
        ({"writes": [Signal("place", "int64", "its place")]}, "writes the Field text"),
        ({"writes": [TEXT, Signal("split", "int64", "how many")]}, "the name split is taken"),
        ({"writes": [TEXT, Field("parent_id", "string", "whose")]}, "the name parent_id is taken"),
    ],
)
def test_a_declaration_that_cannot_hold_is_refused(changed: dict[str, Any], what: str) -> None:
    declared: dict[str, Any] = {"kind": "transform", "reads": ["text"], "writes": [TEXT], "expands": True}

    def recipe_made_wrong(text: str) -> list[dict[str, object]]:
        """Never registered."""
        return []

    with pytest.raises(TypeError, match=what):
        operator(**{**declared, **changed})(recipe_made_wrong)
