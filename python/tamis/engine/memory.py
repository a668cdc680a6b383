"""Memory and disk: what a run may use, what it uses, and what to do when the disk is full."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tamis.engine import store
from tamis.errors import RunError, RunFailed
from tamis.messages import _

MB = 1 << 20
DRIVER = 200 * MB
WORKER_LEAST, WORKER_MOST = 256 * MB, 600 * MB
BALLAST = 1 * MB

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_CGROUP = Path("/sys/fs/cgroup")


class Budget(NamedTuple):
    """How memory is shared out: `worker` bytes for each of `workers`; `note` says aloud what had to give."""

    memory: int
    workers: int
    worker: int
    note: str


def budget(memory: int | None = None, workers: int | None = None) -> Budget:
    """Share `memory` bytes (default: 60 % of the machine's or the cgroup's) among `workers` (default: cores).

    A worker gets (memory - 200 MB) / workers, clamped to 256..600 MB; where that would be less than 256 MB each,
    there are fewer workers.

    Examples:
        >>> budget(2 << 30, 2).worker >> 20
        600
        >>> budget(1 << 30, 8).workers
        3
    """
    memory = memory or int(limit() * 0.6)
    wanted = workers or cores()
    fit = max(1, (memory - DRIVER) // WORKER_LEAST)
    count = min(wanted, fit)
    share = (memory - DRIVER) // count
    note = ""
    if count < wanted:
        sentence = _(
            "{memory} MiB of memory are enough for {count} of {wanted} workers, each with at least 256 MiB"
        )
        note = sentence.format(memory=memory // MB, count=count, wanted=wanted)
    return Budget(memory, count, max(WORKER_LEAST, min(WORKER_MOST, share)), note)


def enough(memory: int | None) -> None:
    """Raises RunError where the memory asked for holds no driver and one worker."""
    if memory is not None and memory < DRIVER + WORKER_LEAST:
        what = _("{memory} MiB of memory hold no driver and one worker").format(memory=memory // MB)
        least = (DRIVER + WORKER_LEAST) // MB
        raise RunError("--memory", what, _("give at least {least}MiB").format(least=least))


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit() -> int:
    """Bytes of memory that there are: the smaller of RAM and the limits of this process's cgroups."""
    total = os.sysconf("SC_PHYS_PAGES") * _PAGE
    for file in _cgroup_files("memory.max", "memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            total = min(total, int(file.read_text()))
    return total


def _cgroup_files(second: str, first: str) -> Iterator[Path]:
    """The files of that name (version 2, version 1) in this process's memory cgroup and all above it."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _number, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root, name = (_CGROUP / "memory", first) if controllers else (_CGROUP, second)
        folder = root / path.lstrip("/")
        for place in (folder, *folder.parents):
            yield place / name
            if place == root:
                break


def oom_kills() -> int:
    """How many processes the kernel has killed for memory, as far as can be seen from here; only differences count."""
    count = 0
    files = [Path("/proc/vmstat"), *_cgroup_files("memory.events", "memory.oom_control")]
    for file in files:
        with contextlib.suppress(OSError, ValueError):
            for line in file.read_text().splitlines():
                if line.startswith("oom_kill "):
                    count += int(line.split()[1])
    return count


def anonymous(pid: int) -> int:
    """Resident bytes of a process that no file backs; 0 once it is gone. A mapped model is not counted."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            fields = file.read().split()
        return max(0, int(fields[1]) - int(fields[2])) * _PAGE
    except (OSError, IndexError):
        return 0


def processor(pid: int) -> tuple[float, bool] | None:
    """Seconds of processor time of a process so far, and whether its main thread waits for something other than a
    processor or a disk; None where the system does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS, fields[0] == b"S"
    except (OSError, IndexError):
        return None


def pss(pids: Iterable[int]) -> int:
    """Bytes of these processes together, each shared page counted once in proportion (`smaps_rollup`)."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    total += int(line.split()[1]) * 1024
                    break
    return total


def peak() -> int:
    """The most bytes that were ever resident in this process since `reset_peak`; 0 where that is not told."""
    with contextlib.suppress(OSError), open("/proc/self/status", "rb") as file:
        for line in file:
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def reset_peak() -> None:
    """Start `peak` anew."""
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def worker_environment() -> dict[str, str]:
    """Environment of a worker: it has one core, so no library may start threads of its own."""
    one = [
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "RAYON_NUM_THREADS",
    ]
    return {**os.environ, **dict.fromkeys(one, "1"), "TOKENIZERS_PARALLELISM": "false"}


def limit_arrow_threads() -> None:
    """One thread to compute and two to read, in a worker."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_io_thread_count(2)


def release_arrow_memory() -> None:
    """Give memory that Arrow keeps for later back to the system: an idle worker is measured by what it holds."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def disk_free(path: str | Path) -> int:
    """Free bytes where `path` lies or would lie."""
    return store.free_bytes(path)


def is_disk_full(error: BaseException) -> bool:
    """Whether an error says that no space (or no quota) is left."""
    number = getattr(error, "errno", None)
    return isinstance(error, OSError) and number in (errno.ENOSPC, errno.EDQUOT)


def disk_full(path: str | Path, needed: int) -> RunFailed:
    """The error for a full disk: where, what is free, what is needed at least."""
    what = _("no space left: {free} MB are free, at least {needed} MB are needed to go on")
    hint = _("free some space or move the run, then give the same command: it goes on from here")
    return RunFailed(str(path), what.format(free=disk_free(path) // MB, needed=max(1, needed // MB)), hint)


@contextlib.contextmanager
def disk_watched(path: str | Path) -> Iterator[None]:
    """In this block a full disk is told as `disk_full` tells it, whoever wrote: plan, lock, manifest or report."""
    try:
        yield
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise disk_full(path, MB) from error


class Ballast:
    """A file of 1 MB that is given up when the disk is full, so that the record of the failure finds room."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not store.exists(self.path):
            # Written, not only allocated: a sparse file keeps no room.
            store.write_new(self.path, os.urandom(4096) * (BALLAST // 4096))

    def drop(self) -> None:
        """Give the room back."""
        store.remove(self.path)
