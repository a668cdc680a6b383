"""Intervals of shares and ratios against values and equations worked by hand."""

from __future__ import annotations

from math import isclose

import pytest

from tamis.report.intervals import over_representation
from tamis.report.proportions import wilson


def test_wilson_by_hand() -> None:
    # (p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n) with z² = 3.841459
    assert wilson(8 / 10, 10) == pytest.approx((0.490162, 0.943318), abs=1e-6)
    assert wilson(0, 20) == (0.0, pytest.approx(3.841459 / 23.841459, abs=1e-6))
    assert wilson(1, 20) == (pytest.approx(20 / 23.841459, abs=1e-6), 1.0)


@pytest.mark.parametrize(("kept", "came"), [(10, 20), (3, 50), (19, 20), (1, 30)])
def test_the_ratio_s_ends_solve_their_equation(kept: int, came: int) -> None:
    """(p - r q)² = (p - l)² + r² (q' - q)²: the ends where the distance equals the two intervals' together."""
    all_kept, all_came = kept + 12, came + 80
    found = over_representation(kept, came, all_kept, all_came)
    assert found is not None
    ratio, low, high = found
    assert ratio == pytest.approx((kept / all_kept) / (came / all_came))
    assert low < ratio < high
    w, p, q = came / all_came, kept / came, 12 / 80
    (p_low, p_high), (q_low, q_high) = wilson(p, came), wilson(q, 80)
    for end, mine, other in ((low, p_low, q_high), (high, p_high, q_low)):
        r = (1 - w) * end / (1 - w * end)
        assert isclose((p - r * q) ** 2, (p - mine) ** 2 + r**2 * (other - q) ** 2, rel_tol=1e-9)


def test_ratios_at_the_ends() -> None:
    assert over_representation(0, 20, 0, 100) is None
    assert over_representation(0, 0, 5, 100) is None
    assert over_representation(7, 20, 7, 20) == [1.0, 1.0, 1.0]
    none = over_representation(0, 20, 20, 100)
    assert none is not None
    assert none[:2] == [0.0, 0.0]
    assert 0 < none[2] < 1
    alone = over_representation(5, 20, 5, 100)
    assert alone is not None
    assert alone[0] == alone[2] == 5.0
    assert 1 < alone[1] < 5
