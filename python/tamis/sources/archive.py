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
from tamis.sources.formats import compression_of
from tamis.sources.identity import document_id, record_id
from tamis.sources.inputs import Input, Range, ReadOptions
from tamis.sources.members import Codec, Gzip, probe, search, zstd_of
from tamis.sources.records import Found, Record, member_records, plain_records, search_plain
from tamis.sources.streams import blocks, compression_by_magic
from tamis.sources.window import Window

DOCUMENTS = ("response", "resource", "conversion")
HEAD_ROOM = 1 << 20
"""Bytes kept beyond `max_document`, for the heads of a record that is just within it."""
_TRIED = 3
_END = 1 << 62
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?$")


def dialect_of(input: Input) -> Dialect:
    return Arc() if input.format == "arc" else Warc()


def member_per_record(input: Input, options: ReadOptions) -> bool:
    """Whether the archive can be entered in the middle: it is plain, or its members hold one record each."""
    with options.open(input.path) as file:
        codec = _codec(file, input)
        if codec is None:
            return not compression_by_magic(_head(file))
        return _one_each(Window(file), codec, dialect_of(input))


def _one_each(window: Window, codec: Codec, dialect: Dialect) -> bool:
    """Whether the first members hold one record each; a broken one says nothing, if others can be found."""
    position, seen = 0, 0
    while seen < _TRIED and not window.at_end(position):
        try:
            member = codec.member(window, position, HEAD_ROOM)
            if member.total:
                head = dialect.head(member.data, 0)
                beyond = member.total - head.start - head.length
                spans = beyond < 0 and not window.at_end(member.end)
                if beyond > 4 or (spans and not probe(window, codec, dialect, member.end)):
                    return False
                seen += 1
            position = member.end
        except Broken:
            found = search(window, codec, dialect, position + 1, None)
            if found is None:
                return seen > 0 or _holds_one(window, codec, dialect)
            position = found
    return seen > 0


def _holds_one(window: Window, codec: Codec, dialect: Dialect) -> bool:
    """Whether what can be read of a broken only member is no more than one record."""
    index = window.index(0, HEAD_ROOM)
    data = codec.begin(window.data, index, HEAD_ROOM)
    try:
        head = dialect.head(data, 0)
    except Broken:
        return True
    return len(data) <= head.start + head.length + 4


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(8)


def _codec(file: BinaryIO, input: Input) -> Codec | None:
    """How to enter the file at its members; None where it is plain, or one stream of another kind.

    The first bytes decide, and the suffix where they are damaged.
    """
    head = _head(file)
    kind = compression_by_magic(head)
    if not kind and head[:5].upper() != Warc.mark and input.format == "warc":
        kind = compression_of(input.path)
    if kind == "gzip":
        return Gzip()
    return zstd_of(file) if kind == "zstd" else None


def read_archive(
    reader: Reader, input: Input, part: Range, options: ReadOptions, first_offset: int | None
) -> Iterator[pa.RecordBatch]:
    """Batches of the records that start in the range; see `Reader` for what it leaves behind."""
    rows = Rows(reader.schema, input, options)
    if first_offset is not None and first_offset < part.end:
        reader.first_offset = first_offset
    with options.open(input.path) as file:
        walk = _walk(reader, file, input, part, options, first_offset)
        end = None
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
        reader.end_offset = end
    if batch := rows.take():
        yield batch


def _walk(
    reader: Reader, file: BinaryIO, input: Input, part: Range, options: ReadOptions, exact: int | None
) -> Generator[Found, None, int | None]:
    dialect, keep = dialect_of(input), options.max_document + HEAD_ROOM
    codec = _codec(file, input)
    start: int | None = part.start if exact is None else exact
    split_before = exact is None and (part.start or part.end < input.size)
    if codec is not None and (split_before or member_per_record(input, options)):
        window = Window(file, start or 0)
        if exact is None and part.start:
            start = search(window, codec, dialect, part.start, part.end)
        if start is None:
            return None
        return (yield from member_records(window, codec, dialect, start, part.end, keep))
    if codec is not None or compression_by_magic(_head(file)):
        file.seek(0)
        window = Window(None, 0, blocks(file))
        yield from _stream_records(window, dialect, exact or 0, _END if exact is None else part.end, keep)
        return input.size
    window = Window(file, start or 0)
    if exact is None and part.start:
        start = search_plain(window, dialect, part.start, part.end)
    if start is None:
        return None
    return (yield from plain_records(window, dialect, start, part.end, keep))


def _stream_records(window: Window, dialect: Dialect, start: int, end: int, keep: int) -> Iterator[Found]:
    """The records of one stream; where it breaks between two of them, that is a failed row too."""
    last: Found | None = None
    for found in plain_records(window, dialect, start, end, keep):
        last = found
        yield found
    if window.broken and not (last and isinstance(last, tuple)):
        yield window.end, Broken(window.broken)


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
    headers: http.Headers = {}
    body = block
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
    kind = http.binary_type(body) or kind or http.sniff_type(body)
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
