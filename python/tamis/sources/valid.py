"""What Arrow reads without a word and what then stumbles: strings that are no UTF-8, and views, which Arrow cannot take
rows of.
"""

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


def without_views(kind: pa.DataType) -> pa.DataType:
    """The type with views of strings, bytes and lists, also inside others, in their usual form.

    Examples:
        >>> without_views(pa.list_(pa.string_view()))
        ListType(list<item: string>)
    """
    if pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_struct(kind):
        return pa.struct([_field(kind.field(place)) for place in range(kind.num_fields)])
    if pa.types.is_map(kind):
        return pa.map_(_field(kind.key_field), _field(kind.item_field), kind.keys_sorted)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_field(kind.value_field), kind.list_size)
    if pa.types.is_large_list(kind) or pa.types.is_large_list_view(kind):
        return pa.large_list(_field(kind.value_field))
    if pa.types.is_list(kind) or pa.types.is_list_view(kind):
        return pa.list_(_field(kind.value_field))
    return kind


def _field(field: pa.Field) -> pa.Field:
    return field.with_type(without_views(field.type))
