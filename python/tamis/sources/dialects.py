"""The heads of WARC and ARC records: where a record starts, what its head says, how long its block is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from tamis.messages import _
from tamis.sources.failures import Broken

MAX_HEAD = 1 << 16

_VERSION = re.compile(rb"WARC/\d+\.\d+[ \t]*\r?\n", re.IGNORECASE)
_FIRST_FIELD = re.compile(rb"WARC/\d+\.\d+[ \t]*\r?\n[!#-'*+.0-9A-Z^-z|~-]+[ \t]*:", re.IGNORECASE)
_LENGTH = re.compile(rb"\nContent-Length[ \t]*:[ \t]*\d", re.IGNORECASE)
_ARC_LINE = re.compile(
    rb"([^\s\x00-\x1f][^\r\n]*?) ([0-9A-Fa-f.:]+|-) (\d{12}|\d{14}) ([^\r\n]*?) ?(\d{1,15})\r?\n"
)
_ARC_LIKE = re.compile(rb"[a-z][a-z0-9+.-]*:[^\s\x00-\x1f]+ ")
_KNOWN_TYPES = {
    "warcinfo",
    "response",
    "resource",
    "request",
    "metadata",
    "revisit",
    "conversion",
    "continuation",
}


@dataclass(frozen=True)
class Head:
    """What a record's head says. `start` is the place of its block in the data, `length` the block's length."""

    type: str
    fields: dict[str, str]
    start: int
    length: int


class Dialect(Protocol):
    """WARC or ARC. Where a record is followed by `terminator`, its length is right, whatever comes next."""

    mark: bytes
    probe_bytes: int
    terminator: bytes

    def starts(self, data: bytes, at: int, whole: bool = False) -> bool:
        """Whether a record starts at `at`; with `whole` its head must be complete."""
        ...

    def follows(self, data: bytes, end: int, at: int) -> bool:
        """Whether behind a block that ends at `end` a record begins at `at`."""
        ...

    def head(self, data: bytes, at: int) -> Head:
        """The head of the record at `at`. Raises Broken."""
        ...


def _end_of_head(data: bytes, at: int) -> int:
    end = data.find(b"\r\n\r\n", at, at + MAX_HEAD)
    bare = data.find(b"\n\n", at, end if end >= 0 else at + MAX_HEAD)
    if bare >= 0:
        return bare + 2
    return end + 4 if end >= 0 else -1


class Warc:
    """Heads of WARC 0.17 to 1.1."""

    mark = b"WARC/"
    probe_bytes = 512
    terminator = b"\r\n\r\n"

    def starts(self, data: bytes, at: int, whole: bool = False) -> bool:
        if not whole:
            return data[at : at + 5].upper() == self.mark
        end = _end_of_head(data, at)
        return bool(_FIRST_FIELD.match(data, at) and end > 0 and _LENGTH.search(data, at, end))

    def follows(self, data: bytes, end: int, at: int) -> bool:
        return self.starts(data, at)

    def head(self, data: bytes, at: int) -> Head:
        if not _VERSION.match(data, at):
            raise Broken(_("no WARC record starts here"))
        end = _end_of_head(data, at)
        if end < 0:
            raise Broken(_("the head of the record does not end within {bytes} bytes").format(bytes=MAX_HEAD))
        fields = _fields(data[at:end])
        length = fields.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise Broken(_("the record has no Content-Length"))
        kind = fields.get("warc-type", "").lower()
        if not kind:
            raise Broken(_("the record has no WARC-Type"))
        return Head(kind if kind in _KNOWN_TYPES else "other", fields, end, int(length))


def _fields(head: bytes) -> dict[str, str]:
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    fields: dict[str, str] = {}
    last = ""
    for line in text.split("\n")[1:]:
        if line[:1] in (" ", "\t") and last:
            fields[last] = f"{fields[last]} {line.strip()}".strip()
            continue
        name, colon, value = line.partition(":")
        if colon:
            last = name.strip().lower()
            fields.setdefault(last, value.strip())
    return fields


class Arc:
    """Heads of ARC 1 and 2: one line of URL, address, date, type, (more,) length. The URL may hold spaces."""

    mark = b""
    probe_bytes = 4096
    terminator = b""

    def starts(self, data: bytes, at: int, whole: bool = False) -> bool:
        return bool(_ARC_LINE.match(data, at))

    def follows(self, data: bytes, end: int, at: int) -> bool:
        """Whether behind a block that ends at `end` the record at `at` begins, or one whose line is damaged."""
        one_line_end = data[end:at] in (b"\n", b"\r\n")
        return self.starts(data, at) or (one_line_end and bool(_ARC_LIKE.match(data, at)))

    def head(self, data: bytes, at: int) -> Head:
        line = _ARC_LINE.match(data, at, at + MAX_HEAD)
        if not line:
            raise Broken(_("no ARC record starts here"))
        url, address, date, kind, length = (part.decode("utf-8", "replace") for part in line.groups())
        fields = {"url": url, "address": address, "date": date, "type": kind.split(" ")[0]}
        what = "filedesc" if url.startswith("filedesc:") else "response"
        return Head(what, fields, line.end(), int(length))
