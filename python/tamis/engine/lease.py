"""A lease: who has a run directory, told by files alone, where a file lock does not exist or cannot be trusted.

Shared folders and object stores have no lock that holds on every node. A holder writes a counter into its lease again
and again; whoever finds a lease watches its content. Alive is a lease whose content changes; dead is one whose content
did not change during `wait` seconds of the watcher's own monotonic clock, or whose holder was a process of this machine
that is no more. No timestamp is read: clocks of nodes differ.

The only thing that must be atomic is that a file is created where none is. A dead lease at PATH is taken out of the
way by creating PATH.TOKEN, TOKEN being the dead one's: of several watchers one succeeds. The lease is the last of the
chain PATH, PATH.TOKEN, PATH.TOKEN2..., and a holder that finds itself no longer the last one has lost it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from tamis.engine import store
from tamis.engine.holder import is_gone, process_mark
from tamis.errors import RunError, TamisError
from tamis.messages import _

WAIT = float(os.environ.get("TAMIS_LEASE_SECONDS", "120"))
"""Seconds without a change after which a lease is dead."""
BEATS = 4
"""How often a holder writes in this time."""
SLOTS = 2
"""How many calls of one part may run at once: the one that a scheduler has lost, and the one it started instead."""
READERS = 16
FOLDER = "lease"
"""Where leases lie in a run directory."""

Note = Callable[[str], None]


class Held(Exception):
    """A lease that is alive: what its holder says of itself."""

    def __init__(self, owner: dict[str, Any]) -> None:
        super().__init__(owner)
        self.owner = owner


class _Link(NamedTuple):
    """One file of a chain, as it was read."""

    path: str
    data: bytes

    @property
    def facts(self) -> dict[str, Any]:
        try:
            facts = json.loads(self.data)
        except ValueError:
            facts = None
        return facts if isinstance(facts, dict) else {}

    @property
    def token(self) -> str:
        return str(self.facts.get("token", "unreadable"))


class Lease:
    """The lease at one path, held for as long as the block lasts; a thread writes its counter.

    Args:
        path: the file; its folder is made.
        owner: plain facts for the message to whom it is refused.
        wait: seconds without a change after which others may call it dead; the same for all who meet here.
        on_note: told that another's lease is watched, which may take as long as `wait`.

    Raises:
        Held: another has it and is alive.
    """

    def __init__(
        self,
        path: str | Path,
        owner: dict[str, Any],
        *,
        wait: float | None = None,
        on_note: Note | None = None,
    ) -> None:
        self.path, self.owner = str(path), owner
        self.wait = WAIT if wait is None else wait
        self.on_note = on_note
        self.token = secrets.token_hex(8)
        self._count = 0
        self._beaten = 0.0
        self._lost = False
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Lease:
        while not self.try_to_hold():
            outlast([self.path], self.wait, self.on_note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def try_to_hold(self) -> bool:
        """Take the lease where nobody has it, dead or alive."""
        begun = time.monotonic()
        # Looked at first for the stores that heed no condition and write over what is there.
        if chain(self.path) or not store.create(self.path, self._content()):
            return False
        if not self._is_ours():
            return False
        self._beaten = begun
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._thread.start()
        return True

    @property
    def holds(self) -> bool:
        """Whether no other can have taken it."""
        return not self._lost and time.monotonic() - self._beaten < self.wait

    def release(self) -> None:
        """Let go; another can take it at once."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            # One that stays behind is dead to all others after a while; nobody who stops a run waits for that here.
            with store.hurried(), contextlib.suppress(OSError, TamisError):
                if self._is_ours():
                    _remove(chain(self.path))

    def _beat(self) -> None:
        while not self._end.wait(self.wait / BEATS):
            begun = time.monotonic()
            # What cannot be reached now may be there at the next beat; `holds` counts the time.
            with contextlib.suppress(Exception):
                if not self._is_ours():
                    self._lost = True
                    return
                self._count += 1
                store.replace(self.path, self._content())
                self._beaten = begun

    def _content(self) -> bytes:
        return json.dumps({"token": self.token, "count": self._count, **self.owner}).encode()

    def _is_ours(self) -> bool:
        links = chain(self.path)
        return bool(links) and links[-1].token == self.token


def chain(path: str) -> list[_Link]:
    """The files that stand for one lease, the valid one last; none where nobody has it."""
    links: list[_Link] = []
    while (data := _read(path)) is not None:
        links.append(_Link(path, data))
        path = f"{path}.{links[-1].token}"
    return links


