"""A removed value beside the bound that it missed, as a comparison that is true: `12 < 50`, `0.44 > 0.3`."""

from __future__ import annotations

from typing import Any

from tamis.cli.quantities import value as shown
from tamis.messages import _

MISSED = {"min": "<", "max": ">", "above": "<=", "below": ">="}


def verdict(found: Any, bound: str) -> str:
    """`found` is a value or its stored text; `bound` as runs store it: `max 0.3`, `in [en]`.

    Examples:
        >>> verdict(12, "min 50"), verdict("0.44", "max 0.3"), verdict("de", "in [en]"), verdict(None, "min 3")
        ('12 < 50', '0.44 > 0.3', 'de not in [en]', 'no value, min 3')
    """
    kind, _space, limit = bound.partition(" ")
    if found is None or found == "":
        return _("no value, {bound}").format(bound=bound) if bound else ""
    if kind in MISSED:
        at = _number(limit)
        return f"{shown(_number(found), at)} {MISSED[kind]} {shown(at)}"
    if kind in ("in", "not_in"):
        return f"{found} {'not in' if kind == 'in' else 'in'} {limit}"
    return f"{shown(_number(found))} {bound}".rstrip()


def _number(text: Any) -> Any:
    """The number that a text writes, a whole one where it is; the text itself where it is none."""
    if not isinstance(text, str):
        return text
    for kind in (int, float):
        try:
            return kind(text.replace(",", ""))
        except ValueError:
            continue
    return text
