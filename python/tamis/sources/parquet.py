"""Parquet: ranges are row groups; other columns travel as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tamis.errors import InputError
from tamis.messages import _
from tamis.sources.batches import RAW_BYTES, Reader
from tamis.sources.checking import OWN_NAMES, no_text
from tamis.sources.identity import document_id
from tamis.sources.inner import Inner, as_text, inner_types
from tamis.sources.inputs import Input, Range, ReadOptions
from tamis.sources.valid import whole_texts, without_views

MAX_ROWS = 1024
_KNOWN = ("url", "date", "source", "metadata")
_FORMS = {"url": ("url",), "date": ("date", "created")}
"""Known columns by the names that they may have, also inside `metadata`; the first that has a value is taken."""
_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_FAILURE = ("failure_kind", "failure_message", "failure_raw")
_BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)


@contextmanager
def open_parquet(input: Input, options: ReadOptions) -> Iterator[pq.ParquetFile]:
    """The open file; pages are streamed, so that a huge row group needs little memory."""
    with options.open(input.path) as file:
        try:
            opened = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
        except (pa.ArrowInvalid, OSError) as error:
            raise InputError(
                input.name,
                _("not a Parquet file, or a damaged one: {reason}").format(reason=str(error).split("\n")[0]),
                _("download or write the file again"),
            ) from error
        yield opened


def column_types(input: Input, options: ReadOptions) -> tuple[dict[str, pa.DataType], dict[str, str]]:
    """The Arrow types of the columns that travel beside the known ones, and why others do not.

    Columns named as tamis names its own (`origin`, `text_chars`, `STEP.SIGNAL`...) do not travel, nor does more than
    the last of two of one name. Raises where there is no text column.
    """
    if not input.size:
        return {}, {}
    with open_parquet(input, options) as file:
        found = file.schema_arrow
    if options.text_column not in found.names:
        raise no_text(input.path, options.text_column, found.names)
    kinds = {field.name: _plain(field.type) for field in found}
    if options.columns is not None:
        kinds = inner_types(kinds.get("metadata")) | kinds
        return {name: _plain(kinds[name]) for name in options.columns if name in kinds}, {}
    read = {options.text_column, "id", *_KNOWN}
    if "date" not in kinds:
        read.add("created")
    kept = {name: kind for name, kind in kinds.items() if not (name in OWN_NAMES | read or "." in name)}
    kept.pop("created", None)
    if input.format == "run":
        return kept, {}
    left = {name: _why_not(name) for name in kinds if name not in kept and name not in read}
    twice = _("there are two of a name, and the last one is read")
    return kept, left | {name: twice for name in kinds if name not in left and found.names.count(name) > 1}


def _why_not(name: str) -> str:
    if "." in name:
        return _("names with a dot are those of steps")
    return _("`date` is there") if name == "created" else _("tamis has columns of these names")


def _plain(kind: pa.DataType) -> pa.DataType:
    """One type for all ways to store a string, so that files that differ only in that agree."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.string() if any(test(kind) for test in _TEXTS) else without_views(kind)


def row_group_ranges(input: Input, target: int, options: ReadOptions) -> list[Range]:
    """Consecutive row groups up to the target by uncompressed size; a larger group stands alone."""
    if not input.size:
        return [Range(0, 0, 0)]
    with open_parquet(input, options) as file:
        sizes = [file.metadata.row_group(n).total_byte_size for n in range(file.metadata.num_row_groups)]
    found, start, size = [], 0, 0
    for number, one in enumerate(sizes):
        if number > start and size + one > target:
            found.append(Range(start, number, size))
            start, size = number, 0
        size += one
    return [*found, Range(start, len(sizes), size)]


def group_of_row(input: Input, row: int, options: ReadOptions) -> int | None:
    """The row group that holds a row of the file."""
    with open_parquet(input, options) as file:
        for number in range(file.metadata.num_row_groups):
            row -= file.metadata.row_group(number).num_rows
            if row < 0:
                return number
    return None


