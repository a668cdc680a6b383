"""Runs in object stores that are killed, stopped, raced or left by their server: the same command gives the same bytes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import tamis
from object_stores import BUCKET, Server, answers, serving
from run_inputs import RUN_SCRIPT, write_run_inputs
from tamis.engine import finish, lease, store
from tamis.engine.lock import RunLock
from tamis.engine.rundir import Run
from tamis.errors import RunError
from tamis.stores import calls

pytestmark = pytest.mark.slow

OPS = str(Path(__file__).resolve().parent.parent / "run_ops.py")
POINTS = ("K1", "K2", "K3", "K4:2", "K5:2", "K6:3", "K7:4", "K8", "K9", "K9:2", "K10", "K13")
FEW_POINTS = ("K2", "K5:2", "K7:2", "K10")
ROLES = (
    "kept/",
    "removed/",
    "originals/",
    "clusters/",
    "corpus/",
    "report/data.json",
    "report/examples.parquet",
)
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    write_run_inputs(folder)
    return folder


@pytest.fixture(scope="module")
def expected(inputs: Path) -> dict[str, bytes]:
    """The files of an undisturbed run in a folder."""
    options: dict[str, Any] = {"ops": [OPS], "workers": 1, "shard_bytes": 15_000}
    run = tamis.run(inputs / "r.toml", str(inputs / "in" / "*.jsonl"), inputs / "whole", **options).path
    found = {str(path.relative_to(run)): path.read_bytes() for path in run.rglob("*") if path.is_file()}
    return {name: data for name, data in found.items() if name.startswith(ROLES)}


@pytest.fixture(params=["moto", "rclone"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    with serving(request.param, tmp_path / "objects") as found:
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TAMIS_SCRATCH", str(tmp_path))
        yield found


@pytest.fixture
def start(inputs: Path) -> Iterator[Start]:
    """A function that starts the test run in a process of its own, to a name in the bucket; all are ended."""
    begun: list[subprocess.Popen[str]] = []

    def begin(name: str, crash: str = "", **options: Any) -> subprocess.Popen[str]:
        arguments = [str(inputs / "r.toml"), str(inputs / "in" / "*.jsonl"), f"s3://{BUCKET}/{name}", OPS]
        begun.append(
            subprocess.Popen(
                [sys.executable, "-c", RUN_SCRIPT, *arguments, json.dumps(options)],
                env={**os.environ, **({"TAMIS_CRASH_AT": crash} if crash else {})},
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return begun[-1]

    yield begin
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _out, said = process.communicate(timeout=300)
    return process.returncode, said


def objects(name: str) -> dict[str, bytes]:
    run = f"s3://{BUCKET}/{name}"
    found = {one.address[len(run) + 1 :]: calls.get(one.address) for one in calls.list_below(run)}
    return {name: data for name, data in found.items() if name.startswith(ROLES)}


def at_once(check: Callable[[str], None], points: Sequence[str]) -> None:
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(check, points))


def test_killed_at_each_write_point_then_resumed(
    server: Server, start: Start, expected: dict[str, bytes]
) -> None:
    assert any(name.startswith("clusters/") for name in expected)

    def check(point: str) -> None:
        name = f"killed-{point.replace(':', '-')}"
        assert ended(start(name, crash=point))[0] == -signal.SIGKILL, point
        assert ended(start(name)) == (0, ""), point
        assert objects(name) == expected, point

    at_once(check, POINTS if server.conditional else FEW_POINTS)


def test_a_race_of_two_drivers(server: Server, start: Start, expected: dict[str, bytes]) -> None:
    for round in range(3):
        both = [start(f"race-{round}") for _ in range(2)]
        found = [ended(process) for process in both]
        assert 0 in [code for code, _said in found], found
        for code, said in found:
            assert code == 0 or (code == 2 and "in use by process" in said), found
        assert objects(f"race-{round}") == expected


def test_a_holder_that_stands_still_loses_the_run(
    server: Server, start: Start, expected: dict[str, bytes]
) -> None:
    """It wakes when another has taken over: it ends by itself, and the bytes are those of one run."""
    first = start("still")
    wait_for(lambda: calls.head(f"s3://{BUCKET}/still/phases/0/000000.json") is not None)
    first.send_signal(signal.SIGSTOP)
    assert ended(start("still")) == (0, "")
    assert objects("still") == expected
    first.send_signal(signal.SIGCONT)
    code, said = ended(first)
    assert code in (2, 130), said
    assert "taken over by another call" in said
    assert objects("still") == expected


def wait_for(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_second_command_is_refused_while_the_first_runs(
    server: Server, inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "WAIT", 2.0)
    run = f"s3://{BUCKET}/held"
    with (
        RunLock(run),
        pytest.raises(RunError, match=f"in use by process {os.getpid()} on "),
        RunLock(run),
    ):
        pass
    with RunLock(run):
        pass
    assert calls.head(f"{run}/lease/alone") is None


def test_an_orphan_is_never_trusted_and_goes_after_a_day(
    server: Server, start: Start, inputs: Path, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = f"s3://{BUCKET}/orphan"
    assert ended(start("orphan", crash="K6:2"))[0] == -signal.SIGKILL
    strange = [f"{run}/kept/000000-deadbeef.parquet", f"{run}/removed/000001-deadbeef.parquet"]
    for one in strange:
        calls.put(one, b"no Parquet file at all")
    assert ended(start("orphan")) == (0, "")
    found = objects("orphan")
    assert {f"{run}/{name}" for name in found.keys() - expected.keys()} == set(strange)
    assert {name: found[name] for name in expected} == expected
    assert finish.collect_garbage(store.place(run), Run(run).recipe, Run(run).shards) == 0
    monkeypatch.setattr(store, "ORPHAN_SECONDS", -60.0)
    assert finish.collect_garbage(store.place(run), Run(run).recipe, Run(run).shards) == 2
    assert objects("orphan") == expected


def test_a_server_that_is_gone_for_twenty_seconds(
    tmp_path: Path, start: Start, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's process ends in the middle of the run, and another with its objects comes later at the same port."""
    with contextlib.ExitStack() as first:
        server = first.enter_context(serving("rclone", tmp_path / "objects"))
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TAMIS_SCRATCH", str(tmp_path))
        # A lease cannot be renewed in this time; nobody else may take it for dead.
        monkeypatch.setenv("TAMIS_LEASE_SECONDS", "120")
        process = start("gone")
        wait_for(lambda: calls.head(f"s3://{BUCKET}/gone/phases/0/000000.json") is not None)
        os.kill(server.pid, signal.SIGKILL)
    assert not answers(server.port)
    time.sleep(20)
    assert process.poll() is None
    with serving("rclone", tmp_path / "objects", server.port):
        assert ended(process) == (0, "")
        assert objects("gone") == expected
