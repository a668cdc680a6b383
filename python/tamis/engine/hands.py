"""Who does the work of a pool: what the scheduler asks of them, and what they tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tamis.engine.guards import Death
from tamis.engine.interrupt import Interrupts
from tamis.engine.retry import Job


class Hand(Protocol):
    """One that has a job, or could have one."""

    job: Job | None
    attempt: str


@dataclass(frozen=True)
class Told:
    """How far a job is: totals so far."""

    job: Job
    progress: dict[str, int]


@dataclass(frozen=True)
class Answered:
    """An attempt has ended with an answer: `{"done": summary}` or `{"error": ...}`, as the worker sends it."""

    job: Job
    message: dict[str, Any]


@dataclass(frozen=True)
class Died:
    """An attempt has ended without one. `tail`: the last lines that were written there."""

    job: Job
    attempt: str
    death: Death
    tail: str = ""


Event = Told | Answered | Died


class Hands(Protocol):
    """Workers of this machine (`crew.Crew`) or of a cluster (`ray_crew.RayCrew`).

    `workers` is how many may work at a time, `active` how many may now: fewer after the memory ran short. `memory` is
    the bytes that all may have together, `peak` the most that they were seen to have, 0 where nobody looked.
    """

    workers: int
    active: int
    memory: int
    peak: int

    def begin(self, interrupts: Interrupts) -> None:
        """Get ready; `turn` returns early when a signal comes."""

    def busy(self) -> Sequence[Hand]:
        """Those that have a job."""

    def free(self) -> bool:
        """Whether one could take a job now."""

    def give(self, job: Job, attempt: str) -> None:
        """Hand a job to one that is free."""

    def hire(self, waiting: int) -> None:
        """So many jobs still wait: have more hands, where that helps."""

    def turn(self) -> Iterator[Event]:
        """Wait a moment; what has happened meanwhile."""

    def drop(self, hands: Sequence[Hand]) -> None:
        """End these and what they are doing."""

    def dismiss(self) -> None:
        """Let those without a job go."""

    def close(self) -> None:
        """End all."""
