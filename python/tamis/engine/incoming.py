"""Where the rows of a row phase come from: the raw input, the phase before, or an older run of the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core, lineage
from tamis.engine import decide, store
from tamis.engine.batch import NEVER, Failure
from tamis.engine.expand import Layout
from tamis.engine.spec import RowSpec
from tamis.errors import RunFailed
from tamis.messages import _
from tamis.sources import read

Numbers = np.ndarray[Any, Any]


@dataclass
class Incoming:
    """A batch before its phase: all columns, the rows' numbers in the shard, and what was done to them already."""

    columns: dict[str, pa.Array]
    rows: Numbers
    last: Numbers
    edited: Numbers
    failures: list[Failure] = field(default_factory=list)
    originals: pa.Array | None = None
    known_edited: Numbers = field(default_factory=lambda: np.zeros(0, dtype=bool))
    size: int = 0
    failure_raw: pa.Array | None = None

    def __post_init__(self) -> None:
        if len(self.known_edited) != len(self.rows):
            self.known_edited = np.zeros(len(self.rows), dtype=bool)

    def raw(self, place: int) -> bytes | None:
        """The first 4 KB of what a failed row was made from."""
        if self.failure_raw is not None and self.failure_raw[place].is_valid:
            known: bytes = self.failure_raw[place].as_py()
            return known
        for name in ("content", "text"):
            column = self.columns.get(name)
            if column is not None and column[place].is_valid:
                value = column[place].as_py()
                return value[:4096] if isinstance(value, bytes) else value[:4096].encode()[:4096]
        return None

    def follow(self, layout: Layout) -> None:
        """Lay out anew what was known of the rows, beside documents made of them, of which nothing was."""
        take = pa.array(layout.source, mask=layout.made)
        self.known_edited = np.where(layout.made, False, self.known_edited[layout.source])
        if self.originals is not None:
            self.originals = pc.take(self.originals, take)
        if self.failure_raw is not None:
            self.failure_raw = pc.take(self.failure_raw, take)

    def slice(self, start: int, length: int) -> Incoming:
        """Some rows of this batch."""
        return self.take(np.arange(start, start + length))

    def take(self, places: Numbers) -> Incoming:
        """The rows at these places, in order."""
        index = pa.array(places)
        where = {int(place): new for new, place in enumerate(places)}
        moved = [
            Failure(where[one.place], one.step, one.kind, one.message, one.signal)
            for one in self.failures
            if one.place in where
        ]
        share = self.size * len(places) // max(1, len(self.rows))
        return Incoming(
            {name: pc.take(column, index) for name, column in self.columns.items()},
            self.rows[places],
            self.last[places],
            self.edited[places],
            moved,
            None if self.originals is None else pc.take(self.originals, index),
            self.known_edited[places],
            share,
            None if self.failure_raw is None else pc.take(self.failure_raw, index),
        )


def incoming(given: RowSpec) -> Any:
    """The rows of a task, and facts about their reading."""
    if given.phase.number > 0:
        return PassingRows(given)
    if given.memo is not None:
        from tamis.engine.memo import MemoRows

        return MemoRows(given)
    return SourceRows(given)


class _Rows:
    """Batches of one task; `only_row` and `single` narrow them where a supervisor looks for a guilty row."""

    reread = 0

    def __init__(self, given: RowSpec) -> None:
        self.given = given
        self.expanding = given.recipe.expanding

    def __iter__(self) -> Iterator[Incoming]:
        only, single = self.given.only_row, self.given.single
        for batch in self._batches():
            if only is not None:
                places = np.flatnonzero(batch.rows == self._here(only))
                if len(places):
                    yield batch.take(places)
                continue
            yield from _single(batch, single and (self._here(single[0]), single[1]))

    def _here(self, row: int) -> int:
        """The row that comes in for one that this phase may make only later."""
        before = sum(number < self.given.phase.first for number in self.expanding)
        found: int = lineage.ancestor(row, before, len(self.expanding))
        return found

    def _batches(self) -> Iterator[Incoming]:
        raise TypeError("a subclass gives the batches")

    def facts(self) -> dict[str, Any]:
        """What the manifest says of the reading."""
        return {}


