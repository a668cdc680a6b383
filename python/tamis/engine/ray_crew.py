"""Tasks on a Ray cluster, as hands of the scheduler: sent, waited for, cancelled.

`max_retries` is 0: what is run again, and how, is the scheduler's to decide, and Ray repeats a task that ran out of
memory without end.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tamis.engine import memory as memories
from tamis.engine import ray_node, store
from tamis.engine.guards import Death, Guards, Kind, Seen
from tamis.engine.hands import Answered, Died, Event, Hand
from tamis.engine.index import manifest_path
from tamis.engine.interrupt import Interrupts
from tamis.engine.ray_cluster import SILENT, Cluster, new_nonce
from tamis.engine.retry import Job
from tamis.engine.tasks import Spec
from tamis.errors import RunFailed
from tamis.messages import _

TICK = 0.25
"""Seconds between two looks for signals; an answer is heard at once."""
COUNT_EVERY = 5.0
CANCEL_SECONDS = 10.0

_NUMBER = {"rows": "shard", "ingest": "task", "corpus": "number"}
"""Which field of a spec is the number of its manifest."""

_NOTHING = Seen(None, None, None, 0, 0)


@dataclass(eq=False)
class Sent:
    """A task on its way."""

    job: Job | None
    attempt: str
    ref: Any


class RayCrew:
    """As many tasks at a time as the cluster has cores, or `workers`.

    Args:
        on: `ray` or `ray=HOST:PORT`.
        workers: tasks at a time at most; None: the cluster's cores, also those of nodes that come later.
        memory: bytes for all tasks together, None where that is open: then a task asks for 600 MiB.
        work: `run/work`.
        guards, ops_files: as for the local pool.

    Raises:
        RunError: no such cluster, or one that cannot do this.
    """

    def __init__(
        self,
        on: str,
        workers: int | None,
        memory: int | None,
        work: Path,
        guards: Guards,
        ops_files: Sequence[str],
    ) -> None:
        self.out = Path(os.path.abspath(work)).parent
        self.guards, self.ops_files = guards, list(ops_files)
        self.cluster = Cluster(on)
        self._ray = self.cluster.ray
        self._wanted, self._given = workers, memory
        cores = self._cores()
        shared = memories.budget(memory or cores * memories.WORKER_MOST + memories.DRIVER, cores)
        self.workers = self.active = shared.workers
        self.memory, self.asked, self.note = shared.memory, shared.worker, shared.note
        self.peak = 0
        self._sent: dict[Any, Sent] = {}
        self._counted = time.monotonic()
        self._settings: dict[str, Any] = {}
        self._task: Any = None

    def begin(self, interrupts: Interrupts) -> None:
        """See that the cluster can do the work.

        Raises:
            RunError: it cannot, and which node it is.
        """
        self.cluster.check_room(self.asked)
        nonce = new_nonce(self.out)
        self.cluster.check_nodes(self.out, nonce)
        guards = {**asdict(self.guards), "until": None}
        self._settings = {
            "out": str(self.out),
            "nonce": nonce,
            "versions": ray_node.versions(),
            "cwd": os.getcwd(),
            "memory": self._given,
            "guards": guards,
            "ops_files": [os.path.abspath(file) for file in self.ops_files],
            "fsync": store.fsync_enabled(),
        }
        remote = self._ray.remote(num_cpus=1, max_retries=0)(ray_node.run_task)
        self._task = remote.options(memory=self.asked)

    def busy(self) -> Sequence[Hand]:
        """The tasks that were sent."""
        return list(self._sent.values())

    def free(self) -> bool:
        """A task can always be sent; how many at a time is the scheduler's to count."""
        return True

    def give(self, job: Job, attempt: str) -> None:
        """Send a task."""
        ref = self._task.remote(self._settings, job.index, job.next_spec(attempt))
        self._sent[ref] = Sent(job, attempt, ref)

    def hire(self, waiting: int) -> None:
        """Count the cores again: nodes come and go."""
        now = time.monotonic()
        if (
            self._wanted is not None
            or now - self._counted < COUNT_EVERY
            or self.cluster.watch.silence > SILENT
        ):
            return
        self._counted = now
        cores = self._cores()
        if self._given:
            cores = max(1, min(cores, (self._given - memories.DRIVER) // self.asked))
        # Fewer at a time after the memory ran short stay fewer.
        self.active = cores if self.active == self.workers else min(self.active, cores)
        self.workers = cores

    def _cores(self) -> int:
        return self._wanted or max(1, self.cluster.cores())

    def turn(self) -> Iterator[Event]:
        """Wait a moment for tasks to end.

        Raises:
            RunFailed: the cluster's control store is gone, without which Ray ends this process a little later.
        """
        self.cluster.watch.check()
        waiting = list(self._sent)
        if not waiting:
            time.sleep(TICK)
            return
        ended, _others = self._ray.wait(waiting, num_returns=1, timeout=TICK)
        if ended:
            ended, _others = self._ray.wait(waiting, num_returns=len(waiting), timeout=0)
        for ref in ended:
            sent = self._sent.pop(ref)
            if sent.job is not None:
                yield self._ended(sent.job, sent.attempt, ref)

    def _ended(self, job: Job, attempt: str, ref: Any) -> Event:
        """What a task has answered, or how it died."""
        raised = self._ray.exceptions
        try:
            message = self._ray.get(ref)
        except raised.OutOfMemoryError as error:
            return Died(job, attempt, _death("oom", error))
        except (raised.RayTaskError, raised.RuntimeEnvSetupError, raised.TaskUnschedulableError) as error:
            where = _("task {index} ({kind})").format(index=job.index, kind=job.spec["kind"])
            failure = RunFailed(where, _first_line(error), _("with --debug: where in the code"))
            failure.add_note(str(error))
            raise failure from None
        except raised.RayError as error:
            # The node or Ray's process on it: nobody's document is to blame.
            self.cluster.check_own_node()
            return Died(job, attempt, _death("lost", error))
        if "done" in message:
            _await_manifest(job.spec)
        return Answered(job, message)

    def drop(self, hands: Sequence[Hand]) -> None:
        """Cancel these, and wait until they are gone."""
        refs = [ref for ref, sent in self._sent.items() if sent in hands]
        for ref in refs:
            with contextlib.suppress(self._ray.exceptions.RayError, ValueError):
                self._ray.cancel(ref, force=True)
            self._sent.pop(ref)
        if refs:
            with contextlib.suppress(self._ray.exceptions.RayError):
                self._ray.wait(refs, num_returns=len(refs), timeout=CANCEL_SECONDS)

    def dismiss(self) -> None:
        """Idle processes of the cluster are Ray's own affair."""

    def close(self) -> None:
        """Cancel what runs, and leave the cluster."""
        try:
            self.drop(list(self._sent.values()))
            store.remove_tree(self.out / ray_node.FOLDER)
        finally:
            self.cluster.close()


def _death(kind: Kind, error: BaseException) -> Death:
    return Death(kind, _NOTHING, _first_line(error), None, _first_line(error))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _await_manifest(spec: Spec) -> None:
    """A task that is done has committed; wait until this machine sees it too."""
    key = spec.get("decided") or spec.get("key")
    if key is None or spec["kind"] not in _NUMBER:
        return
    path = manifest_path(Path(spec["run"]), spec["phase"], spec[_NUMBER[spec["kind"]]])
    deadline = time.monotonic() + ray_node.SHOWN_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if key.encode() in store.read(path):
                return
        time.sleep(TICK)
