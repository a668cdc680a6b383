"""Markup that lxml takes: no control characters, no declaration of a charset it is no longer in."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>", re.IGNORECASE)


def parsable(page: str) -> str:
    """The page without what makes lxml refuse it.

    Examples:
        >>> parsable('<?xml version="1.0" encoding="latin-1"?><p>a\\x00b')
        '<p>ab'
    """
    return _DECLARATION.sub("", _CONTROL.sub("", page))
