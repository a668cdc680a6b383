"""Rules that bind only some documents, or bind them differently: which documents another bound would decide."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median_low
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report.rows import Rows
from tamis.report.rules import NUMERIC, Rule

_KEEPS = {"min": pc.greater_equal, "above": pc.greater, "max": pc.less_equal, "below": pc.less}


def bound_documents(rule: Rule, rows: Rows) -> pa.Array | None:
    """For each document whether the rule's `when` holds, so that the rule binds it; None where it binds all."""
    when = rule.bounds.get("when")
    if when is None:
        return None
    name = str(when.get("column") or f"{rule.step}.{when.get('signal')}")
    parts = [_within(column, when["bounds"]) for _file, column in rows.parts(name)]
    return pa.concat_arrays([pa.array([], pa.bool_()), *parts])


def _within(column: pa.Array, bounds: Mapping[str, Any]) -> pa.Array:
    """Which values lie within; a null lies in none."""
    if pa.types.is_null(column.type):
        return pa.repeat(pa.scalar(False), len(column))
    held = pa.repeat(pa.scalar(True), len(column))
    numbers = column.cast(pa.int64()) if pa.types.is_boolean(column.type) else column
    for kind, bound in bounds.items():
        if kind in _KEEPS:
            held = pc.and_(held, pc.fill_null(_KEEPS[kind](numbers, pa.scalar(bound)), False))
        elif kind in ("in", "not_in"):
            listed = pc.is_in(column, value_set=pa.array(bound, column.type))
            held = pc.and_(held, listed if kind == "in" else pc.invert(listed))
    return pc.and_(held, pc.is_valid(column))


def one_bound(rule: Rule) -> tuple[str, float] | None:
    """What a single bound for all rows of the rule's table would be: its name, and the middle one of theirs.

    None where the rule has no table, or where rows, or the rule itself, set bounds of several names: one moved bound
    would leave the others as each row has them, and no count is stored for that.

    Examples:
        >>> rows = {"de": {"max": 5.0}, "fr": {"max": 7.0}, "*": {"max": 6.0}}
        >>> one_bound(Rule("q", "n", "n", {"table": "t.csv", "by": "language.label"}, rows))
        ('max', 6.0)
    """
    if "table" not in rule.bounds or rule.bounds.get("null") == "keep":
        return None
    own = [(kind, bound) for kind, bound in rule.numeric.items()]
    every = [*own, *((kind, bound) for row in rule.rows.values() for kind, bound in row.items())]
    kinds = {kind for kind, _bound in every}
    if len(kinds) != 1 or not kinds <= set(NUMERIC):
        return None
    return kinds.pop(), float(median_low(bound for _kind, bound in every))
