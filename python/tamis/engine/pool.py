"""The local pool: worker processes and the supervisor that outlives their deaths.

with Pool(workers=2, memory=2 << 30, work_dir=run / "work", guards=Guards()) as pool:
    for index, summary in pool.run(specs, on_progress=show):
        ...
"""

from __future__ import annotations

import secrets
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tamis import errors
from tamis.engine import memory as memories
from tamis.engine import store
from tamis.engine.crew import Crew
from tamis.engine.guards import Death, Guards, Seen, TooLong, classify
from tamis.engine.interrupt import Interrupts
from tamis.engine.process import WorkerProcess
from tamis.engine.retry import Job
from tamis.engine.tasks import Spec, Summary
from tamis.errors import RunFailed
from tamis.messages import _

TICK = 0.05
WEIGH_EVERY = 0.5
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
        self.work = Path(work_dir)
        self.guards = guards or Guards()
        # What happened, for the report and the tests: one entry a death.
        self.deaths: list[dict[str, Any]] = []
        self._crew = Crew(workers, memory, self.work, self.guards, ops_files)
        self._interrupts = Interrupts()
        self._fresh: Iterator[Job] = iter(())
        self._fresh_left = self._since_oom = 0
        self._again: deque[Job] = deque()
        self._ready: deque[tuple[int, Summary]] = deque()
        self._next: Job | None = None
        self._full_since: float | None = None
        self._stop_at: float | None = None
        self._looked = self._weighed = 0.0
        self._on_progress: OnProgress | None = None

    def __enter__(self) -> Pool:
        store.make_folder(self.work)
        self._interrupts.install()
        self._crew.selector.register(self._interrupts.descriptor, selectors.EVENT_READ, None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._interrupts.quiet = True
        try:
            self._crew.close()
        finally:
            self._interrupts.restore()

    def dismiss(self) -> None:
        """Let the idle workers end, and their memory with them; a later task starts new ones."""
        for worker in self._crew.idle():
            self._crew.retire(worker)

    @property
    def peak(self) -> int:
        """The most bytes (PSS of supervisor and workers) seen at once; looked at every half second."""
        return self._crew.peak

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
        this range one by one), `batch_bytes` (smaller batches) and `retries` (what happened, for the manifest).

        `on_progress(index, {"bytes", "rows", "kept", "failed"})` gets a task's totals so far, also when a document was
        quarantined; what it raises ends the run.

        Raises:
            TamisError: what a task raised, of the same class.
            RunFailed: a task that cannot be finished, a worker that cannot be started, a full disk.
            TooLong: `guards.until` has come.
            Interrupted: see above.
        """
        self.check()
        self._on_progress = on_progress
        self._fresh = (Job(index, spec, self.guards) for index, spec in enumerate(tasks))
        self._fresh_left, self._next, self._full_since = len(tasks), None, None
        self._interrupts.quiet = True
        try:
            while self._dispatch():
                self._turn()
                while self._ready:
                    self._dispatch()
                    self._interrupts.quiet = False
                    yield self._ready.popleft()
                    self._interrupts.quiet = True
            self.check()
        finally:
            self._interrupts.quiet = True
            self._abandon()
            self._interrupts.quiet = False

    # What runs next ------------------------------------------------------------------------------------------------

    def _dispatch(self) -> bool:
        """Give work to idle workers; False when all is done, or stopped and quiet."""
        busy = self._crew.busy()
        if self._interrupts.count:
            return self._winding_down(busy)
        idle = self._crew.idle()
        while idle and len(busy) < self._crew.active and (job := self._take(busy)) is not None:
            worker = idle.pop()
            worker.give(job, secrets.token_hex(4))
            busy.append(worker)
        waiting = self._waiting()
        useful = min(waiting, self._crew.active - len(busy)) - len(idle) - self._crew.starting()
        for _number in range(useful):
            self._crew.start()
        return bool(busy) or waiting > 0

    def _waiting(self) -> int:
        """How many jobs have no worker yet."""
        return self._fresh_left + len(self._again) + (self._next is not None)

    def _take(self, busy: list[WorkerProcess]) -> Job | None:
        """The next job, where it may start now: again before fresh, and an exclusive one only alone."""
        if self._next is None:
            if self._again:
                self._next = self._again.popleft()
            elif (job := next(self._fresh, None)) is not None:
                self._next, self._fresh_left = job, self._fresh_left - 1
        job = self._next
        if job is None or job.not_before > time.monotonic():
            return None
        if busy and (job.exclusive or any(worker.job and worker.job.exclusive for worker in busy)):
            return None
        self._next = None
        return job

    def _winding_down(self, busy: list[WorkerProcess]) -> bool:
        now = time.monotonic()
        if self._stop_at is None:
            self._stop_at = now + self.guards.grace
        if self._interrupts.count > 1 or now >= self._stop_at:
            return False
        return bool(busy)

    # What happens --------------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        """One turn of the loop: messages, ends of pipes, and every 50 ms a look at each worker."""
        for key, _mask in self._crew.selector.select(TICK):
            if key.data is None:
                self._interrupts.drain()
            elif key.data in self._crew.alive:
                self._hear(key.data)
        now = time.monotonic()
        if self.guards.until is not None and now >= self.guards.until:
            seen = [worker.crumb.read() for worker in self._crew.busy()]
            raise TooLong(next((one for one in seen if one.first is not None), None))
        if now - self._looked >= TICK:
            self._looked = now
            for worker in self._crew.ended():
                # Its last words may be a result.
                self._hear(worker)
                if worker in self._crew.alive:
                    self._buried(worker)
        if now - self._weighed >= WEIGH_EVERY:
            self._weighed = now
            self._crew.weigh()

    def _hear(self, worker: WorkerProcess) -> None:
        for message in worker.inbox.take():
            if "ready" in message:
                self._crew.greeted(worker)
            elif "progress" in message:
                self._tell(worker.job, message["progress"])
            elif worker.job is not None and message["attempt"] == worker.attempt:
                job = worker.job
                worker.free()
                self._answered(job, message, worker)
        if not worker.inbox.open:
            self._buried(worker)
        elif worker.job is None and worker.ready and worker.worn(self._crew.budget):
            self._crew.retire(worker)

    def _answered(self, job: Job, message: dict[str, Any], worker: WorkerProcess) -> None:
        if "error" in message:
            self._failed(job, message["error"], worker)
            return
        self._full_since = None
        self._since_oom += 1
        if self._since_oom >= RECOVER_AFTER and self._crew.active < self._crew.workers:
            self._crew.active, self._since_oom = self._crew.active + 1, 0
        if job.finished():
            self._ready.append((job.index, message["done"]))
        else:
            self._again.append(job)

    def _failed(self, job: Job, error: dict[str, Any], worker: WorkerProcess) -> None:
        """A task that raised: most end the run; for space on the disk one can wait."""
        if "tamis" in error:
            kind = getattr(errors, error["tamis"], RunFailed)
            raise kind(*error["args"])
        if memories.is_disk_full(OSError(error["errno"] or 0, "")):
            self._wait_for_space(job, error)
        elif error["type"] == "MemoryError":
            nothing = Seen(None, None, None, 0, 0)
            self._mourn(job, Death("oom", nothing, error["message"], None, error["type"]), worker)
        else:
            what = _("task {index} ({kind}): {error}: {message}")
            names = {"index": job.index, "kind": job.spec["kind"], "error": error["type"]}
            hint = _("with --debug: where in the code")
            failure = RunFailed(str(self.work.parent), what.format(message=error["message"], **names), hint)
            failure.add_note(error["traceback"])
            raise failure

    def _wait_for_space(self, job: Job, error: dict[str, Any]) -> None:
        now = time.monotonic()
        self._full_since = self._full_since or now
        if now - self._full_since >= self.guards.disk_wait:
            raise memories.disk_full(error["file"] or self.work, job.spec.get("disk", memories.MB))
        job.not_before = now + min(1.0, self.guards.disk_wait / 4)
        self._again.append(job)

    def _buried(self, worker: WorkerProcess) -> None:
        """A worker is dead: bury it and see to its job."""
        seen = worker.crumb.read()
        status = self._crew.bury(worker)
        if worker.job is not None:
            oom = status == -signal.SIGKILL and self._crew.oom_rose()
            death = classify(status, worker.killed, seen, self.guards, self._crew.limit, oom)
            self._mourn(worker.job, death, worker)
        elif not worker.ready:
            self._crew.start_failed(worker, status)

    def _mourn(self, job: Job, death: Death, worker: WorkerProcess) -> None:
        self._clean(worker)
        poisoned = len(job.poison)
        self.deaths.append(
            {"task": job.index, "why": death.kind, "row": death.seen.exact, "probe": job.probe}
        )
        if death.kind == "oom":
            self._crew.active, self._since_oom = max(1, self._crew.active // 2), 0
        hopeless = job.died(death)
        if hopeless:
            where = _("task {index} ({kind})").format(index=job.index, kind=job.spec["kind"])
            raise RunFailed(where, hopeless, worker.log_tail())
        if len(job.poison) > poisoned:
            self._tell(job, {"failed": len(job.poison)})
        self._again.append(job)

    def _tell(self, job: Job | None, progress: dict[str, int]) -> None:
        if job is not None and job.probe is None and self._on_progress is not None:
            self._on_progress(job.index, progress)

    def _clean(self, worker: WorkerProcess) -> None:
        if not worker.attempt:
            return
        store.remove_tree(self.work / "tmp" / worker.attempt)
        store.remove(self.work / "died" / f"{worker.attempt}.json")

    def _abandon(self) -> None:
        """Leave no task running: whoever still has one is killed."""
        self._fresh, self._fresh_left, self._next = iter(()), 0, None
        self._again.clear()
        self._ready.clear()
        for worker in self._crew.busy():
            worker.kill()
            self._crew.bury(worker)
            self._clean(worker)
