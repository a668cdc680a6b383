"""The pool on a Ray cluster: the scheduler of the local one, with tasks of Ray in place of workers of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tamis.engine.guards import Guards
from tamis.engine.ray_crew import RayCrew
from tamis.engine.scheduler import Scheduler


class RayPool(Scheduler):
    """Tasks on the nodes of a Ray cluster, of which this machine is one; see `ray_node` for what happens there.

    Args:
        on: `ray` (the cluster of RAY_ADDRESS) or `ray=HOST:PORT`.
        workers: tasks at a time at most; None: the cluster's cores.
        memory: bytes for all tasks together; None: open.
        work_dir: `run/work`, on a path that all nodes see.
        guards: time and memory for one document, and what follows.
        ops_files: the files of `--ops`, on such a path too.

    Raises:
        RunError: no such cluster; and, on entering, one whose nodes cannot do the work.
    """

    def __init__(
        self,
        on: str,
        workers: int | None,
        memory: int | None,
        work_dir: str | Path,
        guards: Guards | None = None,
        ops_files: Sequence[str] = (),
    ) -> None:
        guards = guards or Guards()
        crew = RayCrew(on, workers, memory, Path(work_dir), guards, ops_files)
        self.note = crew.note
        """What had to give where the memory does not hold so many tasks; else empty."""
        super().__init__(crew, work_dir, guards)
