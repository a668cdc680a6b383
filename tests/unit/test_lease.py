"""Leases on a run directory: told by content alone, one holder at a time, whatever the clocks say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tamis.engine import store
from tamis.engine.lease import BEATS, Held, Lease, RunLease, chain
from tamis.errors import RunError

WAIT = 1.2
HOLD = """
import sys, time
from tamis.engine.lease import Lease
with Lease(sys.argv[1], {"pid": 1, "host": "node-a"}, wait=float(sys.argv[2])) as lease:
    print("held", flush=True)
    while lease.holds:
        time.sleep(0.02)
    print("lost", flush=True)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the lease."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "a"), str(WAIT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_one_that_lives_is_known_by_its_next_beat(holder: subprocess.Popen[bytes], tmp_path: Path) -> None:
    notes: list[str] = []
    began = time.monotonic()
    with pytest.raises(Held) as caught, Lease(tmp_path / "a", {}, wait=WAIT, on_note=notes.append):
        pass
    assert caught.value.owner["host"] == "node-a"
    assert time.monotonic() - began < WAIT
    assert notes == ["process 1 on node-a had this run; watching for up to 1.2 seconds whether it lives"]


def test_one_that_was_killed_is_dead_after_the_wait(holder: subprocess.Popen[bytes], tmp_path: Path) -> None:
    holder.kill()
    began = time.monotonic()
    with Lease(tmp_path / "a", {}, wait=WAIT) as lease:
        assert time.monotonic() - began >= WAIT
        assert lease.holds
        assert [link.token for link in chain(str(tmp_path / "a"))] == [lease.token]
    assert not list(tmp_path.iterdir())


def test_one_that_was_stopped_and_goes_on_knows_that_it_lost(
    holder: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    os.kill(holder.pid, signal.SIGSTOP)
    with Lease(tmp_path / "a", {}, wait=WAIT) as lease:
        os.kill(holder.pid, signal.SIGCONT)
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"lost\n"
        assert holder.wait() == 0
        time.sleep(WAIT / BEATS)
        assert lease.holds
        assert store.exists(tmp_path / "a")


@pytest.mark.parametrize("hours", [-30, 30])
def test_clocks_that_differ_change_nothing(
    holder: subprocess.Popen[bytes], tmp_path: Path, hours: float
) -> None:
    """The lease's content is all that is looked at: not its time of change, nor a time in it."""
    ended = threading.Event()

    def another_clock() -> None:
        while not ended.wait(0.01):
            stamp = time.time() + 3600 * hours
            try:
                os.utime(tmp_path / "a", (stamp, stamp))
            except FileNotFoundError:
                continue

    thread = threading.Thread(target=another_clock)
    thread.start()
    try:
        with pytest.raises(Held), Lease(tmp_path / "a", {}, wait=WAIT):
            pass
        holder.kill()
        # A file that is touched, and says nothing new, is dead.
        with Lease(tmp_path / "a", {}, wait=WAIT) as lease:
            assert lease.holds
    finally:
        ended.set()
        thread.join()


def test_many_that_find_a_dead_one_are_one_after_the_other(tmp_path: Path) -> None:
    store.create(tmp_path / "a", json.dumps({"token": "dead", "count": 4}).encode())
    inside: list[str] = []
    most: list[int] = []
    refused: list[Held] = []

    def take(name: str) -> None:
        try:
            with Lease(tmp_path / "a", {"name": name}, wait=WAIT):
                inside.append(name)
                most.append(len(inside))
                time.sleep(WAIT / 2)
                inside.remove(name)
        except Held as held:
            refused.append(held)

    threads = [threading.Thread(target=take, args=(str(number),)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1}
    assert len(most) + len(refused) == 12
    assert refused
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
def test_one_that_cannot_be_read_is_dead_after_the_wait(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with Lease(tmp_path / "a", {}, wait=WAIT / 3) as lease:
        assert lease.holds


def test_a_chain_left_half_taken_away_is_no_obstacle(tmp_path: Path) -> None:
    """A watcher that died between its two steps: the mark it left is dead, too."""
    (tmp_path / "a").write_bytes(b'{"token": "one"}')
    (tmp_path / "a.one").write_bytes(b'{"token": "two", "fence": true}')
    with Lease(tmp_path / "a", {}, wait=WAIT / 3) as lease:
        assert lease.holds
    assert not list(tmp_path.iterdir())


def test_parts_hold_beside_each_other_and_one_alone(tmp_path: Path) -> None:
    with RunLease(tmp_path, (1, 3), wait=WAIT), RunLease(tmp_path, (2, 3), wait=WAIT) as second:
        with RunLease(tmp_path, (2, 3), wait=WAIT) as again:
            again.check()
            with pytest.raises(Held), RunLease(tmp_path, (2, 3), wait=WAIT):
                pass
        with pytest.raises(Held) as caught, RunLease(tmp_path, parts=3, wait=WAIT):
            pass
        assert caught.value.owner["part"] in (1, 2)
        second.check()
    with RunLease(tmp_path, parts=3, wait=WAIT):
        with pytest.raises(Held), RunLease(tmp_path, (3, 3), wait=WAIT):
            pass
        with pytest.raises(Held), RunLease(tmp_path, parts=3, wait=WAIT):
            pass
    assert not list((tmp_path / "lease").iterdir())


def test_a_lease_that_was_taken_over_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with RunLease(tmp_path, wait=WAIT) as ours:
        ours.check()
        store.replace(tmp_path / "lease" / "alone", b'{"token": "another", "count": 0}')
        time.sleep(2 * WAIT / BEATS)
        with pytest.raises(RunError, match=f"^error: {tmp_path}: taken over by another call") as caught:
            ours.check()
        assert caught.value.exit_code == 2
    assert (tmp_path / "lease" / "alone").exists()