def _single(batch: Incoming, single: tuple[int, int] | None) -> Iterator[Incoming]:
    """A batch as it is, or its rows of `single` one by one, so that a guilty one stands alone."""
    if single is None or not len(batch.rows):
        yield batch
        return
    first, end = (int(np.searchsorted(batch.rows, row)) for row in single)
    if first:
        yield batch.slice(0, first)
    for place in range(first, end):
        yield batch.slice(place, 1)
    if end < len(batch.rows):
        yield batch.slice(end, len(batch.rows) - end)


class SourceRows(_Rows):
    """The raw input: each record is one row, those that cannot be read too."""

    def __init__(self, given: RowSpec) -> None:
        super().__init__(given)
        self.skipped: dict[str, int] = {}
        self.misfits: dict[str, int] = {}
        self.offsets: tuple[int | None, int | None] = (None, None)

    def _batches(self) -> Iterator[Incoming]:
        row = 0
        for batch in self.raw():
            limit = self.given.limit
            if limit is not None and row + batch.num_rows > limit:
                batch = batch.slice(0, limit - row)
            if batch.num_rows:
                yield self._incoming(batch, row)
            row += batch.num_rows
            if limit is not None and row >= limit:
                return

    def raw(self) -> Iterator[pa.RecordBatch]:
        """The source's batches, sampled."""
        for number, (one, part) in enumerate(self.given.pieces):
            start = self.given.spec.get("start")
            reader = read(one, part, self.given.read_options, first_offset=start if number == 0 else None)
            for batch in reader:
                yield self._sampled(batch)
            for kind, count in reader.skipped.items():
                self.skipped[kind] = self.skipped.get(kind, 0) + count
            for name, count in reader.misfits.items():
                self.misfits[name] = self.misfits.get(name, 0) + count
            self.offsets = (reader.first_offset, reader.end_offset)

    def _sampled(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        if self.given.sample is None:
            return batch
        chosen = np.array(
            [in_sample(one, self.given.sample, self.given.seed) for one in batch.column("id").to_pylist()],
            dtype=bool,
        )
        left = int((~chosen).sum())
        if left:
            self.skipped["not in the sample"] = self.skipped.get("not in the sample", 0) + left
        return batch.filter(pa.array(chosen))

    def _incoming(self, batch: pa.RecordBatch, row: int) -> Incoming:
        most = lineage.place(np.iinfo(np.int64).max, len(self.expanding))
        if row + batch.num_rows > most:
            what = _("a shard of more than {most} rows, of which documents are made").format(most=f"{most:,}")
            raise RunFailed(str(self.given.run), what, _("choose a smaller --shard-bytes"))
        return raw_incoming(batch, row, len(self.expanding))

    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"skipped": dict(sorted(self.skipped.items()))}
        if self.misfits:
            facts["misfits"] = dict(sorted(self.misfits.items()))
        if self.offsets != (None, None):
            facts |= {"first_offset": self.offsets[0], "end_offset": self.offsets[1]}
        return facts


def raw_incoming(batch: pa.RecordBatch, row: int, expanding: int = 0) -> Incoming:
    """Rows as a source gives them, numbered from `row`; a text that is there is counted.

    `expanding`: how many steps make documents of them, whose numbers need room.
    """
    n = batch.num_rows
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    kinds = columns.pop("failure_kind").to_pylist()
    messages = columns.pop("failure_message").to_pylist()
    raw = columns.pop("failure_raw")
    failures = [Failure(at, "source", kind, messages[at] or "") for at, kind in enumerate(kinds) if kind]
    if columns["text"].null_count < n:
        counted = _core.count_text(pc.fill_null(columns["text"], ""))
        there = columns["text"].is_valid()
        for name in ("text_chars", "text_words"):
            columns[name] = pc.if_else(there, pa.array(counted[name]), pa.scalar(None, pa.int64()))
    rows = lineage.first(np.arange(row, row + n, dtype=np.int64), expanding)
    last = np.full(n, NEVER, dtype=np.int32)
    return Incoming(
        columns, rows, last, np.zeros(n, dtype=bool), failures, size=_bytes(batch), failure_raw=raw
    )


