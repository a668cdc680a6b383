"""The local pool: worker processes and the supervisor that outlives their deaths.

with Pool(workers=2, memory=2 << 30, work_dir=run / "work", guards=Guards()) as pool:
    for index, summary in pool.run(specs, on_progress=show):
        ...
"""

from __future__ import annotations

import secrets
import selectors
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tamis import errors
from tamis.engine import memory as memories
from tamis.engine.guards import Death, Guards, classify
from tamis.engine.interrupt import Interrupts
from tamis.engine.process import WorkerProcess
from tamis.engine.retry import Job
from tamis.engine.tasks import Spec, Summary
from tamis.errors import Interrupted, RunFailed, TamisError
from tamis.messages import _

TICK = 0.05
PRESSURE_EVERY = 0.5
START_DEATHS = 3
START_SECONDS = 120.0
RECOVER_AFTER = 10

OnProgress = Callable[[int, dict[str, int]], None]


class Pool:
    """Worker processes that run tasks; a context manager, to be entered from the main thread.

    No process is left behind, however the block or this process ends. Ctrl-C or SIGTERM once: nothing more is
    started, running tasks may commit for `guards.grace` seconds; twice: all are killed. Then `Interrupted` is raised.

    Args:
        workers: how many processes at most; started when there is work.
        memory: bytes for the whole tree of processes.
        work_dir: `run/work`: logs of workers in `logs/`, temporary files of attempts in `tmp/ATTEMPT/`.
        guards: time and memory for one document, and what follows.
        ops_files: the files of `--ops`, imported by each worker at its start.
    """

    def __init__(
        self,
        workers: int,
        memory: int,
        work_dir: str | Path,
        guards: Guards | None = None,
        ops_files: Sequence[str] = (),
    ) -> None:
        self.workers, self.memory, self.work = workers, memory, Path(work_dir)
        self.guards, self.ops_files = guards or Guards(), list(ops_files)
        self.budget = memories.budget(memory, workers).worker
        # One worker must not take what the whole tree may have.
        most = max(memories.WORKER_LEAST, memory - memories.DRIVER)
        self.limit = min(self.guards.memory or most, most)
        self.peak = 0
        self.deaths: list[dict[str, Any]] = []
        self._active = workers
        self._crew: list[WorkerProcess] = []
        self._leaving: list[WorkerProcess] = []
        self._started = self._start_deaths = self._since_oom = 0
        self._fresh: Iterator[Job] = iter(())
        self._again: deque[Job] = deque()
        self._ready: deque[tuple[int, Summary]] = deque()
        self._next: Job | None = None
        self._full_since: float | None = None
        self._looked = self._weighed = 0.0
        self._stop_at: float | None = None
        self._on_progress: OnProgress | None = None

    def __enter__(self) -> Pool:
        self.work.mkdir(parents=True, exist_ok=True)
        self._selector = selectors.DefaultSelector()
        self._interrupts = Interrupts()
        self._interrupts.install()
        self._selector.register(self._interrupts.descriptor, selectors.EVENT_READ, None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._close()
        finally:
            self._interrupts.restore()
            self._selector.close()

    def check(self) -> None:
        """Raise `Interrupted` where someone has asked to stop; for long work in the driver between two runs."""
        self._interrupts.check()

    def run(
        self, tasks: Sequence[Spec], on_progress: OnProgress | None = None
    ) -> Iterator[tuple[int, Summary]]:
        """Run tasks; yields (index in `tasks`, summary) as each is done, in no order.

        A task is JSON with `kind` (see `tasks.KINDS`); the pool adds `attempt` (8 hex digits) and, after deaths,
        `poison` = {row: [kind, message, signal or None, step]} (these rows go to failed/ unprocessed),
        `only_row` with `discard` (a probe: process this row only, write nothing), `single` = [first, end] (rows of
        this range one by one) and `batch_bytes` (smaller batches).

        `on_progress(index, {"bytes", "rows", "failed"})` gets a task's totals so far, also when a document was
        quarantined; what it raises ends the run.

        Raises:
            TamisError: what a task raised, of the same class.
            RunFailed: a task that cannot be finished, a worker that cannot be started, a full disk.
            Interrupted: see above.
        """
        self.check()
        self._on_progress = on_progress
        self._fresh = (Job(index, spec, self.guards) for index, spec in enumerate(tasks))
        self._next = None
        try:
            while self._dispatch():
                self._wait()
                while self._ready:
                    self._dispatch()
                    yield self._ready.popleft()
            if self._interrupts.count:
                raise Interrupted(_("stopped; the same command continues"))
        finally:
            self._abandon()

    # What runs next ------------------------------------------------------------------------------------------------

    def _dispatch(self) -> bool:
        """Give work to idle workers; False when all is done, or stopped and quiet."""
        busy = self._busy()
        if self._interrupts.count:
            return self._winding_down(busy)
        idle = [worker for worker in self._crew if worker.ready and worker.job is None]
        while idle and len(busy) < self._active and (job := self._take(busy)) is not None:
            worker = idle.pop()
            worker.give(job, secrets.token_hex(4))
            busy.append(worker)
        starting = sum(not worker.ready for worker in self._crew)
        while self._more() and len(self._crew) < self._active and not idle and starting < self._wanted(busy):
            self._start_worker()
            starting += 1
        return bool(busy) or self._more()

    def _wanted(self, busy: list[WorkerProcess]) -> int:
        """How many workers are worth starting now; one job is surely there, more cannot be known for an iterator."""
        if self._next is not None and self._next.exclusive:
            return 1 if not self._crew else 0
        return self._active - len(busy)

    def _more(self) -> bool:
        if self._next is None:
            self._next = self._again.popleft() if self._again else next(self._fresh, None)
        return self._next is not None

    def _take(self, busy: list[WorkerProcess]) -> Job | None:
        """The next job that may start now."""
        if not self._more() or any(worker.job is not None and worker.job.exclusive for worker in busy):
            return None
        job = self._next
        if job is None or (job.exclusive and busy) or job.not_before > time.monotonic():
            return None
        self._next = None
        return job

    def _put_back(self, job: Job) -> None:
        self._again.append(job)

    def _winding_down(self, busy: list[WorkerProcess]) -> bool:
        now = time.monotonic()
        if self._stop_at is None:
            self._stop_at = now + self.guards.grace
        if self._interrupts.count > 1 or now >= self._stop_at:
            return False
        return bool(busy)

    # What happens --------------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        """One turn of the loop: messages, ends of pipes, and every 50 ms a look at each worker."""
        self._interrupts.waiting = True
        try:
            events = self._selector.select(TICK)
        finally:
            self._interrupts.waiting = False
        for key, _mask in events:
            if key.data is None:
                self._interrupts.drain()
            else:
                self._hear(key.data)
        now = time.monotonic()
        if now - self._looked >= TICK:
            self._looked = now
            self._look()

    def _hear(self, worker: WorkerProcess) -> None:
        for message in worker.inbox.take():
            if "ready" in message:
                worker.ready = True
                self._start_deaths = 0
            elif "progress" in message:
                self._tell(worker.job, message["progress"])
            elif worker.job is not None and message["attempt"] == worker.attempt:
                job = worker.job
                worker.free()
                self._answered(job, message, worker)
                if worker.worn(self.budget):
                    self._retire(worker)
        if not worker.inbox.open and worker in self._crew:
            self._buried(worker)

    def _answered(self, job: Job, message: dict[str, Any], worker: WorkerProcess) -> None:
        if "error" in message:
            self._failed(job, message["error"], worker)
            return
        self._full_since = None
        self._since_oom += 1
        if self._since_oom >= RECOVER_AFTER and self._active < self.workers:
            self._active, self._since_oom = self._active + 1, 0
        if job.finished():
            self._ready.append((job.index, message["done"]))
        else:
            self._put_back(job)

    def _failed(self, job: Job, error: dict[str, Any], worker: WorkerProcess) -> None:
        """A task that raised: most end the run; for space on the disk one can wait."""
        if "tamis" in error:
            kind = getattr(errors, error["tamis"], RunFailed)
            raise kind(*error["args"]) if issubclass(kind, TamisError) else RunFailed(*error["args"])
        if memories.is_disk_full(OSError(error["errno"] or 0, "")):
            now = time.monotonic()
            self._full_since = self._full_since or now
            if now - self._full_since > self.guards.disk_wait:
                raise memories.disk_full(
                    error["file"] or self.work, int(job.spec.get("disk", 0)) or memories.MB
                )
            job.not_before = now + 1.0
            self._put_back(job)
            return
        if error["type"] == "MemoryError":
            self._mourn(job, Death("oom", worker.crumb.read(), error["message"], None, error["type"]), worker)
            return
        what = _("task {index} ({kind}): {error}: {message}")
        names = {
            "index": job.index,
            "kind": job.spec["kind"],
            "error": error["type"],
            "message": error["message"],
        }
        failure = RunFailed(str(self.work.parent), what.format(**names), _("with --debug: where in the code"))
        failure.add_note(error["traceback"])
        raise failure

    def _look(self) -> None:
        """Guards: kill what has had too much; notice who is gone without a word."""
        for worker in list(self._crew):
            if worker.job is not None:
                if worker.crumb.overdue(self.guards.seconds):
                    worker.kill("timeout")
                elif memories.anonymous(worker.pid) > self.limit:
                    worker.kill("memory")
            elif not worker.ready and time.monotonic() - worker.born > START_SECONDS:
                worker.kill("timeout")
            if worker.process.poll() is not None:
                self._hear(worker)
                if worker in self._crew:
                    self._buried(worker)
        for worker in list(self._leaving):
            if worker.process.poll() is not None:
                self._leaving.remove(worker)
                worker.reap(0)
        now = time.monotonic()
        if now - self._weighed >= PRESSURE_EVERY:
            self._weighed = now
            self._weigh()

    def _weigh(self) -> None:
        """The sum of all: over `memory`, the largest of several busy workers ends and there is one less at a time."""
        import os

        self.peak = max(self.peak, memories.pss([os.getpid(), *(worker.pid for worker in self._crew)]))
        sizes = {worker.pid: memories.anonymous(worker.pid) for worker in self._crew}
        busy = self._busy()
        if len(busy) > 1 and sum(sizes.values()) + memories.anonymous(os.getpid()) > self.memory:
            max(busy, key=lambda worker: sizes[worker.pid]).kill("oom")

    def _buried(self, worker: WorkerProcess) -> None:
        """A worker is dead: bury it and see to its job."""
        self._selector.unregister(worker.inbox.descriptor)
        self._crew.remove(worker)
        seen = worker.crumb.read()
        status = worker.reap(1.0)
        if worker.job is None:
            if not worker.ready:
                self._start_death(worker, status)
            return
        oom = memories.oom_kills() > worker.oom_before
        self._mourn(worker.job, classify(status, worker.killed, seen, self.guards, oom), worker)

    def _mourn(self, job: Job, death: Death, worker: WorkerProcess) -> None:
        shutil.rmtree(self.work / "tmp" / worker.attempt, ignore_errors=True)
        (self.work / "died" / f"{worker.attempt}.json").unlink(missing_ok=True)
        poisoned = len(job.poison)
        self.deaths.append(
            {"task": job.index, "why": death.kind, "row": death.seen.exact, "probe": job.probe}
        )
        if death.kind == "oom":
            self._active, self._since_oom = max(1, self._active // 2), 0
        hopeless = job.died(death)
        if hopeless:
            where = _("task {index} ({kind})").format(index=job.index, kind=job.spec["kind"])
            raise RunFailed(where, hopeless, worker.log_tail())
        if len(job.poison) > poisoned:
            self._tell(job, {"failed": len(job.poison)})
        self._put_back(job)

    def _tell(self, job: Job | None, progress: dict[str, int]) -> None:
        if job is not None and job.probe is None and self._on_progress is not None:
            self._on_progress(job.index, progress)

    # Workers come and go -------------------------------------------------------------------------------------------

    def _busy(self) -> list[WorkerProcess]:
        return [worker for worker in self._crew if worker.job is not None]

    def _start_worker(self) -> None:
        worker = WorkerProcess(self.work, self._started, self.guards, self.limit, self.ops_files)
        self._started += 1
        self._crew.append(worker)
        self._selector.register(worker.inbox.descriptor, selectors.EVENT_READ, worker)

    def _start_death(self, worker: WorkerProcess, status: int) -> None:
        self._start_deaths += 1
        if self._start_deaths >= START_DEATHS:
            what = _("{count} workers ended before their first task (status {status})")
            tail = worker.log_tail() or _("their log is empty: {path}").format(path=worker.log)
            raise RunFailed(str(self.work.parent), what.format(count=self._start_deaths, status=status), tail)

    def _retire(self, worker: WorkerProcess) -> None:
        self._selector.unregister(worker.inbox.descriptor)
        self._crew.remove(worker)
        self._leaving.append(worker)
        worker.stop()

    def _abandon(self) -> None:
        """Leave no task running: whoever still has one is killed."""
        self._fresh, self._next = iter(()), None
        self._again.clear()
        self._ready.clear()
        for worker in self._busy():
            self._selector.unregister(worker.inbox.descriptor)
            self._crew.remove(worker)
            worker.kill()
            worker.reap(5.0)
            shutil.rmtree(self.work / "tmp" / worker.attempt, ignore_errors=True)

    def _close(self) -> None:
        self._abandon()
        crew, self._crew = self._crew + self._leaving, []
        self._leaving = []
        for worker in crew:
            worker.stop()
        deadline = time.monotonic() + 1.0
        for worker in crew:
            worker.reap(max(0.0, deadline - time.monotonic()))
