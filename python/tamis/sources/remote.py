"""Files on web servers: by byte ranges, or from their beginning where a server sends none; asked again where one falls silent."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO

from tamis.sources.web_errors import WebPatience

KEPT = 8 << 20
"""Bytes of a file's beginning that are kept where there are no ranges: readers look at the head, then go back."""
_BLOCK = 1 << 20


class WebFile(io.RawIOBase):
    """A file by ranges; where the server turns out to send none, one stream, begun again where a reader goes back.

    Reading raises InputError for what the server refuses, RunFailed where it did not answer for as long as it is asked.
    """

    def __init__(self, url: str, ranged: Any, stream: Callable[[], BinaryIO]) -> None:
        self._url, self._ranged, self._open_stream = url, ranged, stream
        self._size: int = ranged.size or 0
        self._at = 0
        self._kept = bytearray()
        self._stream: BinaryIO | None = None
        self._reached = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._answered(len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _answered(self, count: int) -> bytes:
        patience = WebPatience(self._url)
        while True:
            try:
                data = self._by_range(count) if self._ranged is not None else None
                return self._by_stream(count) if data is None else data
            except Exception as error:  # each library has exceptions of its own
                self._leave()
                patience.wait(error)

    def _by_range(self, count: int) -> bytes | None:
        """Bytes by a range; None from the first time that the server sends none."""
        try:
            self._ranged.seek(self._at)
            return bytes(self._ranged.read(count))
        except ValueError:  # so fsspec says that a whole file came for a range
            self._ranged.close()
            self._ranged = None
            return None

    def _by_stream(self, count: int) -> bytes:
        found = bytearray(self._kept[self._at : self._at + count])
        while len(found) < count:
            at = self._at + len(found)
            piece = self._next(at, count - len(found))
            if not piece:
                break
            found += piece
        return bytes(found)

    def _next(self, at: int, count: int) -> bytes:
        """Bytes of the stream from `at`, which the stream is read up to."""
        if self._stream is None or at < self._reached:
            self._leave()
            self._stream, self._reached = self._open_stream(), 0
        while self._reached < at:
            if not self._read(self._stream, min(at - self._reached, _BLOCK)):
                return b""
        return self._read(self._stream, count)

    def _read(self, stream: BinaryIO, count: int) -> bytes:
        piece = stream.read(count)
        if self._reached == len(self._kept) < KEPT:
            self._kept += piece
        self._reached += len(piece)
        return piece

    def _leave(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def close(self) -> None:
        if not self.closed:
            self._leave()
            if self._ranged is not None:
                self._ranged.close()
        super().close()
