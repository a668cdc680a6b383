"""HTTP messages as crawlers store them: headers, transfer and content encodings, with a budget for the output."""

from __future__ import annotations

import codecs
import io
import re
from typing import Any

from tamis import _core
from tamis.messages import _
from tamis.sources.failures import Unreadable
from tamis.sources.frames import FrameScanner

Headers = dict[str, str]

MAX_CODINGS = 4
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([^\s"';,]+)""", re.IGNORECASE)
_ZSTD = b"\x28\xb5\x2f\xfd"
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|script|style|table|div|h1|p|a|br|font|b|iframe)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_LOOKED_AT = 4096
# Fewer bytes of a compressed body may hold none that no text has; in 64 the odds are one in a thousand.
_SURE = 64
_FEW = 4
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BINARY_STARTS = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x7fELF", "application/x-executable"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"OggS\x00", "application/ogg"),
    (b"ID3\x02", "audio/mpeg"),
    (b"ID3\x03", "audio/mpeg"),
    (b"ID3\x04", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
)
"""The first bytes of binary formats, after the MIME sniffing standard and the formats' own descriptions."""
_BINARY_INSIDE = (
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"RIFF....(?:WAVE|AVI )", re.DOTALL), "audio/x-riff"),
    (re.compile(rb"\x00\x00..ftyp", re.DOTALL), "video/mp4"),
)


def split_message(block: bytes) -> tuple[Headers, bytes]:
    """Headers by lower-case name (`:status` among them; a repeated one joined by ", ") and the raw body."""
    end = _EMPTY_LINE.search(block)
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    lines = head.decode("utf-8", "replace").split("\n")
    status = lines[0].split(None, 2)
    headers: Headers = {":status": status[1] if len(status) > 1 else ""}
    last = ""
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and last:
            headers[last] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if not colon:
            continue
        last, value = name.strip().lower(), value.strip()
        headers[last] = f"{headers[last]}, {value}" if last in headers else value
    return headers, body


def decode_body(headers: Headers, body: bytes, limit: int) -> bytes:
    """The body without its transfer and content encodings.

    Crawlers often store the decoded body under the old headers, so a coding that the bytes do not show is passed
    over where they look like a text. Raises Unreadable: `size` above `limit` bytes of output, `encoding` for a body
    that is damaged in the middle or of which nothing can be decoded, and for a coding known to no browser.
    """
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = dechunk(body)
    codings = [
        name.strip() for name in headers.get("content-encoding", "").lower().split(",") if name.strip()
    ]
    if len(codings) > MAX_CODINGS:
        raise Unreadable("encoding", _("more than {limit} content encodings").format(limit=MAX_CODINGS))
    for coding in reversed(codings):
        if body:
            body = _decoded(coding, body, limit)
    if len(body) > limit:
        raise too_large(limit)
    return body


def too_large(limit: int) -> Unreadable:
    return Unreadable("size", _("the page has more than {limit} bytes").format(limit=limit))


def dechunk(body: bytes) -> bytes:
    """The chunks' data; the body itself where it is not chunked; what there is where it ends early."""
    found, at = [], 0
    while match := _CHUNK_SIZE.match(body, at):
        size = int(match[1], 16)
        start = match.end()
        found.append(body[start : start + size])
        at = start + size
        if not size or at >= len(body):
            break
        at += 2 if body[at : at + 2] == b"\r\n" else 1 if body[at : at + 1] == b"\n" else 0
    return b"".join(found) if at else body


def _decoded(coding: str, body: bytes, limit: int) -> bytes:
    if coding in ("gzip", "x-gzip"):
        return _inflated("gzip", body, limit) if body[:2] == b"\x1f\x8b" else _stored(coding, body)
    if coding == "deflate":
        if body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0:
            return _inflated("zlib", body, limit)
        return body if _plainly_text(body) else _inflated("raw", body, limit)
    if coding == "br":
        return body if _plainly_text(body) else _brotli(body, limit)
    if coding == "zstd":
        return _zstd(body, limit) if body[:4] == _ZSTD else _stored(coding, body)
    if coding in ("compress", "x-compress"):
        raise Unreadable("encoding", _("content encoding '{name}' is not read").format(name=coding))
    return body


