"""Rules over columns: which rows fail, and how that is said."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tamis.recipe import Rule

Mask = npt.NDArray[np.bool_]

_COMPARE = {"min": np.less, "max": np.greater, "above": np.less_equal, "below": np.greater_equal}
_WRONG: dict[str, Callable[[Any, Any], bool]] = {
    "min": operator.lt,
    "max": operator.gt,
    "above": operator.le,
    "below": operator.ge,
    "in": lambda value, bound: value not in bound,
    "not_in": lambda value, bound: value in bound,
}


def failing(rule: Rule, columns: Mapping[str, pa.Array], rows: int) -> Mask:
    """Which rows the rule does not keep; where its step was not measured the answer means nothing."""
    values = columns.get(rule.column)
    wrong = np.full(rows, rule.null != "keep") if values is None else _outside(rule, values, columns, rows)
    if rule.when is not None:
        wrong &= ~failing(rule.when, columns, rows)
    return wrong


def inside(where: Sequence[Rule], columns: Mapping[str, pa.Array], rows: int) -> Mask:
    """Which rows a step with this `where` sees; the others pass it untouched."""
    seen = np.ones(rows, dtype=bool)
    for rule in where:
        seen &= ~failing(rule, columns, rows)
    return seen


def _outside(rule: Rule, values: pa.Array, columns: Mapping[str, pa.Array], rows: int) -> Mask:
    null: Mask = values.is_null().to_numpy(zero_copy_only=False)
    wrong = np.zeros(rows, dtype=bool)
    for bound, limit in rule.bounds.items():
        if bound in ("in", "not_in"):
            listed = pc.is_in(values, value_set=pa.array(limit, values.type)).to_numpy(zero_copy_only=False)
            wrong |= ~listed if bound == "in" else listed
        elif not rule.by:
            wrong |= _beyond(bound, values, limit)
    if rule.by:
        wrong |= _by_table(rule, values, columns, rows)
    wrong[null] = rule.null != "keep"
    return wrong


def _beyond(bound: str, values: pa.Array, limit: Any) -> Mask:
    numbers = values if not pa.types.is_boolean(values.type) else values.cast(pa.int64())
    with np.errstate(invalid="ignore"):
        wrong: Mask = _COMPARE[bound](pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False), limit)
    return wrong


def _by_table(rule: Rule, values: pa.Array, columns: Mapping[str, pa.Array], rows: int) -> Mask:
    """Each row against the bounds of its own row of the table."""
    chooser = columns.get(rule.by)
    if chooser is None:
        chooser = pa.nulls(rows, pa.string())
    encoded = chooser.cast(pa.string()).dictionary_encode(null_encoding="encode")
    kinds = [rule.at(value) for value in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    wrong: Mask = np.array([kind is None for kind in kinds], dtype=bool)[codes]
    for bound in _COMPARE:
        given = [None if kind is None else kind.get(bound) for kind in kinds]
        if any(limit is not None for limit in given):
            # A comparison with NaN is never true: no bound there.
            limits = np.array([np.nan if limit is None else limit for limit in given], dtype=np.float64)
            wrong |= _beyond(bound, values, limits[codes])
    return wrong


def violated(rule: Rule, value: Any, chosen: str | None = None) -> str:
    """The bound that a value breaks, as stored in `removed_bound`: `max 0.3`, `in [en, de]`, `max 0.3 (fr)`.

    `chosen`: what the column that chooses the row of the rule's table holds.
    """
    bounds = rule.at(chosen)
    suffix = f" ({shown(chosen)})" if rule.by else ""
    if bounds is None:
        return f"no row{suffix}"
    for bound, limit in bounds.items():
        if value is None or _WRONG[bound](value, limit):
            return f"{bound} {shown(limit)}{suffix}"
    return ""


def shown(value: Any) -> str:
    """A value as stored in `removed_value`: the shortest text that reads back equal; "" for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return str(value) if isinstance(value, str) else repr(value)
