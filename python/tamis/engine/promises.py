"""What an operator promised of its signals, held against what it returned: no undeclared null, no NaN, the range."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis.messages import _
from tamis.op import Signal

Failures = dict[int, tuple[str, str]]


def held(
    signals: Sequence[Signal], made: Mapping[str, pa.Array], failures: Failures
) -> tuple[dict[str, pa.Array], Failures]:
    """The columns and the rows that failed, with the rows whose values break a promise: null in every column.

    A document fails with the signal, its value and what was declared; its neighbours stay. One pass over each
    column tells that all is well, and only where it is not is a row looked for.
    """
    broken: Failures = {}
    for signal in signals:
        array = made[signal.name]
        if _well(signal, array, len(failures)):
            continue
        for place in _wrong(signal, array):
            if place not in failures and place not in broken:
                broken[place] = ("exception", _message(signal, array[place].as_py()))
    if not broken:
        return dict(made), failures
    good = np.ones(len(next(iter(made.values()))), dtype=bool)
    good[list(broken)] = False
    mask = pa.array(good)
    emptied = {name: pc.if_else(mask, array, pa.scalar(None, array.type)) for name, array in made.items()}
    return emptied, dict(sorted({**failures, **broken}.items()))


def _well(signal: Signal, array: pa.Array, failed: int) -> bool:
    """Whether a look at the whole column finds nothing wrong."""
    if not signal.nullable and array.null_count > failed:
        return False
    if signal.type not in ("int64", "float64") or array.null_count == len(array):
        return True
    values = (array.drop_null() if array.null_count else array).to_numpy()
    # NaN is the least and the most of any values that it is among.
    low, high = values.min(), values.max()
    if not (math.isfinite(low) and math.isfinite(high)):
        return False
    return (signal.low is None or low >= signal.low) and (signal.high is None or high <= signal.high)


def _wrong(signal: Signal, array: pa.Array) -> list[int]:
    """The rows of a column that break the promise."""
    wrong = pa.nulls(len(array), pa.bool_()).fill_null(False)
    if not signal.nullable:
        wrong = pc.is_null(array)
    if signal.type == "float64":
        wrong = pc.or_(wrong, pc.invert(pc.fill_null(pc.is_finite(array), True)))
    if signal.type in ("int64", "float64"):
        if signal.low is not None:
            wrong = pc.or_(wrong, pc.fill_null(pc.less(array, signal.low), False))
        if signal.high is not None:
            wrong = pc.or_(wrong, pc.fill_null(pc.greater(array, signal.high), False))
    found: list[int] = np.flatnonzero(wrong.to_numpy(zero_copy_only=False)).tolist()
    return found


def _message(signal: Signal, value: Any) -> str:
    if value is None:
        return _("{signal} is null, and no reason for a null is declared").format(signal=signal.name)
    low = "-inf" if signal.low is None else f"{signal.low:g}"
    high = "inf" if signal.high is None else f"{signal.high:g}"
    said = _("{signal} is {value}, the declared range is {low} to {high}")
    return said.format(
        signal=signal.name, value=f"{value:.17g}" if isinstance(value, float) else value, low=low, high=high
    )
