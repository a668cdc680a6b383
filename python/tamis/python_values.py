"""Rows of a table as Python values, whatever types its columns have: what Python cannot hold comes as text.

Python has no nanoseconds, no year after 9999, and not every time zone that a file may name; pyarrow raises there.

Examples:
    >>> records(pa.table({"at": pa.array([1, 2_000], pa.timestamp("ns"))}))
    [{'at': '1970-01-01T00:00:00.000000001'}, {'at': datetime.datetime(1970, 1, 1, 0, 0, 0, 2)}]
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

_MICROS = 6
"""Digits of a second that Python prints."""


def records(table: pa.Table | pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows as dicts; as `to_pylist`, but a value that it raises for is text."""
    try:
        found: list[dict[str, Any]] = table.to_pylist()
        return found
    except Exception:  # pyarrow raises what datetime, zoneinfo or pandas do
        columns = [values(column) for column in table.columns]
    names = table.schema.names
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def values(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The values of a column; one that `to_pylist` raises for is text."""
    try:
        found: list[Any] = column.to_pylist()
        return found
    except Exception:
        return [value(scalar) for scalar in column]


def value(scalar: Any) -> Any:
    """The Python value of a scalar; inside lists, structs and maps only what Python cannot hold is text."""
    try:
        return scalar.as_py()
    except Exception:
        kind = scalar.type
    if pa.types.is_struct(kind):
        return {name: value(scalar[name]) for name in (field.name for field in kind)}
    if pa.types.is_map(kind):
        return [(value(pair["key"]), value(pair["value"])) for pair in scalar.values]
    if pa.types.is_nested(kind):
        return values(scalar.values)
    if pa.types.is_dictionary(kind) or isinstance(kind, pa.BaseExtensionType):
        return value(scalar.value)
    return _text(scalar)


def _text(scalar: Any) -> str:
    kind: Any = scalar.type
    count: Any = getattr(scalar, "value", None)
    if getattr(kind, "unit", "") == "ns":
        coarse = (
            pa.time64("us") if pa.types.is_time64(kind) else pa.timestamp("us", getattr(kind, "tz", None))
        )
        try:
            whole = pa.scalar(count // 1000, coarse).as_py().isoformat(timespec="microseconds")
            end = whole.index(".") + 1 + _MICROS
            return f"{whole[:end]}{count % 1000:03d}{whole[end:]}"
        except Exception:
            pass
    try:
        return str(scalar.cast(pa.string()).as_py())
    except (pa.ArrowException, UnicodeDecodeError):
        return str(count)
