"""Numeric columns as slices: a part for each value where there are few, else quarters of the documents.

Examples:
    >>> Parts.of(pa.array([3.0, 1.0, None, 1.0])).named
    [(1, 1), (3, 3)]
    >>> Parts.of(pa.array([n / 100 for n in range(100)])).named
    [(0, 0.24), (0.25, 0.49), (0.5, 0.74), (0.75, 0.99)]
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report.signals import ascending_view, plain_number

FEW = 8
"""Up to so many distinct values each is a part of its own."""
QUARTERS = 4


@dataclass(frozen=True)
class Parts:
    """`starts`: the first value of each part, ascending; `named`: what each holds, from and to."""

    starts: list[float]
    named: list[tuple[float, float]]

    @classmethod
    def of(cls, column: pa.Array) -> Parts:
        """Parts of the finite values of a column of numbers; none where there is none."""
        values = as_numbers(column).drop_null()
        values = values.filter(pc.is_finite(values))
        values = values.take(pc.array_sort_indices(values))
        distinct = _distinct(values)
        if distinct is not None:
            starts = distinct
        else:
            # A value belongs to one part: quarters that begin with the same one are one part.
            starts = sorted({values[k * len(values) // QUARTERS].as_py() for k in range(QUARTERS)})
        ends = [_below(values, after) for _start, after in pairwise(starts)]
        named = zip(starts, [*ends, values[-1].as_py()] if starts else [], strict=True)
        return cls(starts, [(plain_number(start), plain_number(end)) for start, end in named])

    def place(self, column: Any) -> pa.ChunkedArray:
        """The number of each value's part; null for what is no number."""
        numbers = as_numbers(column)
        numbers = pc.if_else(pc.is_finite(numbers), numbers, None)
        place = pc.cast(pc.multiply(numbers, 0.0), pa.int64())
        for start in self.starts[1:]:
            place = pc.add(place, pc.cast(pc.greater_equal(numbers, start), pa.int64()))
        return place


def as_numbers(column: Any) -> Any:
    """A column of numbers as doubles: an integer of more than 53 bits as the nearest one."""
    return column.cast(pa.float64(), safe=False)


def _distinct(values: pa.Array) -> list[float] | None:
    """The distinct ones of ascending values; None where there are more than few."""
    found: list[float] = []
    view = ascending_view(values)
    at = 0
    while at < len(view):
        if len(found) == FEW:
            return None
        found.append(float(view[at]))
        at = bisect_right(view, view[at])
    return found


def _below(values: pa.Array, start: float) -> float:
    """The largest of the ascending values that lies before a part."""
    view = ascending_view(values)
    return view[bisect_left(view, start) - 1]
