"""Records out of members, and out of plain archives."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from tamis.messages import _
from tamis.sources.dialects import MAX_HEAD, Dialect, Head
from tamis.sources.failures import Broken
from tamis.sources.members import Codec, Member, walk
from tamis.sources.window import Window

_RAW = 4096
_LINE_ENDS = b"\r\n"
_CLOSE = b"\r\n\r\n"


@dataclass(frozen=True)
class Record:
    """One whole record. `block` holds its first bytes, up to the limit; `head.length` says how many there are."""

    offset: int
    length: int
    head: Head
    block: bytes

    @property
    def whole(self) -> bool:
        return len(self.block) == self.head.length


Found = Record | tuple[int, Broken]


def member_records(
    window: Window, codec: Codec, dialect: Dialect, start: int, end: int, keep: int
) -> Generator[Found, None, int]:
    """The records of the members that start in [start, end); returns where the walk stopped."""
    members = walk(window, codec, dialect, start, end, keep)
    while True:
        try:
            member = next(members)
        except StopIteration as stop:
            return int(stop.value)
        if isinstance(member, Member):
            yield from _inside(member, dialect)
        else:
            yield member


def _inside(member: Member, dialect: Dialect) -> Iterator[Found]:
    """A member's records: one, as the standard recommends, or more. A wrong length costs what follows it in there."""
    at, data = 0, member.data
    if not member.total:
        return
    while True:
        try:
            head = dialect.head(data, at)
            end = head.start + head.length
            if end > member.total:
                raise Broken(_wrong_length(head.length, member.total - head.start))
            behind = _behind(data, end)
            more = behind < len(data)
            if more and not dialect.starts(data, behind):
                raise Broken(_wrong_length(head.length, member.total - head.start))
        except Broken as broken:
            yield member.start, Broken(broken.message, data[at : at + _RAW])
            return
        block = data[head.start : min(end, len(data))]
        yield Record(member.start, member.end - member.start, head, block)
        if not more:
            if len(data) < member.total > end + len(_CLOSE):
                yield member.start, Broken(_wrong_length(head.length, member.total - head.start), b"")
            return
        at = behind


def _wrong_length(said: int, there: int) -> str:
    return _("the record's length is {said}, and its member holds {there} bytes").format(
        said=said, there=there
    )


def _behind(data: bytes, end: int) -> int:
    """The place behind the line ends that close a record."""
    while end < len(data) and data[end] in _LINE_ENDS:
        end += 1
    return end


def plain_records(
    window: Window, dialect: Dialect, start: int, end: int, keep: int
) -> Generator[Found, None, int]:
    """The records that start in [start, end) of an archive that is plain, or one stream; returns where it stopped."""
    position = _skip_line_ends(window, start)
    while position < end:
        index = window.index(position, MAX_HEAD)
        if index >= len(window.data):
            return position
        raw, search_from = window.data[index : index + _RAW], position + 1
        try:
            head = dialect.head(window.data, index)
            block_start = position + head.start - index
            search_from = block_start
            block, behind = _block(window, dialect, block_start, head, keep)
        except Broken as broken:
            if not raw.strip(b"\0\r\n \x1a") and window.at_end(position + len(raw)):
                return max(end, window.end)
            yield position, Broken(broken.message, raw)
            found = search_plain(window, dialect, search_from, None)
            if found is None:
                return max(end, window.end)
            position = found
            continue
        yield Record(position, behind - position, head, block)
        position = behind
    return position


def _skip_line_ends(window: Window, position: int) -> int:
    index = window.index(position, MAX_HEAD)
    return position + _behind(window.data[index : index + MAX_HEAD], 0)


def _block(window: Window, dialect: Dialect, start: int, head: Head, keep: int) -> tuple[bytes, int]:
    """The block's first bytes and the place behind the record, where the next one starts or the file ends."""
    head_only = min(head.length, keep)
    wanted = head.length + 4 if head.length <= keep else head_only
    index = window.index(start, wanted + MAX_HEAD if head.length <= keep else wanted)
    block = window.data[index : index + head_only]
    end = start + head.length
    index = window.index(end, MAX_HEAD)
    if window.start + index < end or (len(block) < head_only):
        there = max(window.end - start, len(block))
        raise Broken(
            _("the record is cut short: {there} of {said} bytes").format(there=there, said=head.length)
        )
    behind = _behind(window.data, index)
    closed = window.data.startswith(dialect.terminator, index) if dialect.terminator else False
    if closed:
        behind = max(behind, index + len(dialect.terminator))
    elif behind < len(window.data) and not dialect.follows(window.data, index, behind):
        raise Broken(_("no record starts behind the {said} bytes of this one").format(said=head.length))
    return block, end + behind - index


def search_plain(window: Window, dialect: Dialect, start: int, until: int | None) -> int | None:
    """The first place at or behind `start` (and before `until`) where a line begins a record with a whole head."""
    position = max(start, window.start if not window.seekable else 0)
    while until is None or position < until:
        begin = max(position - 1, 0 if window.seekable else window.start)
        index = window.index(begin, 2 * MAX_HEAD)
        data = window.data
        if index >= len(data):
            return None
        at = index if position == 0 else data.find(b"\n" + dialect.mark, index) + 1
        if at <= 0 and position:
            position = max(window.end - len(dialect.mark), position + 1)
            continue
        position = window.start + at
        if until is not None and position >= until:
            return None
        index = window.index(max(position - 1, window.start), 2 * MAX_HEAD)
        if dialect.starts(window.data, position - window.start, whole=True):
            return position
        position += 1
    return None
