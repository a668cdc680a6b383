"""What must agree before anything is read: the text column, and the types of the columns that travel."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from tamis.errors import InputError
from tamis.messages import _
from tamis.sources.batches import ARCHIVE_SCHEMA, FAILURE, FILE_SCHEMA, TABLE_FIELDS
from tamis.sources.heads import SAMPLE_LINES, read_head, shown
from tamis.sources.inputs import Input, ReadOptions
from tamis.sources.values import ANY

NAMED = 8
"""Columns that a note names."""
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
            pa.field(name, type_of_text(options.types.get(name, ANY))) for name in options.columns or ()
        ]
        return pa.schema([*TABLE_FIELDS, *extras, *FAILURE])
    types = options.types or check([input], options).types
    extras = [pa.field(name, type_of_text(text)) for name, text in types.items()]
    return pa.schema([*TABLE_FIELDS, *extras, *FAILURE])


@dataclass(frozen=True)
class _Seen:
    """The type of a column and where it was seen. The numbers of a JSONL file may be widened, those of Parquet not."""

    kind: str
    where: str
    json: bool


def check(
    inputs: Sequence[Input], options: ReadOptions, note: Callable[[str], None] | None = None
) -> ReadOptions:
    """The options with the types of all columns that travel, from the heads and footers of the inputs.

    Raises InputError for an input without the text column, for a column that was asked for and is nowhere, and for
    two inputs that disagree on a type, naming both. `note` is told, in sentences, what travels otherwise than asked.
    """
    asked = options.columns or ()
    for name in asked:
        if name in OWN_NAMES or "." in name:
            what = _("'{name}' is a name of tamis itself").format(name=name)
            raise InputError("--columns", what, _("leave it out: url, date and the like travel anyway"))
    settled: dict[str, _Seen] = {}
    tables = [one for one in inputs if one.format in ("jsonl", "parquet", "run")]
    whole = True
    left: dict[str, dict[str, str]] = {}
    for one in tables:
        kinds, others, all_seen = _types(one, options)
        whole = whole and all_seen
        for name, why in others.items():
            left.setdefault(why, {}).setdefault(name, one.name)
        for name, kind in kinds.items():
            settled[name] = _agree(
                name, _Seen(kind, one.path, one.format == "jsonl"), settled.get(name), asked
            )
    missing = [name for name in asked if name not in settled]
    if missing and whole and any(one.size for one in tables):
        raise InputError(
            tables[0].name,
            _("no column '{name}' in any input").format(name=missing[0]),
            _("leave it out of --columns"),
        )
    if note is not None:
        for sentence in (*_late([] if whole else missing), *_left_out(left)):
            note(sentence)
    types = {name: _settled(seen) for name, seen in settled.items()} | dict.fromkeys(missing, ANY)
    return replace(options, types=dict(sorted(types.items())))


def _late(missing: Sequence[str]) -> Iterator[str]:
    said = _("no column '{name}' in the first {lines} lines of the inputs: what comes later is kept as text")
    for name in missing:
        yield said.format(name=name, lines=SAMPLE_LINES)


def _left_out(left: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """A sentence for each reason, with the columns and the first file."""
    said = _("columns left out ({why}): {names}, in {files}")
    for why, found in left.items():
        names = ", ".join(list(found)[:NAMED]) + (" ..." if len(found) > NAMED else "")
        files = sorted(set(found.values()))
        yield said.format(why=why, names=names, files=files[0] + (" ..." if len(files) > 1 else ""))


def _settled(seen: _Seen) -> str:
    if seen.kind == "null":
        return ANY if seen.json else "string"
    return seen.kind


def _agree(name: str, new: _Seen, old: _Seen | None, asked: Sequence[str]) -> _Seen:
    if old is None or old.kind == "null":
        return new
    if new.kind == "null":
        return old
    if new.kind == old.kind:
        return old if new.json else new
    whole, broken = (new, old) if new.kind == "int64" else (old, new)
    if (whole.kind, broken.kind) == ("int64", "double") and whole.json:
        return broken
    hint = (
        _("leave it out of --columns, or convert one of the files")
        if asked
        else _('name the columns to carry (--columns A,B, or "" for none), or convert one of the files')
    )
    raise InputError(
        new.where,
        _("column '{name}' is {kind} here and {other} in {file}").format(
            name=name, kind=_shown(new.kind), other=_shown(old.kind), file=old.where
        ),
        hint,
    )


def _shown(kind: str) -> str:
    return shown(kind) if kind == "json" else str(type_of_text(kind))


def _types(input: Input, options: ReadOptions) -> tuple[dict[str, str], dict[str, str], bool]:
    """The types of the columns that travel, why others do not, and whether there can be no more."""
    if input.format == "jsonl":
        head = read_head(input, options)
        if head.objects and not head.texts:
            raise no_text(input.path, options.text_column, list(head.names), whole=head.whole)
        return {name: kind for name, (kind, _line) in head.kinds.items()}, {}, head.whole
    from tamis.sources.parquet import column_types

    kinds, others = column_types(input, options)
    return {name: text_of_type(kind) for name, kind in kinds.items()}, others, True


def no_text(where: str, column: str, there: Sequence[str], *, whole: bool = True) -> InputError:
    """The error for an input without the text column, or (not `whole`) without one as far as was looked."""
    names = ", ".join(there[:20]) or _("none")
    what = (
        _("no column '{name}' (there are: {names})")
        if whole
        else _("no column '{name}' in its first lines (there are: {names})")
    )
    return InputError(
        where,
        what.format(name=column, names=names),
        _("name the column that holds the text: --text NAME"),
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
    """The Arrow type that `text_of_type` wrote; `json` and `any` are text."""
    if text in ("json", "null", ANY):
        return pa.string()
    if text.startswith("arrow:"):
        whole = base64.b64decode(text.removeprefix("arrow:"))
        return pa.ipc.read_schema(pa.py_buffer(whole)).field(0).type
    return pa.type_for_alias(text)
