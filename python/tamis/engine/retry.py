"""What becomes of a task whose worker died: who is blamed, what runs next. No processes here, only decisions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tamis.engine.guards import Death, Guards
from tamis.engine.tasks import Spec
from tamis.messages import _, told

BATCH_BYTES = 4 << 20
BATCH_LEAST = 64 << 10

# Deaths by other hands (kill -9, out of memory) do not count towards `Guards.attempts`; something must end them.
MOST_LOST = 100

MOST_NOTED = 20

# So often a row may be in hand when its worker is killed from outside before it is looked at alone.
LOST_BEFORE_PROBE = 3
OOM_BEFORE_PROBE = 2

# So often a row that is well alone may end its worker in company (a neighbour broke the memory) before it goes.
COMPANY_BEFORE_BLAME = 3


@dataclass
class Job:
    """One task with what its earlier attempts taught.

    A suspect row is probed alone: `spec["only_row"]`, `spec["discard"]`. If it dies there, the task runs again with
    it in `spec["poison"]`, else with smaller batches. Where only the batch is known, the task runs again with
    `spec["single"] = [first, end]`: rows in this range go one by one.
    """

    index: int
    spec: Spec
    guards: Guards
    poison: dict[str, list[Any]] = field(default_factory=dict)
    single: list[int] | None = None
    probe: int | None = None
    exclusive: bool = False
    failures: int = 0
    lost: int = 0
    halvings: int = 0
    well_alone: set[int] = field(default_factory=set)
    in_hand: Counter[tuple[str, int]] = field(default_factory=Counter)
    not_before: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)

    def next_spec(self, attempt: str) -> Spec:
        """The spec of the next attempt."""
        spec: Spec = {**self.spec, "attempt": attempt}
        if self.poison:
            spec["poison"] = {**spec.get("poison", {}), **self.poison}
        if self.single:
            spec["single"] = self.single
        if self.halvings:
            spec["batch_bytes"] = max(BATCH_LEAST, spec.get("batch_bytes", BATCH_BYTES) >> self.halvings)
        if self.history:
            spec["retries"] = self.history
        if self.probe is not None:
            spec.update(only_row=self.probe, discard=True)
        return spec

    def finished(self) -> bool:
        """An attempt came through: True when the task is done, False when that was a probe and it goes on."""
        if self.probe is None:
            return True
        self.well_alone.add(self.probe)
        self.probe, self.exclusive = None, False
        self._failed()
        return False

    def died(self, death: Death) -> str | None:
        """An attempt died. None when there is something left to try, else why not."""
        self._note(death)
        if death.kind in ("lost", "oom"):
            self._taken(death)
        elif self.probe is not None:
            self._probe_died(death)
        elif (row := death.seen.exact) is not None:
            self._suspect(row, death)
        elif not self._singled(death):
            self._failed()
        if self.failures < self.guards.attempts and self.lost < MOST_LOST:
            return None
        sentence = _("its worker died {count} times, and no document could be blamed; the last time {how}")
        return sentence.format(count=self.failures + self.lost, how=told(death.ended))

    def _note(self, death: Death) -> None:
        note = {"why": death.kind, "row": death.seen.exact, "alone": self.probe is not None}
        # A spec has to stay small, also after a hundred deaths.
        self.history = [*self.history, note][-MOST_NOTED:]

    def _failed(self) -> None:
        self.failures += 1
        self.halvings += 1

    def _singled(self, death: Death) -> bool:
        """Have the rows of the batch in hand go one by one; False where that is known to lead nowhere."""
        first, end = death.seen.first, death.seen.end
        if first is None or end is None:
            return False
        before = self.single or [first, first]
        self.single = [min(first, before[0]), max(end, before[1])]
        return self.single != before

    def _taken(self, death: Death) -> None:
        """Killed, not by the document's own guard: perhaps only the next that was in the way."""
        self.lost += 1
        self.halvings = min(self.halvings + 1, 6) if death.kind == "oom" else self.halvings
        row = death.seen.exact
        if row is None:
            self.failures += death.kind == "oom"
            return
        self.in_hand[death.kind, row] += 1
        if self.in_hand[death.kind, row] < (OOM_BEFORE_PROBE if death.kind == "oom" else LOST_BEFORE_PROBE):
            return
        if self.probe == row and self.exclusive:
            self._quarantine(row, "memory", death)
        else:
            self.probe, self.exclusive = row, True
            self.in_hand[death.kind, row] = 1

    def _probe_died(self, death: Death) -> None:
        row = self.probe
        if row is not None and death.seen.first is not None:
            self._quarantine(row, death.kind, death)
        else:
            self._failed()

    def _suspect(self, row: int, death: Death) -> None:
        self.in_hand["company", row] += 1
        if row not in self.well_alone:
            self.probe, self.exclusive = row, death.kind == "memory"
        elif death.kind != "memory" and self.in_hand["company", row] >= COMPANY_BEFORE_BLAME:
            self._quarantine(row, death.kind, death)
        else:
            self._failed()

    def _quarantine(self, row: int, kind: str, death: Death) -> None:
        self.poison[str(row)] = [kind, death.message, death.signal, death.seen.step]
        self.probe, self.exclusive, self.failures, self.lost = None, False, 0, 0
