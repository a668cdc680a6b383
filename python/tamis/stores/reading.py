"""One object as a file for reading."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from tamis.messages import _
from tamis.stores import calls
from tamis.stores.addresses import StrPath, address
from tamis.stores.copies import local_copy

LEAST, MOST = 1 << 18, 8 << 20
"""Bytes of one request: few at first, as only the head may be wanted; doubled while reading goes straight on."""


class ObjectFile(io.RawIOBase):
    """A seekable file over ranges of an object; over a copy on this machine where the server sends no ranges.

    Raises:
        FileNotFoundError: there is no such object. InputError: the store refuses it.
    """

    def __init__(self, path: StrPath, facts: calls.Facts | None = None) -> None:
        self._path = address(path)
        found = facts or calls.head(path)
        if found is None:
            raise FileNotFoundError(2, _("no such object"), self._path)
        self._size = found.size
        self._at = 0
        self._block, self._begin, self._ahead = memoryview(b""), 0, LEAST
        self._copy: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def size(self) -> int:
        """Bytes of the whole object."""
        return self._size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = self._bytes(min(len(view), max(0, self._size - self._at)))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _bytes(self, count: int) -> bytes | memoryview:
        """Bytes from where the file stands; at the edge of what is in hand possibly fewer."""
        if not count:
            return b""
        if self._copy is not None:
            self._copy.seek(self._at)
            return self._copy.read(count)
        inside = self._at - self._begin
        if not 0 <= inside < len(self._block):
            self._load(count)
            if self._copy is not None:
                return self._bytes(count)
            inside = 0
        return self._block[inside : inside + count]

    def _load(self, count: int) -> None:
        straight = self._at == self._begin + len(self._block)
        self._ahead = min(self._ahead * 2, MOST) if straight and self._block else LEAST
        end = min(self._at + max(count, self._ahead), self._size)
        try:
            self._block = calls.buffer(self._path, self._at, end)
            self._begin = self._at
        except calls.WithoutRanges:
            self._copy = local_copy(self._path).open("rb")

    def readall(self) -> bytes:
        parts = bytearray()
        while block := self.read(MOST):
            parts += block
        return bytes(parts)

    def close(self) -> None:
        if self._copy is not None:
            self._copy.close()
        self._block = memoryview(b"")
        super().close()
