"""The driver of one part: its share of the earliest row phase that is not done, and what is missing then."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tamis.engine import stitching
from tamis.engine.execution import LOOK_AGAIN, Execution
from tamis.engine.parts import Left, Share, lacking
from tamis.messages import _
from tamis.plan import Phase


@dataclass
class PartExecution(Execution):
    """As `Execution`, for part number `part` of `shares`."""

    part: int = 1
    shares: Sequence[Share] = ()
    on_share: Callable[[int], None] = lambda shards: None
    """Told how many shards this part is about to do."""

    def run_share(self) -> Left:
        """Run what is this part's of the earliest row phase that is not done.

        Raises RunFailed and Interrupted as `execute` does.
        """
        while True:
            left = self._run_share()
            # Where others' work may be seen late, that it is missing is not believed at once.
            if left.ran or left.then == "nothing" or time.monotonic() >= self._late_until:
                return left
            time.sleep(LOOK_AGAIN)

    def _run_share(self) -> Left:
        mine = self.shares[self.part - 1].shards
        rows, ran = self.phases[0], 0
        for phase in self.phases:
            if phase.kind == "corpus":
                if not self.concluded(phase):
                    return self._left(rows, ran, "alone", [self.recipe.steps[phase.first].name])
                continue
            if ran:
                return self._left(rows, ran, "parts")
            rows, ran = phase, self._run_mine(phase, mine)
            left = self._lacking(phase)
            if left:
                return self._left(phase, ran, "parts", lacking_shards=left)
            if phase.number == 0 and any(stitching.loose(self)):
                return self._left(phase, ran, "alone", ["stitch"])
        return self._left(rows, ran, "alone", ["report"])

    def shown(self, label: str) -> str:
        """With the part in front: many calls may write into one log."""
        return _("part {part}/{parts} {steps}").format(part=self.part, parts=len(self.shares), steps=label)

    def _run_mine(self, phase: Phase, mine: Sequence[int]) -> int:
        due = [spec["shard"] for spec in self.due(phase, mine)]
        if due:
            self.on_share(len(due))
            self.rows(phase, due)
        return len(due)

    def _lacking(self, phase: Phase) -> list[int]:
        """The shards that are not done, by whomever; failed documents count as done once their shard was tried."""
        options, self.options = self.options, {**self.options, "retry_failed": False, "verify": False}
        try:
            return [spec["shard"] for spec in self.due_in(phase)]
        finally:
            self.options = options

    def _left(
        self, phase: Phase, ran: int, then: str, steps: Sequence[str] = (), lacking_shards: Sequence[int] = ()
    ) -> Left:
        return Left(
            self.label(phase),
            ran,
            len(self.shares[self.part - 1].shards),
            len(self.shards),
            lacking(self.shares, lacking_shards),
            len(self.shares),
            self.part,
            then,  # type: ignore[arg-type]
            steps,
        )
