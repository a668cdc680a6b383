"""95 % intervals of ratios of shares, where counts are small and may be none or all.

Examples:
    >>> [round(number, 3) for number in over_representation(10, 20, 20, 100)]
    [2.5, 1.606, 3.311]
"""

from __future__ import annotations

from math import inf

from tamis.report.proportions import ratio_limits, wilson


def over_representation(kept: int, came: int, all_kept: int, all_came: int) -> list[float] | None:
    """Share of a group among all that was kept, divided by its share of all that came; and the ratio's interval.

    Returns `[ratio, low, high]`; 1 means that the group kept as much as the rest. None where nothing was kept or the
    group is empty. The group is compared with the rest, since the whole holds it: the ratio r of the two shares kept
    has the interval of Donner and Zou ("Closed-form confidence intervals for functions of the normal mean and
    standard deviation", 2012) from Wilson's two, and r / (w r + 1 - w), w the group's share of what came, rises with r.
    """
    if not all_kept or not came:
        return None
    w = came / all_came
    if came == all_came:
        return [1.0, 1.0, 1.0]
    p, q = kept / came, (all_kept - kept) / (all_came - came)
    low, high = ratio_limits((p, *wilson(p, came)), (q, *wilson(q, all_came - came)))
    ratio = kept / all_kept / w
    return [ratio, low / (w * low + 1 - w), 1 / w if high == inf else high / (w * high + 1 - w)]
