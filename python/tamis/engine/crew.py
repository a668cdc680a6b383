"""The worker processes of a pool: started, looked at, weighed, buried."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tamis.engine import memory as memories
from tamis.engine.guards import Guards, TooLong, classify
from tamis.engine.hands import Answered, Died, Event, Hand, Told
from tamis.engine.interrupt import Interrupts
from tamis.engine.process import WorkerProcess
from tamis.engine.retry import Job
from tamis.errors import RunFailed
from tamis.messages import _

TICK = 0.05
WEIGH_EVERY = 0.5

START_DEATHS = 3
START_SECONDS = 120.0


class Crew:
    """All workers that live, and how many may work at a time.

    `memory` bytes are for the tree; `active` is how many workers may be busy, fewer after the memory ran short.
    """

    def __init__(
        self, workers: int, memory: int, work: Path, guards: Guards, ops_files: Sequence[str]
    ) -> None:
        self.workers, self.memory, self.work = workers, memory, work
        self.guards, self.ops_files = guards, list(ops_files)
        self.budget = memories.budget(memory, workers).worker
        # One worker must not take what the whole tree may have.
        most = max(memories.WORKER_LEAST, memory - memories.DRIVER)
        self.limit = min(guards.memory or most, most)
        self.active = workers
        self.peak = 0
        self.selector = selectors.DefaultSelector()
        self.alive: list[WorkerProcess] = []
        self._leaving: list[WorkerProcess] = []
        self._started = self._start_deaths = 0
        self._oom_kills = memories.oom_kills()
        # What the program around us held before is not ours.
        self._driver = memories.anonymous(os.getpid())
        self._looked = self._weighed = 0.0
        self._interrupts: Interrupts | None = None

    # What the scheduler asks ---------------------------------------------------------------------------------------

    def begin(self, interrupts: Interrupts) -> None:
        """Get ready; `turn` returns early when a signal comes."""
        self._interrupts = interrupts
        self.selector.register(interrupts.descriptor, selectors.EVENT_READ, None)

    def busy(self) -> list[WorkerProcess]:
        """Workers that have a job."""
        return [worker for worker in self.alive if worker.job is not None]

    def free(self) -> bool:
        """Whether a worker waits for a job."""
        return bool(self._idle())

    def give(self, job: Job, attempt: str) -> None:
        """Hand a job to a worker that waits for one."""
        self._idle()[-1].give(job, attempt)

    def hire(self, waiting: int) -> None:
        """Start as many workers as could work now."""
        starting = sum(not worker.ready for worker in self.alive)
        useful = min(waiting, self.active - len(self.busy())) - len(self._idle()) - starting
        for _number in range(useful):
            self._start()

    def turn(self) -> Iterator[Event]:
        """Messages, ends of pipes, and every 50 ms a look at each worker.

        Raises:
            TooLong: `guards.until` has come.
        """
        for key, _mask in self.selector.select(TICK):
            if key.data is None and self._interrupts is not None:
                self._interrupts.drain()
            elif key.data in self.alive:
                yield from self._hear(key.data)
        now = time.monotonic()
        if self.guards.until is not None and now >= self.guards.until:
            seen = [worker.crumb.read() for worker in self.busy()]
            raise TooLong(next((one for one in seen if one.first is not None), None))
        if now - self._looked >= TICK:
            self._looked = now
            for worker in self._ended():
                # Its last words may be a result.
                yield from self._hear(worker)
                if worker in self.alive:
                    yield from self._buried(worker)
        if now - self._weighed >= WEIGH_EVERY:
            self._weighed = now
            self._weigh()

    def drop(self, hands: Sequence[Hand]) -> None:
        """Kill these."""
        for worker in [worker for worker in self.alive if worker in hands]:
            worker.kill()
            self._bury(worker)

    def dismiss(self) -> None:
        """Let the idle end."""
        for worker in self._idle():
            self._retire(worker)

    # What becomes of a worker --------------------------------------------------------------------------------------

    def _idle(self) -> list[WorkerProcess]:
        return [worker for worker in self.alive if worker.ready and worker.job is None]

    def _hear(self, worker: WorkerProcess) -> Iterator[Event]:
        for message in worker.inbox.take():
            job = worker.job
            if "ready" in message:
                worker.ready = True
                self._start_deaths = 0
            elif job is None:
                continue
            elif "progress" in message:
                yield Told(job, message["progress"])
            elif message["attempt"] == worker.attempt:
                worker.free()
                yield Answered(job, message)
        if not worker.inbox.open:
            yield from self._buried(worker)
        elif worker.job is None and worker.ready and worker.worn(self.budget):
            self._retire(worker)

    def _buried(self, worker: WorkerProcess) -> Iterator[Event]:
        """A worker is dead: bury it, and say what became of its job."""
        seen = worker.crumb.read()
        status = self._bury(worker)
        if worker.job is not None:
            oom = status == -signal.SIGKILL and self._oom_rose()
            death = classify(status, worker.killed, seen, self.guards, self.limit, oom)
            yield Died(worker.job, worker.attempt, death, worker.log_tail())
        elif not worker.ready:
            self._start_failed(worker, status)

    def _start(self) -> None:
        """One more worker; it is idle once it says so."""
        try:
            worker = WorkerProcess(self.work, self._started, self.guards, self.limit, self.ops_files)
        except OSError as error:
            if memories.is_disk_full(error):
                raise memories.disk_full(self.work, memories.MB) from error
            raise
        self._started += 1
        self.alive.append(worker)
        self.selector.register(worker.inbox.descriptor, selectors.EVENT_READ, worker)

    def _ended(self) -> Iterator[WorkerProcess]:
        """Look at all: kill what has had too much time or memory; yields those that are gone."""
        for worker in list(self.alive):
            if worker.job is not None:
                if worker.crumb.overdue(self.guards.seconds, memories.processor(worker.pid)):
                    worker.kill("timeout")
                elif memories.anonymous(worker.pid) > self.limit:
                    worker.kill("memory")
            elif not worker.ready and time.monotonic() - worker.born > START_SECONDS:
                worker.kill("timeout")
            if worker.gone():
                yield worker
        for worker in [worker for worker in self._leaving if worker.gone()]:
            self._leaving.remove(worker)
            worker.reap(0)

    def _weigh(self) -> None:
        """The sum of all: above `memory`, the largest of several busy workers is killed."""
        self.peak = max(self.peak, memories.pss([os.getpid(), *(worker.pid for worker in self.alive)]))
        sizes = {worker.pid: memories.anonymous(worker.pid) for worker in self.alive}
        driver = memories.anonymous(os.getpid()) - max(0, self._driver - memories.DRIVER)
        busy = self.busy()
        if len(busy) > 1 and sum(sizes.values()) + driver > self.memory:
            max(busy, key=lambda worker: sizes[worker.pid]).kill("oom")

    def _oom_rose(self) -> bool:
        """Whether the kernel has killed for memory since the last time that this was asked."""
        before, self._oom_kills = self._oom_kills, memories.oom_kills()
        return self._oom_kills > before

    def _bury(self, worker: WorkerProcess, patience: float = 1.0) -> int:
        """Take leave of a worker that is dead, or will be after `patience` seconds; its status."""
        self.selector.unregister(worker.inbox.descriptor)
        self.alive.remove(worker)
        return worker.reap(patience)

    def _start_failed(self, worker: WorkerProcess, status: int) -> None:
        """A worker died before it was ready.

        Raises:
            RunFailed: the third in a row: it is not one document's fault but this machine's.
        """
        self._start_deaths += 1
        if self._start_deaths >= START_DEATHS:
            what = _("{count} workers ended before their first task (status {status})")
            tail = worker.log_tail() or _("their log is empty: {path}").format(path=worker.log)
            raise RunFailed(str(self.work.parent), what.format(count=self._start_deaths, status=status), tail)

    def _retire(self, worker: WorkerProcess) -> None:
        """Let an idle worker end."""
        self.selector.unregister(worker.inbox.descriptor)
        self.alive.remove(worker)
        self._leaving.append(worker)
        worker.stop()

    def close(self) -> None:
        """End all: the idle are asked, the others killed. No process is left after this."""
        everyone = self.alive + self._leaving
        self.alive, self._leaving = [], []
        for worker in everyone:
            if worker.ready and worker.job is None:
                worker.stop()
            else:
                worker.kill()
        deadline = time.monotonic() + 1.0
        for worker in everyone:
            worker.reap(max(0.0, deadline - time.monotonic()))
        self.selector.close()
