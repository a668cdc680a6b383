"""JSON lines: own the lines whose first byte lies in the range; a bad line is one failed row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import orjson
import pyarrow as pa

from tamis.exact_json import parse, text_of
from tamis.messages import _
from tamis.sources.batches import RAW_BYTES, Reader, Rows
from tamis.sources.identity import document_id
from tamis.sources.inputs import Input, Range, ReadOptions
from tamis.sources.streams import BrokenStream, blocks, compression_by_magic
from tamis.sources.values import ANY, fitted, named

Line = tuple[int, bytes, int]


def read_jsonl(
    reader: Reader, input: Input, part: Range, options: ReadOptions, first_offset: int | None
) -> Iterator[pa.RecordBatch]:
    """Batches of the range's documents; see `Reader` for what it leaves behind."""
    rows = Rows(reader.schema, input, options)
    fields = Fields(rows, options, reader.misfit)
    file = options.open(input.path)
    with file:
        compressed = bool(compression_by_magic(file.read(6)))
        file.seek(0)
        start = part.start if first_offset is None else first_offset
        whole = compressed and first_offset is None
        lines = (
            _compressed(file, options) if compressed else _plain(file, start, first_offset is None, options)
        )
        end = part.end
        try:
            for offset, line, length in lines:
                if offset < start and compressed and not whole:
                    continue
                if offset >= end and not whole:
                    reader.end_offset = offset
                    break
                if reader.first_offset is None:
                    reader.first_offset = offset
                reader.position = offset
                if fields.add(offset, line, length) and (batch := rows.take()):
                    yield batch
        except BrokenStream as broken:
            rows.fail(reader.position, None, "record", str(broken), b"")
        if reader.end_offset is None:
            reader.end_offset = input.size
    if batch := rows.take():
        yield batch


def _plain(file: BinaryIO, start: int, search: bool, options: ReadOptions) -> Iterator[Line]:
    if start and search:
        file.seek(start - 1)
        found = split_lines(blocks(file, ""), start - 1, options.max_document)
        next(found, None)
        return found
    file.seek(start)
    return split_lines(blocks(file, ""), start, options.max_document)


def _compressed(file: BinaryIO, options: ReadOptions) -> Iterator[Line]:
    return split_lines(blocks(file), 0, options.max_document)


def split_lines(stream: Iterator[bytes], offset: int, limit: int) -> Iterator[Line]:
    """(offset, line without its newline, whole length) of each line; a line above `limit` bytes is cut there."""
    kept = bytearray()
    length = 0
    for block in stream:
        first, *others = block.split(b"\n")
        length += len(first)
        kept += first[: max(limit + 1 - len(kept), 0)]
        if not others:
            continue
        yield offset, bytes(kept), length
        offset += length + 1
        last = others.pop()
        for line in others:
            yield offset, line, len(line)
            offset += len(line) + 1
        kept, length = bytearray(last[: limit + 1]), len(last)
    if length:
        yield offset, bytes(kept), length


class Fields:
    """From a parsed line to a row: the known fields to their columns, the others to `metadata` as JSON text.

    A value that does not fit the type of its column stays in `metadata`; the column is null there, and `misfit` is
    told its name.
    """

    def __init__(self, rows: Rows, options: ReadOptions, misfit: Callable[[str], None]) -> None:
        self._misfit = misfit
        self._rows, self._limit = rows, options.max_document
        self._text = options.text_column
        self._columns = options.columns or ()
        self._types = options.types

    def add(self, offset: int, line: bytes, length: int) -> bool:
        """Add the row or the failed row of one line. True when the batch is full."""
        rows = self._rows
        # At the head of a file, and where files were joined.
        line = line.removeprefix(b"\xef\xbb\xbf")
        if length > self._limit:
            text = _("the line has {length} bytes, the limit is {limit}")
            return rows.fail(offset, length, "size", text.format(length=length, limit=self._limit), line)
        if not line or line.isspace():
            return False
        try:
            record = parse(line)
            return rows.add(length, self._row(offset, line, length, record))
        except _BadRecord as bad:
            return rows.fail(offset, length, "record", str(bad), line)
        except orjson.JSONDecodeError as error:
            kind, message = why_not_json(line, error)
            return rows.fail(offset, length, kind, message, line)
        except RecursionError:
            return rows.fail(offset, length, "record", _("nested too deeply"), line)

    def _row(self, offset: int, line: bytes, length: int, record: Any) -> dict[str, Any]:
        if type(record) is not dict:
            raise _BadRecord(_("the line is {kind}, not an object").format(kind=named(record)))
        text = record.pop(self._text, None)
        if type(text) is not str:
            what = _("field '{name}' is {kind}, not a string")
            raise _BadRecord(what.format(name=self._text, kind=named(text)))
        nested = record.pop("metadata", None)
        inner = nested if type(nested) is dict else {}
        own = record.get("id")
        own = str(record.pop("id")) if type(own) in (str, int) else None
        row = {
            "text": text,
            "origin": {"name": self._rows.name, "offset": offset, "length": length},
            "source_id": own,
            "url": _string(record, inner, "url"),
            "date": _string(record, inner, "date") or _string(record, inner, "created"),
            "source": _string(record, {}, "source") or self._rows.name,
            "id": document_id(self._rows.name, offset, line, own or ""),
        }
        for name in self._columns:
            fits, row[name] = fitted(
                record[name] if name in record else inner.get(name), self._types.get(name, ANY)
            )
            if not fits:
                self._misfit(name)
            elif name in record:
                del record[name]
        row["metadata"] = _metadata(nested, record)
        return row


class _BadRecord(Exception):
    pass


def _string(record: dict[str, Any], inner: dict[str, Any], name: str) -> str | None:
    """A known field, taken out of the record; one that lies in `metadata` is copied, and stays there too."""
    value = record.get(name)
    if type(value) is str:
        del record[name]
        return value
    value = inner.get(name)
    return value if type(value) is str else None


def _metadata(nested: Any, others: dict[str, Any]) -> str | None:
    """The `metadata` object with the other fields beside its own; whole under its name where names collide."""
    if nested is None:
        merged = others
    elif type(nested) is dict and nested.keys().isdisjoint(others):
        merged = nested | others
    else:
        merged = {"metadata": nested, **others}
    return text_of(merged).decode() if merged else None


def why_not_json(line: bytes, error: orjson.JSONDecodeError) -> tuple[str, str]:
    """(failure kind, message): `encoding` for bytes that are not UTF-8 and for half a surrogate pair."""
    try:
        line.decode()
    except UnicodeDecodeError as bad:
        return "encoding", _("not UTF-8 at byte {byte} of the line").format(byte=bad.start)
    if "surrogate" in error.msg:
        return "encoding", _("half a surrogate pair, which no UTF-8 can hold")
    if line[:RAW_BYTES].lstrip()[:1] == b"[":
        return "record", _("a JSON array where a line with one object was expected")
    return "record", _("not JSON: {reason} at byte {byte}").format(reason=error.msg, byte=error.pos)
