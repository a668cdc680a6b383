"""The local pool: worker processes and the supervisor that outlives their deaths.

with Pool(workers=2, memory=2 << 30, work_dir=run / "work", guards=Guards()) as pool:
    for index, summary in pool.run(specs, on_progress=show):
        ...
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tamis.engine.crew import Crew
from tamis.engine.guards import Guards
from tamis.engine.scheduler import Scheduler


class Pool(Scheduler):
    """Worker processes of this machine that run tasks. No process is left behind, however the block or this process ends.

    Args:
        workers: how many processes at most; started when there is work.
        memory: bytes for the whole tree of processes.
        work_dir: `run/work`: logs of workers in `logs/`, temporary files of attempts in `tmp/ATTEMPT/`.
        guards: time and memory for one document, and what follows.
        ops_files: the files of `--ops`, imported by each worker at its start.
        signals: whether Ctrl-C and SIGTERM are ours to handle.
    """

    def __init__(
        self,
        workers: int,
        memory: int,
        work_dir: str | Path,
        guards: Guards | None = None,
        ops_files: Sequence[str] = (),
        *,
        signals: bool = True,
    ) -> None:
        guards = guards or Guards()
        self._crew = Crew(workers, memory, Path(work_dir), guards, ops_files)
        super().__init__(self._crew, work_dir, guards, signals=signals)
