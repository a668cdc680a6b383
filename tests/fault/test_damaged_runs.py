"""A run directory of which something is gone or changed: each verb that reads it says so, and none counts what is left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import tamis
from run_inputs import write_texts
from tamis.cli import main
from tamis.errors import RunError
from tamis.report.data import write_data

BOUND = "gopher_quality.word_count.min"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run = tamis.run("gopher", write_texts(folder / "in", 40, files=3), folder / "run", workers=1)
    assert len(list((run.path / "removed").iterdir())) == 3
    return Path(run.path)


def lose(name: str) -> Callable[[Path], object]:
    return lambda run: next(iter(sorted(run.glob(name)))).unlink()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "manifest lost": lose("phases/0/000001.json"),
    "manifest emptied": lambda run: (run / "phases/0/000001.json").write_text("{}"),
    "removed lost": lose("removed/*.parquet"),
    "removed cut": lambda run: next(iter(sorted(run.glob("removed/*.parquet")))).write_bytes(b"PAR1"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_run_is_refused(whole: Path, tmp_path: Path, damage: str) -> None:
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    DAMAGES[damage](run)
    for verb in (
        lambda: tamis.sweep(run, BOUND, "40:60:10"),
        lambda: tamis.retune(run, {BOUND: 40}, tmp_path / "again"),
        lambda: write_data(run),
        lambda: tamis.review(run, 4, "gopher_quality.word_count", tmp_path / "sheet.csv"),
    ):
        with pytest.raises(RunError, match="the run directory is damaged"):
            verb()


def test_the_report_names_a_manifest_that_cannot_be_read(whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    (run / "phases/0/000001.json").write_text("{")
    with pytest.raises(RunError, match=r"phases/0/000001\.json cannot be read") as raised:
        write_data(run)
    assert raised.value.hint


def test_a_whole_run_is_not(whole: Path, tmp_path: Path) -> None:
    assert tamis.sweep(whole, BOUND, "40:60:10")
    assert tamis.retune(whole, {BOUND: 40}, tmp_path / "again").complete


@pytest.mark.parametrize("broken", ["", "{", "{}"])
def test_a_broken_manifest_is_said_once(
    tmp_path: Path, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = write_texts(tmp_path / "in", 40, files=3)
    words = ["run", "gopher", *map(str, inputs), "-o", str(tmp_path / "run")]
    words += ["--workers", "1"]
    assert main(words) == 0
    (tmp_path / "run/phases/0/000001.json").write_text(broken)
    capsys.readouterr()
    assert main(words) == 0
    warned = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 1
    assert "phases/0/000001.json" in warned[0]
    assert "its task runs again" in warned[0]
