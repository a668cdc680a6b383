"""Sketches: what a corpus step stores of each row that is still kept, in the row pass before it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core
from tamis.engine import calling, decide, store
from tamis.engine.commit import Outputs
from tamis.engine.incoming import Incoming
from tamis.engine.spec import RowSpec
from tamis.op import find
from tamis.recipe import Step


class Sketcher:
    """Writes the sketch file of a shard; rows that an older run has sketched are taken from there."""

    def __init__(self, given: RowSpec, out: Outputs) -> None:
        if given.sketch is None:
            raise TypeError("no corpus step follows this phase")
        self.step: Step = given.sketch
        self.number = [step.name for step in given.recipe.steps].index(self.step.name)
        self.given, self.out = given, out
        self.writer: Any = None
        self.known: pa.Table | None = None
        self.computed = 0
        path = (given.memo or {}).get("sketch")
        if path:
            self.known = store.read_arrow(path)

    def write(self, kept: pa.Table, rows: Incoming) -> None:
        """Sketch the rows that the step sees, in order."""
        batch = kept.combine_chunks().to_batches()[0]
        if self.step.where:
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            batch = batch.filter(pa.array(decide.inside(self.step.where, columns, batch.num_rows)))
            if not batch.num_rows:
                return
        numbers = batch.column("row").to_numpy()
        known, hit = self._known(numbers)
        parts = []
        if known is not None:
            parts.append(known)
        if not hit.all():
            parts.append(self._compute(batch if not hit.any() else batch.filter(pa.array(~hit))))
        table = pa.concat_tables(parts)
        if len(parts) > 1:
            table = table.take(pc.sort_indices(table.column("row")))
        if self.writer is None:
            self.writer = self.out.arrow("sketch", table.schema, folder=self.given.sketch_folder)
        self.writer.write(table.combine_chunks())

    def _known(self, numbers: np.ndarray[Any, Any]) -> tuple[pa.Table | None, np.ndarray[Any, Any]]:
        hit = np.zeros(len(numbers), dtype=bool)
        if self.known is None or not self.known.num_rows:
            return None, hit
        there = self.known.column("row").to_numpy()
        place = np.searchsorted(there, numbers)
        place[place == len(there)] = 0
        hit = there[place] == numbers
        return (self.known.take(pa.array(place[hit])) if hit.any() else None), hit

    def _singly(self, batch: pa.RecordBatch) -> bool:
        """Whether a guilty row is looked for among these, which were all made of one."""
        first, end = self.given.single or (0, 0)
        return any(first <= row < end for row in batch.column("row").to_pylist()) if end > first else False

    def _compute(self, batch: pa.RecordBatch) -> pa.Table:
        operator = find(self.step.op.name)
        if operator is None or operator.sketch is None:
            raise TypeError(f"{self.step.op.name} declares no sketch")
        size = 1 if self._singly(batch) else calling.MOST_ROWS
        if batch.num_rows > size:
            starts = range(0, batch.num_rows, size)
            return pa.concat_tables([self._compute(batch.slice(start, size)) for start in starts])
        self.computed += batch.num_rows
        numbers = batch.column("row")
        _core.breadcrumb(int(numbers[0].as_py()), self.number, batch.num_rows, numbers)
        made = operator.sketch(batch, **self.step.keywords())
        arrays = {
            name: values if isinstance(values, pa.Array) else pa.array(values)
            for name, values in made.items()
        }
        return pa.table({"row": numbers, **arrays})
