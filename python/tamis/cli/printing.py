"""Printing what a verb found: as JSON, or as lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tamis.cli.terminal import Terminal


def as_json(data: Any, terminal: Terminal) -> None:
    """Plain data as indented JSON on stdout, text as it is, keys in their order."""
    import json

    terminal.say(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def lines(text: Iterable[str], terminal: Terminal) -> None:
    for line in text:
        terminal.say(line)


def heading(lines_: list[str], terminal: Terminal) -> list[str]:
    """A table whose first line, its head, is dim where there is colour."""
    return [terminal.style(lines_[0], "dim"), *lines_[1:]] if lines_ else []
