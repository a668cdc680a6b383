"""JSON that loses no digit: orjson, and the slower reader and writer of Python where an integer has more than 64 bits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson

INT64 = 2**63


def parse(text: bytes | str) -> Any:
    """What JSON text holds; an integer beyond 64 bits keeps its digits (orjson makes a float of it).

    Raises orjson.JSONDecodeError, and RecursionError where such an integer lies a thousand levels deep.
    """
    record = orjson.loads(text)
    return json.loads(text) if _beyond(record) else record


def _beyond(value: Any) -> bool:
    """Whether a float is in there that may have been an integer of more than 64 bits."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is float:
            if not -INT64 < one < INT64:
                return True
        elif kind is dict:
            waiting += one.values()
        elif kind is list:
            waiting += one
    return False


def text_of(value: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """A value as JSON text in UTF-8; `default` makes of an object of another type one that JSON has."""
    try:
        return orjson.dumps(value, default=default)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=default).encode()
