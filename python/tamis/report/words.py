"""Numbers and bounds in words, the same on the terminal and in the page.

Examples:
    >>> share(1, 3), share(1, 5000), share(4999, 5000), share(0, 7), share(7, 7), share(1, 0)
    ('33.3%', '<0.1%', '99.9%', '0%', '100%', '–')
    >>> keeps({"min": 50, "max": 100000}), keeps({"above": 0.65}), keeps({"in": ["en", "de"]})
    ('50 – 100,000', '> 0.65', 'en, de')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NUMERIC_BOUNDS = ("min", "max", "above", "below")


def share(part: int, whole: int, gap: str = "") -> str:
    """One decimal; `<0.1%` for what is not zero, `0%` only for none, `100%` only for all; `–` of nothing."""
    if not whole:
        return "–"
    if part == 0:
        return f"0{gap}%"
    if part == whole:
        return f"100{gap}%"
    tenths = round(1000 * part / whole)
    if tenths < 1:
        return f"<0.1{gap}%"
    return f"{min(tenths, 999) / 10:.1f}{gap}%"


def number(value: float) -> str:
    """A bound as people write it: whole numbers grouped, others with at most six digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.6g}"


def beyond(value: float, bound: float) -> str:
    """A value with enough digits (three to six) to stand on its side of its bound: 0.118 beside 0.12.

    Examples:
        >>> beyond(0.1183, 0.12), beyond(0.7998, 0.7999), beyond(0.30000004, 0.3)
        ('0.118', '0.7998', '0.3')
    """
    if float(value).is_integer():
        return number(value)
    for digits in range(3, 7):
        text = f"{value:.{digits}g}"
        if float(text) != bound and (float(text) < bound) == (value < bound):
            return text
    return text


def keeps(bounds: Mapping[str, Any]) -> str:
    """What a rule keeps, in a few characters, the same in all languages: `≥ 0.12`, `50 – 100,000`, `en`, `not a, b`."""
    low, high = bounds.get("min"), bounds.get("max")
    if low is not None and high is not None:
        parts = [number(low) if low == high else f"{number(low)} – {number(high)}"]
    else:
        parts = [f"{sign} {number(bounds[key])}" for key, sign in SIGNS if bounds.get(key) is not None]
    for key, form in (("in", "{listed}"), ("not_in", "not {listed}")):
        if bounds.get(key) is not None:
            parts.append(form.format(listed=_listed(bounds[key])))
    if bounds.get("by"):
        parts.append(f"{bounds['table']} by {bounds['by']}")
    return ", ".join(parts)


SIGNS = (("min", "≥"), ("above", ">"), ("max", "≤"), ("below", "<"))


def _listed(values: Any) -> str:
    texts = [number(v) if isinstance(v, int | float) else str(v) for v in values]
    if len(texts) > 4:
        return f"{', '.join(texts[:3])}, +{len(texts) - 3}"
    return ", ".join(texts)
