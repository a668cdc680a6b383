"""The text of raw content, in the charset that the source chose."""

from __future__ import annotations

import re

from tamis import _core

_LINE_ENDS = re.compile(r"\r\n?")


def decode(content: bytes, charset: str | None) -> str:
    """The characters of content whose `charset` column says `NAME (HOW)`; chosen here where it says nothing."""
    if not charset:
        return _core.decode(content, _core.choose_charset(content)[0])
    name, _space, how = charset.partition(" ")
    return content.decode(name) if how == "(datatrove)" else _core.decode(content, name)


def plain_text(text: str) -> str:
    """The text of a text/plain document: line ends as line feeds, no NUL, no blank space around.

    Examples:
        >>> plain_text("a\\r\\nb\\r\\n")
        'a\\nb'
    """
    return _LINE_ENDS.sub("\n", text).replace("\0", "").strip()
