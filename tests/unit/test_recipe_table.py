"""Bounds by a table: what a row, the row `*` and an empty cell mean, and what is refused, with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import tamis
from tamis.engine import decide
from tamis.errors import RecipeError
from tamis.recipe import Recipe, parse_recipe, read_recipe

TEXT = """name = "r"
[[step]]
op = "language"
[[step]]
op = "gopher_quality"
table = "t.csv"
by = "language.label"
keep = [
  { signal = "word_count", min = 5, max = 90 },
  { signal = "mean_word_length" },
  { signal = "stop_word_count", min = 0 },
]
"""
TABLE = """language,word_count.max,mean_word_length.min
# a remark
de,50,4.5
fr,,
"""


def parsed(table: str = TABLE, text: str = TEXT, **options: Any) -> Recipe:
    return parse_recipe(text, "r.toml", tables={"t.csv": table}, **options)


def test_a_row_over_the_rules_own_bounds() -> None:
    words, length, stops = parsed().step("gopher_quality").rules  # type: ignore[union-attr]
    assert words.at("de") == {"min": 5, "max": 50}
    assert words.at("fr") == {"min": 5, "max": 90}
    assert words.at("xx") == words.at(None) == {"min": 5, "max": 90}
    assert length.at("de") == {"min": 4.5}
    assert length.at("fr") == {}
    assert length.at("xx") is None
    # No column of the table names it: it is the same for all.
    assert (stops.by, stops.at("de")) == ("", {"min": 0})
    others = parsed(TABLE + "*,70,3\n").step("gopher_quality").rules  # type: ignore[union-attr]
    assert others[0].at("xx") == others[0].at(None) == {"min": 5, "max": 70}
    assert others[1].at("xx") == {"min": 3}


def test_columns_are_decided_row_by_row_as_one_by_one() -> None:
    languages = ["de", "fr", "xx", None, "de", "de", "fr", "xx"]
    counts = [60, 60, 60, 60, 4, 50, 95, None]
    lengths = [5.0, 0.0, 9.0, 9.0, 4.5, 4.4, None, 1.0]
    columns = {
        "language.label": pa.array(languages, pa.string()),
        "gopher_quality.word_count": pa.array(counts, pa.int64()),
        "gopher_quality.mean_word_length": pa.array(lengths, pa.float64()),
    }
    words, length, _stops = parsed().step("gopher_quality").rules  # type: ignore[union-attr]
    assert decide.failing(words, columns, 8).tolist() == [True, False, False, False, True, False, True, True]
    assert decide.failing(length, columns, 8).tolist() == [False, False, True, True, False, True, True, True]
    for rule, values in ((words, counts), (length, lengths)):
        for place, wrong in enumerate(decide.failing(rule, columns, 8).tolist()):
            told = decide.violated(rule, values[place], languages[place])
            assert bool(told) == wrong or values[place] is None
    assert decide.violated(words, 60, "de") == "max 50 (de)"
    assert decide.violated(length, 9.0, "xx") == "no row (xx)"


def test_a_bound_that_was_set_counts_for_all_rows() -> None:
    recipe = parsed(overrides={"gopher_quality.word_count.max": 10})
    words = recipe.step("gopher_quality").rules[0]  # type: ignore[union-attr]
    assert words.at("de") == words.at("fr") == {"min": 5, "max": 10}


def test_the_language_step_may_choose_by_its_own_label() -> None:
    for by in ("label", "language.label"):
        step = f'op = "language"\ntable = "t.csv"\nby = "{by}"\nkeep = [{{ signal = "score" }}]\n'
        recipe = parsed("label,score.min\nen,0.65\n*,0.8\n", 'name = "r"\n[[step]]\n' + step)
        (rule,) = recipe.rules
        assert (rule.by, rule.at("en"), rule.at("xx")) == ("language.label", {"min": 0.65}, {"min": 0.8})


@pytest.mark.parametrize(
    ("table", "where", "what", "hint"),
    [
        ("l,word_cuont.max\nde,1\n", "t.csv:1", "no rule 'word_cuont'", "word_count"),
        ("l,word_count.mx\nde,1\n", "t.csv:1", "not RULE.BOUND", "max"),
        ("l,word_count.max\n\n# x\nde,1\nde,2\n", "t.csv:5", "a second row for 'de'", ""),
        ("l,word_count.max\nde,many\n", "t.csv:2", "'many' is no number", "empty"),
        ("l,word_count.max\nde,nan\n", "t.csv:2", "'nan' is no number", "empty"),
        ("l,word_count.max\nde,1,2\n", "t.csv:2", "3 cells", ""),
        ("l,word_count.max\nde,-3\n", "t.csv:2", "outside 0", ""),
        ("l,word_count.max,word_count.max\nde,1,2\n", "t.csv:1", "each once", "word_count.min"),
        ("", "t.csv", "an empty table", "first line"),
        ("l,word_count.max\nde,1\n", "r.toml:8", "mean_word_length: a rule without a bound", ""),
    ],
)
def test_tables_are_checked_with_their_lines(table: str, where: str, what: str, hint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parsed(table)
    assert caught.value.where == where
    assert what in caught.value.what
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('by = "language.label"\n', "", "a table needs by"),
        ("language.label", "language.lable", "no column 'language.lable'"),
        ('table = "t.csv"', 'table = "u.csv"', "u.csv cannot be read"),
        ('table = "t.csv"', "table = 3", "table is the path"),
    ],
)
def test_a_step_names_its_table_and_column(old: str, new: str, what: str) -> None:
    assert old in TEXT
    with pytest.raises(RecipeError, match=what) as caught:
        parsed(text=TEXT.replace(old, new))
    assert caught.value.where.startswith("r.toml:")


def test_by_of_a_deduplicating_step_stays_its_parameter() -> None:
    plain = parse_recipe('name = "r"\n[[step]]\nop = "exact"\nby = "url"\n', "r.toml")
    assert plain.steps[0].parameters["by"] == "url"
    with pytest.raises(RecipeError, match="of its own"):
        parsed(text='name = "r"\n[[step]]\nop = "exact"\ntable = "t.csv"\nby = "url"\n')


def test_the_difference_of_two_recipes_names_rows(tmp_path: Path) -> None:
    paths = []
    for name, table in (("a", TABLE), ("b", TABLE.replace("de,50", "de,55") + "it,9,\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.csv").write_text(table)
        (tmp_path / name / "r.toml").write_text(TEXT)
        paths.append(str(tmp_path / name / "r.toml"))
    assert read_recipe(paths[0]).tables["t.csv"] == TABLE
    changes = tamis.diff(*paths)["changes"]
    said = [(one["name"], one["a"], one["b"]) for one in changes if one["name"].startswith("word_count (")]
    assert said == [
        ("word_count (de)", "word_count <= 50", "word_count <= 55"),
        ("word_count (it)", None, "word_count <= 9"),
    ]