def in_sample(document_id: str, share: float, seed: int = 0) -> bool:
    """Whether a document is in the sample of a share: by its id alone, so 1 % lies inside 10 %.

    Examples:
        >>> [in_sample(digit * 32, 0.5) for digit in "07f"]
        [False, True, True]
    """
    # The leading digits of an id are a hash already, but an id of another run may be anything; hash once more.
    text = f"{seed} {document_id}" if seed else document_id
    return int(_core.digest_bytes(text.encode())[:15], 16) < share * 16**15


def _bytes(batch: pa.RecordBatch) -> int:
    length = 0
    for value in batch.column("origin").field("length").to_pylist():
        length += value or 0
    return length


class PassingRows(_Rows):
    """The rows that passed the phase before, with the answer of the corpus step between."""

    def _batches(self) -> Iterator[Incoming]:
        verdict = Verdict(self.given)
        for path in self.given.spec["passing"]:
            file = store.open_parquet(path)
            for group in range(file.num_row_groups):
                yield verdict.join(passing_batch(file.read_row_group(group), self.given))


def passing_batch(table: pa.Table, given: RowSpec) -> Incoming:
    """Rows as a phase stored them."""
    columns = columns_of(table)
    steps = {step.name: number for number, step in enumerate(given.recipe.steps)}
    names = columns.pop("last_step").to_pylist()
    last = np.array([steps.get(name, NEVER) if name else NEVER for name in names], dtype=np.int32)
    edited = columns.pop("edited").to_numpy(zero_copy_only=False)
    rows = columns["row"].to_numpy()
    batch = Incoming(columns, rows, last, np.zeros(len(rows), dtype=bool), size=table.nbytes)
    batch.known_edited = edited
    return batch


def columns_of(table: pa.Table) -> dict[str, pa.Array]:
    """The columns of a table by name, each in one piece."""
    return {name: whole(table.column(name)) for name in table.column_names}


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, without a copy where it is one."""
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks)
        if column.num_chunks
        else pa.array([], column.type)
    )


class Verdict:
    """The corpus step's answer for the rows of one shard."""

    def __init__(self, given: RowSpec) -> None:
        self.step = given.recipe.steps[given.phase.join] if given.phase.join is not None else None
        self.table: pa.Table | None = None
        path = given.spec.get("verdict")
        if path:
            self.table = store.read_arrow(path)
        self.number = given.phase.join if given.phase.join is not None else NEVER

    def join(self, batch: Incoming) -> Incoming:
        """The batch with the step's signals: null outside its `where`, the operator's `absent` where no answer is."""
        if self.step is None:
            return batch
        seen = decide.inside(self.step.where, batch.columns, len(batch.rows))
        absent = self._absent(batch)
        for signal in self.step.op.signals:
            name = self.step.column(signal.name)
            values = absent[signal.name]
            if self.table is not None and self.table.num_rows:
                known = self.table.column("row").to_numpy()
                place = np.searchsorted(known, batch.rows)
                place[place == len(known)] = 0
                hit = known[place] == batch.rows
                joined = pc.take(whole(self.table.column(signal.name)), pa.array(place))
                values = pc.if_else(pa.array(hit), joined, values) if values is not None else joined
            if values is not None and not seen.all():
                values = pc.if_else(pa.array(seen), values, pa.scalar(None, values.type))
            batch.columns[name] = values
        batch.last = np.where(seen, np.maximum(batch.last, self.number), batch.last)
        return batch

    def _absent(self, batch: Incoming) -> dict[str, pa.Array]:
        step = self.step
        if step is None or step.op.absent is None:
            return dict.fromkeys(signal.name for signal in (step.op.signals if step else ()))
        made: dict[str, pa.Array] = step.op.absent(pa.RecordBatch.from_pydict(batch.columns))
        return made
