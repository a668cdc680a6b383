"""Where zstd frames end, from their headers alone (RFC 8878): nothing is decompressed."""

from __future__ import annotations

FRAME = b"\x28\xb5\x2f\xfd"
_HEADER, _BLOCK, _SKIP = 0, 1, 2
_DICTIONARY_BYTES = (0, 1, 2, 4)
_SIZE_BYTES = (0, 2, 4, 8)


class FrameScanner:
    """Follows the frames of bytes fed in order. `ended_at` is the end of the last whole frame, from the first byte."""

    def __init__(self) -> None:
        self.position = 0
        self.ended_at = 0
        self.damaged = False
        self._pending = b""
        self._state, self._skip, self._after, self._checksum = _HEADER, 0, _HEADER, 0

    @property
    def between_frames(self) -> bool:
        return self._state == _HEADER and not self._pending and not self._skip

    def feed(self, data: bytes | memoryview, one_frame: bool = False) -> None:
        """Go on; with `one_frame` stop at the first frame's end and leave the rest of `data` unread."""
        at, end = 0, len(data)
        while not self.damaged:
            if self._skip:
                step = min(self._skip, end - at)
                at, self.position, self._skip = at + step, self.position + step, self._skip - step
                if self._skip:
                    return
                if self._after == _HEADER:
                    self.ended_at, self._state = self.position, _HEADER
                    if one_frame:
                        return
            wanted = self._wanted()
            step = min(wanted - len(self._pending), end - at)
            self._pending += bytes(data[at : at + step])
            at, self.position = at + step, self.position + step
            if len(self._pending) < wanted:
                return
            if len(self._pending) == self._wanted():
                self._step()
                if one_frame and self.between_frames:
                    return

    def _wanted(self) -> int:
        if self._state == _BLOCK:
            return 3
        if len(self._pending) < 5:
            return 5
        if self._pending[:4] != FRAME:
            return 8
        kind = self._pending[4]
        single = kind >> 5 & 1
        size = _SIZE_BYTES[kind >> 6] or single
        return 5 + (1 - single) + _DICTIONARY_BYTES[kind & 3] + size

    def _step(self) -> None:
        head, self._pending = self._pending, b""
        if self._state == _BLOCK:
            last, kind, size = head[0] & 1, head[0] >> 1 & 3, int.from_bytes(head, "little") >> 3
            self._skip = 1 if kind == 1 else size
            if kind == 3:
                self.damaged = True
            self._after = _BLOCK
            if last:
                self._skip, self._after = self._skip + self._checksum, _HEADER
            if last and not self._skip:
                self.ended_at, self._state = self.position, _HEADER
        elif head[:4] == FRAME:
            self._checksum = 4 if head[4] >> 2 & 1 else 0
            self._state = _BLOCK
        elif head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:
            self._skip, self._after = int.from_bytes(head[4:8], "little"), _HEADER
            if not self._skip:
                self.ended_at = self.position
        else:
            self.damaged = True
