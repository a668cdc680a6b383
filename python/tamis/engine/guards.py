"""What a worker has in hand, how long already, and what its death means."""

from __future__ import annotations

import contextlib
import mmap
import os
import signal
import struct
import tempfile
import time
from dataclasses import dataclass
from typing import Literal

from tamis.messages import later

EXIT_TIMEOUT, EXIT_MEMORY, EXIT_ORPHAN = 75, 76, 70

# The layout of crates/tamis-py/src/breadcrumb.rs.
_LAYOUT = struct.Struct("<QQQII")
_NONE = 2**64 - 1
_IDLE = _LAYOUT.pack(_NONE, _NONE, _NONE, 0, 0)

# A batch whose body names no rows gets the time of up to so many documents; watch.rs has the same.
_BATCH_PATIENCE = 20

# A gap between two looks (driver busy, process stopped, machine asleep) ages a document by no more than this.
_LONGEST_LOOK = 1.0

# What a death was: `lost` = killed from outside, `oom` = by the kernel or by us for the sum of all workers.
Kind = Literal["timeout", "memory", "crash", "lost", "oom"]


@dataclass(frozen=True)
class Guards:
    """Backstops for one document: `seconds` in one step, `memory` bytes of its worker (None: no limit).

    The seconds are of processor time, or of waiting for nothing that a busy machine explains: what becomes of a document
    does not depend on what else the machine does.
    `grace`: seconds that running tasks get after the first Ctrl-C. `disk_wait`: seconds to wait for space on a full
    disk. `attempts`: deaths of one task without finding a guilty document before the run fails. `until`: the moment
    (of the monotonic clock) at which the pool gives up with `TooLong` (None: never).
    """

    seconds: float | None = 30.0
    memory: int | None = 2 << 30
    grace: float = 10.0
    disk_wait: float = 30.0
    attempts: int = 5
    until: float | None = None


@dataclass(frozen=True)
class Seen:
    """A breadcrumb as read: `row` in hand, or the batch `first`..`end` (exclusive); all None between batches."""

    row: int | None
    first: int | None
    end: int | None
    step: int
    beat: int

    @property
    def exact(self) -> int | None:
        """The row that is known to be in hand."""
        if self.row is None and self.first is not None and self.end == self.first + 1:
            return self.first
        return self.row


class TooLong(Exception):
    """`Guards.until` has come; `seen`: what a worker had in hand then, None where none had a document."""

    def __init__(self, seen: Seen | None) -> None:
        super().__init__(seen)
        self.seen = seen


class Crumb:
    """The breadcrumb that one worker writes and the supervisor reads: 32 bytes in a file that has no name.

    The memory is written once before it is shared: a sparse page on a full disk would kill with SIGBUS.
    """

    def __init__(self) -> None:
        if hasattr(os, "memfd_create"):
            self.descriptor = os.memfd_create("tamis-breadcrumb")
        else:
            with tempfile.TemporaryFile() as file:
                self.descriptor = os.dup(file.fileno())
        os.write(self.descriptor, _IDLE)
        self._map = mmap.mmap(self.descriptor, _LAYOUT.size)
        self._last = self.read()
        self._age = 0.0
        self._looked = time.monotonic()
        self._used: float | None = None

    def read(self) -> Seen:
        """What the worker has in hand now."""
        row, first, end, step, beat = _LAYOUT.unpack_from(self._map)
        if first == _NONE:
            return Seen(None, None, None, step, beat)
        return Seen(None if row == _NONE else row, first, end, step, beat)

    def overdue(self, seconds: float | None, used: tuple[float, bool] | None = None) -> bool:
        """Look again: whether the document in hand has had more than `seconds`.

        `used`: as `memory.processor` says it of the worker; without it the clock alone counts.
        """
        now, seen = time.monotonic(), self.read()
        passed = min(now - self._looked, _LONGEST_LOOK)
        if used is not None and self._used is not None and not used[1]:
            passed = min(passed, used[0] - self._used)
        if seen == self._last and seen.first is not None:
            self._age += passed
        else:
            self._age = 0.0
        self._last, self._looked = seen, now
        self._used = None if used is None else used[0]
        if seconds is None or seen.first is None or seen.end is None:
            return False
        patience = 1 if seen.row is not None else max(1, min(_BATCH_PATIENCE, seen.end - seen.first))
        return self._age >= seconds * patience

    def reset(self) -> None:
        """Nothing is in hand."""
        self._map[: _LAYOUT.size] = _IDLE
        self.overdue(None)

    def close(self) -> None:
        self._map.close()
        with contextlib.suppress(OSError):
            os.close(self.descriptor)


@dataclass(frozen=True)
class Death:
    """How a worker ended in the middle of a task."""

    kind: Kind
    seen: Seen
    message: str
    signal: int | None = None
    ended: str = ""


def classify(status: int, killed: Kind | None, seen: Seen, guards: Guards, limit: int, oom: bool) -> Death:
    """Name a death.

    Args:
        status: as `Popen.returncode`: an exit code, or minus the signal.
        killed: why we killed it, None where we did not.
        limit: the bytes that one worker may have.
        oom: the kernel's count of out-of-memory kills rose meanwhile.
    """
    number = -status if status < 0 else None
    ended = _how(status)
    if killed == "timeout" or status == EXIT_TIMEOUT:
        message = later("took more than {seconds:g} s").format(seconds=guards.seconds or 0)
        return Death("timeout", seen, message, None, ended)
    if killed == "memory" or status == EXIT_MEMORY:
        message = later("took more than {memory} MB").format(memory=limit >> 20)
        return Death("memory", seen, message, None, ended)
    if number == signal.SIGKILL:
        kind: Kind = "oom" if killed == "oom" or oom else "lost"
        return Death(kind, seen, ended, number, ended)
    return Death("crash", seen, ended, number, ended)


def _how(status: int) -> str:
    if status >= 0:
        return later("the process ended with exit code {code}").format(code=status)
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = str(-status)
    return later("the process was ended by {signal}").format(signal=name)
