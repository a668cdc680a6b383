"""A sliding window over a file or a decompressed stream, by absolute position."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tamis.sources.streams import BrokenStream

BLOCK = 1 << 20


class Window:
    """`data[position - start]` is the byte at `position`; the window moves forward, and back where it can seek.

    A stream that breaks ends here for its readers, and `broken` says why.
    """

    def __init__(
        self, file: BinaryIO | None, position: int = 0, stream: Iterator[bytes] | None = None
    ) -> None:
        self._file, self._stream = file, stream
        self.data = b""
        self.start = position
        self.ended = False
        self.broken = ""
        if stream is None and file is not None:
            file.seek(position)

    @property
    def end(self) -> int:
        return self.start + len(self.data)

    @property
    def seekable(self) -> bool:
        return self._stream is None

    def _next(self) -> bytes:
        if self._stream is not None:
            try:
                return next(self._stream, b"")
            except BrokenStream as broken:
                self.broken = str(broken)
                return b""
        return self._file.read(BLOCK) if self._file is not None else b""

    def index(self, position: int, count: int = 1) -> int:
        """Where `position` is in `data`, of which at least `count` bytes from there are loaded unless the file ends.

        May drop what lies before `position`.
        """
        if position < self.start:
            self._back(position)
        if position + count > self.end and not self.ended:
            self._fill(position, count)
        return min(position - self.start, len(self.data))

    def _back(self, position: int) -> None:
        if self._file is None or self._stream is not None:
            raise ValueError("a stream cannot go back")
        self._file.seek(position)
        self.data, self.start, self.ended = b"", position, False

    def _fill(self, position: int, count: int) -> None:
        if self._file is not None and self._stream is None and position > self.end:
            self._file.seek(position)
            self.data, self.start = b"", position
        pieces = [self.data[max(position - self.start, 0) :]]
        start, at = max(position, self.start), self.end
        while at < position + count:
            block = self._next()
            if not block:
                self.ended = True
                break
            piece = block[max(position - at, 0) :]
            at += len(block)
            if piece:
                pieces.append(piece)
        self.data = b"".join(pieces)
        self.start = start if at >= position else at

    def at_end(self, position: int) -> bool:
        """Whether no byte is at or behind `position`."""
        return self.index(position, 1) >= len(self.data)
