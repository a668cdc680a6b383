"""Where the bins and the round bounds of a signal lie. Pure: sorted values in, edges out.

The recipe's bound is always an edge, so that no bar holds documents of both sides; integers are binned on
integers (the edge of `max = 5` is 6, because 5 itself is kept); edges are round numbers.

Examples:
    >>> axis = axis_of([n / 99 for n in range(100)], integer=False, low=0.0, high=1.0, bounds=[("min", 0.12)])
    >>> axis.edges[:8], len(axis.edges)
    ([0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14], 51)
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

BINS = 50
ROUND_BOUNDS = 1_000
FAR = 1.25
"""The axis ends at p99.9 where the largest value would stretch it by more than this."""
LONG_TAIL = 2.0
"""It ends at p99 where p99.9 would stretch it by more than this: nearly all bars would be in a few bins."""
NEAR = 2.5
"""A bound that lies outside the values is drawn where it stretches the axis by at most this."""
SAME = 1e-9
"""Values that differ by less than this part of themselves are drawn as one; edges have 12 digits."""
LOG_RATIO = 20.0
"""Log axis where all values are positive and p99 / p50 passes this."""


@dataclass(frozen=True)
class Axis:
    """`edges` of the bins, ascending; `right`: indices of edges whose own value belongs to the bin below."""

    edges: list[float]
    right: frozenset[int]
    at: dict[int, tuple[str, float]]
    log: bool
    beyond: bool


def quantile(values: Sequence[float], share: float) -> float:
    """The value at that share of the ascending values: one that occurs, never one between two."""
    return values[min(len(values) - 1, int(share * (len(values) - 1)))]


def nice(width: float, integer: bool = False) -> float:
    """The smallest 1, 2, 2.5 or 5 times a power of ten that is not below `width`; whole for integers."""
    if integer and width <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        step = tidy(factor * power)
        if step >= width * (1 - 1e-9) and not (integer and step != int(step)):
            return step
    return tidy(10.0 * power)


def tidy(value: float) -> float:
    """The decimal that was meant: 0.30000000000000004 is 0.3."""
    return float(f"{value:.12g}")


def axis_of(
    values: Sequence[float],
    *,
    integer: bool,
    low: float | None,
    high: float | None,
    bounds: Sequence[tuple[str, float]],
    bins: int = BINS,
) -> Axis:
    """The axis of ascending, finite values (at least one); `bounds` are pairs like ("max", 0.3)."""
    edges_of_bounds = [(_edge(kind, bound, integer), kind, bound) for kind, bound in bounds]
    first, last = float(values[0]), float(values[-1])
    far = float(quantile(values, 0.999))
    log = first > 0 and quantile(values, 0.99) / quantile(values, 0.5) > LOG_RATIO
    if log:
        first = max(first, float(quantile(values, 0.01)))
    elif far - first > LONG_TAIL * (quantile(values, 0.99) - first) > 0:
        far = float(quantile(values, 0.99))
    beyond = last - first > FAR * (far - first) and far > first
    end = far if beyond else last
    for edge, _kind, _bound in edges_of_bounds:
        first, end = _stretched(first, end, edge, log)
    if end - first <= max(SAME * max(abs(first), abs(end)), 1e-300):
        end = first + (1.0 if integer or abs(first) < 1e-300 else abs(first))
        if high is not None and first < high < end:
            end = high
    inside = [item for item in edges_of_bounds if first <= item[0] <= end or item[0] == first]
    if log:
        edges = _log_edges(first, end, [item[0] for item in inside], integer, bins)
    else:
        edges = _linear_edges(first, end, [item[0] for item in inside], integer, bins, low, high)
    right, at = set(), {}
    for edge, kind, bound in inside:
        index = edges.index(edge)
        at[index] = (kind, bound)
        if kind in ("max", "above") and not integer:
            right.add(index)
    return Axis(edges, frozenset(right), at, log, last > edges[-1])


def _edge(kind: str, bound: float, integer: bool) -> float:
    if not integer:
        return float(bound)
    return float(math.floor(bound) + 1 if kind in ("max", "above") else math.ceil(bound))


def _stretched(first: float, end: float, edge: float, log: bool) -> tuple[float, float]:
    if first <= edge <= end or (log and edge <= 0):
        return first, end
    span, wide = (
        (_decades(first, end), _decades(min(first, edge), max(end, edge)))
        if log
        else (
            end - first,
            max(end, edge) - min(first, edge),
        )
    )
    if span == 0 or wide <= NEAR * span:
        return min(first, edge), max(end, edge)
    return first, end


def _linear_edges(
    first: float,
    end: float,
    bounds: list[float],
    integer: bool,
    bins: int,
    low: float | None,
    high: float | None,
) -> list[float]:
    width = nice((end - first) / bins, integer)
    if bounds:
        anchor = bounds[0]
        others = [bound for bound in bounds[1:] if bound != anchor]
        if others and not integer:
            between = abs(others[0] - anchor)
            width = between / max(1, round(between / width))
    else:
        anchor = math.floor(first / width) * width
    below = math.ceil((anchor - first) / width - 1e-9)
    above = math.ceil((end - anchor) / width - 1e-9)
    if integer and anchor + above * width <= end:
        above += 1
    edges = [tidy(anchor + k * width) for k in range(-max(below, 0), max(above, 0) + 1)]
    if len(edges) < 2:
        edges.append(tidy(edges[0] + width))
    return _with_bounds(_within(edges, first, end, low, high, integer), bounds)


def _within(
    edges: list[float], first: float, end: float, low: float | None, high: float | None, integer: bool
) -> list[float]:
    """Edges that leave the declared range are moved onto its end."""
    if low is not None and edges[0] < low <= first:
        edges[0] = float(low)
    if high is not None and not integer and edges[-1] > high >= end and edges[-2] < high:
        edges[-1] = float(high)
    return edges


def _log_edges(first: float, end: float, bounds: list[float], integer: bool, bins: int) -> list[float]:
    width = _decades(first, end) / bins
    anchor = math.log10(next((bound for bound in bounds if bound > 0), first))
    below = max(0, math.ceil((anchor - math.log10(first)) / width - 1e-9))
    above = max(1, math.ceil((math.log10(end) - anchor) / width - 1e-9))
    edges = [_significant(10 ** (anchor + k * width)) for k in range(-below, above + 1)]
    if edges[-1] < end:
        edges[-1] = end
    if integer:
        edges = [float(math.floor(edge)) for edge in edges]
        edges[-1] += 1
    return _with_bounds(sorted(set(edges)), [bound for bound in bounds if bound > 0])


def _decades(first: float, end: float) -> float:
    """How many powers of ten lie between; their quotient itself may pass the largest number."""
    return math.log10(end) - math.log10(first)


def _significant(value: float) -> float:
    return float(f"{value:.4g}")


def _with_bounds(edges: list[float], bounds: list[float]) -> list[float]:
    """Each bound takes the place of the nearest edge that is not a bound itself."""
    taken: set[float] = set()
    for bound in bounds:
        if bound not in edges:
            free = [edge for edge in edges[1:-1] if edge not in taken]
            nearest = min(free, key=lambda edge: abs(edge - bound), default=None)
            if nearest is not None and edges[0] < bound < edges[-1]:
                edges.remove(nearest)
            edges = sorted({*edges, bound})
        taken.add(bound)
    return edges


def counts_below(values: Sequence[float], axis: Axis) -> list[int]:
    """For each edge, how many of the ascending values belong to bins before it; at the last edge, all."""
    found = [
        bisect_right(values, edge) if index in axis.right else bisect_left(values, edge)
        for index, edge in enumerate(axis.edges)
    ]
    found[0], found[-1] = 0, len(values)
    return found


def histogram(values: Sequence[float], axis: Axis) -> list[int]:
    """How many of the ascending values lie in each bin; those beyond the last edge are in the last."""
    below = counts_below(values, axis)
    return [b - a for a, b in pairwise(below)]


def round_bounds(values: Sequence[float], axis: Axis, bounds: Sequence[float], integer: bool) -> list[float]:
    """About 1,000 round numbers across the measured values, the recipe's bounds among them, ascending."""
    first, last = float(values[0]), float(values[-1])
    first, last = min([first, *bounds]), max([last, *bounds])
    end = min(last, max([axis.edges[-1], *bounds]))
    found = {float(bound) for bound in bounds} | {first, last}
    if axis.log and first > 0:
        step, start = _decades(first, end) / (ROUND_BOUNDS - len(found) - 1), math.log10(first)
        found |= {float(f"{10 ** (start + k * step):.3g}") for k in range(ROUND_BOUNDS - len(found))}
    elif end - first > max(SAME * max(abs(first), abs(end)), 1e-300):
        step = nice((end - first) / (ROUND_BOUNDS - len(found) - 1), integer)
        start = math.ceil(first / step - 1e-9)
        found |= {tidy(k * step) for k in range(start, math.floor(end / step + 1e-9) + 1)}
    return sorted(float(round(bound)) if integer else bound for bound in found)
