"""`[[expect]]`: what is refused and where, and a paper's numbers beside those of a run counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from report_runs import QUALITY, QUALITY_RULES, build, english
from tamis.engine.finish import describe
from tamis.errors import RecipeError
from tamis.recipe import Recipe, parse_recipe
from tamis.report.data import data

TEXT = """name = "short"

[[step]]
op = "random"
keep = [{ signal = "value", max = 0.1 }]

[[expect]]
rule = "random.value"
value = 0.9
as = "alone"
unit = "documents"
source = "table 1"
"""


def parsed(old: str = "", new: str = "", **how: str) -> Recipe:
    return parse_recipe(TEXT.replace(old, new) if old else TEXT, "short.toml", **how)


def test_rows_reach_run_json() -> None:
    row = {"rule": "random.value", "value": 0.9, "as": "alone", "unit": "documents", "source": "table 1"}
    assert describe(parsed())["expect"] == [row]
    plain = parse_recipe(TEXT.partition("[[expect]]")[0], "short.toml")
    assert "expect" not in describe(plain)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"random.value"', '"random.valu"', "expect: no rule 'random.valu' in the recipe"),
        ("value = 0.9", "value = 90", "expect: value must be a number from 0 to 1"),
        ("value = 0.9", "value = true", "expect: value must be a number from 0 to 1"),
        ('"alone"', '"only"', "expect: as is one of alone, in_order"),
        ('"documents"', '"bytes"', "expect: unit is one of documents, characters, tokens"),
        ('source = "table 1"', "", "expect: source must be a string"),
        ('as = "alone"', 'as = "alone"\nwhere = "x"', "no key 'where' in [[expect]]"),
    ],
)
def test_bad_rows_are_refused_with_their_line(old: str, new: str, what: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parsed(old, new)
    assert (caught.value.where, caught.value.what) == ("short.toml:7", what)


def test_rows_of_a_step_that_is_left_out_stay_out() -> None:
    two = TEXT.replace("[[expect]]", '[[step]]\nop = "exact"\n\n[[expect]]')
    assert parse_recipe(two, "short.toml", without="random").expect == ()


def test_ours_is_counted_the_same_way(tmp_path: Path) -> None:
    """Four documents of 10, 20, 30, 40 characters: the first two fail word_count, the second and third mark_ratio."""
    docs = [
        english(words, ratio, text="x" * chars)
        for words, ratio, chars in ((1, 0.0, 10), (1, 0.9, 20), (60, 0.9, 30), (60, 0.0, 40))
    ]
    rows = [
        {"rule": "quality.word_count", "value": 0.4, "as": "in_order", "unit": "characters", "source": "s"},
        {"rule": "quality.mark_ratio", "value": 0.4, "as": "alone", "unit": "documents", "source": "s"},
        {"rule": "quality.mark_ratio", "value": 0.4, "as": "in_order", "unit": "characters", "source": "s"},
        {"rule": "quality.mark_ratio", "value": 0.4, "as": "alone", "unit": "tokens", "source": "s"},
    ]
    report, _examples = data(build(tmp_path / "run", docs, QUALITY, QUALITY_RULES, info={"expect": rows}))
    ours = {rule["name"]: [row["ours"] for row in rule["expect"]] for rule in report["rules"]}
    assert ours["word_count"] == [30 / 100]
    assert ours["mark_ratio"] == [2 / 4, 30 / 70, None]
    assert ours["label"] == []
