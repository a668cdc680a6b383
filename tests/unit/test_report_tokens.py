"""Tokens in the summary: exact from a signal, else estimated with a standard error that holds."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

import tamis
from tamis.cli import main
from tamis.errors import InputError
from tamis.report import tokens as counting
from tamis.report.funnel import tokens_line

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from word_tokenizer import word_tokenizer

COUNTED = '[[step]]\nop = "token_count"\ntokenizer = "{tokenizer}"\n'
RECIPE = 'name = "t"\n{step}[[step]]\nop = "random"\nkeep = [{{ signal = "value", max = 0.7 }}]\n'


def made(folder: Path, documents: int, name: str = "out", *, step: bool = False, **options: Any) -> Any:
    """A run of texts of short and long words: tokens per character differ from one to the next."""
    draw = random.Random(5)
    texts = [
        " ".join("ab" * draw.randint(1, 4 + n % 5) for _word in range(draw.randint(5, 300)))
        for n in range(documents)
    ]
    (folder / "in.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    counted = COUNTED.format(tokenizer=word_tokenizer(folder / "tokenizer.json")) if step else ""
    (folder / "r.toml").write_text(RECIPE.format(step=counted))
    settings = {"workers": 1, "fsync": False, **options}
    return tamis.run(folder / "r.toml", str(folder / "in.jsonl"), folder / name, **settings)


def told(run: Any) -> Any:
    return json.loads((run.path / "report" / "data.json").read_text())["summary"]["tokens"]


def test_an_estimate_lies_near_the_truth_and_says_how_near(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = told(made(tmp_path, 600, "exact", step=True))
    assert exact["signal"] == "token_count.token_count"
    assert (exact["tokenizer"], exact["kept_error"], exact["sample"]) == (None, None, None)
    plain = made(tmp_path, 600)
    assert told(plain) is None
    monkeypatch.setattr(counting, "SAMPLE", 120)
    tamis.report(plain.path, tokenizer=tmp_path / "tokenizer.json")
    found = told(plain)
    assert (found["signal"], found["tokenizer"], found["sample"]) == (None, "tokenizer.json", 120)
    for side in ("kept", "removed"):
        assert found[side] != exact[side]
        assert abs(found[side] - exact[side]) < 3 * found[f"{side}_error"]
        assert 0 < found[f"{side}_error"] < 0.1 * exact[side]
    assert "± standard error" in (plain.path / "report" / "index.html").read_text()


def test_a_sample_of_all_is_exact(tmp_path: Path) -> None:
    exact, plain = told(made(tmp_path, 80, "exact", step=True)), made(tmp_path, 80)
    tamis.report(plain.path, tokenizer=tmp_path / "tokenizer.json")
    found = told(plain)
    assert (found["kept"], found["removed"]) == (exact["kept"], exact["removed"])
    assert (found["kept_error"], found["removed_error"], found["sample"]) == (0, 0, 80)


def test_an_estimate_stays_when_the_report_is_made_again(tmp_path: Path) -> None:
    run = made(tmp_path, 80)
    word_tokenizer(tmp_path / "tokenizer.json")
    tamis.report(run.path, tokenizer=tmp_path / "tokenizer.json")
    before = told(run)
    tamis.report(run.path)
    assert told(run) == before
    file = run.path / "report" / "data.json"
    other = json.loads(file.read_text())
    other["summary"]["documents"]["kept"] += 1
    file.write_text(json.dumps(other))
    tamis.report(run.path)
    assert json.loads(file.read_text())["summary"]["tokens"] is None


def test_removed_texts_that_were_not_stored_are_not_guessed(tmp_path: Path) -> None:
    run = made(tmp_path, 80, removed="signals")
    word_tokenizer(tmp_path / "tokenizer.json")
    tamis.report(run.path, tokenizer=tmp_path / "tokenizer.json")
    found = told(run)
    assert found["kept"] > 0
    assert (found["removed"], found["removed_error"]) == (None, None)


def test_halves_of_a_sample() -> None:
    assert counting._sizes([10_000, 10_000]) == [2_500, 2_500]
    assert counting._sizes([10_000, 10]) == [4_990, 10]
    assert counting._sizes([0, 7]) == [0, 7]
    assert counting._sizes([9_000]) == [5_000]


def test_the_command_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    run = made(tmp_path, 40)
    word_tokenizer(tmp_path / "tokenizer.json")
    assert main(["report", "out"]) == 0
    assert "tokens" not in capsys.readouterr().out
    assert main(["report", "out", "--tokenizer", "tokenizer.json"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"tokens, estimated by tokenizer.json from 40 documents: {told(run)['kept']:,} ± 0 kept" in out
    assert main(["report", "out", "--tokenizer", "none.json"]) == 2
    assert capsys.readouterr().err.startswith("error: none.json: no such file\nhint: ")
    with pytest.raises(InputError, match="not a tokenizer"):
        tamis.report(run.path, tokenizer=tmp_path / "r.toml")


def test_a_sum_is_told_without_an_error() -> None:
    data = {"summary": {"tokens": {"signal": "t.token_count", "kept": 1234, "removed": 5}}}
    assert tokens_line(data) == "tokens: 1,234 kept, 5 removed"
