"""Weighted shares, their intervals and kappa: against numbers worked by hand, and against samples of a known truth."""

from __future__ import annotations

import math
import random

import pytest

from tamis.report.proportions import (
    Estimate,
    agreement,
    effective_size,
    part_of_both,
    weighted_share,
    wilson,
)
from tamis.report.review import STRATA, draw


def test_effective_size() -> None:
    assert effective_size([5.0] * 12) == pytest.approx(12)
    assert effective_size([1, 1, 2]) == pytest.approx(16 / 6)
    # A tenth, two, three and four tenths of a side with equally many rows from each: 5/6 of the rows.
    assert effective_size([0.1, 0.2, 0.3, 0.4] * 25) == pytest.approx(100 * 5 / 6)


def test_wilson() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17 (1998), table I, method 3.
    for seen, rows, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        assert wilson(seen / rows, rows) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert wilson(1.0, 20) == (pytest.approx(1 - 0.1611, abs=5e-5), 1.0)


def test_a_weighted_share() -> None:
    found = weighted_share([(1.0, True), (1.0, True), (2.0, False)])
    assert found is not None
    assert (found.value, found.effective) == (0.5, pytest.approx(16 / 6))
    assert (found.low, found.high) == wilson(0.5, 16 / 6)
    assert weighted_share([]) is None


def test_recall_from_its_two_sides() -> None:
    """A = 100 * 0.5 with limits 40 and 60, B = 200 * 0.125 with limits 15 and 40, by the closed form's own terms."""
    past, within = Estimate(0.5, 0.4, 0.6, 90), Estimate(0.125, 0.075, 0.2, 80)
    found = part_of_both((100, past), (200, within))
    assert found is not None
    cross = 50 * 25
    low = (cross - math.sqrt(cross**2 - 40 * 60 * 40 * 10)) / (40 * 10)
    high = (cross + math.sqrt(cross**2 - 60 * 40 * 15 * 35)) / (15 * 35)
    assert found.value == pytest.approx(50 / 75)
    assert (found.low, found.high) == (pytest.approx(low / (1 + low)), pytest.approx(high / (1 + high)))


def test_recall_at_its_ends() -> None:
    none, all_ = weighted_share([(1.0, False)] * 40), weighted_share([(1.0, True)] * 40)
    assert none is not None
    assert all_ is not None
    missed = part_of_both((40, none), (400, all_))
    assert missed is not None
    assert (missed.value, missed.low) == (0, 0)
    assert 0 < missed.high < 0.02
    whole = part_of_both((40, all_), (40_000, none))
    assert whole is not None
    # Nothing was found within, but a side a thousand times as large may hide much.
    assert (whole.value, whole.high) == (1, 1)
    assert whole.low < 0.05
    assert part_of_both((40, none), (400, none)) is None


def test_kappa() -> None:
    """Cohen's own two-way form: a = 20, b = 5, c = 10, d = 15 of 50."""
    pairs = [("keep", "keep")] * 20 + [("keep", "remove")] * 5
    pairs += [("remove", "keep")] * 10 + [("remove", "remove")] * 15
    found = agreement(pairs)
    assert found is not None
    assert (found.rows, found.observed, found.expected) == (50, 0.7, 0.5)
    assert found.kappa == pytest.approx(0.4)
    same = agreement([("keep", "keep")] * 3)
    assert same is not None
    assert (same.observed, same.kappa) == (1, None)
    assert agreement([]) is None


@pytest.mark.parametrize(("steep", "shift"), [(3.0, 1.0), (6.0, -1.5), (0.5, -2.0)])
def test_the_intervals_hold_the_truth_as_often_as_they_say(steep: float, shift: float) -> None:
    """Populations in which a document is worse the farther it lies past the bound; drawn as a review draws."""
    source = random.Random(7)
    past = [(source.expovariate(1), n) for n in range(600)]
    within = [(source.expovariate(1), n) for n in range(1_500)]

    def bad(distance: float, sign: int) -> bool:
        return source.random() < 1 / (1 + math.exp(-(shift + sign * steep * distance)))

    truth = {("past", n): bad(distance, 1) for distance, n in past}
    truth |= {("within", n): bad(distance, -1) for distance, n in within}
    bad_past = sum(truth["past", n] for n in range(600))
    bad_within = sum(truth["within", n] for n in range(1_500))
    precision, recall = bad_past / 600, bad_past / (bad_past + bad_within)
    draws, held, width = 1_000, [0, 0], 0.0
    for _draw in range(draws):
        shares = []
        for name, side in (("past", past), ("within", within)):
            keyed = [(distance, source.random(), n) for distance, n in side]
            rows = [(weight, truth[name, one[2]]) for _s, weight, one in draw(keyed, 50, STRATA)]
            assert sum(weight for weight, _yes in rows) == pytest.approx(len(side))
            shares.append(weighted_share(rows))
        assert shares[0] is not None
        assert shares[1] is not None
        found = part_of_both((600, shares[0]), (1_500, shares[1]))
        assert found is not None
        held[0] += shares[0].low <= precision <= shares[0].high
        held[1] += found.low <= recall <= found.high
        width += (shares[0].high - shares[0].low) / draws
    least = 0.95 - 3 * math.sqrt(0.95 * 0.05 / draws)
    assert held[0] / draws >= least
    assert held[1] / draws >= least
    # Not by being as wide as can be: fifty rows of equal weight have 0.27 in the middle.
    assert width < 0.31
