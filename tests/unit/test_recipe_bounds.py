"""Bounds that pass for TOML and would fail, or remove everything, in a run; and what is no table where one belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tamis.catalogue import show
from tamis.errors import RecipeError, TamisError
from tamis.recipe import parse_recipe

HEAD = 'name = "r"\n[[step]]\nop = "language"\n[[step]]\nop = "gopher_quality"\n'


def refused(text: str, **options: Any) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, "r.toml", **options)
    return caught.value


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ('signal = "word_count", max = inf', "takes a number, not inf"),
        ('signal = "word_count", min = nan', "takes a number, not nan"),
        ('signal = "word_count", max = 99999999999999999999999', "takes a number"),
        ('signal = "word_count", min = true', "takes a number, not true"),
        ('signal = "word_count", in = ["50"]', "in takes whole numbers, not '50'"),
        ('signal = "word_count", in = [50.5]', "in takes whole numbers, not 50.5"),
        ('signal = "mean_word_length", not_in = ["5"]', "not_in takes numbers"),
        ('signal = "language.label", in = ["en", 5]', "in takes texts, not 5"),
        ('signal = "language.label", in = []', "in = [] removes every document"),
        ('signal = "url", min = 3', "url is a label: it has no min"),
        ('signal = "date", above = 3', "date is a label: it has no above"),
        ('signal = "text_chars", in = ["3"]', "in takes whole numbers"),
        ('signal = "word_count", min = 3, name = 5', "a rule's name is a text"),
        ('signal = "word_count", min = 3, when = "x"', "a rule is"),
        ('signal = "word_count", min = 3, when = { signal = "url", max = 1 }', "it has no max"),
        ('signal = "word_count", min = 100, max = 5', "nothing meets min = 100, max = 5"),
        ('signal = "word_count", above = 3, below = 4', "nothing meets above = 3, below = 4"),
        ('signal = "word_count", min = 3.2, max = 3.8', "nothing meets"),
        ('signal = "word_count", below = 0', "nothing meets below = 0"),
        ('signal = "mean_word_length", above = 3.0, below = 3.0', "nothing meets"),
        ('signal = "mean_word_length", min = 3.0, below = 3.0', "nothing meets"),
        ('signal = "alpha_word_ratio", above = 1.0', "nothing meets above = 1.0"),
    ],
)
def test_bounds_are_refused_with_their_line(rule: str, what: str) -> None:
    error = refused(f"{HEAD}keep = [\n  {{ {rule} }},\n]")
    assert error.where == "r.toml:7" if "a rule is" not in error.what else "r.toml:6"
    assert what in error.what


@pytest.mark.parametrize(
    "rule",
    [
        'signal = "word_count", min = 5, max = 5',
        'signal = "word_count", above = 3, below = 5',
        'signal = "mean_word_length", above = 3.0, below = 3.1',
        'signal = "alpha_word_ratio", min = 1.0',
        'signal = "word_count", in = [5]',
        'signal = "mean_word_length", in = [5]',
        'signal = "url", not_in = ["x"]',
    ],
)
def test_what_can_be_met_stays_allowed(rule: str) -> None:
    assert len(parse_recipe(f"{HEAD}keep = [{{ {rule} }}]", "r.toml").rules) == 1


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"gopher_quality.word_count.min": float("inf")}, "--set gopher_quality.word_count.min"),
        ({"gopher_quality.word_count.min": "x"}, "--set gopher_quality.word_count.min"),
        ({"gopher_quality.word_count.min": 90}, "--set gopher_quality.word_count"),
        ({"gopher_quality.word_count.in": 5}, "--set gopher_quality.word_count.in"),
        ({"gopher_quality.words": 5}, "--set gopher_quality.words"),
        ({"gopher_quality.keep": 5}, "--set gopher_quality.keep"),
    ],
)
def test_what_the_caller_sets_is_checked_alike(change: dict[str, Any], where: str) -> None:
    text = f'{HEAD}keep = [{{ signal = "word_count", max = 50 }}]'
    assert refused(text, overrides=change).where == where


def test_numbers_of_parameters_are_finite() -> None:
    text = 'name = "r"\n[[step]]\nop = "minhash"\n'
    assert "must be float" in refused(text + "threshold = nan").what
    assert "must be int" in refused(text + "n = 99999999999999999999").what


def test_each_row_of_a_table_can_be_met(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("language.label,word_count.max\nde,90\nfr,5\n")
    text = f'{HEAD}table = "t.csv"\nby = "language.label"\nkeep = [{{ signal = "word_count", min = 50 }}]'
    error = refused(text, folder=tmp_path)
    assert error.where == "r.toml:8, row fr"
    assert "min = 50, max = 5" in error.what


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        *(
            (HEAD + f'as = "{name}"', 6, "cannot be called")
            for name in ("a.b", "", "../../x", "5a", "source")
        ),
        (HEAD + "as = 5", 6, "cannot be called 5"),
        (HEAD + 'gate = "no"', 6, "gate is true or false, not 'no'"),
        (HEAD + 'keep = "word_count"', 6, "keep is a list of rules"),
        (HEAD + 'keep = { signal = "word_count", min = 1 }', 6, "keep is a list of rules"),
        (HEAD + 'keep = ["word_count"]', 6, "keep is a list of rules"),
        (HEAD + 'where = { signal = "url", in = ["x"] }', 6, "where is a list of rules"),
        ('name = "r"\nsource = "x"\n[[step]]\nop = "exact"', 2, "source is a table"),
        ('name = "r"\nstep = ["exact"]', 2, "at least one"),
        ('name = "r"\nstep = "exact"', 2, "at least one"),
        ('name = "r"\n[step]\nop = "exact"', 2, "at least one"),
        ('name = "r"\n[[step]]\nop = 5', 3, "a step needs op"),
        ('name = "r"\ncite = 5\n[[step]]\nop = "exact"', 2, "cite must be a string"),
        ('name = "r"\ntitle = ["x"]\n[[step]]\nop = "exact"', 2, "title must be a string"),
        ('name = "r"\ncite = "rae2021gofer"\n[[step]]\nop = "exact"', 2, "no entry 'rae2021gofer'"),
        ('name = "r"\nexpect = "x"\n[[step]]\nop = "exact"', 2, "expect is a list of tables"),
    ],
)
def test_what_is_of_another_type_is_refused(text: str, line: int, what: str) -> None:
    error = refused(text)
    assert (error.where, what in error.what) == (f"r.toml:{line}", True)


def test_a_citation_has_a_hint() -> None:
    error = refused('name = "r"\ncite = "rae2021gofer"\n[[step]]\nop = "exact"')
    assert error.hint == "did you mean rae2021gopher?"


@pytest.mark.parametrize("text", ['step = ["exact"]', "step = 5", '[[step]]\nop = "exact"\nkeep = "rank"'])
def test_show_refuses_what_is_no_table(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(TamisError, match="no list of tables"):
        show(str(tmp_path / "r.toml"))
