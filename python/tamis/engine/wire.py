"""Messages between supervisor and workers: JSON with its length before it, over pipes."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

_LENGTH = struct.Struct("<I")
Message = dict[str, Any]


def send(descriptor: int, message: Message) -> None:
    """Write one message, all of it.

    Raises:
        BrokenPipeError: the other end is gone.
    """
    data = json.dumps(message, separators=(",", ":")).encode()
    view = memoryview(_LENGTH.pack(len(data)) + data)
    while view:
        view = view[os.write(descriptor, view) :]


def receive(descriptor: int) -> Message | None:
    """Wait for one message; None once the other end is closed."""
    head = _exactly(descriptor, _LENGTH.size)
    body = _exactly(descriptor, _LENGTH.unpack(head)[0]) if head else None
    return None if body is None else _decoded(body)


class Inbox:
    """The messages of a pipe that is read as bytes come."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.open = True
        self._data = bytearray()

    def take(self) -> list[Message]:
        """All messages that are complete by now; `open` turns False at the end of the pipe."""
        try:
            data = os.read(self.descriptor, 1 << 16)
        except BlockingIOError:
            return []
        self.open = bool(data)
        self._data += data
        found = []
        while len(self._data) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._data)[0]
            if len(self._data) < end:
                break
            found.append(_decoded(bytes(self._data[_LENGTH.size : end])))
            del self._data[:end]
        return found


def _exactly(descriptor: int, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        piece = os.read(descriptor, count - len(data))
        if not piece:
            return None
        data += piece
    return bytes(data)


def _decoded(data: bytes) -> Message:
    message: Message = json.loads(data)
    return message
