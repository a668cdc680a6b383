"""A batch of rows on its way through the row steps of a phase: measured, decided, counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core
from tamis.engine import calling, decide
from tamis.engine.decide import Mask
from tamis.engine.expand import Layout, expand
from tamis.plan import Phase, all_rules, arrow_type, split_rules
from tamis.recipe import Recipe, Rule, Step

NEVER = -1


@dataclass
class Failure:
    """One document that failed: its place in the batch, the step, and why."""

    place: int
    step: str
    kind: str
    message: str
    signal: int | None = None


@dataclass
class Work:
    """What a phase asks of each batch; made once a task.

    `single`: a range of rows that are to stand alone, one by one; `only`: of the documents that are made, go on with
    this row, or with what it will be made of.
    """

    recipe: Recipe
    phase: Phase
    measure: str = "all"
    poison: dict[int, list[Any]] = field(default_factory=dict)
    single: tuple[int, int] | None = None
    only: int | None = None

    def __post_init__(self) -> None:
        decided, splits = all_rules(self.recipe), split_rules(self.recipe)
        # A split is decided by nothing: it comes last, and no step asks it.
        self.rules = (*decided, *splits)
        self.splits = {rule.step: len(decided) + number for number, rule in enumerate(splits)}
        self.by_step: dict[str, list[int]] = {}
        for number, rule in enumerate(decided):
            self.by_step.setdefault(rule.step, []).append(number)
        steps = self.recipe.steps
        self.number = {step.name: place for place, step in enumerate(steps)}
        makers = [place for place, step in enumerate(steps) if "content" in step.op.reads]
        self.text_step = makers[-1] if makers else NEVER


class Batch:
    """Columns of n rows, and for each row whether it failed, was removed, and how far it was measured.

    `last` is the number of the last step that ran on a row (-1: none): a row of an older run comes with what that
    run measured, and only the rest is done. With `dry` nothing is computed: `needs` says which rows would be.
    Where a step made documents (`made`, by step), `layout` says where the rows of now were at first.
    """

    def __init__(
        self, work: Work, columns: dict[str, pa.Array], rows: np.ndarray[Any, Any], last: np.ndarray[Any, Any]
    ) -> None:
        self.work, self.columns, self.rows, self.last = work, columns, rows, last
        n = len(rows)
        self.failed = np.zeros(n, dtype=bool)
        self.stopped = np.zeros(n, dtype=bool)
        self.removed = np.full(n, NEVER, dtype=np.int32)
        self.fails: dict[int, Mask] = {}
        self.failures: list[Failure] = []
        self.failed_step: dict[int, str] = {}
        self.needs = np.zeros(n, dtype=bool)
        self.edited = np.zeros(n, dtype=bool)
        self.original = columns.get("text")
        self.layout: Layout | None = None
        self.made: dict[str, int] = {}
        self.singly = False
        self._subset: tuple[bytes, int, pa.Array] | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def fail(self, place: int, step: str, kind: str, message: str, signal: int | None = None) -> None:
        """A document that cannot go on; one that was removed before stays removed, with the step that it failed."""
        self.stopped[place] = True
        if self.removed[place] >= 0:
            self.failed_step[place] = step
        else:
            self.failed[place] = True
            self.failures.append(Failure(place, step, kind, message, signal))

    def decide(self, rules: list[int], measured: Mask) -> None:
        """Ask rules, in order, of the rows that were measured for them."""
        for number in rules:
            wrong = decide.failing(self.work.rules[number], self.columns, len(self)) & measured
            if wrong.any():
                self.fails[number] = wrong
                self.removed[wrong & (self.removed < 0)] = number

    def admit(self) -> None:
        """The source's own rule: a row with neither text nor bytes, of a type that is not admitted, goes no further."""
        if self.columns.get("content_type") is None:
            return
        known = self.columns["content_type"].is_valid().to_numpy(zero_copy_only=False)
        self.decide(self.work.by_step["source"], known & ~self.failed & (self.last == NEVER))
        self.stopped |= self.removed >= 0

    def run(self, *, dry: bool = False) -> None:
        """All row steps of the phase, in order."""
        phase = self.work.phase
        steps = self.work.recipe.steps
        for number in range(phase.first, phase.end):
            self.step(number, steps[number], dry)
        if phase.end < len(steps):
            # A row that ends its worker in the sketch for the corpus step that follows fails of that step.
            self._poison(phase.end, steps[phase.end])

    def lay_out(self, layout: Layout, rows: np.ndarray[Any, Any], written: dict[str, pa.Array]) -> None:
        """Other rows in place of these: documents that were made stand among them, `written` is what they hold."""
        source, made = layout.source, layout.made
        inherit, own = pa.array(source), pa.array(source, mask=made)
        steps = self.work.recipe.steps
        measured = {"content", *(step.column(signal.name) for step in steps for signal in step.op.signals)}
        measured |= {rule.column for rule in split_rules(self.work.recipe)}
        for name, values in self.columns.items():
            self.columns[name] = pc.take(values, own if name in measured else inherit)
        for name, values in written.items():
            self._store(name, values, made, bool(made.all()), values.type)
        if self.original is not None:
            self.original = pc.if_else(pa.array(made), self.columns["text"], pc.take(self.original, inherit))
        self.rows, self._subset = rows, None
        self.last, self.removed = (
            np.where(made, NEVER, values[source]) for values in (self.last, self.removed)
        )
        for name in ("failed", "stopped", "needs", "edited"):
            setattr(self, name, ~made & getattr(self, name)[source])
        self.fails = {number: ~made & mask[source] for number, mask in self.fails.items()}
        where = {int(source[place]): int(place) for place in np.flatnonzero(~made)}
        self.failed_step = {where[at]: step for at, step in self.failed_step.items() if at in where}
        self.failures = [replace(one, place=where[one.place]) for one in self.failures if one.place in where]
        self.layout = layout if self.layout is None else self.layout.then(layout)
        first, end = self.work.single or (0, 0)
        self.singly = bool(((rows >= first) & (rows < end)).any())

    def _expand(self, number: int, step: Step, dry: bool) -> None:
        """A step that makes documents, of those that are kept so far; its rules are asked of what it made."""
        todo = ~self.stopped & ~self.failed & (self.removed == NEVER) & (self.last < number)
        todo &= decide.inside(step.where, self.columns, len(self))
        if dry:
            self.needs |= todo
            self.stopped |= todo
        elif todo.any():
            known = self.rows
            expand(self, number, step, todo)
            self.decide(self.work.by_step.get(step.name, []), ~np.isin(self.rows, known))

    def step(self, number: int, step: Step, dry: bool) -> None:
        """One step: measure the rows that lack it, ask its rules, close its gate."""
        self._poison(number, step)
        if step.op.expands:
            self._expand(number, step, dry)
        else:
            self._signals(number, step, dry)
        if step.gate or self.work.measure == "needed":
            self.stopped |= self.removed >= 0

    def _signals(self, number: int, step: Step, dry: bool) -> None:
        active = ~self.stopped & ~self.failed & decide.inside(step.where, self.columns, len(self))
        todo = active & (self.last < number)
        done = active & (self.last >= number)
        if "content" in step.op.reads:
            todo &= self._there("content") & ~self._there("text")
        if dry:
            self.needs |= todo
            self.stopped |= todo
            todo = np.zeros(len(self), dtype=bool)
            active = done
        elif todo.any():
            self._measure(number, step, todo)
        asked = (todo | done) & ~self.failed & ~self.stopped if not dry else done & ~self.stopped
        if "content" in step.op.reads:
            asked &= self._measured(step)
        self.decide(self.work.by_step.get(step.name, []), asked)
        self.last = np.where(active & ~self.failed & (self.last < number), number, self.last)

    def _measured(self, step: Step) -> Mask:
        """A step that makes text of bytes passes over documents that came with text: its signals are null there."""
        if not step.op.signals:
            return np.ones(len(self), dtype=bool)
        return self._there(step.column(step.op.signals[0].name))

    def _there(self, name: str) -> Mask:
        column = self.columns.get(name)
        if column is None:
            return np.zeros(len(self), dtype=bool)
        valid: Mask = column.is_valid().to_numpy(zero_copy_only=False)
        return valid

    def _poison(self, number: int, step: Step) -> None:
        for row, (kind, message, signal, at) in self.work.poison.items():
            place = int(np.searchsorted(self.rows, row))
            here = number if at is None or at < self.work.phase.first else at
            if place < len(self) and self.rows[place] == row and here == number and not self.failed[place]:
                self.fail(place, step.name, kind, message, signal)

    def _measure(self, number: int, step: Step, todo: Mask) -> None:
        everything = bool(todo.all())
        rows = self.rows if everything else self.rows[todo]
        arrays = [self.values(name, todo) for name in step.reads]
        made, failures = calling.call(step, number, arrays, rows, self.singly)
        places = np.flatnonzero(todo)
        take = None
        if not everything:
            index = np.zeros(len(self), dtype=np.int64)
            index[places] = np.arange(len(places))
            take = pa.array(index, mask=~todo)
        for column in step.op.writes:
            name = column.name if column in step.op.fields else step.column(column.name)
            values = made[column.name] if take is None else pc.take(made[column.name], take)
            if name == "text":
                self._rewrite(values, todo, step)
            else:
                self._store(name, values, todo, everything, arrow_type(column))
        for place, (kind, message) in failures.items():
            self.fail(int(places[place]), step.name, kind, message)

    def values(self, name: str, todo: Mask) -> pa.Array:
        """A column of the rows in `todo`; a text is never null."""
        column = self.columns.get(name)
        if column is None:
            kind = (
                pa.large_string()
                if name == "text"
                else pa.large_binary()
                if name == "content"
                else pa.string()
            )
            column = pa.nulls(len(self), kind)
        if name == "text" and column.null_count:
            column = pc.fill_null(column, "")
        if todo.all():
            return column
        # Adjacent steps ask for the same rows: an equal array lets the kernels share their splittings.
        key = (todo.tobytes(), id(self.columns.get("text")))
        if name == "text" and self._subset is not None and self._subset[:2] == key:
            return self._subset[2]
        chosen = column.filter(pa.array(todo))
        if name == "text":
            self._subset = (*key, chosen)
        return chosen

    def _store(self, name: str, values: pa.Array, todo: Mask, everything: bool, kind: pa.DataType) -> None:
        known = self.columns.get(name)
        if not everything and known is not None and known.null_count < len(known):
            values = pc.if_else(pa.array(todo), values, known.cast(kind))
        self.columns[name] = values

    def _rewrite(self, values: pa.Array, todo: Mask, step: Step) -> None:
        before = self.columns.get("text")
        if "content" in step.op.reads:
            text = values if before is None else pc.if_else(pa.array(todo), values, before)
            self.columns["text"] = text
            self.original = text
            self.measure_text(todo & text.is_valid().to_numpy(zero_copy_only=False))
            return
        text = pc.if_else(pa.array(todo), values, before) if not todo.all() else values
        text = pc.coalesce(text, before)
        changed = pc.fill_null(pc.not_equal(text, pc.fill_null(before, "")), False)
        self.edited |= changed.to_numpy(zero_copy_only=False)
        self.columns["text"] = text

    def measure_text(self, which: Mask) -> None:
        """`text_chars` and `text_words` of rows whose text is new."""
        if not which.any():
            return
        counted = _core.count_text(pc.fill_null(self.columns["text"], ""))
        for name in ("text_chars", "text_words"):
            values = pc.if_else(pa.array(which), pa.array(counted[name]), pa.scalar(None, pa.int64()))
            self._store(name, values, which, bool(which.all()), pa.int64())

    def verdict(self, place: int) -> dict[str, Any]:
        """`removed_by` and what belongs to it, for one removed row."""
        rule: Rule = self.work.rules[int(self.removed[place])]
        column = self.columns.get(rule.column)
        value = column[place].as_py() if column is not None else None
        by = self.columns.get(rule.by) if rule.by else None
        chosen = by[place].as_py() if by is not None else None
        failed = [self.work.rules[number].id for number in sorted(self.fails) if self.fails[number][place]]
        return {
            "removed_by": rule.id,
            "removed_value": decide.shown(value),
            "removed_bound": decide.violated(rule, value, chosen),
            "failed_rules": failed,
            "failed_step": self.failed_step.get(place),
        }