def read_parquet(reader: Reader, input: Input, part: Range, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Batches of the row groups in the range. `origin.offset` is the row in the file."""
    if not input.size:
        return
    with open_parquet(input, options) as file:
        facts = file.metadata
        row = sum(facts.row_group(number).num_rows for number in range(part.start))
        reader.first_offset, table = row, _Table(reader.schema, input, options)
        wanted = [name for name in file.schema_arrow.names if name in table.wanted]
        if options.text_column not in wanted:
            raise no_text(input.path, options.text_column, file.schema_arrow.names)
        groups = list(range(part.start, part.end))
        batches = file.iter_batches(_rows_at_once(facts, groups, options), row_groups=groups, columns=wanted)
        while batch := _next(batches, input, row):
            yield from _cut(table.documents(batch, row), options)
            row += batch.num_rows
            reader.position = row
        reader.end_offset = row


def _next(batches: Iterator[pa.RecordBatch], input: Input, row: int) -> pa.RecordBatch | None:
    try:
        return next(batches, None)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(
            input.name,
            _("damaged near row {row}: {reason}").format(row=row, reason=reason),
            _("download or write the file again"),
        ) from error


def _rows_at_once(facts: Any, groups: list[int], options: ReadOptions) -> int:
    """Rows that hold about `batch_bytes`, where the rows of the range are largest."""
    sizes = [facts.row_group(number) for number in groups]
    largest = max((one.total_byte_size // max(one.num_rows, 1) for one in sizes), default=0)
    return max(1, min(MAX_ROWS, options.batch_bytes // max(largest, 1)))


def _cut(batch: pa.RecordBatch, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """Pieces of at most `batch_bytes` of text, at least one row each."""
    if batch.column("text").nbytes <= options.batch_bytes:
        yield batch
        return
    lengths = pc.fill_null(pc.binary_length(batch.column("text")), 0).to_pylist()
    start = size = 0
    for row, length in enumerate(lengths):
        if row > start and size + length > options.batch_bytes:
            yield batch.slice(start, row - start)
            start, size = row, 0
        size += length
    yield batch.slice(start)


class _Table:
    """From a file's batches to documents, by columns."""

    def __init__(self, schema: pa.Schema, input: Input, options: ReadOptions) -> None:
        self._schema, self._input, self._options = schema, input, options
        self.wanted = {options.text_column, "id", "created", *_KNOWN, *schema.names} - {"source_id"}
        if input.format == "run":
            self.wanted |= {"origin", "source_id"}
        else:
            self.wanted -= {"origin"}
        self._inside = set(options.columns or ())

    def documents(self, batch: pa.RecordBatch, row: int) -> pa.RecordBatch:
        """The batch with ids and origins; rows without a readable text become failed rows."""
        there = {
            name: column if (kind := without_views(column.type)) == column.type else column.cast(kind)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        }
        texts, failures = self._texts(there[self._options.text_column])
        others = there.keys() - {self._options.text_column}
        if self._input.format != "run" and (bad := whole_texts(there, sorted(others))):
            texts, failures = _without(texts, failures, bad)
        made: dict[str, Any] = {"text": texts, **failures}
        if self._input.format != "run":
            inner = Inner(there.get("metadata"))
            there |= {name: inner.column(name) for name in self._inside - there.keys() if inner.has(name)}
            for name, forms in _FORMS.items():
                there |= inner.filled(there, name, forms)
        for name in _KNOWN:
            if name in there:
                made[name] = as_text(there[name])
        if made.get("source") is None:
            made["source"] = pa.array([self._input.name] * len(batch), pa.string())
        if self._input.format == "run":
            made |= {name: there[name] for name in ("id", "origin", "source_id") if name in there}
        else:
            made |= self._identity(there.get("id"), texts, row)
        arrays = []
        for field in self._schema:
            array = made.get(field.name)
            if array is None and field.name in there and field.name not in OWN_NAMES:
                array = there[field.name]
            if array is None:
                array = pa.nulls(len(batch), field.type)
            arrays.append(array if array.type == field.type else array.cast(field.type))
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _identity(self, own: pa.Array | None, texts: pa.Array, row: int) -> dict[str, pa.Array]:
        name, count = self._input.name, len(texts)
        own_ids = as_text(own) if own is not None else pa.nulls(count, pa.string())
        contents = texts.cast(pa.large_binary()).to_pylist()
        ids = [
            document_id(name, row + at, content or b"", known or "")
            for at, (content, known) in enumerate(zip(contents, own_ids.to_pylist(), strict=True))
        ]
        origin = pa.StructArray.from_arrays(
            [
                pa.array([name] * count, pa.string()),
                pa.array(range(row, row + count)),
                pa.nulls(count, pa.int64()),
            ],
            ["name", "offset", "length"],
        )
        return {"id": pa.array(ids, pa.string()), "origin": origin, "source_id": own_ids}

    def _texts(self, column: pa.Array) -> tuple[pa.Array, dict[str, pa.Array]]:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if not any(test(kind) for test in (*_TEXTS, *_BYTES)):
            what = _("column '{name}' is {kind}, not text").format(name=self._options.text_column, kind=kind)
            raise InputError(self._input.name, what, _("name the column that holds the text: --text NAME"))
        raw = column.cast(kind).cast(pa.large_binary())
        lengths = pc.max(pc.binary_length(raw)).as_py() or 0
        texts = pa.Array.from_buffers(pa.large_string(), len(raw), raw.buffers(), offset=raw.offset)
        try:
            texts.validate(full=True)
            clean = not texts.null_count and lengths <= self._options.max_document
        except pa.ArrowInvalid:
            clean = False
        return (texts, {}) if clean else self._one_by_one(raw.to_pylist())

    def _one_by_one(self, contents: list[bytes | None]) -> tuple[pa.Array, dict[str, pa.Array]]:
        texts: list[str | None] = []
        kinds: list[str | None] = []
        messages: list[str | None] = []
        limit = self._options.max_document
        for content in contents:
            text = kind = message = None
            if content is None:
                kind, message = "record", _("the text is null")
            elif len(content) > limit:
                kind = "size"
                message = _("the text has {length} bytes, the limit is {limit}").format(
                    length=len(content), limit=limit
                )
            else:
                try:
                    text = content.decode()
                except UnicodeDecodeError as error:
                    kind, message = (
                        "encoding",
                        _("not UTF-8 at byte {byte} of the text").format(byte=error.start),
                    )
            texts.append(text)
            kinds.append(kind)
            messages.append(message)
        raw = [
            (content or b"")[:RAW_BYTES] if kind else None
            for content, kind in zip(contents, kinds, strict=True)
        ]
        return pa.array(texts, pa.large_string()), {
            "failure_kind": pa.array(kinds, pa.string()),
            "failure_message": pa.array(messages, pa.string()),
            "failure_raw": pa.array(raw, pa.binary()),
        }


def _without(
    texts: pa.Array, failures: dict[str, pa.Array], bad: dict[int, str]
) -> tuple[pa.Array, dict[str, pa.Array]]:
    """The rows of `bad` (row to column) fail too, unless they have failed already."""
    columns: list[list[Any]] = [
        failures[name].to_pylist() if name in failures else [None] * len(texts) for name in _FAILURE
    ]
    kinds, messages, raw = columns
    for row, name in bad.items():
        if kinds[row] is None:
            kinds[row], messages[row] = "encoding", _("column '{name}' is not UTF-8").format(name=name)
            raw[row] = (texts[row].as_py() or "").encode()[:RAW_BYTES]
    found = zip(_FAILURE, (kinds, messages, raw), (pa.string(), pa.string(), pa.binary()), strict=True)
    failed = pa.array([kind is not None for kind in kinds])
    left = pc.if_else(failed, pa.scalar(None, texts.type), texts)
    return left, {name: pa.array(column, kind) for name, column, kind in found}
