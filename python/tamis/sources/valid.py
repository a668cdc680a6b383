"""Strings of a file that are no UTF-8, which Arrow reads without a word and which everything behind stumbles over."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa


def whole_texts(columns: dict[str, pa.Array], names: Sequence[str]) -> dict[int, str]:
    """Of these columns, also inside lists and structs: the rows with a string that is not UTF-8, and its column.

    In `columns` such values are null afterwards.
    """
    found: dict[int, str] = {}
    for name in names:
        column = columns[name]
        if _valid(column):
            continue
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        bad = [row for row in range(len(column)) if not _valid(column.take(pa.array([row])))]
        for row in bad:
            found.setdefault(row, name)
        left = set(bad)
        columns[name] = column.take(
            pa.array([None if row in left else row for row in range(len(column))], pa.int64())
        )
    return found


def _valid(column: pa.Array) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
