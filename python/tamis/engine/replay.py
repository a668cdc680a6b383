"""Row steps once more, in memory, on single documents: what a run did not store comes from what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tamis import lineage
from tamis.engine.batch import NEVER, Batch, Work
from tamis.engine.decide import Mask
from tamis.plan import phases
from tamis.recipe import Recipe, Step

Numbers = np.ndarray[Any, Any]


class Replay:
    """Documents on their way through single steps, one step at a time; gates stand open, nothing is removed.

    `only`: a row that is made of the only document on the way; a step that makes documents goes on with that one.
    """

    def __init__(
        self, recipe: Recipe, columns: Mapping[str, pa.Array], rows: Numbers, only: int | None = None
    ) -> None:
        self.recipe = recipe
        work = Work(recipe, phases(recipe)[0], only=only)
        self.text_step = work.text_step
        self.batch = Batch(work, dict(columns), rows, np.full(len(rows), NEVER, dtype=np.int32))

    def step(self, number: int) -> Mask:
        """Run one step on all documents that its `where` admits; says on which it ran."""
        batch = self.batch
        batch.last[:] = number - 1
        batch.stopped[:] = False
        batch.removed[:] = NEVER
        batch.step(number, self.recipe.steps[number], dry=False)
        ran: Mask = (batch.last == number) & ~batch.failed
        return ran

    @property
    def texts(self) -> list[str | None]:
        """The texts as they are now."""
        column = self.batch.columns.get("text")
        return [None] * len(self.batch) if column is None else column.to_pylist()

    def failing(self) -> set[str]:
        """Ids of the rules that the first document failed so far."""
        return {self.batch.work.rules[number].id for number, mask in self.batch.fails.items() if mask[0]}


def edits(step: Step) -> bool:
    """Whether a step rewrites a text that is there."""
    makes_text = any(column.name == "text" for column in step.op.fields)
    rewrites = "content" not in step.op.reads and not step.op.expands
    return step.op.scope == "row" and rewrites and makes_text


def born(recipe: Recipe, row: int) -> int:
    """The number of the step that made the document of this row; NEVER for one of the source."""
    made_by = lineage.made_by(row, len(recipe.expanding))
    return recipe.expanding[made_by - 1] if made_by else NEVER


def fed(recipe: Recipe, after: int = -1) -> int:
    """The first row step that works with what a corpus step behind step `after` found, else how many steps there are:
    from there on another document's fate may change what is measured.
    """
    found: set[str] = set()
    for number, step in enumerate(recipe.steps):
        if step.op.scope == "corpus" and number > after:
            found |= {step.column(signal.name) for signal in step.op.signals}
        elif found & {*step.reads, *(rule.column for rule in step.where)}:
            return number
    return len(recipe.steps)


def edited_between(recipe: Recipe, first: int, end: int) -> bool:
    """Whether one of the steps `first` to `end` (exclusive) rewrites texts."""
    return any(edits(step) for step in recipe.steps[max(0, first) : max(0, end)])


def changed_steps(recipe: Recipe, described: Sequence[Mapping[str, Any]]) -> list[str]:
    """Steps whose operator has another version now than when `run.json` described them."""
    then = {entry["step"]: entry.get("version") for entry in described}
    return [step.name for step in recipe.steps if then.get(step.name) not in (None, step.op.version)]
