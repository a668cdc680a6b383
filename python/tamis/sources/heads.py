"""The first lines of a JSONL file: whether there is a text, and the types of the columns that were asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tamis.errors import InputError
from tamis.exact_json import parse
from tamis.messages import _
from tamis.sources.inputs import Input, ReadOptions
from tamis.sources.jsonl import split_lines
from tamis.sources.streams import BrokenStream, blocks
from tamis.sources.values import type_of

SAMPLE_LINES = 1000
"""Lines whose types are looked at where columns are asked for; where none is, the first text is enough."""
SAMPLE_BYTES = 4 << 20
"""How far the first text is looked for."""


@dataclass
class Head:
    """What the first lines say. `kinds`: type and line of each column asked for; `whole`: there are no more lines."""

    kinds: dict[str, tuple[str, int]] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    objects: int = 0
    texts: int = 0
    whole: bool = False


def read_head(input: Input, options: ReadOptions) -> Head:
    """The head of a JSONL file. Raises InputError for one array, and for a column of two types."""
    head = Head()
    wanted = SAMPLE_LINES if options.columns else 1
    for number, offset, line in _lines(input, options):
        if offset > SAMPLE_BYTES or (number > wanted and head.texts):
            return head
        try:
            record = parse(line)
        except (orjson.JSONDecodeError, RecursionError):
            record = [] if line.lstrip()[:1] == b"[" else None
        if type(record) is list and not head.objects:
            raise _array(input)
        if type(record) is dict:
            _look(head, record, number, input, options)
    # What is behind a break is not there either.
    head.whole = True
    return head


def _lines(input: Input, options: ReadOptions) -> Iterator[tuple[int, int, bytes]]:
    """(number from 1, offset, line) of the readable lines."""
    with options.open(input.path) as file:
        try:
            lines = split_lines(blocks(file), 0, options.max_document)
            for number, (offset, line, length) in enumerate(lines, 1):
                line = line.removeprefix(b"\xef\xbb\xbf")
                if length <= options.max_document and line.strip():
                    yield number, offset, line
        except BrokenStream:
            return


def _look(head: Head, record: dict[str, Any], number: int, input: Input, options: ReadOptions) -> None:
    head.objects += 1
    head.texts += options.text_column in record
    if len(head.names) < SAMPLE_LINES:
        head.names.update(dict.fromkeys(record))
    inner = record.get("metadata")
    inner = inner if isinstance(inner, Mapping) else {}
    for name in options.columns or ():
        if name in record or name in inner:
            value = record[name] if name in record else inner[name]
            # An integer beyond 64 bits stays in `metadata`, whatever the others are.
            kind = "int64" if type(value) is int else type_of(value)
            head.kinds[name] = _joined(name, (kind, number), head.kinds.get(name), input)


def _joined(name: str, new: tuple[str, int], old: tuple[str, int] | None, input: Input) -> tuple[str, int]:
    if old is None or old[0] == "null":
        return new
    if new[0] in (old[0], "null"):
        return old
    if {new[0], old[0]} == {"int64", "double"}:
        return "double", new[1]
    raise InputError(
        input.name,
        _("column '{name}' is {kind} in line {line} and {other} in line {before}").format(
            name=name, kind=shown(new[0]), line=new[1], other=shown(old[0]), before=old[1]
        ),
        _("leave it out of --columns: it travels in metadata"),
    )


def shown(kind: str) -> str:
    """A JSON type as errors name it."""
    return "JSON" if kind == "json" else kind


def _array(input: Input) -> InputError:
    return InputError(
        input.name,
        _("is one JSON array, not one object a line"),
        _("convert it: jq -c '.[]' {path} > {path}l").format(path=input.path),
    )
