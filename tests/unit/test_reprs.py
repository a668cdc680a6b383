"""What a session prints of a run, a recipe and a comparison: the terminal's funnel, without colour."""

from __future__ import annotations

from pathlib import Path

import tamis
from report_runs import QUALITY, QUALITY_RULES, Doc, build, english, german
from tamis.engine.rundir import Run
from tamis.recipe import parse_recipe, read_recipe
from tamis.report.data import write_data


def made(folder: Path, words: int) -> Path:
    docs: list[Doc] = [english(words, 0.1), english(60, 0.9), english(60, 0.1), german()]
    out = build(folder, docs, QUALITY, QUALITY_RULES)
    write_data(out)
    return out


def test_a_run_says_its_funnel(tmp_path: Path) -> None:
    told = repr(Run(made(tmp_path / "o\x1bne", 10))).splitlines()
    assert told[0] == f"{tmp_path}/o·ne: 4 documents in, 1 kept, 3 removed"
    assert [line.split() for line in told[2:]] == [
        ["step", "removed", "of", "what", "came", "most", "by"],
        ["language", "1", "25.0", "%", "label"],
        ["quality", "2", "66.7", "%", "word_count", "1,", "mark_ratio", "1"],
    ]


def test_a_run_without_its_report_says_its_counts(tmp_path: Path) -> None:
    recipe = 'name = "s"\n[[step]]\nop = "random"\nkeep = [{ signal = "value", max = 0.0 }]'
    (tmp_path / "in.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    run = tamis.run(parse_recipe(recipe, "s.toml"), tmp_path / "in.jsonl", out=tmp_path / "out", workers=1)
    assert repr(run).splitlines()[0] == f"{tmp_path}/out: 2 documents in, 0 kept, 2 removed"
    (tmp_path / "out" / "report" / "data.json").write_text("{")
    assert repr(run) == f"{tmp_path}/out: complete, 2 in, 0 kept, 2 removed, 0 failed"


def test_a_recipe_says_what_its_rules_keep() -> None:
    told = repr(read_recipe("gopher"))
    assert told.splitlines()[0].startswith("gopher: ")
    assert "word_count 50 – 100,000" in told
    secret = parse_recipe(
        'name = "s"\n[[step]]\nop = "random"\nkeep = [{ signal = "value", max = 0.1 }]', "s.toml"
    )
    assert repr(secret).splitlines()[-1].split() == ["random", "value", "≤", "0.1"]


def test_comparisons_say_what_differs(tmp_path: Path) -> None:
    first, second = made(tmp_path / "one", 10), made(tmp_path / "two", 70)
    told = repr(tamis.diff(first, second)).splitlines()
    assert told[0] == f"{first} and {second}: 4 and 4 documents in, 1 and 2 kept"
    assert next(line for line in told if line.startswith("quality.word_count")).split()[1:] == ["1", "0"]
    recipes = tamis.diff("gopher", "fineweb")
    assert repr(recipes).splitlines()[0] == f"gopher and fineweb: {len(recipes['changes'])} differences"