def _plainly_text(body: bytes) -> bool:
    """Whether the first bytes are a tag, or UTF-8 without control characters, as no compressed body's are.

    Asked first where a coding has neither a mark nor a check sum: the beginning of a text may pass for one.
    """
    head = body[:_LOOKED_AT]
    return bool(_HTML.match(head)) or (len(head) > _FEW and not _BINARY.search(head) and _is_utf8(head))


def _stored(coding: str, body: bytes) -> bytes:
    """A body that is not in its coding: the crawler stored it decoded, if it is a text or of a known binary type."""
    if body.startswith(_MARKS) or binary_type(body):
        return body
    head = body[:_LOOKED_AT]
    if _BINARY.search(head) or (len(head) < _SURE and not _is_utf8(head)):
        raise _corrupt(coding)
    return body


def _is_utf8(head: bytes) -> bool:
    """Whether the bytes are UTF-8, but for a last character that may be cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _corrupt(coding: str) -> Unreadable:
    return Unreadable("encoding", _("the {coding} body is corrupt").format(coding=coding))


def _some(coding: str, found: bytes, whole: bool) -> bytes:
    """What was decoded of a body; one that is cut short before its first byte is no empty page."""
    if found or whole:
        return found
    raise Unreadable("encoding", _("nothing of the {coding} body can be decoded").format(coding=coding))


def _inflated(kind: str, body: bytes, limit: int) -> bytes:
    stream = _core.Inflate(kind, limit)
    try:
        stream.feed(body, 0, stop_at_limit=True)
    except _core.KernelError:
        return _damaged(kind, body, stream.take())
    if stream.total > limit:
        raise too_large(limit)
    return _some(kind, stream.take(), stream.done)


def _damaged(kind: str, body: bytes, before: bytes) -> bytes:
    """A raw or zlib body that is none from its start may be stored decoded; any other damage fails."""
    if not before and kind != "gzip":
        return _stored(kind, body)
    raise _corrupt(kind)


def _brotli(body: bytes, limit: int) -> bytes:
    import brotli

    stream: Any = brotli.Decompressor()
    found, size, data = [], 0, body
    try:
        while True:
            piece = stream.process(data, output_buffer_limit=1 << 20)
            data = b""
            found.append(piece)
            size += len(piece)
            if size > limit:
                raise too_large(limit)
            if stream.is_finished() or (not piece and stream.can_accept_more_data()):
                return _some("brotli", b"".join(found), stream.is_finished())
    except brotli.error:
        return _damaged("brotli", body, b"".join(found))


def _zstd(body: bytes, limit: int) -> bytes:
    import zstandard

    reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(io.BytesIO(body))
    try:
        found = reader.read(limit + 1)
    except zstandard.ZstdError as error:
        raise _corrupt("zstd") from error
    if len(found) > limit:
        raise too_large(limit)
    frames = FrameScanner()
    if not found:
        frames.feed(body)
    return _some("zstd", found, frames.between_frames)


def content_type(value: str) -> str:
    """The type alone, in lower case.

    Examples:
        >>> content_type("Text/HTML; charset=utf-8")
        'text/html'
    """
    return value.partition(";")[0].partition(",")[0].strip().lower()


def charset_label(value: str) -> str | None:
    """The charset that a content type names."""
    match = _CHARSET.search(value)
    return match[1] if match else None


def binary_type(body: bytes) -> str:
    """The type of a body that begins as a well-known binary format does, whatever its header says; else ""."""
    for start, kind in _BINARY_STARTS:
        if body.startswith(start):
            return kind
    return next((kind for form, kind in _BINARY_INSIDE if form.match(body)), "")


def sniff_type(body: bytes) -> str:
    """The type of a body without one: HTML by its first tag, text where no byte is binary."""
    head = body[:1024]
    if _HTML.match(head):
        return "text/html"
    return "application/octet-stream" if _BINARY.search(head) or not head else "text/plain"
