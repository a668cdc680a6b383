"""One document again, by its origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from tamis.sources.inputs import Input, Range, ReadOptions
from tamis.sources.reading import read

BEYOND_ALL = 1 << 62


def document_at(
    inputs: Sequence[Input], origin: Mapping[str, Any], options: ReadOptions
) -> pa.RecordBatch | None:
    """The row whose `origin` this is, alone in a batch, read again from its input; None where no input has it.

    One seek where the input can be entered in the middle; a stream is read up to the place.
    """
    for one in inputs:
        for found, part in _places(one, origin, options):
            exact = None if found.format in ("parquet", "run", "pack", "chunk") else origin["offset"]
            reader = read(found, part, options, exact)
            try:
                for batch in reader:
                    row = _row(batch, origin)
                    if row is not None:
                        return row
            finally:
                reader.close()
    return None


def _places(one: Input, origin: Mapping[str, Any], options: ReadOptions) -> list[tuple[Input, Range]]:
    """Where in an input the document may lie."""
    name, offset = origin["name"], origin["offset"]
    if one.format == "pack":
        return [one.narrow(Range(at, at + 1)) for at, file in enumerate(one.files) if file.name == name]
    if one.name != name and one.format not in ("run", "chunk"):
        return []
    if one.format == "parquet":
        from tamis.sources.parquet import group_of_row

        group = group_of_row(one, offset, options)
        return [] if group is None else [(one, Range(group, group + 1))]
    if one.format in ("run", "chunk"):
        from tamis.sources.splitting import split

        return [(one, part) for part in split(one, BEYOND_ALL, options) or []]
    return [(one, Range(offset, offset + 1))]


def _row(batch: pa.RecordBatch, origin: Mapping[str, Any]) -> pa.RecordBatch | None:
    for number, there in enumerate(batch.column("origin").to_pylist()):
        if there["name"] == origin["name"] and there["offset"] == origin["offset"]:
            return batch.slice(number, 1)
    return None
