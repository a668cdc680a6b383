"""Whole runs that are killed, interrupted or poisoned: the same command again gives the bytes of an undisturbed run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tamis
from run_inputs import RUN_SCRIPT, digests, write_copies, write_texts
from tamis.engine.batch import NEVER, Batch, Work
from tamis.engine.lock import RunLock
from tamis.engine.memory import cores
from tamis.errors import RunError
from tamis.plan import phases
from tamis.recipe import parse_recipe

OPS = str(Path(__file__).resolve().parent.parent / "run_ops.py")
ROLES = ("kept", "removed", "failed", "originals", "clusters")
RECIPE = """name = "faults"
[[step]]
op = "run_poison"
[[step]]
op = "run_size"
keep = [{ signal = "length", min = 60 }]
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "run_shout"
keep = [{ signal = "hits", max = 12 }]
"""


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """A function that starts the test run in a process of its own, into a named directory."""
    early = '[[step]]\nop = "run_shout"\nas = "early"\nword = "delta"\n'
    (tmp_path / "r.toml").write_text(
        RECIPE.replace('[[step]]\nop = "exact"', early + '[[step]]\nop = "exact"')
    )
    write_texts(tmp_path / "in", 150)
    write_copies(tmp_path / "in")

    def begin(name: str, crash: str = "", **options: Any) -> subprocess.Popen[bytes]:
        env = {**os.environ, "TAMIS_CRASH_AT": crash} if crash else dict(os.environ)
        arguments = [str(tmp_path / "r.toml"), str(tmp_path / "in" / "*.jsonl"), str(tmp_path / name), OPS]
        return subprocess.Popen([sys.executable, "-c", RUN_SCRIPT, *arguments, json.dumps(options)], env=env)

    return begin


def result(run: Path) -> tuple[Any, bytes]:
    return digests(run, *ROLES), (run / "report" / "data.json").read_bytes()


POINTS = ("K1", "K2", "K3", "K3:5", "K4:2", "K5:2", "K6:3", "K7:4", "K8", "K9", "K9:2", "K10", "K13")


def test_killed_at_each_write_point_then_resumed(start: Callable[..., Any], tmp_path: Path) -> None:
    assert start("whole").wait() == 0
    expected = result(tmp_path / "whole")
    assert expected[0]["clusters"]

    def check(point: str) -> None:
        name = f"killed-{point}"
        assert start(name, crash=point).wait() != 0, point
        assert start(name).wait() == 0, point
        assert result(tmp_path / name) == expected, point

    at_once(check, POINTS)


def at_once(check: Callable[[str], None], points: Sequence[str]) -> None:
    """Two at a time: each waits for processes of its own."""
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(check, points))


EDIT = {"run_size.length.min": 200, "run_shout.word": "gamma"}
EQUAL = ("kept", "clusters", "originals")
EDIT_POINTS = ("K2", "K3:3", "K6:2", "K8:3", "K10", "K12", "K12:4", "K13")


def test_an_edit_in_place_killed_then_resumed_equals_a_fresh_run(
    start: Callable[..., Any], tmp_path: Path
) -> None:
    assert start("whole").wait() == 0
    assert start("fresh", overrides=EDIT).wait() == 0
    shutil.copytree(tmp_path / "whole", tmp_path / "edited")
    assert start("edited", overrides=EDIT).wait() == 0
    expected = result(tmp_path / "edited")
    assert digests(tmp_path / "edited", *EQUAL) == digests(tmp_path / "fresh", *EQUAL)
    assert expected[0]["kept"] != digests(tmp_path / "whole", "kept")["kept"]

    def check(point: str) -> None:
        name = f"edited-{point}"
        shutil.copytree(tmp_path / "whole", tmp_path / name)
        assert start(name, crash=point, overrides=EDIT).wait() == -signal.SIGKILL, point
        assert start(name, overrides=EDIT).wait() == 0, point
        assert result(tmp_path / name) == expected, point

    at_once(check, EDIT_POINTS)


def test_an_edit_killed_and_edited_again_equals_a_fresh_run(
    start: Callable[..., Any], tmp_path: Path
) -> None:
    other = {"early.word": "beta", "run_shout.word": "gamma"}
    assert start("whole").wait() == 0
    assert start("fresh", overrides=other).wait() == 0

    def check(point: str) -> None:
        for changes, name in (({}, "whole"), (other, "fresh")):
            edited = tmp_path / f"edited-{name}-{point}"
            shutil.copytree(tmp_path / "whole", edited)
            assert start(edited.name, crash=point, overrides=EDIT).wait() == -signal.SIGKILL, point
            assert start(edited.name, overrides=changes).wait() == 0, point
            assert digests(edited, *EQUAL) == digests(tmp_path / name, *EQUAL), (name, point)

    at_once(check, ("K2", "K8:3", "K12:4"))


def test_an_interrupt_ends_with_130_and_the_same_command_goes_on(
    start: Callable[..., Any], tmp_path: Path
) -> None:
    assert start("whole").wait() == 0
    process = start("stopped")
    deadline = time.monotonic() + 60
    while not list((tmp_path / "stopped").glob("phases/0/*.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) in (0, 130)
    assert start("stopped").wait() == 0
    assert result(tmp_path / "stopped") == result(tmp_path / "whole")


def test_guilty_documents_fail_and_their_neighbours_stay(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE)
    special = {40: "SEGFAULT", 70: "EXIT", 100: "EXPLODE", 120: "HANG"}
    write_texts(tmp_path / "in", 150, special=special)
    found, told = [], []
    for workers in (1, 2):
        run = tamis.run(
            tmp_path / "r.toml",
            str(tmp_path / "in" / "*.jsonl"),
            tmp_path / f"out-{workers}",
            workers=workers,
            ops=[OPS],
            document_seconds=1.0,
            shard_bytes=15_000,
            on_progress=told.append,  # as the command does
        )
        assert max(state.failed for state in told) >= 3
        counts = run.counts()
        assert counts["in"] == 150
        assert counts["in"] == counts["kept"] + counts["removed"] + counts["failed"]
        rows = [row for _shard, path in run.files("failed") for row in pq.read_table(path).to_pylist()]
        assert sorted(row["kind"] for row in rows) == ["crash", "crash", "exception", "timeout"]
        assert {row["step"] for row in rows} == {"run_poison", "run_shout"}
        found.append(digests(run.path, "kept", "removed", "clusters"))
    assert found[0] == found[1]


def test_a_busy_machine_makes_no_document_fail(tmp_path: Path) -> None:
    """Each core has many to serve: what takes 0.8 s of work takes several on the clock."""
    write_texts(tmp_path / "in", 40, special={10: "BURN", 30: "BURN"})
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4 * cores())]
    try:
        begun = time.monotonic()
        _run, rows = poisoned(tmp_path, "out", document_seconds=1.6, workers=1)
        assert time.monotonic() - begun > 3.2
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert rows == []
    _run, rows = poisoned(tmp_path, "quick", document_seconds=0.4, workers=1)
    assert [row["kind"] for row in rows] == ["timeout", "timeout"]


def poisoned(tmp_path: Path, name: str, **options: Any) -> tuple[Any, list[dict[str, Any]]]:
    """A run of the test recipe over `in`, and its failed rows."""
    (tmp_path / "r.toml").write_text(RECIPE)
    settings = {"ops": [OPS], "shard_bytes": 15_000, "fsync": False, **options}
    run = tamis.run(tmp_path / "r.toml", str(tmp_path / "in" / "*.jsonl"), tmp_path / name, **settings)
    rows = [row for _shard, path in run.files("failed") for row in pq.read_table(path).to_pylist()]
    return run, rows


def neighbours(run: Any) -> list[tuple[str, str, str]]:
    """Side, own id and text of what did not fail; our ids follow the place in the file, which a word shifts."""
    found = []
    for role in ("kept", "removed"):
        for _shard, path in run.files(role):
            rows = pq.read_table(path, columns=["source_id", "text"], partitioning=None).to_pylist()
            found += [(role, row["source_id"], row["text"]) for row in rows]
    return sorted(found)


@pytest.mark.parametrize(
    ("word", "kind", "options"),
    [("HOARD", "memory", {"document_memory": 400 << 20}), ("SLAIN", "memory", {}), ("EXIT", "crash", {})],
)
def test_one_document_kills_its_worker_and_no_other(
    tmp_path: Path, word: str, kind: str, options: dict[str, Any]
) -> None:
    """Eats memory until the guard ends it; is ended without a word, as by the kernel; ends by itself."""
    write_texts(tmp_path / "in", 150, special={40: "calm"})
    _whole, nothing = poisoned(tmp_path, "undisturbed", workers=1)
    assert nothing == []
    undisturbed = [one for one in neighbours(_whole) if one[1] != "40"]
    assert len(undisturbed) == 149
    write_texts(tmp_path / "in", 150, special={40: word})
    found = []
    for workers in (1, 2):
        run, failed = poisoned(tmp_path, f"out-{workers}", workers=workers, **options)
        assert [(row["kind"], row["step"]) for row in failed] == [(kind, "run_poison")], failed
        assert word in failed[0]["raw"].decode()
        assert run.counts()["in"] == 150
        assert neighbours(run) == undisturbed
        found.append(digests(run.path, "kept", "removed", "clusters", "originals"))
    assert found[0] == found[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_killed_once_from_outside_costs_no_document(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_texts(tmp_path / "in", 150, special={40: "UNLUCKY"})
    mark = tmp_path / "mark"
    monkeypatch.setenv("RUN_OPS_MARK", str(mark))
    mark.touch()
    undisturbed, _failed = poisoned(tmp_path, "undisturbed", workers=1)
    mark.unlink()
    killed, failed = poisoned(tmp_path, "killed", workers=workers)
    assert mark.exists()
    assert failed == []
    assert result(killed.path) == result(undisturbed.path)


def test_a_second_run_in_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE)
    write_texts(tmp_path / "in", 20)
    with RunLock(tmp_path / "out"), pytest.raises(RunError, match="in use by"):
        tamis.run(tmp_path / "r.toml", str(tmp_path / "in"), tmp_path / "out", ops=[OPS], workers=1)


def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE)
    write_texts(tmp_path / "in", 20)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        tamis.run(tmp_path / "r.toml", str(tmp_path / "in"), tmp_path / "file" / "out", ops=[OPS], workers=1)


def test_a_document_given_twice_is_counted_and_kept(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('name = "twice"\n[[step]]\nop = "run_size"\n')
    [one, _two] = write_texts(tmp_path / "in", 20)
    run = tamis.run(tmp_path / "r.toml", [one, one], tmp_path / "out", ops=[OPS], workers=1)
    assert run.counts()["in"] == run.counts()["kept"] == 20


def test_a_row_that_ends_its_worker_in_a_sketch_fails_of_the_corpus_step() -> None:
    steps = "".join(
        f'[[step]]\nop = "{op}"\nas = "{name}"\n' for op, name in (("random", "a"), ("exact", "b"))
    )
    recipe = parse_recipe('name = "r"\n' + steps, "r.toml")
    rows = np.arange(3, dtype=np.int64)
    columns = {name: pa.array(["one", "two", "three"], pa.large_string()) for name in ("id", "text")}
    work = Work(recipe, phases(recipe)[0], poison={1: ["crash", "ended", 11, 1]})
    batch = Batch(work, columns, rows, np.full(3, NEVER, dtype=np.int32))
    batch.run()
    assert batch.failed.tolist() == [False, True, False]
    assert [(one.place, one.step, one.kind) for one in batch.failures] == [(1, "b", "crash")]
