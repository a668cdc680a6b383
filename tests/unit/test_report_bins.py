"""Where bins lie: the bound on an edge, whole numbers on whole numbers, nothing lost."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tamis.report.bins import axis_of, histogram, nice, quantile, round_bounds

floats = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=200).map(sorted)
integers = st.lists(st.integers(0, 100_000), min_size=1, max_size=200).map(sorted)


@example([5e-324, 0.03125, 1.0, 1.0], 0.0, "min")
@given(floats, st.floats(-1e6, 1e6), st.sampled_from(["min", "max", "above", "below"]))
def test_every_value_is_counted_on_its_side_of_the_bound(
    values: list[float], bound: float, kind: str
) -> None:
    axis = axis_of(values, integer=False, low=None, high=None, bounds=[(kind, bound)])
    counts = histogram(values, axis)
    assert sum(counts) == len(values)
    assert all(a < b for a, b in pairwise(axis.edges))
    for index, (_kind, at) in axis.at.items():
        assert axis.edges[index] == at
        if 0 < index < len(axis.edges) - 1:
            side = bisect_right if kind in ("max", "above") else bisect_left
            assert sum(counts[:index]) == side(values, at)


@given(integers, st.integers(0, 1_000), st.integers(0, 1_000))
def test_integers_are_binned_on_integers(values: list[int], low: int, high: int) -> None:
    axis = axis_of(values, integer=True, low=0, high=None, bounds=[("min", low), ("max", low + high)])
    counts = histogram(values, axis)
    assert sum(counts) == len(values)
    assert all(edge == int(edge) for edge in axis.edges)
    for index, (kind, bound) in axis.at.items():
        assert axis.edges[index] == (bound if kind == "min" else bound + 1)
    assert len(axis.edges) <= 56


def test_ratios_get_round_edges() -> None:
    values = [k / 999 for k in range(1_000)]
    axis = axis_of(values, integer=False, low=0, high=1, bounds=[("max", 0.3)])
    assert axis.edges[0] == 0
    assert axis.edges[-1] == 1
    assert axis.edges[15] == 0.3
    assert len(axis.edges) == 51


def test_both_ends_of_a_two_sided_rule_are_edges() -> None:
    values = [k / 10 for k in range(20, 120)]
    axis = axis_of(values, integer=False, low=0, high=None, bounds=[("min", 3), ("max", 10)])
    assert sorted(bound for _kind, bound in axis.at.values()) == [3, 10]


def test_a_long_tail_gathers_in_the_last_bin() -> None:
    values = sorted([float(k % 50) for k in range(9_990)] + [1e6] * 3)
    axis = axis_of(values, integer=False, low=0, high=None, bounds=[])
    assert axis.edges[-1] < 100
    assert histogram(values, axis)[-1] >= 3
    assert axis.beyond


def test_log_axis_where_values_spread_far() -> None:
    values = sorted(1.1**k for k in range(200))
    axis = axis_of(values, integer=False, low=0, high=None, bounds=[("max", 500)])
    assert axis.log
    assert 500 in axis.edges


@pytest.mark.parametrize("value", [0, 5, -3.5, 0.3])
def test_one_value(value: float) -> None:
    axis = axis_of([value] * 9, integer=False, low=None, high=None, bounds=[("max", 0.3)])
    assert sum(histogram([value] * 9, axis)) == 9


def test_nice_widths() -> None:
    assert [nice(w) for w in (0.019, 0.02, 0.021, 0.3, 7)] == [0.02, 0.02, 0.025, 0.5, 10]
    assert [nice(w, integer=True) for w in (0.2, 1.5, 2.2, 23)] == [1, 2, 5, 25]


@given(floats, st.floats(-1e5, 1e5))
def test_round_bounds_hold_the_recipes_bound(values: list[float], bound: float) -> None:
    axis = axis_of(values, integer=False, low=None, high=None, bounds=[("max", bound)])
    grid = round_bounds(values, axis, [bound], integer=False)
    assert bound in grid
    assert grid == sorted(set(grid))
    assert len(grid) <= 1_003


def test_quantiles_are_values_that_occur() -> None:
    assert quantile([1, 2, 3, 4], 0.5) == 2
    assert quantile([7], 0.999) == 7
