"""The charset of a page and its text in it."""

from __future__ import annotations

import re
from typing import Literal

from tamis import _core
from tamis.errors import InputError
from tamis.messages import _
from tamis.sources.failures import Unreadable

_HOST_END = re.compile(r"[A-Za-z]+://(?:[^/?#@]*@)?[^/?#:@]*\.([A-Za-z]+)\.?(?:[:/?#]|$)")


def choose(
    content: bytes,
    label: str | None,
    markup: bool,
    url: str | None,
    rule: Literal["whatwg", "datatrove"] = "whatwg",
) -> str:
    """What the `charset` column says: the charset and how it was found, as in `shift_jis (meta)`.

    `whatwg`: byte order mark, the header's `label`, the page's own declaration (with `markup`), a detector (Firefox's,
    with the URL's top-level domain as its hint); a label that the bytes contradict is passed over. `datatrove`: UTF-8
    where it is valid, else what cchardet says of all bytes, as a Python codec; raises Unreadable where that fails.
    """
    if rule == "datatrove":
        return _as_datatrove(content)
    charset, how = _core.choose_charset(content, label, markup, top_level_domain(url))
    return f"{charset} ({how})"


def decode(content: bytes, charset: str) -> str:
    """The text of content whose `charset` column says this."""
    name, _space, how = charset.partition(" ")
    return content.decode(name) if how == "(datatrove)" else _core.decode(content, name)


def top_level_domain(url: str | None) -> str | None:
    """The last label of the URL's host in lower case, where it is one.

    Examples:
        >>> top_level_domain("https://www.example.JP:8080/a")
        'jp'
    """
    match = _HOST_END.match(url) if url else None
    return match[1].lower() if match else None


def _as_datatrove(content: bytes) -> str:
    try:
        content.decode("utf-8")
        return "utf-8 (datatrove)"
    except UnicodeDecodeError:
        pass
    try:
        import cchardet
    except ImportError as error:
        raise InputError(
            "charset", _("'datatrove' needs the detector it uses"), _("pip install faust-cchardet")
        ) from error
    found = cchardet.detect(content)["encoding"]
    if not found or found == "UTF-8":
        raise Unreadable("encoding", _("not UTF-8, and the detector knows nothing else"))
    try:
        content.decode(found)
    except (UnicodeDecodeError, LookupError) as error:
        text = _("not UTF-8, and not {charset}, as the detector says").format(charset=found)
        raise Unreadable("encoding", text) from error
    return f"{found} (datatrove)"
