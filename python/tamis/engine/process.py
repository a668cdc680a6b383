"""One worker process as its supervisor holds it."""

from __future__ import annotations

import contextlib
import os
import signal
import site
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tamis
from tamis.engine import memory, store, wire
from tamis.engine.guards import Crumb, Guards, Kind
from tamis.engine.retry import Job

RECYCLE_TASKS, RECYCLE_LEAST_SECONDS, RECYCLE_SECONDS = 200, 60.0, 3600.0


class WorkerProcess:
    """A process of `tamis.engine.worker`, its two pipes, its breadcrumb and its log.

    Started by exec, never by fork: no locks, threads or open files of the supervisor travel along. It has a process
    group of its own, so that what it may have started dies with it.
    """

    def __init__(self, work: Path, number: int, guards: Guards, limit: int, ops_files: Sequence[str]) -> None:
        self.crumb = Crumb()
        self.log = work / "logs" / f"worker-{number}.log"
        self.job: Job | None = None
        self.attempt = ""
        self.ready = False
        self.killed: Kind | None = None
        self.tasks = 0
        self.born = time.monotonic()
        self._idle_bytes = 0
        self.process, self._commands, results = self._start()
        self.pid = self.process.pid
        self.inbox = wire.Inbox(results)
        start = {
            "path": [str(Path(entry).resolve()) for entry in sys.path if entry],
            "fsync": store.fsync_enabled(),
            # A second later than the supervisor, who can tell a busy process from one that was stopped.
            "seconds": 0 if guards.seconds is None else guards.seconds + 1,
            "memory": limit,
            "died": str(work / "died"),
            "copies": str(work / "copies"),
            "ops_files": list(ops_files),
        }
        # One that dies at once is seen by its end of the pipe.
        with contextlib.suppress(BrokenPipeError):
            wire.send(self._commands, start)

    def _start(self) -> tuple[subprocess.Popen[bytes], int, int]:
        store.make_folder(self.log.parent)
        commands, commands_end = os.pipe()
        results_end, results = os.pipe()
        mine = [commands, results, self.crumb.descriptor]
        try:
            with self.log.open("ab") as log:
                process = subprocess.Popen(
                    # -P: a file in the current folder must not stand in for a module.
                    [sys.executable, "-P", "-m", "tamis.engine.worker", *map(str, mine), str(os.getpid())],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=mine,
                    process_group=0,
                    env=_environment(),
                )
        except BaseException:
            os.close(commands_end)
            os.close(results_end)
            raise
        finally:
            os.close(commands)
            os.close(results)
        os.set_blocking(results_end, False)
        return process, commands_end, results_end

    def give(self, job: Job, attempt: str) -> None:
        """Hand over a job; a worker that is gone is noticed by its pipe."""
        self.job, self.attempt, self.killed = job, attempt, None
        self.crumb.reset()
        with contextlib.suppress(BrokenPipeError):
            wire.send(self._commands, {"task": job.next_spec(attempt)})

    def free(self) -> None:
        """The job has been answered."""
        self.job, self.attempt = None, ""
        self.tasks += 1
        if self.tasks == 1:
            self._idle_bytes = memory.anonymous(self.pid)

    def worn(self, budget: int) -> bool:
        """Whether an idle worker should make way for a new one: many tasks, old, or grown beyond its budget."""
        age = time.monotonic() - self.born
        if age > RECYCLE_SECONDS or (self.tasks >= RECYCLE_TASKS and age > RECYCLE_LEAST_SECONDS):
            return True
        # A model that was loaded with the first task would be loaded again: only growth since then counts.
        return memory.anonymous(self.pid) > max(budget, self._idle_bytes * 3 // 2)

    def kill(self, why: Kind | None = None) -> None:
        """SIGKILL to the worker and all that it started."""
        if self.killed is None:
            self.killed = why
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        # Before the child has its own group there is no such group.
        self.process.kill()

    def stop(self) -> None:
        """Ask an idle worker to end."""
        with contextlib.suppress(OSError):
            wire.send(self._commands, {"stop": True})

    def gone(self) -> bool:
        """Whether the process has ended; its number stays taken until `reap`."""
        if not hasattr(os, "waitid"):
            return self.process.poll() is not None
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def reap(self, patience: float) -> int:
        """Wait for the end, kill after `patience` seconds; the status as of `Popen`. Closes all that is shared."""
        deadline = time.monotonic() + patience
        while not self.gone() and time.monotonic() < deadline:
            time.sleep(0.001)
        # Also what it may have started, while no other group can have this number.
        self.kill()
        status = self.process.wait()
        self.close()
        return status

    def close(self) -> None:
        for descriptor in (self._commands, self.inbox.descriptor):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.crumb.close()

    def log_tail(self, size: int = 2000) -> str:
        """The last lines that it wrote."""
        with contextlib.suppress(OSError), self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - size))
            return file.read().decode(errors="replace").strip()
        return ""


def _environment() -> dict[str, str]:
    environment = {**memory.worker_environment(), "TAMIS_SUPERVISOR": str(os.getpid())}
    root = str(Path(tamis.__file__).resolve().parent.parent)
    # Installed packages are found anyhow; before the standard library their folder could hide modules of it.
    if root not in [*site.getsitepackages(), site.getusersitepackages()]:
        inherited: Any = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([root, inherited] if inherited else [root])
    return environment
