"""Rows gathered into Arrow batches that are cut by bytes, and the reader that hands them out."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import pyarrow as pa

from tamis.sources.identity import document_id
from tamis.sources.inputs import Input, ReadOptions

RAW_BYTES = 4096

ORIGIN = pa.struct([("name", pa.string()), ("offset", pa.int64()), ("length", pa.int64())])
FAILURE = [
    pa.field("failure_kind", pa.string()),
    pa.field("failure_message", pa.string()),
    pa.field("failure_raw", pa.binary()),
]
_IDENTITY = [pa.field("id", pa.string()), pa.field("origin", ORIGIN), pa.field("text", pa.large_string())]
_BYTES = [
    pa.field("content", pa.large_binary()),
    pa.field("content_type", pa.string()),
    pa.field("charset", pa.string()),
]
_PLACE = [pa.field("url", pa.string()), pa.field("date", pa.string()), pa.field("source", pa.string())]
_OWN = [pa.field("source_id", pa.string()), pa.field("metadata", pa.string())]

ARCHIVE_SCHEMA = pa.schema([*_IDENTITY, *_BYTES, pa.field("headers", pa.string()), *_PLACE, *FAILURE])
FILE_SCHEMA = pa.schema([*_IDENTITY, *_BYTES, *_PLACE, *FAILURE])
TABLE_FIELDS = [*_IDENTITY, *_PLACE, *_OWN]


class Rows:
    """Documents on their way into record batches; full at `batch_bytes` of payload or `batch_rows` rows."""

    def __init__(self, schema: pa.Schema, input: Input, options: ReadOptions) -> None:
        self.schema = schema
        self.name = input.name
        self._limit_bytes, self._limit_rows = options.batch_bytes, options.batch_rows
        self._names = schema.names
        self._columns: dict[str, list[Any]] = {name: [] for name in self._names}
        self._bytes = 0

    def add(self, payload_bytes: int, row: dict[str, Any]) -> bool:
        """One document; fields that `row` lacks are null. True when the batch should be taken."""
        for name, column in self._columns.items():
            column.append(row.get(name))
        self._bytes += payload_bytes
        return self.full

    @property
    def full(self) -> bool:
        return self._bytes >= self._limit_bytes or len(self._columns["id"]) >= self._limit_rows

    def fail(
        self, offset: int, length: int | None, kind: str, message: str, raw: bytes, **known: Any
    ) -> bool:
        """One record that cannot be read: a row with its place, the reason and the first 4 KB."""
        raw = raw[:RAW_BYTES]
        row = {
            "id": document_id(self.name, offset, raw),
            "origin": self.origin(offset, length),
            "failure_kind": kind,
            "failure_message": message,
            "failure_raw": raw,
            **known,
        }
        return self.add(len(raw), row)

    def origin(self, offset: int, length: int | None) -> dict[str, Any]:
        return {"name": self.name, "offset": offset, "length": length}

    def take(self) -> pa.RecordBatch | None:
        """The rows so far as one batch; None where there are none."""
        if not self._columns["id"]:
            return None
        arrays = [_array(self._columns[field.name], field.type) for field in self.schema]
        self._columns = {name: [] for name in self._names}
        self._bytes = 0
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    """The values as Arrow; megabytes of pages are copied once, into a buffer of their size."""
    if not pa.types.is_large_binary(kind):
        return pa.array(values, kind)
    ends = array("q", accumulate((len(value or b"") for value in values), initial=0))
    valid = pa.array([value is not None for value in values]).buffers()[1] if None in values else None
    data = pa.py_buffer(b"".join(value for value in values if value is not None))
    return pa.LargeBinaryArray.from_buffers(kind, len(values), [valid, pa.py_buffer(ends), data])


Body = Callable[["Reader"], Iterator[pa.RecordBatch]]


class Reader:
    """An iterator of record batches over one range of one input.

    While it runs, `position` is the place reached (progress). When it is exhausted, `first_offset` is where the
    first record owned by the range starts (None: none starts there), `end_offset` where the walk stopped, at or
    past the range's end. `skipped` counts the records that are no documents, by type; `misfits` the values that did not
    fit the type of their column and stayed in `metadata`, by column.
    """

    def __init__(self, schema: pa.Schema, body: Body) -> None:
        self.schema = schema
        self.first_offset: int | None = None
        self.end_offset: int | None = None
        self.skipped: dict[str, int] = {}
        self.misfits: dict[str, int] = {}
        self.position = 0
        self._batches = body(self)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        return next(self._batches)

    def skip(self, kind: str) -> None:
        self.skipped[kind] = self.skipped.get(kind, 0) + 1

    def misfit(self, column: str) -> None:
        self.misfits[column] = self.misfits.get(column, 0) + 1

    def close(self) -> None:
        """Stop early and close the file."""
        close = getattr(self._batches, "close", None)
        if close is not None:
            close()
