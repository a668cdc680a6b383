"""Shares estimated from a sample that was drawn with unequal weights, their intervals, and how far two readers agree.

Sources: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209-212.
Kish, "Survey Sampling" (Wiley 1965), section 11.7: the effective sample size of weighted data. Franco, Little, Louis
and Slud, "Comparative study of confidence intervals for proportions in complex sample surveys", Journal of Survey
Statistics and Methodology 7 (2019) 334-364: Wilson's interval with an effective sample size. Donner and Zou,
"Closed-form confidence intervals for functions of the normal mean and standard deviation", Statistical Methods in
Medical Research 21 (2012) 347-359: the interval of a ratio from the intervals of its two parts (MOVER). Cohen, "A
coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960) 37-46.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
Pair = tuple[float, float]


@dataclass(frozen=True)
class Estimate:
    """A share from 0 to 1 with the limits of its interval; `effective` is the effective sample size behind it."""

    value: float
    low: float
    high: float
    effective: float


def effective_size(weights: Sequence[float]) -> float:
    """Kish's effective sample size, (sum w)^2 / sum w^2: how many rows of equal weight would say as much.

    It lies between 1 and the number of rows, and equals it where all weights are equal; 0 without rows.

    Examples:
        >>> effective_size([2, 2, 2]), effective_size([1, 3]), effective_size([])
        (3.0, 1.6, 0.0)
    """
    squares = sum(weight * weight for weight in weights)
    return sum(weights) ** 2 / squares if squares else 0.0


def wilson(value: float, size: float, confidence: float = CONFIDENCE) -> Pair:
    """Limits of Wilson's score interval for a share `value` (0 to 1) seen in `size` rows (above 0; may be a fraction).

    Examples:
        >>> [round(limit, 4) for limit in wilson(0.5, 10)]
        [0.2366, 0.7634]
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = (value + z * z / (2 * size)) / (1 + z * z / size)
    half = z * math.sqrt(value * (1 - value) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    # At the ends the limit is the end itself; rounding must not move it.
    low = 0.0 if value == 0 else max(0.0, middle - half)
    high = 1.0 if value == 1 else min(1.0, middle + half)
    return low, high


def weighted_share(rows: Iterable[tuple[float, bool]], confidence: float = CONFIDENCE) -> Estimate | None:
    """The weighted share of the (weight, yes) rows that say yes, with Wilson's interval for the effective sample size.

    Weights are inverse inclusion probabilities; strata make the true variance smaller than this assumes, so the
    interval is rather too wide than too narrow. A sample that is a large part of all documents is not made narrower:
    the interval speaks of documents like these. None without rows.

    Examples:
        >>> weighted_share([(1.0, True), (3.0, False)]).value
        0.25
    """
    listed = list(rows)
    total = sum(weight for weight, _yes in listed)
    if not total:
        return None
    value = min(1.0, sum(weight for weight, yes in listed if yes) / total)
    effective = effective_size([weight for weight, _yes in listed])
    return Estimate(value, *wilson(value, effective, confidence), effective)


def part_of_both(first: tuple[float, Estimate], second: tuple[float, Estimate]) -> Estimate | None:
    """The share A / (A + B) of two totals that were estimated apart, each as (documents, share of them).

    This is recall: of all documents that a reader would remove, those that lie past the bound. Its limits come from the
    Wilson limits of the two shares by Donner and Zou's closed form for the ratio A / B, so a side where no such document
    was found still counts with what may have been missed there. Its effective size is that of both sides' sum.
    None where neither side holds any.

    Examples:
        >>> past, within = weighted_share([(1.0, True)] * 40), weighted_share([(10.0, False)] * 40)
        >>> found = part_of_both((40, past), (400, within))
        >>> found.value, 0.4 < found.low < 0.6, found.high
        (1.0, True, 1.0)
    """
    (size, share), (other, missed) = first, second
    a, b = size * share.value, other * missed.value
    if a + b == 0:
        return None
    low, high = ratio_limits(
        (a, size * share.low, size * share.high), (b, other * missed.low, other * missed.high)
    )
    return Estimate(
        a / (a + b),
        low / (1 + low),
        1.0 if math.isinf(high) else high / (1 + high),
        share.effective + missed.effective,
    )


def ratio_limits(above: tuple[float, float, float], below: tuple[float, float, float]) -> Pair:
    """Donner and Zou's limits of a ratio from (value, low, high) of its two independent parts, in a form that divides by no difference."""
    (a, a_low, a_high), (b, b_low, b_high) = above, below
    cross = a * b
    top, bottom = a_low * (2 * a - a_low), b_high * (2 * b - b_high)
    lower = cross + math.sqrt(max(0.0, cross * cross - top * bottom))
    low = top / lower if lower > 0 else 0.0
    top, bottom = a_high * (2 * a - a_high), b_low * (2 * b - b_low)
    upper = cross + math.sqrt(max(0.0, cross * cross - top * bottom))
    return low, upper / bottom if bottom > 0 else math.inf


@dataclass(frozen=True)
class Agreement:
    """Two readers over the same rows: `observed` and `expected` share of equal answers, and kappa of both.

    `kappa` is None where both gave one answer alone to all rows: then equal answers say nothing.
    """

    rows: int
    observed: float
    expected: float
    kappa: float | None


def agreement(pairs: Iterable[tuple[str, str]]) -> Agreement | None:
    """Cohen's kappa of two readers, (observed - expected) / (1 - expected), rows counted alike; None without rows.

    Examples:
        >>> found = agreement([("keep", "keep")] * 20 + [("keep", "remove")] * 5 + [("remove", "keep")] * 10
        ...                   + [("remove", "remove")] * 15)
        >>> found.observed, found.expected, round(found.kappa, 3)
        (0.7, 0.5, 0.4)
    """
    counts = Counter(pairs)
    rows = counts.total()
    if not rows:
        return None
    first, second = Counter[str](), Counter[str]()
    for (one, other), n in counts.items():
        first[one] += n
        second[other] += n
    observed = sum(n for (one, other), n in counts.items() if one == other) / rows
    expected = sum(n * second[answer] for answer, n in first.items()) / (rows * rows)
    kappa = None if expected == 1 else (observed - expected) / (1 - expected)
    return Agreement(rows, observed, expected, kappa)
