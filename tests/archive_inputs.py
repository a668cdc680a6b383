"""Archives made by hand, and their rows: for all tests of archives."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tamis.sources import Input, Range, ReadOptions, expand, read, split, stitch

PAGE = b"<html><body><p>Page %d of this crawl.</p></body></html>"


def response(number: int, body: bytes | None = None, kind: str = "response", extra: str = "") -> bytes:
    body = PAGE % number if body is None else body
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n" + extra.encode() + b"\r\n"
    block = http + body if kind in ("response", "request") else body
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
        f"WARC-Date: 2024-05-01T00:00:00Z\r\nWARC-Target-URI: http://example.org/{number}\r\n"
        f"Content-Type: application/http\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def member(data: bytes, level: int = 6) -> bytes:
    return gzip.compress(data, level, mtime=0)


def archive(folder: Path, name: str, content: bytes) -> Input:
    path = folder / name
    path.write_bytes(content)
    [found] = expand([path])
    return found


def rows(found: Input, part: Range | None = None, first: int | None = None, **options: Any) -> Any:
    """(rows, reader) of a range, the whole input by default."""
    reader = read(found, part or Range(0, max(found.size, 1)), ReadOptions(**options), first)
    return [row for batch in reader for row in batch.to_pylist()], reader


def urls(made: Iterable[dict[str, Any]]) -> list[str | None]:
    return [row["url"].rpartition("/")[2] if row["url"] else row["failure_message"] for row in made]


def stitched(found: Input, target: int) -> list[dict[str, Any]]:
    """All rows, range by range, with the ranges that the check names read again."""
    parts = split(found, target) or []
    made, walked = [], []
    for part in parts:
        got, reader = rows(found, part)
        made.append(got)
        walked.append((reader.first_offset, reader.end_offset))
    for _attempt in range(2 * len(parts) + 1):
        again = stitch(parts, walked)
        if again is None:
            return [row for got in made for row in got]
        number, start = again
        made[number], reader = rows(found, parts[number], start)
        walked[number] = (reader.first_offset, reader.end_offset)
    raise AssertionError("the ranges never met")
