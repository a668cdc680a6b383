"""One run directory in an object store has one writer: a lease, as no kernel tells of a holder on another machine.

The holder writes a counter every few seconds. It is dead where the object did not change for two minutes by the watcher's
own monotonic clock, or where it ran on this machine and its process is gone; clocks are never compared. Where the store
heeds conditional writes one of several that come at once wins; where it does not, each reads again after a while whether
its own name still stands there. Without the lease two equal runs waste work and write the same bytes: it protects the
garbage collection.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

from tamis.engine import store
from tamis.errors import RunError, TamisError
from tamis.messages import _

DEAD = "TAMIS_LEASE_SECONDS"
DEAD_SECONDS = 120.0
BEATS = 24
SETTLE = 2.0
"""Seconds after which a write that a store did not refuse counts as the last one, where it refuses none."""


class StoreLock:
    """The lease `RUN/lock` of a run in a store; `take`, `release`, and a thread that renews it between.

    Raises:
        RunError: another process holds it.
    """

    def __init__(self, run: Path) -> None:
        self.run, self.path = run, f"{run}/lock"
        self.dead = float(os.environ.get(DEAD) or DEAD_SECONDS)
        self.owner: dict[str, Any] = {
            "token": secrets.token_hex(8),
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "process": process_mark(os.getpid()),
            "since": int(time.time()),
        }
        self.lost = False
        self.conditional = True
        self._count = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def take(self) -> None:
        """Have the lease, at once or after a dead holder's two minutes."""
        while not self._won():
            pass
        self._thread.start()

    def release(self) -> None:
        """Give the lease back. Raises RunError where another took it over meanwhile."""
        self._end.set()
        self._thread.join()
        if self.lost:
            what = _("another process took this run over: this one was not heard of for {seconds} s")
            raise RunError(
                str(self.run), what.format(seconds=f"{self.dead:g}"), _("the other one goes on with it")
            )
        found = store.read_tagged(self.path)
        if found is not None and self._is_mine(found[0]):
            store.replace_if(self.path, b"{}", found[1])

    def _won(self) -> bool:
        found = store.read_tagged(self.path)
        if found is None:
            won = store.create(self.path, self._content())
        else:
            self._wait_for_death(found)
            won = store.replace_if(self.path, self._content(), found[1])
        return won and self._stands()

    def _stands(self) -> bool:
        """Whether the lease is ours though the store may heed no condition: then the last writer has it."""
        self.conditional = not store.create(self.path, self._content())
        if not self.conditional:
            time.sleep(SETTLE)
        found = store.read_tagged(self.path)
        return found is not None and self._is_mine(found[0])

    def _wait_for_death(self, found: tuple[bytes, str]) -> None:
        """Watch a holder. Raises RunError as soon as it is seen to live."""
        owner = _owner(found[0])
        until = time.monotonic() + self.dead
        while owner and not is_gone(owner) and time.monotonic() < until:
            time.sleep(min(1.0, self.dead / BEATS))
            now = store.read_tagged(self.path)
            if now is None or now[0] != found[0]:
                if now is not None and not _owner(now[0]):
                    return
                raise RunError(str(self.run), _told(owner), _("wait, or use another -o"))

    def _renew(self) -> None:
        while not self._end.wait(self.dead / BEATS):
            try:
                found = store.read_tagged(self.path)
                if found is None or not self._is_mine(found[0]):
                    self.lost = True
                    # As Ctrl-C: nothing more is started, what runs may commit, which changes nothing of another's.
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
                self._count += 1
                store.replace_if(self.path, self._content(), found[1])
            except (TamisError, OSError):
                continue  # The store is away; the tasks say so where they cannot do without it.

    def _content(self) -> bytes:
        return json.dumps({**self.owner, "count": self._count, "conditional_put": self.conditional}).encode()

    def _is_mine(self, data: bytes) -> bool:
        return bool(_owner(data).get("token") == self.owner["token"])


def process_mark(pid: int) -> str:
    """What no other process of any machine has: boot, process namespace, pid and start; "" where nobody can tell."""
    try:
        boot = store.read("/proc/sys/kernel/random/boot_id").decode().strip()
        start = store.read(f"/proc/{pid}/stat").rsplit(b")", 1)[1].split()[19].decode()
        return f"{boot} {os.readlink('/proc/self/ns/pid')} {pid} {start}"
    except (OSError, IndexError):
        return ""


def is_gone(owner: dict[str, Any]) -> bool:
    """Whether the holder ran on this machine, in this process namespace, and is no more."""
    here, there = process_mark(os.getpid()).split(), str(owner.get("process", "")).split()
    return bool(here) and here[:2] == there[:2] and process_mark(int(there[2])).split() != there


def _owner(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _told(owner: dict[str, Any]) -> str:
    sentence = _("in use by process {pid} on {host} since {since}")
    since = time.strftime("%H:%M", time.localtime(int(owner.get("since", 0))))
    return sentence.format(pid=owner.get("pid"), host=owner.get("host"), since=since)
