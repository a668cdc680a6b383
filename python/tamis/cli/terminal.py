"""Where a verb prints, how wide, and in which colours. How text is laid out in columns: `tamis.text_table`."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import IO, Literal, NamedTuple

from tamis.messages import _, for_person
from tamis.text_table import Column, cells, clean, fit, pad, table, wrap

__all__ = ["Colour", "Column", "Terminal", "beside", "cells", "clean", "fit", "pad", "table", "wrap"]

Colour = Literal["auto", "always", "never"]

_STYLES = {
    "bold": "1",
    "dim": "2",
    "kept": "34",
    "removed": "33",
    "failed": "31",
    "error": "31;1",
    "hint": "36",
}
_NARROWEST, _WIDEST, _UNKNOWN = 40, 120, 80


class Terminal(NamedTuple):
    """Where data and messages go, and what that place can show."""

    out: IO[str]
    err: IO[str]
    width: int = 80
    colour_out: bool = False
    colour_err: bool = False
    live: bool = False

    @classmethod
    def detect(cls, colour: Colour = "auto") -> Terminal:
        """From the streams of this process, NO_COLOR, TERM and COLUMNS."""
        return cls(
            sys.stdout,
            sys.stderr,
            _width(),
            _coloured(sys.stdout, colour),
            _coloured(sys.stderr, colour),
            sys.stderr.isatty() and os.environ.get("TERM") != "dumb",
        )

    def style(self, text: str, *names: str) -> str:
        """`text` in the named styles where stdout shows colour."""
        return _styled(text, names) if self.colour_out else text

    def say(self, text: str = "") -> None:
        """One line of data, on stdout."""
        self.out.write(text + "\n")

    def tell(self, text: str, *names: str) -> None:
        """One message, on stderr."""
        self.out.flush()
        text = for_person(text)
        self.err.write((_styled(text, names) if self.colour_err else text) + "\n")
        self.err.flush()

    def problem(self, kind: Literal["error", "hint", "warning"], text: str) -> None:
        """`error: ...`, `hint: ...` or `warning: ...` on stderr, the word in colour where there is any."""
        name = "hint" if kind == "hint" else "error" if kind == "error" else "removed"
        word = for_person({"error": _("error"), "hint": _("hint"), "warning": _("warning")}[kind])
        head = _styled(f"{word}:", (name,)) if self.colour_err else f"{word}:"
        self.out.flush()
        self.err.write(f"{head} {clean(for_person(text))}\n")
        self.err.flush()


class Said(logging.Handler):
    """What the engine logs while a verb works, each sentence as a warning, above a line that is written over.

    A record with `once` is said where its sentence was not said before.
    """

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(logging.WARNING)
        self.terminal = terminal
        self.once: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if getattr(record, "once", False):
            if message in self.once:
                return
            self.once.add(message)
        if self.terminal.live:
            self.terminal.err.write("\r\x1b[K")
        self.terminal.problem("warning", message)


def _width() -> int:
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        columns = int(given)
    else:
        try:
            columns = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns
        except (OSError, ValueError):
            columns = _UNKNOWN
    return min(max(columns, _NARROWEST), _WIDEST)


def _coloured(stream: IO[str], colour: Colour) -> bool:
    if colour != "auto":
        return colour == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _styled(text: str, names: Sequence[str]) -> str:
    if not names or not text:
        return text
    return f"\x1b[{';'.join(_STYLES[name] for name in names)}m{text}\x1b[0m"


def beside(left: str, right: str, terminal: Terminal) -> list[str]:
    """Two texts at the two ends of a line where there is room, else on two lines."""
    gap = min(terminal.width, 100) - cells(left) - cells(right)
    if not right:
        return [left]
    return [f"{left}{' ' * gap}{right}"] if gap >= 2 else [left, right]
