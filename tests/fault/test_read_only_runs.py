"""A run directory that can be read and not written: what is there is shown, what would have to be written is an error."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from report_runs import QUALITY, QUALITY_RULES, build, english
from tamis.cli import main

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    built = build(tmp_path / "run", [english(60, 0.9), english(60, 0.1)], QUALITY, QUALITY_RULES)
    assert main(["report", str(built)]) == 0
    return built


@pytest.fixture
def command(run: Path) -> Command:
    """Runs `tamis` where the run directory is read-only; also for root, whom permissions do not stop."""

    def called(*words: str) -> subprocess.CompletedProcess[str]:
        line = shlex.join([sys.executable, "-m", "tamis", *words])
        if os.geteuid() != 0:
            return subprocess.run(["sh", "-c", line], capture_output=True, text=True)
        place = shlex.quote(str(run))
        sealed = f"mount --bind {place} {place} && mount -o remount,bind,ro {place} || exit 99; {line}"
        return subprocess.run(["unshare", "--mount", "sh", "-c", sealed], capture_output=True, text=True)

    if os.geteuid() != 0:
        for folder in (run, run / "report"):
            folder.chmod(0o555)
    elif shutil.which("unshare") is None or called("--version").returncode != 0:
        pytest.skip("root, and no mount of its own is allowed here: nothing is read-only")
    return called


def test_what_is_there_is_shown(run: Path, command: Command) -> None:
    for words in (["report", str(run)], ["report", str(run), "--json"]):
        done = command(*words)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (["--lang", "zh"], "card.md"),
        (["--again"], "data.json"),
        (["--against", "other"], "against-other.json"),
    ],
)
def test_what_would_be_written_is_refused(
    run: Path, command: Command, words: list[str], file: str, tmp_path: Path
) -> None:
    shutil.copytree(run, tmp_path / "other")
    done = command("report", str(run), *[str(tmp_path / one) if one == "other" else one for one in words])
    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    error, hint = ("错误", "提示") if "zh" in words else ("error", "hint")
    assert first.startswith(f"{error}: {run / 'report' / file}")
    assert second.startswith(f"{hint}: ")
    assert "--card" not in second


def test_a_file_in_the_place_of_the_folder(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(run / "report")
    (run / "report").write_text("")
    capsys.readouterr()
    assert main(["report", str(run)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error: {run / 'report' / 'data.json'}: cannot be written: ")
    assert "\nhint: copy the run directory" in said.err
