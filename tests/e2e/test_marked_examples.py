"""The report's removed examples: what made the value that removed them, on the text as that step saw it."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis
from tamis.report.examples import CHARS

# Sources of the standard library: long lines and short ones, repeated lines, brackets, few stop words.
RECIPE = """name = "marked"
[[step]]
op = "c4_lines"
min_words_per_line = 1
end_marks = false
keep = [{ signal = "curly_bracket_count", max = 12 }]
[[step]]
op = "gopher_repetition"
keep = [{ signal = "duplicate_line_ratio", max = 0.24 }, { signal = "top_2_gram_per_char", max = 0.03 }]
[[step]]
op = "gopher_quality"
keep = [{ signal = "alpha_word_ratio", min = 0.6 }, { signal = "stop_word_count", min = 5 }]
[[step]]
op = "fineweb_quality"
keep = [{ signal = "short_line_ratio", max = 0.45 }, { signal = "newlines_per_word", max = 0.4 }]
"""
MARKED = ("c4_lines", "gopher_repetition", "gopher_quality", "fineweb_quality")


@pytest.fixture
def refine(tmp_path: Path) -> Callable[..., Any]:
    sources = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    texts = [path.read_text("utf-8", "replace") for path in sources if path.stat().st_size < 40_000]
    assert len(texts) > 100
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts) + "\n")
    (tmp_path / "r.toml").write_text(RECIPE)

    def run(name: str, **options: Any) -> Any:
        settings = {"workers": 1, "fsync": False, "shard_bytes": 300_000, **options}
        return tamis.run(tmp_path / "r.toml", tmp_path / "a.jsonl", tmp_path / name, **settings)

    return run


def examples(run: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(run.path / "report" / "examples.parquet").to_pylist()
    return found


def test_a_mark_makes_the_stored_value(refine: Callable[..., Any]) -> None:
    run = refine("out")
    removed = [row for row in examples(run) if row["side"] == "removed"]
    by_step = Counter(row["removed_by"].split(".")[0] for row in removed)
    assert set(by_step) == set(MARKED)
    spans = edited = 0
    for row in removed:
        value = row["numerator"] / row["denominator"] if row["denominator"] else 0.0
        assert value == float(row["removed_value"]), row["removed_by"]
        for span in row["spans"]:
            assert 0 <= span["start"] <= span["end"] <= row["chars"]
            assert span["start"] < row["start"] + CHARS
            assert span["end"] > row["start"]
        spans += len(row["spans"])
        stored = tamis.explain(run.path, row["id"])
        edit = next((step["edit"] for step in stored["steps"] if "edit" in step), None)
        if edit is not None:
            # c4_lines counts on what came, all later steps on what it left.
            seen = edit["before"] if row["removed_by"].startswith("c4_lines") else edit["after"]
            assert row["text"] == seen[row["start"] :][:CHARS]
            edited += edit["before"] != edit["after"]
    assert spans > 200
    assert edited > 20
    assert not any(row["spans"] for row in examples(run) if row["side"] == "kept")


def test_the_page_draws_the_spans(refine: Callable[..., Any]) -> None:
    page = (refine("out").path / "report" / "index.html").read_text()
    assert page.count('"spans":[{"start":') > 20


def test_workers_do_not_shape_the_examples(refine: Callable[..., Any]) -> None:
    files = [refine(f"w{n}", workers=n).path / "report" / "examples.parquet" for n in (1, 2)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_retuned_runs_have_marks_too(refine: Callable[..., Any], tmp_path: Path) -> None:
    run = refine("out")
    new = tamis.retune(run.path, {"gopher_quality.alpha_word_ratio.min": 0.7}, tmp_path / "new", workers=1)
    removed = [row for row in examples(new) if row["removed_by"] == "gopher_quality.alpha_word_ratio"]
    assert removed
    assert all(row["numerator"] / row["denominator"] == float(row["removed_value"]) for row in removed)


def test_originals_that_were_dropped(refine: Callable[..., Any]) -> None:
    """Steps after the last edit are marked; the one that edits is not: its text is gone."""
    removed = [row for row in examples(refine("out", originals="drop")) if row["side"] == "removed"]
    marked = Counter((row["removed_by"].split(".")[0], row["spans"] is not None) for row in removed)
    assert marked[("c4_lines", True)] == marked[("gopher_quality", False)] == 0
    assert min(marked[("c4_lines", False)], marked[("gopher_quality", True)]) > 0


OWN = '''
from tamis.op import Signal, operator


def mark(text, signal, parameters):
    if "{word}" == "broken":
        raise ValueError("no marks today")
    at = text.find("é")
    return ([] if at < 0 else [(at, at + 1)]), text.count("é"), 1


@operator(kind="signal", reads=["text"], each=True, mark=mark,
          writes=[Signal("accent_count", "int64", "accents", low=0)])
def own_accents_{word}(text):
    """Accents of a text."""
    return {{"accent_count": text.count("é")}}
'''


@pytest.mark.parametrize("word", ["sound", "broken"])
def test_marks_of_a_user(tmp_path: Path, word: str) -> None:
    ops = tmp_path / f"{word}.py"
    ops.write_text(OWN.format(word=word))
    (tmp_path / "r.toml").write_text(
        f'name = "r"\n[[step]]\nop = "own_accents_{word}"\nkeep = [{{ signal = "accent_count", max = 0 }}]\n'
    )
    texts = ["none here", "café \U0001f600 été", "\U0001f600\U0001f600 é " + "long " * 1_000 + "é"]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts) + "\n")
    run = tamis.run(
        tmp_path / "r.toml", tmp_path / "a.jsonl", tmp_path / "out", workers=1, fsync=False, ops=[str(ops)]
    )
    removed = [row for row in examples(run) if row["side"] == "removed"]
    assert len(removed) == 2
    notes: list[str] = []
    tamis.report(run.path, on_note=notes.append)
    if word == "broken":
        assert {row["spans"] for row in removed} == {None}
        assert notes == [f"own_accents_{word} cannot mark accent_count: ValueError, no marks today"]
    else:
        assert notes == []
        at = [(span["start"], span["end"]) for row in removed for span in row["spans"]]
        assert sorted(at) == [(3, 4), (3, 4)]
    # Without the operators the report stands, and says what it lacks.
    for copy in run.ops_files:
        Path(copy).unlink()
    command = [sys.executable, "-m", "tamis", "report", str(run.path), "--again"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "examples stand without their spans" in told.stderr
    assert {row["spans"] and True for row in examples(run)} == {None}
