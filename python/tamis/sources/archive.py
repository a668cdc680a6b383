"""WARC and ARC archives: each record is a document, a removed one, a failed one, or counted by its type."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Any, BinaryIO

import orjson
import pyarrow as pa

from tamis.sources import charsets, http
from tamis.sources.batches import Reader, Rows
from tamis.sources.dialects import Arc, Dialect, Warc
from tamis.sources.failures import Broken, Unreadable
from tamis.sources.identity import document_id, record_id
from tamis.sources.inputs import Input, Range, ReadOptions
from tamis.sources.members import Codec, Gzip, search, zstd_of
from tamis.sources.records import Found, Record, member_records, plain_records, search_plain
from tamis.sources.streams import BrokenStream, blocks, compression_by_magic
from tamis.sources.window import Window

DOCUMENTS = ("response", "resource", "conversion")
HEAD_ROOM = 1 << 20
"""Bytes kept beyond `max_document`, for the heads of a record that is just within it."""
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$")


def dialect_of(input: Input) -> Dialect:
    return Arc() if input.format == "arc" else Warc()


def member_per_record(input: Input, options: ReadOptions) -> bool:
    """Whether the archive can be entered at its members: the first record ends with the first, and another follows."""
    with options.open(input.path) as file:
        codec = _codec(file)
        if codec is None:
            return not compression_by_magic(_head(file))
        window, dialect = Window(file), dialect_of(input)
        position = 0
        try:
            for _number in range(2):
                member = codec.member(window, position, 1 << 20)
                if member.total:
                    break
                position = member.end
            head = dialect.head(member.data, 0)
        except Broken:
            return search(window, codec, dialect, 1, None) is not None
        if member.total - head.start - head.length > 4:
            return False
        return window.at_end(member.end) or search(window, codec, dialect, member.end, None) is not None


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(8)


def _codec(file: BinaryIO) -> Codec | None:
    """How to enter the file at its members; None where it is plain, or one stream of another kind."""
    kind = compression_by_magic(_head(file))
    if kind == "gzip":
        return Gzip()
    return zstd_of(file) if kind == "zstd" else None


def read_archive(
    reader: Reader, input: Input, part: Range, options: ReadOptions, first_offset: int | None
) -> Iterator[pa.RecordBatch]:
    """Batches of the records that start in the range; see `Reader` for what it leaves behind."""
    rows = Rows(reader.schema, input, options)
    with options.open(input.path) as file:
        walk = _walk(reader, file, input, part, options, first_offset)
        end = None
        try:
            while True:
                try:
                    found = next(walk)
                except StopIteration as stop:
                    end = stop.value
                    break
                reader.position = found.offset if isinstance(found, Record) else found[0]
                if reader.first_offset is None:
                    reader.first_offset = reader.position
                if add(reader, rows, found, options) and (batch := rows.take()):
                    yield batch
        except BrokenStream as broken:
            rows.fail(reader.position, None, "record", str(broken), b"")
            end = input.size
        reader.end_offset = end
    if batch := rows.take():
        yield batch


def _walk(
    reader: Reader, file: BinaryIO, input: Input, part: Range, options: ReadOptions, exact: int | None
) -> Generator[Found, None, int | None]:
    dialect, keep = dialect_of(input), options.max_document + HEAD_ROOM
    codec = _codec(file)
    start: int | None = part.start if exact is None else exact
    if codec is not None and (part.start or part.end < input.size or member_per_record(input, options)):
        window = Window(file, start or 0)
        if exact is None and part.start:
            start = search(window, codec, dialect, part.start, part.end)
        if start is None:
            return None
        return (yield from member_records(window, codec, dialect, start, part.end, keep))
    if codec is not None or compression_by_magic(_head(file)):
        file.seek(0)
        window = Window(None, 0, blocks(file))
        yield from plain_records(window, dialect, 0, 1 << 62, keep)
        return input.size
    window = Window(file, start or 0)
    if exact is None and part.start:
        start = search_plain(window, dialect, part.start, part.end)
    if start is None:
        return None
    return (yield from plain_records(window, dialect, start, part.end, keep))


def add(reader: Reader, rows: Rows, found: Found, options: ReadOptions) -> bool:
    """Make of a record a row, a failed row or a count. True when the batch is full."""
    if not isinstance(found, Record):
        offset, broken = found
        return rows.fail(offset, None, "record", broken.message, broken.raw)
    if found.head.type not in DOCUMENTS:
        reader.skip(found.head.type)
        return False
    known = _known(rows.name, found)
    try:
        row = _row(found, known, options)
    except Unreadable as error:
        return rows.fail(found.offset, found.length, error.kind, error.message, found.block, **known)
    payload = row.get("text") or row.get("content") or b""
    if not known["id"]:
        row["id"] = document_id(rows.name, found.offset, found.block)
    row["origin"] = rows.origin(found.offset, found.length)
    return rows.add(len(payload), row)


def _known(name: str, record: Record) -> dict[str, Any]:
    """What the head alone says of the document."""
    fields = record.head.fields
    url = fields.get("warc-target-uri") or fields.get("url") or ""
    own = fields.get("warc-record-id", "")
    return {
        "id": record_id(own) if own else document_id(name, record.offset, record.block),
        "url": url.removeprefix("<").removesuffix(">") or None,
        "date": iso_date(fields.get("warc-date") or fields.get("date") or ""),
        "source": name,
    }


def iso_date(date: str) -> str | None:
    """A date of a record; the 14 digits of ARC become ISO 8601.

    Examples:
        >>> iso_date("20080430204825")
        '2008-04-30T20:48:25Z'
    """
    match = _DATE.match(date)
    if not match:
        return date or None
    year, month, day, hour, minute, second = match.groups("00")
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"


def _row(record: Record, known: dict[str, Any], options: ReadOptions) -> dict[str, Any]:
    head, block = record.head, record.block
    row = dict(known)
    said = head.fields.get("content-type") or head.fields.get("type") or ""
    headers, body = {}, block
    if block.startswith(b"HTTP/") and (head.type == "response"):
        headers, body = http.split_message(block)
        row["headers"] = orjson.dumps(headers).decode()
        said = headers.get("content-type", "")
    identified = head.fields.get("warc-identified-payload-type", "")
    kind = http.content_type(identified or said)
    if kind and kind not in options.content_types:
        return {**row, "content_type": kind}
    if not record.whole:
        raise http.too_large(options.max_document)
    body = http.decode_body(headers, body, options.max_document)
    kind = kind or http.sniff_type(body)
    row["content_type"] = kind
    if kind not in options.content_types:
        return row
    markup = kind != "text/plain"
    row["charset"] = charsets.choose(body, http.charset_label(said), markup, row["url"], options.charset)
    if head.type == "conversion" and not markup:
        row["text"] = charsets.decode(body, row["charset"])
    else:
        row["content"] = body
    return row


