"""Which task runs next, and what follows from each answer and each death; on this machine or on a cluster."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tamis import errors
from tamis.engine import memory as memories
from tamis.engine import store
from tamis.engine.guards import Death, Guards, Seen
from tamis.engine.hands import Answered, Died, Event, Hand, Hands, Told
from tamis.engine.interrupt import Interrupts
from tamis.engine.retry import Job
from tamis.engine.tasks import Spec, Summary
from tamis.errors import RunFailed
from tamis.messages import _

RECOVER_AFTER = 10

OnProgress = Callable[[int, dict[str, int]], None]


class Scheduler:
    """Runs tasks by some hands; a context manager, to be entered from the main thread.

    Ctrl-C or SIGTERM once: nothing more is started, running tasks may commit for `guards.grace` seconds; twice: all
    are ended. Then `Interrupted` is raised.

    Args:
        hands: who works.
        work_dir: `run/work`: logs of workers in `logs/`, temporary files of attempts in `tmp/ATTEMPT/`.
        guards: time and memory for one document, and what follows.
        signals: whether Ctrl-C and SIGTERM are ours to handle.
    """

    def __init__(self, hands: Hands, work_dir: str | Path, guards: Guards, *, signals: bool = True) -> None:
        self.work = Path(work_dir)
        self.guards = guards
        # What happened, for the report and the tests: one entry a death.
        self.deaths: list[dict[str, Any]] = []
        self._hands = hands
        self._interrupts = Interrupts(signals)
        self._fresh: Iterator[Job] = iter(())
        self._fresh_left = self._since_oom = 0
        self._again: deque[Job] = deque()
        self._ready: deque[tuple[int, Summary]] = deque()
        self._next: Job | None = None
        self._full_since: float | None = None
        self._stop_at: float | None = None
        self._on_progress: OnProgress | None = None

    def __enter__(self) -> Self:
        store.make_folder(self.work)
        store.keep_copies_in(self.work / "copies")
        self._interrupts.install()
        try:
            self._hands.begin(self._interrupts)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._interrupts.quiet = True
        try:
            self._hands.close()
        finally:
            self._interrupts.restore()
            store.keep_copies_in(None)

    def dismiss(self) -> None:
        """Let the idle workers end, and their memory with them; a later task starts new ones."""
        self._hands.dismiss()

    @property
    def workers(self) -> int:
        """How many tasks may run at a time."""
        return self._hands.workers

    @property
    def memory(self) -> int:
        """Bytes that all workers may have together."""
        return self._hands.memory

    @property
    def peak(self) -> int:
        """The most bytes (PSS of supervisor and workers) seen at once; looked at every half second."""
        return self._hands.peak

    def check(self) -> None:
        """Raise `Interrupted` where someone has asked to stop; for long work in the driver between two runs."""
        self._interrupts.check()

    def run(
        self, tasks: Sequence[Spec], on_progress: OnProgress | None = None, *, first: int = 0
    ) -> Iterator[tuple[int, Summary]]:
        """Run tasks; yields (index in `tasks`, summary) as each is done, in no order.

        A task is JSON with `kind` (see `tasks.KINDS`); the pool adds `attempt` (8 hex digits) and, after deaths,
        `poison` = {row: [kind, message, signal or None, step]} (these rows go to failed/ unprocessed),
        `only_row` with `discard` (a probe: process this row only, write nothing), `single` = [first, end] (rows of
        this range one by one), `batch_bytes` (smaller batches) and `retries` (what happened, for the manifest).

        `on_progress(index, {"bytes", "rows", "kept", "failed"})` gets a task's totals so far, also when a document was
        quarantined; what it raises ends the run. `first` is the index of the first task.

        Raises:
            TamisError: what a task raised, of the same class.
            RunFailed: a task that cannot be finished, a worker that cannot be started, a full disk.
            TooLong: `guards.until` has come.
            Interrupted: see above.
        """
        self.check()
        self._on_progress = on_progress
        self._fresh = (Job(index, spec, self.guards) for index, spec in enumerate(tasks, first))
        self._fresh_left, self._next, self._full_since = len(tasks), None, None
        self._interrupts.quiet = True
        try:
            while self._dispatch():
                for event in self._hands.turn():
                    self._heard(event)
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
        busy = list(self._hands.busy())
        if self._interrupts.count:
            return self._winding_down(busy)
        while len(busy) < self._hands.active and self._hands.free() and (job := self._take(busy)) is not None:
            self._hands.give(job, secrets.token_hex(4))
            busy = list(self._hands.busy())
        waiting = self._waiting()
        self._hands.hire(waiting)
        return bool(busy) or waiting > 0

    def _waiting(self) -> int:
        """How many jobs have no worker yet."""
        return self._fresh_left + len(self._again) + (self._next is not None)

    def _take(self, busy: list[Hand]) -> Job | None:
        """The next job, where it may start now: again before fresh, and an exclusive one only alone."""
        if self._next is None:
            if self._again:
                self._next = self._again.popleft()
            elif (job := next(self._fresh, None)) is not None:
                self._next, self._fresh_left = job, self._fresh_left - 1
        job = self._next
        if job is None or job.not_before > time.monotonic():
            return None
        if busy and (job.exclusive or any(hand.job and hand.job.exclusive for hand in busy)):
            return None
        self._next = None
        return job

    def _winding_down(self, busy: list[Hand]) -> bool:
        now = time.monotonic()
        if self._stop_at is None:
            self._stop_at = now + self.guards.grace
        if self._interrupts.count > 1 or now >= self._stop_at:
            return False
        return bool(busy)

    # What happens --------------------------------------------------------------------------------------------------

    def _heard(self, event: Event) -> None:
        if isinstance(event, Told):
            self._tell(event.job, event.progress)
        elif isinstance(event, Answered):
            self._answered(event.job, event.message)
        else:
            self._mourn(event)

    def _answered(self, job: Job, message: dict[str, Any]) -> None:
        if "error" in message:
            self._failed(job, message["error"])
            return
        self._full_since = None
        self._since_oom += 1
        if self._since_oom >= RECOVER_AFTER and self._hands.active < self._hands.workers:
            self._hands.active, self._since_oom = self._hands.active + 1, 0
        if job.finished():
            self._ready.append((job.index, message["done"]))
        else:
            self._again.append(job)

    def _failed(self, job: Job, error: dict[str, Any]) -> None:
        """A task that raised: most end the run; for space on the disk one can wait."""
        if "tamis" in error:
            kind = getattr(errors, error["tamis"], RunFailed)
            failure = kind(*error["args"])
            for note in error.get("notes", ()):
                failure.add_note(note)
            raise failure
        if memories.is_disk_full(OSError(error["errno"] or 0, "")):
            self._wait_for_space(job, error)
        elif error["type"] == "MemoryError":
            nothing = Seen(None, None, None, 0, 0)
            self._mourn(Died(job, "", Death("oom", nothing, error["message"], None, error["type"])))
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

    def _mourn(self, died: Died) -> None:
        """An attempt died: clean up after it and see to its job."""
        job, death = died.job, died.death
        self._clean(died.attempt)
        poisoned = len(job.poison)
        self.deaths.append(
            {"task": job.index, "why": death.kind, "row": death.seen.exact, "probe": job.probe}
        )
        if death.kind == "oom":
            self._hands.active, self._since_oom = max(1, self._hands.active // 2), 0
        hopeless = job.died(death)
        if hopeless:
            where = _("task {index} ({kind})").format(index=job.index, kind=job.spec["kind"])
            raise RunFailed(where, hopeless, died.tail)
        if len(job.poison) > poisoned:
            self._tell(job, {"failed": len(job.poison)})
        self._again.append(job)

    def _tell(self, job: Job, progress: dict[str, int]) -> None:
        if job.probe is None and self._on_progress is not None:
            self._on_progress(job.index, progress)

    def _clean(self, attempt: str) -> None:
        if not attempt:
            return
        store.remove_tree(self.work / "tmp" / attempt)
        store.remove(self.work / "died" / f"{attempt}.json")

    def _abandon(self) -> None:
        """Leave no task running: whoever still has one is ended."""
        self._fresh, self._fresh_left, self._next = iter(()), 0, None
        self._again.clear()
        self._ready.clear()
        busy = list(self._hands.busy())
        attempts = [hand.attempt for hand in busy]
        self._hands.drop(busy)
        for attempt in attempts:
            self._clean(attempt)
