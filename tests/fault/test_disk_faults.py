"""Whole runs on a full, small or read-only disk: a clear end, and the same command goes on once there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import tamis
from run_inputs import digests, write_texts
from tamis.engine import job
from tamis.engine.guards import Guards
from tamis.errors import RunError, RunFailed
from tamis.report.writing import write

OPS = str(Path(__file__).resolve().parent.parent / "run_ops.py")
ROLES = ("kept", "removed", "failed", "originals", "clusters")
RECIPE = """name = "disk"
[[step]]
op = "run_size"
keep = [{ signal = "length", min = 60 }]
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "run_shout"
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A function that mounts a memory disk with the given options; skips where that is not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = False

    def mount(options: str) -> Path:
        nonlocal mounted
        action = ["mount", "-o", f"remount,{options}", str(place)] if mounted else None
        done = subprocess.run(
            action or ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True
        )
        if done.returncode:
            pytest.skip("no memory disk can be mounted here (that takes root)")
        mounted = True
        return place

    if os.geteuid() != 0:
        pytest.skip("no memory disk can be mounted here (that takes root)")
    yield mount
    if mounted:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def refine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Any]:
    """A function that runs the test recipe into a directory and waits only a moment for space."""
    monkeypatch.setattr(job, "Guards", partial(Guards, disk_wait=0.3))
    (tmp_path / "r.toml").write_text(RECIPE)
    write_texts(tmp_path / "in", 2000)
    settings = {"workers": 1, "ops": [OPS], "shard_bytes": 150_000}
    return lambda out: tamis.run(tmp_path / "r.toml", str(tmp_path / "in" / "*.jsonl"), out, **settings)


def result(run: Path) -> tuple[Any, bytes]:
    return digests(run, *ROLES), (run / "report" / "data.json").read_bytes()


def used(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_full_disk_ends_clearly_and_with_room_the_run_goes_on(
    small_disk: Callable[[str], Path], refine: Callable[[Path], Any], tmp_path: Path
) -> None:
    whole = refine(tmp_path / "whole").path
    expected, size = result(whole), used(whole)
    for share in (0.005, 0.2, 0.6, 0.8, 0.9, 0.95):
        place = small_disk(f"size={int(size * share)}")
        with pytest.raises(RunFailed, match="no space left") as caught:
            refine(place / "out")
        assert caught.value.exit_code == 1
        assert str(place) in caught.value.where
        assert "the same command" in caught.value.hint
        small_disk("size=40m")
        assert result(refine(place / "out").path) == expected, share
        shutil.rmtree(place / "out")


def test_a_disk_that_fills_up_twice_loses_nothing(
    small_disk: Callable[[str], Path], refine: Callable[[Path], Any], tmp_path: Path
) -> None:
    whole = refine(tmp_path / "whole").path
    for share in (0.3, 0.8):
        place = small_disk(f"size={int(used(whole) * share)}")
        with pytest.raises(RunFailed, match="no space left"):
            refine(place / "out")
    small_disk("size=40m")
    assert result(refine(place / "out").path) == result(whole)


def test_a_disk_that_cannot_be_written_is_refused_before_any_work(
    small_disk: Callable[[str], Path], refine: Callable[[Path], Any]
) -> None:
    place = small_disk("size=4m")
    small_disk("ro")
    with pytest.raises(RunError, match="cannot be written") as caught:
        refine(place / "out")
    assert caught.value.exit_code == 2
    assert not list(place.iterdir())


def test_the_command_says_it_in_two_lines_and_ends_with_1(
    small_disk: Callable[[str], Path], refine: Callable[[Path], Any], tmp_path: Path
) -> None:
    place = small_disk("size=4k")
    command = ["run", str(tmp_path / "r.toml"), str(tmp_path / "in"), "--ops", OPS, "-o", str(place / "out")]
    done = subprocess.run([sys.executable, "-m", "tamis", *command], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    first, second = done.stderr.splitlines()
    assert first.startswith(f"error: {place}")
    assert "no space left" in first
    assert second.startswith("hint: free some space")


def test_a_report_on_a_full_disk_fails_and_leaves_no_draft(small_disk: Callable[[str], Path]) -> None:
    page = small_disk("size=64k") / "report" / "index.html"
    with pytest.raises(RunFailed, match="no space left on the disk") as raised:
        write(page, os.urandom(200_000))
    assert raised.value.exit_code == 1
    assert list(page.parent.iterdir()) == []
