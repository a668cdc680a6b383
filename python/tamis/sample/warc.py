"""A small WARC writer: one gzip member per record, the same bytes for the same pages."""

from __future__ import annotations

import base64
import gzip
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import IO

from tamis import __version__
from tamis.sample.page import Page

NEWLINE = b"\r\n"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://sample.tamis.example/")


def write_warc(out: IO[bytes], name: str, pages: Sequence[Page]) -> None:
    """A `warcinfo` record and a `response` record for each page."""
    newest = max((page.date for page in pages), default="1990-01-01T00:00:00Z")
    about = [("software", f"tamis {__version__}"), ("format", "WARC File Format 1.0")]
    block = b"".join(f"{key}: {value}".encode() + NEWLINE for key, value in about)
    fields = [
        ("WARC-Type", "warcinfo"),
        ("WARC-Record-ID", f"<urn:uuid:{uuid.uuid5(NAMESPACE, name)}>"),
        ("WARC-Date", newest),
        ("WARC-Filename", name),
        ("Content-Type", "application/warc-fields"),
    ]
    out.write(_record(fields, block))
    for page in pages:
        out.write(_response(page))


def _response(page: Page) -> bytes:
    http = [("Content-Type", page.content_type), ("Content-Length", str(len(page.content)))]
    changed = datetime.fromisoformat(page.date.replace("Z", "+00:00"))
    http += [("Last-Modified", format_datetime(changed, usegmt=True)), *page.headers]
    block = b"HTTP/1.1 200 OK\r\n" + _lines(http) + NEWLINE + page.content
    fields = [
        ("WARC-Type", "response"),
        ("WARC-Record-ID", f"<urn:uuid:{uuid.uuid5(NAMESPACE, page.url)}>"),
        ("WARC-Date", page.date),
        ("WARC-Target-URI", page.url),
        ("WARC-Payload-Digest", _digest(page.content)),
        ("WARC-Block-Digest", _digest(block)),
        ("Content-Type", "application/http; msgtype=response"),
    ]
    return _record(fields, block)


def _record(fields: Sequence[tuple[str, str]], block: bytes) -> bytes:
    head = b"WARC/1.0\r\n" + _lines([*fields, ("Content-Length", str(len(block)))]) + NEWLINE
    return gzip.compress(head + block + NEWLINE + NEWLINE, compresslevel=6, mtime=0)


def _lines(fields: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(f"{name}: {value}".encode() + NEWLINE for name, value in fields)


def _digest(content: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()
