"""How far a run is, summed over the tasks of a phase that run or are done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a run is: a phase's name, bytes done and planned, rows, kept and failed so far."""

    phase: str
    done: int
    total: int
    rows: int
    kept: int
    failed: int
    seconds: float


OnProgress = Callable[[Progress], None]
NOTHING_YET = {"bytes": 0, "rows": 0, "kept": 0, "failed": 0}


class Telling:
    """The tasks of one phase: `sizes` are their bytes, by their places in the list that the pool was given."""

    def __init__(self, label: str, sizes: Sequence[int], on_progress: OnProgress | None) -> None:
        self.label, self.sizes, self.on_progress = label, sizes, on_progress
        self._total = sum(sizes)
        self._running: dict[int, dict[str, int]] = {}
        # Sums, not the tasks that are done: of 100,000 each asks for them.
        self._done = dict(NOTHING_YET)
        self._started = time.monotonic()

    def part(self, index: int, numbers: Mapping[str, int]) -> None:
        """A task's totals so far."""
        self._running[index] = {**NOTHING_YET, **self._running.get(index, {}), **numbers}
        self.tell()

    def whole(self, index: int, counts: Mapping[str, int]) -> None:
        """A task is done."""
        self._running.pop(index, None)
        self._done["bytes"] += self.sizes[index]
        for name, count in (("rows", "in"), ("kept", "kept"), ("failed", "failed")):
            self._done[name] += counts[count]

    @property
    def failed(self) -> int:
        """Documents that failed so far."""
        return self._sum("failed")

    def tell(self) -> None:
        """Say how far it is to whoever asked for it."""
        if self.on_progress is None:
            return
        running = (min(one["bytes"], self.sizes[index]) for index, one in self._running.items())
        done = self._done["bytes"] + sum(running)
        sums = {name: self._sum(name) for name in ("rows", "kept", "failed")}
        seconds = time.monotonic() - self._started
        self.on_progress(Progress(self.label, done, self._total, **sums, seconds=seconds))

    def _sum(self, name: str) -> int:
        return self._done[name] + sum(one[name] for one in self._running.values())
