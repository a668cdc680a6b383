"""The command under Ctrl-C, kill and a second run; operators that answer differently each time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis
from run_inputs import digests, write_texts
from tamis.errors import RunFailed

ROLES = ("kept", "removed", "failed", "originals")
RECIPE = """name = "slow"
[[step]]
op = "nap"
[[step]]
op = "dice"
keep = [{ signal = "eyes", max = 5 }]
"""
OPS = '''
import os, time
from tamis.errors import DocumentFailed
from tamis.op import Signal, operator

@operator(kind="signal", reads=["text"], each=True, writes=[Signal("length", "int64", "characters", 0)])
def nap(text: str, *, seconds: float = 0.0) -> dict[str, object]:
    """Takes its time."""
    time.sleep(seconds)
    if "EXPLODE" in text:
        raise DocumentFailed("exception", "asked to")
    return {"length": len(text)}

@operator(kind="signal", reads=["text"], each=True, writes=[Signal("eyes", "int64", "of a die", 0)])
def dice(text: str, *, fair: bool = False) -> dict[str, object]:
    """Five eyes, or, where it is fair, what nobody can know."""
    return {"eyes": os.urandom(1)[0] % 6 if fair else 5}
'''


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """A function that starts `tamis run` over 80 texts into a named directory."""
    (tmp_path / "r.toml").write_text(RECIPE)
    (tmp_path / "ops.py").write_text(OPS)
    write_texts(tmp_path / "in", 80)
    begun: list[subprocess.Popen[str]] = []

    def begin(name: str, *more: str) -> subprocess.Popen[str]:
        words = ["run", "r.toml", "in", "-o", name, "--ops", "ops.py", "--workers", "2", *more]
        process = subprocess.Popen(
            [sys.executable, "-m", "tamis", *words],
            cwd=tmp_path,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def members(session: int) -> list[int]:
    """The processes of a session that are not merely waiting to be reaped."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def working(process: subprocess.Popen[str], run: Path) -> None:
    """Wait until the run's workers are there and it has planned."""
    deadline = time.monotonic() + 60
    while not (run / "run.json").exists() or len(members(process.pid)) < 3:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.3)


def gone(process: subprocess.Popen[str]) -> bool:
    deadline = time.monotonic() + 3
    while members(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not members(process.pid)


SLOW = ("--set", "nap.seconds=0.5")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_no_process_and_goes_on(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, sign: signal.Signals
) -> None:
    process = start("out", *SLOW)
    working(process, tmp_path / "out")
    begun = time.monotonic()
    # As a terminal does it: to every process of the group.
    os.killpg(process.pid, sign)
    time.sleep(0.2)
    os.killpg(process.pid, sign)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert time.monotonic() - begun < 5
    assert err.splitlines()[-1] == "hint: the same command goes on from here"
    assert gone(process)
    assert start("out").wait(60) == 0
    assert start("whole").wait(60) == 0
    assert digests(tmp_path / "out", *ROLES) == digests(tmp_path / "whole", *ROLES)


def test_a_killed_run_leaves_no_process_and_no_lock(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = start("out", *SLOW)
    working(process, tmp_path / "out")
    process.kill()
    process.wait()
    assert gone(process)
    assert start("out").wait(60) == 0


def test_a_second_run_in_one_directory_ends_with_2_and_hinders_nothing(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    first = start("out", "--set", "nap.seconds=0.05")
    working(first, tmp_path / "out")
    second = start("out")
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out) == (2, "")
    assert err.startswith(f"error: out: in use by process {first.pid} on ")
    assert err.splitlines()[1] == "hint: wait, or use another -o"
    assert first.wait(60) == 0
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "complete"


def cast(tmp_path: Path, **options: Any) -> Any:
    settings = {"workers": 1, "ops": [tmp_path / "ops.py"], "overrides": {"dice.fair": True}, **options}
    return tamis.run(tmp_path / "r.toml", tmp_path / "in", tmp_path / "out", **settings)


def test_an_operator_that_is_not_deterministic_is_named(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    write_texts(tmp_path / "in", 80, special={7: "EXPLODE"})
    cast(tmp_path)
    with pytest.raises(RunFailed, match="two attempts at one task gave different results") as caught:
        cast(tmp_path, retry_failed=True)
    assert "first in step dice (column dice.eyes)" in caught.value.what
    assert "make that operator deterministic" in caught.value.hint
    assert "phases/0/000000.json" in caught.value.where


@pytest.mark.parametrize("harm", [None, b"", b"PAR1"])
def test_without_the_first_answer_it_is_still_seen(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path, harm: bytes | None
) -> None:
    run = cast(tmp_path)
    for _shard, path in run.files("kept"):
        path.unlink()
        if harm is not None:
            path.write_bytes(harm)
    with pytest.raises(RunFailed, match="two attempts at one task gave different results") as caught:
        cast(tmp_path)
    assert "the rows of kept" in caught.value.what


def test_rows_of_a_file_given_twice_are_counted_twice(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.jsonl").write_bytes((tmp_path / "in" / "part-0.jsonl").read_bytes())
    inputs = [tmp_path / name / "same.jsonl" for name in ("a", "b")]
    run = tamis.run(tmp_path / "r.toml", inputs, tmp_path / "out", workers=1, ops=[tmp_path / "ops.py"])
    ids = [one for _shard, path in run.files("kept") for one in pq.read_table(path)["id"].to_pylist()]
    assert (len(ids), len(set(ids))) == (80, 40)
    assert json.loads((run.path / "report" / "data.json").read_text())["summary"]["documents"]["kept"] == 80


def test_an_operator_replaced_since_is_measured_again_and_never_retuned(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Replaced in the run; that the user's file is another one does not matter to a retune."""
    assert start("out").wait(60) == 0
    [kept] = (tmp_path / "out" / "ops").glob("*/ops.py")
    for file in (tmp_path / "ops.py", kept):
        file.write_text(OPS.replace("len(text)", "len(text) + 1"))
    retune = ["retune", "out", "--set", "dice.eyes.max=4", "-o", "again"]
    done = subprocess.run(
        [sys.executable, "-m", "tamis", *retune], cwd=tmp_path, text=True, capture_output=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "an operator, model or list has changed since" in done.stderr
    assert "--reuse out" in done.stderr
    change = ("--set", "dice.eyes.max=9")
    assert start("fresh", *change).wait(60) == 0
    assert start("reused", *change, "--reuse", "out").wait(60) == 0
    assert start("out", *change).wait(60) == 0
    for name in ("out", "reused"):
        assert digests(tmp_path / name, *ROLES) == digests(tmp_path / "fresh", *ROLES), name
