"""What makes one record a failed row, and nothing more."""

from __future__ import annotations


class Unreadable(Exception):
    """A record whose bytes cannot be used. `kind` is the failure's kind: record, size, encoding."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.kind, self.message = kind, message


class Broken(Exception):
    """Bytes that are no record. `resume` is where the next one should start, where that is known."""

    def __init__(self, message: str, raw: bytes = b"", resume: int | None = None) -> None:
        super().__init__(message)
        self.message, self.raw, self.resume = message, raw, resume
