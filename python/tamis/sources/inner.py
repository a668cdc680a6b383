"""What lies inside the `metadata` column of a Parquet file (datatrove's form): a struct, a map, or JSON text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tamis.python_values import values


def inner_types(kind: pa.DataType | None) -> dict[str, pa.DataType]:
    """The types of a struct's fields; what a map or a text holds shows no types."""
    if kind is None or not pa.types.is_struct(kind):
        return {}
    return {kind.field(place).name: kind.field(place).type for place in range(kind.num_fields)}


class Inner:
    """The fields inside one batch's `metadata`."""

    def __init__(self, column: pa.Array | None) -> None:
        self._column = column
        self._types = inner_types(None if column is None else column.type)

    def has(self, name: str) -> bool:
        """Whether the struct has this field."""
        return name in self._types

    def column(self, name: str) -> pa.Array:
        """A field of the struct; null where the struct is."""
        return pc.struct_field(self._column, name)

    def filled(self, there: Mapping[str, pa.Array], name: str, names: Sequence[str]) -> dict[str, pa.Array]:
        """The column `name` as text, from the first of these names with a value: outside, then inside, name by name."""
        found = None
        for one in names:
            if one in there:
                found = _or(found, as_text(there[one]))
            if found is None or found.null_count:
                found = _or(found, self._text(one))
        return {} if found is None else {name: found}

    def _text(self, name: str) -> pa.Array | None:
        if self._column is None:
            return None
        if self._types:
            whole = not self.has(name) or pa.types.is_nested(self._types[name])
            return None if whole else as_text(self.column(name))
        values = [record.get(name) for record in self._records]
        return pa.array([value if type(value) is str else None for value in values], pa.string())

    @cached_property
    def _records(self) -> list[dict[str, Any]]:
        return [_record(value) for value in values(self._column)] if self._column is not None else []


def _or(first: pa.Array | None, second: pa.Array | None) -> pa.Array | None:
    if first is None or second is None:
        return second if first is None else first
    return pc.coalesce(first, second)


def _record(value: Any) -> dict[str, Any]:
    """The object behind JSON text, or behind a map's list of pairs."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
    if isinstance(value, list) and all(isinstance(pair, tuple) for pair in value):
        return dict(value)
    return value if isinstance(value, dict) else {}


def as_text(column: pa.Array) -> pa.Array:
    """Known columns are text: numbers and times in their usual form, nested values as JSON, maps as objects.

    Bytes that are UTF-8 are that text, other bytes and those of a fixed number (digests, UUIDs) hex digits.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind == pa.uuid():
            return pa.array([None if one is None else str(one) for one in column.to_pylist()], pa.string())
        column, kind = column.storage, kind.storage_type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if _has_own_form(kind):
        return pa.array([_form(value, kind) for value in values(column)], pa.string())
    return column.cast(pa.string())


def _has_own_form(kind: pa.DataType) -> bool:
    tests = (
        pa.types.is_timestamp,
        pa.types.is_date,
        pa.types.is_nested,
        pa.types.is_fixed_size_binary,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
    )
    return any(test(kind) for test in tests)


def _form(value: Any, kind: pa.DataType) -> str | None:
    if value is None or type(value) is str:
        return value
    if type(value) is bytes:
        try:
            return value.hex() if pa.types.is_fixed_size_binary(kind) else value.decode()
        except UnicodeDecodeError:
            return value.hex()
    if pa.types.is_nested(kind):
        whole = {str(key): one for key, one in value} if pa.types.is_map(kind) else value
        return orjson.dumps(whole, default=str).decode()
    form: str = value.isoformat()
    return form
