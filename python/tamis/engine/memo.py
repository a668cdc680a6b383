"""Rows of an older run with the same input: what it measured is taken over, only the rest is done.

All its rows of one shard lie in `kept` and `removed` files, each sorted by row. A row removed before a gate lacks
later signals and is measured on from its stored text; one whose text was not stored is read again from the input.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis import lineage
from tamis.engine import store
from tamis.engine.batch import NEVER, Batch, Failure, Work
from tamis.engine.incoming import Incoming, SourceRows, columns_of, whole
from tamis.engine.spec import RowSpec, schema_of
from tamis.errors import InputError
from tamis.messages import _
from tamis.plan import passing_schema


class MemoRows(SourceRows):
    """The rows of an older run, in order, with failed ones among them."""

    def __init__(self, given: RowSpec) -> None:
        super().__init__(given)
        self.memo: dict[str, Any] = given.memo or {}
        self.steps = {step.name: number for number, step in enumerate(given.recipe.steps)}
        self.valid: int = self.memo["valid"]
        self._numbers = (self.memo.get("expanding", 0), len(self.expanding))
        self.work = Work(given.recipe, given.phase, given.measure)
        before = given.recipe.steps[: self.valid + 1]
        # Columns that also the source or a step that still holds may have written.
        self._sure = {"text", *schema_of(given.spec["columns"]).names}
        self._sure |= {column.name for step in before for column in step.op.fields}
        self._raw: Iterator[pa.RecordBatch] | None = None
        self._raw_rows: list[tuple[int, pa.RecordBatch]] = []
        self._raw_next = 0
        self._originals = _rows_of(self.memo["originals"], self._numbers)

    def _batches(self) -> Iterator[Incoming]:
        schema = passing_schema(self.given.schema)
        files = [_Cursor(path, schema, kept, self._numbers) for path, kept in self.memo["files"]]
        files += [_Cursor(path, schema, None, self._numbers) for path in self.memo["failed"]]
        while True:
            live = [one for one in files if one.fill()]
            if not live:
                return
            cut = min(one.last for one in live)
            table = pa.concat_tables([part for one in live if (part := one.upto(cut)).num_rows])
            table = table.take(pc.sort_indices(table.column("row"))).combine_chunks()
            yield self._ready(self._incoming_of(table))

    def facts(self) -> dict[str, Any]:
        return dict(self.memo["facts"])

    def _incoming_of(self, table: pa.Table) -> Incoming:
        columns = columns_of(table)
        names = columns.pop("last_step").to_pylist()
        kinds = columns.pop("kind").to_pylist()
        messages, steps = columns.pop("message").to_pylist(), columns.pop("step").to_pylist()
        signals, raw = columns.pop("signal").to_pylist(), columns.pop("raw")
        columns.pop("edited")
        end = len(self.steps) - 1
        last = np.array(
            # A step that the recipe no longer has stood behind those that hold.
            [
                end if name == "*" else self.steps.get(name, self.valid + 1) if name else NEVER
                for name in names
            ],
            dtype=np.int32,
        )
        self._forget(columns, names)
        rows = columns["row"].to_numpy()
        failures = [
            Failure(at, steps[at] or "source", kind, messages[at] or "", signals[at])
            for at, kind in enumerate(kinds)
            # What failed in a step that holds no more may come through now.
            if kind and self._stands(steps[at] or "source")
        ]
        batch = Incoming(
            columns,
            rows,
            last,
            np.zeros(len(rows), dtype=bool),
            failures,
            size=table.nbytes,
            failure_raw=raw,
        )
        self._carry_originals(batch)
        self._go_back(batch)
        return batch

    def _stands(self, step: str) -> bool:
        return step == "source" or self.steps.get(step, self.valid + 1) <= self.valid

    def _forget(self, columns: dict[str, pa.Array], names: list[str | None]) -> None:
        """Texts that were edited since, whose originals were dropped: they are read again where one is needed."""
        lost = {*self.memo["lost"], "*"} if self.memo["lost"] else set()
        gone = np.array([name in lost for name in names], dtype=bool)
        if gone.any():
            nothing = pa.scalar(None, columns["text"].type)
            columns["text"] = pc.if_else(pa.array(gone), nothing, columns["text"])

    def _carry_originals(self, batch: Incoming) -> None:
        known = self._originals
        if known is None or not known.num_rows:
            return
        there = known.column("row").to_numpy()
        place = np.searchsorted(there, batch.rows)
        place[place == len(there)] = 0
        hit = there[place] == batch.rows
        if hit.any():
            texts = pc.take(whole(known.column("text")), pa.array(place, mask=~hit))
            batch.originals = texts
            batch.edited = hit.copy()

    def _go_back(self, batch: Incoming) -> None:
        """Rows measured further than is still true: back to the text of the last step that holds."""
        for step in self.given.recipe.steps[self.valid + 1 :]:
            # Measured by steps that hold no more: of rows that such a step passes over now, nothing may stay.
            written = [step.column(signal.name) for signal in step.op.signals]
            written += [column.name for column in step.op.fields if column.name not in self._sure]
            for name in written:
                if name in batch.columns:
                    batch.columns[name] = pa.nulls(len(batch.rows), batch.columns[name].type)
        beyond = batch.last > self.valid
        if not beyond.any():
            return
        batch.last[beyond] = self.valid
        if batch.originals is None:
            return
        changed = beyond & batch.originals.is_valid().to_numpy(zero_copy_only=False)
        if changed.any():
            batch.columns["text"] = pc.if_else(pa.array(changed), batch.originals, batch.columns["text"])
            batch.last[changed] = min(self.work.text_step, self.valid)
            batch.edited &= ~changed
            batch.originals = pc.if_else(
                pa.array(changed), pa.scalar(None, pa.large_string()), batch.originals
            )

    def _ready(self, batch: Incoming) -> Incoming:
        """Read again from the input what must be measured and was not stored."""
        trial = Batch(self.work, dict(batch.columns), batch.rows, batch.last.copy())
        for failure in batch.failures:
            trial.failed[failure.place] = True
        trial.admit()
        trial.run(dry=True)
        # A row may also lack nothing but its text: it was measured to the end, and only its verdict was stored.
        admitted = trial.needs | (~trial.failed & (trial.removed < 0))
        lacking = admitted & ~batch.columns["text"].is_valid().to_numpy(zero_copy_only=False)
        if not lacking.any():
            return batch
        places = np.flatnonzero(lacking)
        self.reread += len(places)
        fresh = self._again(batch.rows[places])
        if fresh.pop("id").to_pylist() != batch.columns["id"].take(pa.array(places)).to_pylist():
            raise self._changed()
        index = np.zeros(len(batch.rows), dtype=np.int64)
        index[places] = np.arange(len(places))
        take = pa.array(index, mask=~lacking)
        for name, column in fresh.items():
            values = pc.take(column, take)
            known = batch.columns.get(name)
            if known is not None:
                values = pc.if_else(pa.array(lacking), values.cast(known.type), known)
            batch.columns[name] = values
        batch.last[lacking] = NEVER
        return batch

    def _changed(self) -> InputError:
        name = self.given.pieces[0][0].name
        what = _("changed since the run: its documents are no longer where they were")
        return InputError(name, what, _("tamis run ... again, with --reuse"))

    def _again(self, rows: np.ndarray[Any, Any]) -> dict[str, pa.Array]:
        """Columns of these rows, ascending, as the raw input gives them; only forward."""
        rows = lineage.place(rows, len(self.expanding))
        if self._raw is None:
            self._raw = self.raw()
        found: list[Incoming] = []
        wanted = set(rows.tolist())
        while wanted:
            while self._raw_rows and self._raw_rows[0][0] + self._raw_rows[0][1].num_rows <= min(wanted):
                self._raw_rows.pop(0)
            if not self._raw_rows or max(wanted) >= self._raw_next:
                batch = next(self._raw, None)
                if batch is None:
                    raise self._changed()
                self._raw_rows.append((self._raw_next, batch))
                self._raw_next += batch.num_rows
            for first, batch in self._raw_rows:
                here = sorted(row for row in wanted if first <= row < first + batch.num_rows)
                if here:
                    found.append(super()._incoming(batch, first).take(np.array(here) - first))
                    wanted -= set(here)
        found.sort(key=lambda part: int(part.rows[0]))
        return {name: pa.concat_arrays([part.columns[name] for part in found]) for name in found[0].columns}


class _Cursor:
    """The rows of one stored file, a row group at a time."""

    def __init__(self, path: str, schema: pa.Schema, kept: bool | None, numbers: tuple[int, int]) -> None:
        self.file = store.open_parquet(path)
        self.schema, self.kept, self.numbers = schema, kept, numbers
        self.group = 0
        self.table: pa.Table | None = None
        self.last = -1

    def fill(self) -> bool:
        """Have rows in hand; False at the end."""
        while self.table is None or not self.table.num_rows:
            if self.group >= self.file.num_row_groups:
                return False
            self.table = self._shaped(_of_the_source(self.file.read_row_group(self.group), self.numbers))
            self.group += 1
        self.last = self.table.column("row")[-1].as_py()
        return True

    def upto(self, cut: int) -> pa.Table:
        """The rows in hand up to a row number."""
        if self.table is None:
            raise TypeError("no rows in hand")
        count = int(np.searchsorted(self.table.column("row").to_numpy(), cut, side="right"))
        taken, self.table = self.table.slice(0, count), self.table.slice(count)
        return taken

    def _shaped(self, table: pa.Table) -> pa.Table:
        n = table.num_rows
        failure = [
            pa.field("kind", pa.string()),
            pa.field("message", pa.string()),
            pa.field("step", pa.string()),
        ]
        failure += [pa.field("signal", pa.int64()), pa.field("raw", pa.binary())]
        wanted = pa.schema([*self.schema, *failure])
        columns = []
        for column in wanted:
            if column.name == "last_step" and self.kept and "last_step" not in table.column_names:
                columns.append(pa.chunked_array([pa.array(["*"] * n, pa.string())]))
            elif column.name in table.column_names and not (self.kept is None and column.name == "last_step"):
                columns.append(table.column(column.name).cast(column.type))
            else:
                columns.append(pa.chunked_array([pa.nulls(n, column.type)]))
        return pa.Table.from_arrays(columns, schema=wanted)


def _of_the_source(table: pa.Table, numbers: tuple[int, int]) -> pa.Table:
    """The rows that no step made of others, numbered anew: `numbers` of such steps had the old run, has the new one."""
    old, new = numbers
    if not (old or new):
        return table
    rows = table.column("row").to_numpy()
    own = rows == lineage.ancestor(rows, 0, old)
    kept = table.filter(pa.array(own))
    at = table.column_names.index("row")
    return kept.set_column(at, "row", pa.array(lineage.first(lineage.place(rows[own], old), new)))


def _rows_of(paths: list[str], numbers: tuple[int, int]) -> pa.Table | None:
    """The originals of a shard, sorted by row."""
    if not paths:
        return None
    table = pa.concat_tables([_of_the_source(store.read_table(path), numbers) for path in paths])
    return table.take(pc.sort_indices(table.column("row"))).combine_chunks()
