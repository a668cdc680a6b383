"""The sheet that a reader labels: written for spreadsheets, read as spreadsheets save it.

Written: UTF-8 with a byte order mark, commas, CRLF; a cell that a spreadsheet would take for a formula begins with an
apostrophe (OWASP, "CSV Injection"). Read: commas, semicolons or tabs, any line ends, with or without the mark, UTF-16,
and the Windows code page that Excel saves "CSV" in. Of a text its opening is read again, to tell whether it still stands
beside its number; not where a code page may have changed its letters.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from tamis.errors import InputError, reason
from tamis.messages import _, did_you_mean

COLUMNS = ("number", "original_text", "label")
LABELS = ("keep", "remove", "unsure")
CHARS = 2_000
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""The full-width ones too: where people write Chinese or Japanese, a spreadsheet takes them for the others."""
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
CUT = "…"
OPENING, SHORTEST = 60, 20
"""Letters and digits of a text that are compared, and fewest: a shorter text may be a date that was written anew."""
LOST = ("?", "\ufffd")
"""What stands for a letter that a code page has not."""


class Labelled(NamedTuple):
    """A row of a sheet: `label` is one of `LABELS`, or empty where the reader gave none; `line` of the file.

    `text` is empty where the sheet has none, or is written in a code page.
    """

    number: int
    label: str
    line: int
    text: str


class Opening(NamedTuple):
    """How a text begins: so many letters and digits, and their hash."""

    letters: int
    hash: str


def middle(text: str, chars: int = CHARS) -> str:
    """At most `chars` characters around the middle of a text, with an ellipsis where it goes on.

    Examples:
        >>> middle("abcdefghij", 4), middle("abc", 4)
        ('…defg…', 'abc')
    """
    if len(text) <= chars:
        return text
    start = (len(text) - chars) // 2
    return f"{CUT}{text[start : start + chars]}{CUT}"


def cell(text: str) -> str:
    """A text as a cell that no spreadsheet calculates, without what cells cannot hold.

    Examples:
        >>> cell("=1+1"), cell("a = b")
        ("'=1+1", 'a = b')
    """
    escaped = f"'{text}" if text.startswith(FORMULA) else text
    return CONTROL.sub(" ", escaped.replace("\r\n", "\n").replace("\r", "\n"))


def opening(text: str) -> Opening | None:
    """What `begins` compares with; None for a text of few letters.

    Examples:
        >>> opening("1 January 2020"), opening("It was a bright cold day in April").letters
        (None, 26)
    """
    letters = _letters(cell(middle(text)))[:OPENING]
    return Opening(len(letters), _hash(letters)) if len(letters) >= SHORTEST else None


def begins(text: str, wanted: Opening) -> bool:
    """Whether the text of a sheet may be the one of `opening`: letters and digits alone count, lost ones may be any.

    Examples:
        >>> wanted = opening("- It was a bright cold day in April")
        >>> begins("'- It was\\r\\na bright  cold day in April: hm", wanted), begins("It was a dark night", wanted)
        (True, False)
    """
    letters = _letters(text, LOST)[: wanted.letters]
    return any(one in letters for one in LOST) or _hash(_letters(text)[: wanted.letters]) == wanted.hash


def _letters(text: str, also: Sequence[str] = ()) -> str:
    return "".join(one for one in text if one.isalnum() or one in also)


def _hash(letters: str) -> str:
    return blake2b(letters.encode(), digest_size=6).hexdigest()


def write_sheet(path: Path, rows: Iterable[tuple[int, str]]) -> None:
    """Write (number, text) rows with empty labels; raises `InputError` rather than write over a file."""
    try:
        with path.open("x", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(COLUMNS)
            writer.writerows([number, cell(middle(text)), ""] for number, text in rows)
    except FileExistsError:
        hint = _("it may hold labels: give another -o, or take it away")
        raise InputError(str(path), _("there is a file already"), hint) from None
    except OSError as error:
        raise InputError(str(path), _("cannot be written: {why}").format(why=reason(error))) from error


def read_sheet(path: str | Path) -> list[Labelled]:
    """The rows of a labelled sheet, in the order of the file; blank lines are passed over.

    Raises `InputError` where the file cannot be read, is no sheet, holds a label that is none, a number that is none,
    or one number twice.
    """
    where = str(path)
    found: list[Labelled] = []
    lines: dict[int, int] = {}
    whole, sure = _text(where)
    for line, number, label, text in _cells(where, whole):
        one = Labelled(_number(where, line, number), _label(where, line, label), line, text if sure else "")
        if one.number in lines:
            what = _("row {number} stands there already, in line {line}")
            raise InputError(f"{where}:{line}", what.format(number=one.number, line=lines[one.number]))
        lines[one.number] = line
        found.append(one)
    return found


def _text(where: str) -> tuple[str, bool]:
    """The sheet, and whether its letters are certain: a code page is guessed."""
    try:
        raw = Path(where).read_bytes()
    except OSError as error:
        raise InputError(where, _("cannot be read: {why}").format(why=reason(error))) from error
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace"), True
    try:
        return raw.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), False


def _cells(where: str, text: str) -> Iterator[tuple[int, str, str, str]]:
    """(line, number, label, text) of each row that holds anything."""
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if "number" not in names or "label" not in names:
            hint = _("a sheet of tamis look --review has the columns number, original_text, label")
            raise InputError(where, _("this is no review sheet"), hint)
        number, label = names.index("number"), names.index("label")
        came = names.index("original_text") if "original_text" in names else len(names)
        last = reader.line_num
        for row in reader:
            line, last = last + 1, reader.line_num
            if any(one.strip() for one in row):
                row += [""] * (len(names) + 1)
                yield line, row[number].strip(), row[label].strip(), row[came]
    except csv.Error as error:
        raise InputError(f"{where}:{reader.line_num}", _("cannot be read: {why}").format(why=error)) from None


def _number(where: str, line: int, text: str) -> int:
    # A spreadsheet may write a whole number with decimals.
    whole = re.fullmatch(r"(\d{1,15})(?:[.,]0*)?", text)
    if whole is None:
        what = _("'{text}' is no number of a row").format(text=text[:40])
        raise InputError(f"{where}:{line}", what, _("leave the column number as it was written"))
    return int(whole[1])


def _label(where: str, line: int, text: str) -> str:
    label = text.lower()
    if label and label not in LABELS:
        what = _("'{text}' is no label").format(text=text[:40])
        listed = _("one of {labels}, or leave it empty").format(labels=", ".join(LABELS))
        raise InputError(f"{where}:{line}", what, did_you_mean(label, LABELS) or listed)
    return label
