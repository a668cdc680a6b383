"""The Arrow types that columns of JSON values settle on, and what fits them."""

from __future__ import annotations

from typing import Any

from tamis.exact_json import INT64, text_of
from tamis.messages import _

ANY = "any"
"""The type of a column of which the inputs' heads show nothing: text; what is no string as JSON text."""


def type_of(value: Any) -> str:
    """`null`, `bool`, `int64`, `double`, `string` or `json`; an integer beyond 64 bits is of no smaller type."""
    if value is None:
        return "null"
    if type(value) is int and not -INT64 <= value < INT64:
        return "json"
    return {bool: "bool", int: "int64", float: "double", str: "string"}.get(type(value), "json")


def fitted(value: Any, kind: str) -> tuple[bool, Any]:
    """Whether a value can stand in a column of this type unchanged, and how it stands there.

    Examples:
        >>> fitted(3, "double"), fitted(2**60 + 1, "double"), fitted(1.5, "int64")
        ((True, 3.0), (False, None), (False, None))
    """
    found = type_of(value)
    if found == "null":
        return True, None
    if kind == "json" or (kind == ANY and found != "string"):
        return True, text_of(value).decode()
    if found == kind or kind == ANY:
        return True, value
    if kind == "double" and type(value) is int and abs(value) < 2**1000 and int(float(value)) == value:
        return True, float(value)
    return False, None


def named(value: Any) -> str:
    """What a value is, in words."""
    if type(value) in (int, float):
        return _("a number")
    names = {
        "null": _("missing or null"),
        "bool": _("true or false"),
        "string": _("a string"),
        "json": _("a list") if type(value) is list else _("an object"),
    }
    return names[type_of(value)]
