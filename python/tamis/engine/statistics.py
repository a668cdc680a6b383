"""What became of removed documents that are not stored (`--removed none`): the only account of them that is left.

A manifest names one file of it a shard and phase, `statistics/NNNNNN-DIGEST.parquet`, so that it stays small itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis.engine.batch import Batch
from tamis.engine.commit import Outputs
from tamis.engine.decide import Mask
from tamis.recipe import Recipe

SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("count", pa.string()),
        ("documents", pa.int64()),
        ("characters", pa.int64()),
        ("words", pa.int64()),
    ]
)
"""`count`: of a rule (`name` is its id) `in_order`, `alone` or `only`; of a step `measured`."""


class Statistics:
    """Removed documents of one shard and phase, by rule and by step, in documents, characters and words."""

    def __init__(self, out: Outputs, recipe: Recipe) -> None:
        self._file = out.parquet("statistics", SCHEMA)
        self._recipe = recipe
        self._sums: dict[tuple[str, str], np.ndarray[Any, Any]] = {}

    def add(self, batch: Batch, removed: Mask) -> None:
        """Count the removed rows of a batch."""
        sizes = [_numbers(batch, name) for name in ("text_chars", "text_words")]
        for name, count, mask in self._masks(batch, removed):
            which = mask & removed
            if which.any():
                found = np.array([which.sum(), *(size[which].sum() for size in sizes)], dtype=np.int64)
                self._sums[name, count] = self._sums.get((name, count), 0) + found

    def _masks(self, batch: Batch, removed: Mask) -> Iterator[tuple[str, str, Mask]]:
        failed = np.zeros(len(batch), dtype=np.int64)
        for wrong in batch.fails.values():
            failed += wrong
        for number in sorted({*batch.fails, *np.unique(batch.removed[removed]).tolist()}):
            rule, first = batch.work.rules[number].id, batch.removed == number
            # A row that an older run removed comes without its list: the rule stands alone.
            wrong = batch.fails.get(number, first) | first
            yield rule, "in_order", first
            yield rule, "alone", wrong
            yield rule, "only", wrong & (failed <= 1)
        for step in self._recipe.steps:
            scalars = [signal.name for signal in step.op.signals if signal.type != "spans"]
            known = [batch.columns.get(step.column(name)) for name in scalars]
            ran = np.zeros(len(batch), dtype=bool)
            for column in known:
                if column is not None:
                    ran |= column.is_valid().to_numpy(zero_copy_only=False)
            yield step.name, "measured", ran

    def write(self) -> None:
        """Write the sums, sorted by name."""
        rows = [
            {"name": name, "count": count, "documents": n, "characters": characters, "words": words}
            for (name, count), (n, characters, words) in sorted(self._sums.items())
        ]
        if rows:
            self._file.write(pa.RecordBatch.from_pylist(rows, SCHEMA))


def _numbers(batch: Batch, name: str) -> np.ndarray[Any, Any]:
    column = batch.columns.get(name)
    if column is None:
        return np.zeros(len(batch), dtype=np.int64)
    return np.asarray(pc.fill_null(column, 0).to_numpy(zero_copy_only=False), dtype=np.int64)
