"""Text in columns: cell widths, wrapping, tables, and text of strangers made harmless. Nothing here is printed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

Align = Literal["<", ">"]

_JOINT = re.compile(r"[._](?=[a-z])")
_JOINERS = "\u200c\u200d"


def clean(text: str, *, lines: bool = False) -> str:
    """Text of strangers without what steers a terminal or hides what is written.

    Escape and other control characters, bidirectional controls, zero-width characters that join nothing, lone
    surrogates and private use become one middle dot; white space becomes a space. `lines=True` keeps line
    ends.

    Examples:
        >>> clean("a\\x1b[31mb\\nc")
        'a·[31mb c'
    """
    return "".join(_harmless(character, lines) for character in text)


def _harmless(character: str, lines: bool) -> str:
    if " " <= character <= "~":
        return character
    if character == "\n" and lines:
        return "\n"
    if character.isspace() and character not in "\x1c\x1d\x1e\x1f":
        return " "
    if character in _JOINERS:
        return character
    return "·" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else character


def cells(text: str) -> int:
    """How many cells of a terminal the text fills: wide East Asian characters two, combining marks none.

    Examples:
        >>> cells("abc"), cells("筛子"), cells("e\u0301")
        (3, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fit(text: str, width: int, *, middle: bool = False) -> str:
    """The text in at most `width` cells, cut at its end (or in its middle) with an ellipsis."""
    if cells(text) <= width:
        return text
    if width < 2:
        return "…"[:width]
    if middle:
        tail = _cut(text[::-1], (width - 1) // 2)[::-1]
        return _cut(text, width - 1 - cells(tail)) + "…" + tail
    return _cut(text, width - 1).rstrip() + "…"


def _cut(text: str, width: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += _cell(character)
        if used > width:
            return text[:index]
    return text


def pad(text: str, width: int, align: Align = "<") -> str:
    """The text filled with spaces to `width` cells."""
    gap = " " * max(0, width - cells(text))
    return gap + text if align == ">" else text + gap


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` cells, broken at spaces and beside Han characters.

    A longer word stands alone on its line; no line begins with a mark that closes, or ends with one that opens.

    Examples:
        >>> wrap("保留 3 篇，移除 5 篇。", 12)
        ['保留 3 篇，', '移除 5 篇。']
    """
    lines: list[str] = []
    line = ""
    for gap, word in _pieces(text):
        longer = f"{line}{gap}{word}" if line else word
        if line and cells(indent + longer) > width:
            lines.append(indent + line)
            line = word
        else:
            line = longer
    return [*lines, indent + line] if line else lines


_OPENING, _CLOSING = "（《“‘「『【〔", "，。、；：？！）》”’」』】〕…·"


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What may stand on a line of its own, each with the space that stands before it."""
    for word in text.split():
        gap, piece = " ", ""
        for letter in word:
            apart = _wide(letter) or (piece and _wide(piece[-1]))
            if piece and apart and letter not in _CLOSING and piece[-1] not in _OPENING:
                yield gap, piece
                gap, piece = "", ""
            piece += letter
        yield gap, piece


def _wide(letter: str) -> bool:
    return letter > "\u2e7f" and unicodedata.east_asian_width(letter) in "WF"


class Column(NamedTuple):
    """A column of a table; the one that is `flexible` is cut, or wrapped, so that the line fits."""

    title: str
    align: Align = "<"
    flexible: bool = False
    wrapped: bool = False
    least: int = 12


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, *, gap: int = 2, head: bool = True
) -> list[str]:
    """Lines of a table no wider than `width`; columns that no row fills are left out; the head is line 0."""
    used = [n for n in range(len(columns)) if n == 0 or any(row[n] for row in rows)]
    columns = [columns[n] for n in used]
    body = [[clean(row[n]) for n in used] for row in rows]
    widths = _widths(columns, body, width, gap, head)
    lines = [_line([column.title for column in columns], columns, widths, gap)] if head else []
    for row in body:
        lines += _row(row, columns, widths, gap)
    return lines


def _widths(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, gap: int, head: bool
) -> list[int]:
    widths = [
        max([cells(column.title) if head else 0, *(cells(row[n]) for row in rows)])
        for n, column in enumerate(columns)
    ]
    excess = sum(widths) + gap * (len(widths) - 1) - width
    for n in reversed([n for n, column in enumerate(columns) if column.flexible]):
        if excess > 0:
            narrower = max(min(columns[n].least, widths[n]), widths[n] - excess)
            excess -= widths[n] - narrower
            widths[n] = narrower
    return widths


def _row(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int], gap: int) -> list[str]:
    parts = [
        _wrapped(text, width) if column.wrapped else [fit(text, width)]
        for text, column, width in zip(row, columns, widths, strict=True)
    ]
    height = max(len(part) for part in parts)
    return [
        _line([part[n] if n < len(part) else "" for part in parts], columns, widths, gap)
        for n in range(height)
    ]


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of a cell; the name of a rule that is wider than its column goes on below, broken between words."""
    found = []
    for line in wrap(text, width) or [""]:
        while cells(line) > width:
            fitting = [one.end() for one in _JOINT.finditer(line) if cells(line[: one.end()]) <= width]
            if not fitting:
                break
            found.append(line[: fitting[-1]])
            line = line[fitting[-1] :]
        found.append(line)
    return found


def _line(texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int], gap: int) -> str:
    padded = (pad(text, width, c.align) for text, c, width in zip(texts, columns, widths, strict=True))
    return (" " * gap).join(padded).rstrip()
