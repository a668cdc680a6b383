"""What must agree before anything is read: the text column, and the types of the columns that travel."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import orjson
import pyarrow as pa

from tamis.errors import InputError
from tamis.messages import _
from tamis.sources.batches import ARCHIVE_SCHEMA, FAILURE, FILE_SCHEMA, TABLE_FIELDS
from tamis.sources.inputs import Input, ReadOptions
from tamis.sources.jsonl import split_lines, type_of
from tamis.sources.streams import BrokenStream, blocks

SAMPLE_LINES = 1000
"""Lines whose types are looked at where columns are asked for; a few are enough to see that there is a text."""
FEW_LINES = 20
SAMPLE_BYTES = 4 << 20
OWN_NAMES = frozenset(
    [
        "id",
        "origin",
        "text",
        "content",
        "content_type",
        "charset",
        "headers",
        "url",
        "date",
        "source",
        "source_id",
        "metadata",
        "row",
        "text_chars",
        "text_words",
        "removed_by",
        "removed_value",
        "removed_bound",
        "failed_rules",
        "failed_step",
        "last_step",
        "failure_kind",
        "failure_message",
        "failure_raw",
    ]
)


def schema(input: Input, options: ReadOptions) -> pa.Schema:
    """The columns of an input's batches."""
    if input.format in ("warc", "arc"):
        return ARCHIVE_SCHEMA
    if input.format == "pack":
        return FILE_SCHEMA
    if input.format == "chunk":
        from tamis.sources.ingest import chunk_schema

        return chunk_schema(input, options)
    if input.format == "jsonl":
        extras = [
            pa.field(name, type_of_text(options.types.get(name, "string"))) for name in options.columns or ()
        ]
        return pa.schema([*TABLE_FIELDS, *extras, *FAILURE])
    types = options.types or check([input], options).types
    extras = [pa.field(name, type_of_text(text)) for name, text in types.items()]
    return pa.schema([*TABLE_FIELDS, *extras, *FAILURE])


def check(inputs: Sequence[Input], options: ReadOptions) -> ReadOptions:
    """The options with the types of all columns that travel, from the heads and footers of the inputs.

    Raises InputError for an input without the text column, for a column that was asked for and is nowhere, and for
    two inputs that disagree on a type, naming both.
    """
    asked = options.columns or ()
    for name in asked:
        if name in OWN_NAMES or "." in name:
            raise InputError("--columns", _("'{name}' is a name of tamis itself").format(name=name))
    settled: dict[str, tuple[str, str]] = {}
    tables = [one for one in inputs if one.format in ("jsonl", "parquet", "run")]
    for one in tables:
        for name, kind in _types(one, options).items():
            settled[name] = _agree(name, kind, one.name, settled.get(name))
    missing = [name for name in asked if name not in settled]
    if missing and tables and any(one.size for one in tables):
        raise InputError(
            tables[0].name,
            _("no column '{name}' in any input").format(name=missing[0]),
            _("leave it out of --columns"),
        )
    types = {name: "string" if kind == "null" else kind for name, (kind, _where) in sorted(settled.items())}
    return replace(options, types=types)


def _agree(name: str, kind: str, where: str, before: tuple[str, str] | None) -> tuple[str, str]:
    if before is None or before[0] == "null":
        return kind, where
    if kind in (before[0], "null"):
        return before
    if {kind, before[0]} == {"int64", "double"}:
        return "double", where
    raise InputError(
        where,
        _("column '{name}' is {kind} here and {other} in {file}").format(
            name=name, kind=_shown(kind), other=_shown(before[0]), file=before[1]
        ),
        _("leave it out of --columns, or convert one of the files"),
    )


def _shown(kind: str) -> str:
    return "JSON" if kind == "json" else str(type_of_text(kind))


def _types(input: Input, options: ReadOptions) -> dict[str, str]:
    if input.format == "jsonl":
        return _jsonl_types(input, options)
    from tamis.sources.parquet import column_types

    return {name: text_of_type(kind) for name, kind in column_types(input, options).items()}


def _jsonl_types(input: Input, options: ReadOptions) -> dict[str, str]:
    found: dict[str, tuple[str, str]] = {}
    seen: dict[str, None] = {}
    texts = objects = 0
    for line in _head(input, options):
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            if not seen and line.lstrip()[:1] == b"[":
                raise _array(input) from None
            continue
        if type(record) is list and not seen:
            raise _array(input)
        if type(record) is not dict:
            continue
        objects += 1
        texts += options.text_column in record
        seen.update(dict.fromkeys(record))
        inner = record.get("metadata")
        inner = inner if isinstance(inner, Mapping) else {}
        for name in options.columns or ():
            if name in record or name in inner:
                kind = type_of(record[name] if name in record else inner[name])
                found[name] = _agree(name, kind, input.name, found.get(name))
    if objects and not texts:
        raise no_text(input.name, options.text_column, list(seen))
    return {name: kind for name, (kind, _where) in found.items()}


def _head(input: Input, options: ReadOptions) -> Iterator[bytes]:
    with options.open(input.path) as file:
        try:
            lines = split_lines(blocks(file), 0, options.max_document)
            for number, (offset, line, length) in enumerate(lines):
                if number >= (SAMPLE_LINES if options.columns else FEW_LINES) or offset > SAMPLE_BYTES:
                    return
                line = line.removeprefix(b"\xef\xbb\xbf") if offset == 0 else line
                if length <= options.max_document and line.strip():
                    yield line
        except BrokenStream:
            return


def no_text(where: str, column: str, there: Sequence[str]) -> InputError:
    """The error for an input without the text column."""
    names = ", ".join(there[:20]) or _("none")
    return InputError(
        where,
        _("no column '{name}' (there are: {names})").format(name=column, names=names),
        _("name the column that holds the text: --text NAME"),
    )


def _array(input: Input) -> InputError:
    return InputError(
        input.name,
        _("is one JSON array, not one object a line"),
        _("convert it: jq -c '.[]' {path} > {path}l").format(path=input.path),
    )


def text_of_type(kind: pa.DataType) -> str:
    """An Arrow type as text that JSON can hold."""
    name = str(kind)
    try:
        if pa.type_for_alias(name) == kind:
            return name
    except ValueError:
        pass
    whole = pa.schema([pa.field("", kind)]).serialize().to_pybytes()
    return "arrow:" + base64.b64encode(whole).decode()


def type_of_text(text: str) -> pa.DataType:
    """The Arrow type that `text_of_type` wrote; `json` is text."""
    if text in ("json", "null"):
        return pa.string()
    if text.startswith("arrow:"):
        whole = base64.b64decode(text.removeprefix("arrow:"))
        return pa.ipc.read_schema(pa.py_buffer(whole)).field(0).type
    return pa.type_for_alias(text)
