"""Files that no run made: a run begins over none, removes none, and reads none that it would write."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import tamis
from tamis.errors import RunError


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "One two three four five."}\n')
    return path


def run(texts: Any, out: Path, **options: Any) -> Any:
    return tamis.run("gopher", texts, out, workers=1, **options)


@pytest.mark.parametrize(
    "name", ["kept/mine.parquet", "corpus/deep/mine.bin", "work/mine.txt", "phases/x.json"]
)
def test_files_of_no_run_are_never_removed(texts: Path, tmp_path: Path, name: str) -> None:
    """A directory that is no run's is refused; what comes to lie beside a run's own files stays there."""
    mine = tmp_path / "out" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    for _again in range(2):
        with pytest.raises(RunError, match="holds files of no run"):
            run(texts, tmp_path / "out")
    assert mine.read_text() == "mine"
    assert not (tmp_path / "out" / "lock").exists()
    shutil.rmtree(tmp_path / "out")
    before = run(texts, tmp_path / "out").files("removed")
    if not name.startswith("work"):
        mine.parent.mkdir(parents=True, exist_ok=True)
        mine.write_text("mine")
        after = run(texts, tmp_path / "out", overrides={"gopher_quality.word_count.min": 2}).files("removed")
        assert after != before
        assert not before[0][1].exists()
        assert mine.read_text() == "mine"


def test_inputs_that_the_run_would_write_over_are_refused(texts: Path, tmp_path: Path) -> None:
    made = run(texts, tmp_path / "out")
    with pytest.raises(RunError, match="the run itself writes"):
        run(str(made.path / "removed" / "*.parquet"), made.path)
    assert list((made.path / "removed").glob("*.parquet"))


def test_a_retune_begins_over_no_foreign_files(texts: Path, tmp_path: Path) -> None:
    made = run(texts, tmp_path / "out")
    (tmp_path / "again" / "kept").mkdir(parents=True)
    (tmp_path / "again" / "kept" / "mine").write_text("mine")
    with pytest.raises(RunError, match="holds files of no run"):
        tamis.retune(made.path, {"gopher_quality.word_count.min": 2}, tmp_path / "again")
    assert (tmp_path / "again" / "kept" / "mine").read_text() == "mine"
