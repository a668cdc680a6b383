"""Whole files as documents: plain text, and HTML pages for `extract`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from tamis.messages import _
from tamis.sources import charsets
from tamis.sources.batches import Reader, Rows
from tamis.sources.failures import Unreadable
from tamis.sources.formats import compression_of
from tamis.sources.identity import document_id
from tamis.sources.inputs import Input, Range, ReadOptions
from tamis.sources.streams import BrokenStream, blocks

_SUFFIX_TYPES = {".xhtml": "application/xhtml+xml"}


def read_files(reader: Reader, input: Input, part: Range, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """One row a file of the pack; `origin` names the file itself."""
    files = input.files[part.start : part.end] if input.format == "pack" else (input,)
    reader.first_offset, reader.end_offset = part.start, part.end
    rows = Rows(reader.schema, input, options)
    for position, one in enumerate(files, part.start):
        rows.name = one.name
        reader.position = position
        content = b""
        try:
            content = _content(one, options)
            full = rows.add(len(content), _row(one, content, options))
        except Unreadable as error:
            # The id that the file has where it can be read (of another charset rule), not that of its beginning.
            known = {"id": document_id(one.name, 0, content), "source": one.name}
            full = rows.fail(0, one.size, error.kind, error.message, content, **known)
        if full and (batch := rows.take()):
            yield batch
    if batch := rows.take():
        yield batch


def _content(one: Input, options: ReadOptions) -> bytes:
    whole = bytearray()
    with options.open(one.path) as file:
        try:
            for block in blocks(file, None if compression_of(one.path) else ""):
                whole += block
                if len(whole) > options.max_document:
                    text = _("the file has more than {limit} bytes").format(limit=options.max_document)
                    raise Unreadable("size", text)
        except BrokenStream as broken:
            raise Unreadable("record", str(broken)) from broken
    return bytes(whole)


def _row(one: Input, content: bytes, options: ReadOptions) -> dict[str, Any]:
    markup = one.format == "html"
    charset = charsets.choose(content, None, markup, None, options.charset)
    row: dict[str, Any] = {
        "id": document_id(one.name, 0, content),
        "origin": {"name": one.name, "offset": 0, "length": one.size},
        "charset": charset,
        "source": one.name,
    }
    if not markup:
        return {**row, "content_type": "text/plain", "text": charsets.decode(content, charset)}
    suffix = "." + one.path.lower().rsplit(".", 1)[-1]
    row["content_type"] = _SUFFIX_TYPES.get(suffix, "text/html")
    row["content"] = content if row["content_type"] in options.content_types else None
    return row