def outlast(paths: Iterable[str], wait: float, on_note: Note | None = None) -> None:
    """Return when all these leases are free; those that do not change for `wait` seconds are taken out of the way.

    Raises:
        Held: one of them changed: its holder is alive.
    """
    seen: dict[str, tuple[_Link, float]] = {}
    waiting, told = list(paths), False
    while waiting:
        for path, links in zip(list(waiting), _chains(waiting), strict=True):
            last = links[-1] if links else None
            before = seen.get(path)
            if last is None:
                waiting.remove(path)
            elif is_gone(last.facts):
                _fence(path, last)
                seen.pop(path, None)
            elif before is None or before[0] != last:
                if before is not None and not last.facts.get("fence"):
                    raise Held(last.facts)
                seen[path] = (last, time.monotonic())
            elif time.monotonic() - before[1] >= wait:
                _fence(path, last)
                seen.pop(path)
        if seen and not told and on_note is not None:
            told = True
            on_note(_watching(next(iter(seen.values()))[0].facts, wait))
        if waiting:
            time.sleep(wait / BEATS / 8)


def _chains(paths: Sequence[str]) -> list[list[_Link]]:
    """Many leases at once: of an object store each takes its time to read."""
    if len(paths) <= SLOTS:
        return [chain(path) for path in paths]
    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(chain, paths))


def _fence(path: str, dead: _Link) -> None:
    """Take a dead lease out of the way; where another does so too, one of both."""
    mark = secrets.token_hex(8)
    successor = f"{dead.path}.{dead.token}"
    if _read(successor) is not None or not store.create(
        successor, json.dumps({"token": mark, "fence": True}).encode()
    ):
        return
    links = chain(path)
    if links and links[-1].token == mark:
        _remove(links)
    else:
        store.remove(successor)


def _remove(links: list[_Link]) -> None:
    # The first one first: what hangs on it is out of reach from then on, and whoever created the next one meanwhile
    # sees that its chain has lost its beginning.
    for link in links:
        store.remove(link.path)


def _read(path: str) -> bytes | None:
    try:
        return store.read(path)
    except FileNotFoundError:
        return None


def _watching(facts: dict[str, Any], wait: float) -> str:
    sentence = _(
        "process {pid} on {host} had this run; watching for up to {seconds} seconds whether it lives"
    )
    return sentence.format(pid=facts.get("pid", "?"), host=facts.get("host", "?"), seconds=f"{wait:g}")


class RunLease:
    """The lease on a run directory: by one call alone, or by any number of calls with `--part` beside each other.

    A part holds one of `SLOTS` leases of its own, then asks whether a call alone is alive; the call alone holds
    `lease/alone`, then asks whether a part is: of two that begin at once, at least one sees the other.

    Args:
        run: the run directory, also at a URL that `store` creates files at.
        part: (number, of how many); None for a call alone.
        parts: into how many parts the run is cut, 0 where it is not; for a call alone.

    Raises:
        Held: as for `Lease`.
    """

    def __init__(
        self,
        run: str | Path,
        part: tuple[int, int] | None = None,
        *,
        parts: int = 0,
        wait: float | None = None,
        on_note: Note | None = None,
    ) -> None:
        self.run, self.part, self.parts, self.on_note = run, part, parts, on_note
        self.wait = WAIT if wait is None else wait
        self.lease: Lease | None = None

    def __enter__(self) -> RunLease:
        owner: dict[str, Any] = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "process": process_mark(os.getpid()),
        }
        alone = f"{self.run}/{FOLDER}/alone"
        if self.part is None:
            slots = [one for number in range(1, self.parts + 1) for one in self._slots(number)]
            self._settled(Lease(alone, owner, wait=self.wait, on_note=self.on_note).__enter__(), slots)
        else:
            owner["part"] = self.part[0]
            self._settled(self._slot(owner), [alone])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.lease is not None:
            self.lease.release()

    def check(self) -> None:
        """Raises RunError where another may have taken the run over."""
        if self.lease is not None and not self.lease.holds:
            what = _("taken over by another call: of this one nothing was heard for {seconds} seconds")
            hint = _("the same command goes on, once the other call has ended")
            raise RunError(str(self.run), what.format(seconds=f"{self.wait:g}"), hint)

    def _slots(self, number: int) -> list[str]:
        return [f"{self.run}/{FOLDER}/part-{number:06d}-{slot}" for slot in range(1, SLOTS + 1)]

    def _slot(self, owner: dict[str, Any]) -> Lease:
        slots = [
            Lease(path, owner, wait=self.wait, on_note=self.on_note) for path in self._slots(owner["part"])
        ]
        free = next((one for one in slots if one.try_to_hold()), None)
        return free or slots[-1].__enter__()

    def _settled(self, own: Lease, others: list[str]) -> None:
        try:
            outlast(others, self.wait, self.on_note)
        except BaseException:
            own.release()
            raise
        self.lease = own
