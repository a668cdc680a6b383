"""Archives with one compressed member per record: gzip members or zstd frames, each with its own check sum."""

from __future__ import annotations

import io
import zlib
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from tamis import _core
from tamis.messages import _
from tamis.sources.dialects import Dialect
from tamis.sources.failures import Broken
from tamis.sources.frames import FRAME, FrameScanner
from tamis.sources.window import Window

_PROBE_INPUT = 1 << 16
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_MAX_DICTIONARY = 1 << 26
_RAW = 4096


@dataclass(frozen=True)
class Member:
    """One member: its place in the file, the first bytes of its data (up to the limit), and how many there are."""

    start: int
    end: int
    data: bytes
    total: int


class Codec(Protocol):
    """How one kind of member is found and opened."""

    magic: bytes

    def member(self, window: Window, start: int, keep: int) -> Member:
        """The member at `start`, checked; `keep` bounds its data. Raises Broken."""
        ...

    def begin(self, data: bytes, at: int, count: int) -> bytes:
        """The first `count` bytes of what may be a member at `at`; b"" where it is none."""
        ...

    def end_of_broken(self, window: Window, start: int) -> int | None:
        """Where a member that failed ends all the same, if its structure is whole and only a check sum is wrong."""
        ...


class Gzip:
    """gzip members; CRC and length are checked as each ends."""

    magic = b"\x1f\x8b\x08"

    def member(self, window: Window, start: int, keep: int) -> Member:
        index = window.index(start, len(self.magic))
        if not window.data.startswith(self.magic, index):
            raise Broken(_("no gzip member starts here"), window.data[index : index + _RAW])
        raw = window.data[index : index + _RAW]
        stream, position = _core.Inflate("gzip", keep), start
        while True:
            try:
                used = stream.feed(window.data, index)
            except _core.KernelError as error:
                raise Broken(_("the gzip member is corrupt"), raw) from error
            position += used - index
            if stream.done:
                return Member(start, position, stream.take(), stream.total)
            index = window.index(position)
            if index >= len(window.data):
                raise Broken(_("the gzip member is cut short"), raw)

    def begin(self, data: bytes, at: int, count: int) -> bytes:
        try:
            return zlib.decompressobj(31).decompress(data[at : at + _PROBE_INPUT], count)
        except zlib.error:
            return b""

    def end_of_broken(self, window: Window, start: int) -> int | None:
        index = window.index(start, _PROBE_INPUT)
        position = start + _gzip_head(window.data[index : index + _PROBE_INPUT])
        stream = _core.Inflate("raw", 0)
        while (index := window.index(position)) < len(window.data):
            try:
                position += stream.feed(window.data, index) - index
            except _core.KernelError:
                return None
            if stream.done:
                return position + 8
        return None


def _gzip_head(data: bytes) -> int:
    """The length of a gzip member's head (RFC 1952)."""
    flags, at = data[3] if len(data) > 3 else 0, 10
    if flags & 4:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in (8, 16):
        if flags & flag:
            at = data.find(b"\0", at) + 1 or len(data)
    return at + (2 if flags & 2 else 0)


class Zstd:
    """zstd frames, with the dictionary of the file's leading frame where it has one."""

    magic = FRAME

    def __init__(self, dictionary: bytes | None = None) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        known = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        self._frames: Any = zstandard.ZstdDecompressor(dict_data=known, max_window_size=1 << 31)

    def member(self, window: Window, start: int, keep: int) -> Member:
        index = window.index(start, 4)
        raw = window.data[index : index + _RAW]
        if not raw.startswith(FRAME) and not _skippable(raw):
            raise Broken(_("no zstd frame starts here"), raw)
        scanner, position, kept = FrameScanner(), start, bytearray()
        while True:
            before = scanner.position
            scanner.feed(memoryview(window.data)[index:], one_frame=True)
            used = scanner.position - before
            if len(kept) <= keep:
                kept += window.data[index : index + used]
            position += used
            if scanner.damaged:
                raise Broken(_("the zstd frame is corrupt"), raw)
            if scanner.ended_at:
                break
            index = window.index(position)
            if index >= len(window.data):
                raise Broken(_("the zstd frame is cut short"), raw)
        if _skippable(raw):
            return Member(start, position, b"", 0)
        data, total = self._data(bytes(kept), len(kept) == position - start, keep, raw)
        return Member(start, position, data, total)

    def _data(self, frame: bytes, whole: bool, keep: int, raw: bytes) -> tuple[bytes, int]:
        reader = self._frames.stream_reader(io.BytesIO(frame))
        try:
            data = reader.read(keep)
            total = len(data)
            while piece := reader.read(1 << 16):
                total += len(piece)
        except self._error as error:
            raise Broken(_("the zstd frame is corrupt"), raw) from error
        return data, total if whole else max(total, keep + 1)

    def begin(self, data: bytes, at: int, count: int) -> bytes:
        try:
            reader = self._frames.stream_reader(io.BytesIO(data[at : at + _PROBE_INPUT]))
            return bytes(reader.read(count))
        except self._error:
            return b""

    def end_of_broken(self, window: Window, start: int) -> int | None:
        scanner, position = FrameScanner(), start
        while (index := window.index(position)) < len(window.data):
            before = scanner.position
            scanner.feed(memoryview(window.data)[index:], one_frame=True)
            position += scanner.position - before
            if scanner.damaged:
                return None
            if scanner.ended_at:
                return position
        return None


def _skippable(head: bytes) -> bool:
    return head[1:4] == b"\x2a\x4d\x18" and len(head) > 3 and 0x50 <= head[0] <= 0x5F


def zstd_of(file: BinaryIO) -> Zstd:
    """The codec of a `.warc.zst`, with its dictionary frame loaded."""
    file.seek(0)
    head = file.read(8)
    if head[:4] != _DICTIONARY:
        return Zstd()
    size = int.from_bytes(head[4:8], "little")
    if size > _MAX_DICTIONARY:
        raise Broken(_("the dictionary has {size} bytes").format(size=size), head)
    dictionary = b""
    while len(dictionary) < size and (piece := file.read(size - len(dictionary))):
        dictionary += piece
    if dictionary.startswith(FRAME):
        import zstandard

        reader = zstandard.ZstdDecompressor(max_window_size=1 << 31).stream_reader(io.BytesIO(dictionary))
        dictionary = reader.read(_MAX_DICTIONARY)
    return Zstd(dictionary)


def search(window: Window, codec: Codec, dialect: Dialect, start: int, until: int | None) -> int | None:
    """The first place at or behind `start` (and before `until`) where a member holds the start of a record."""
    position = start
    while until is None or position < until:
        index = window.index(position, _PROBE_INPUT)
        data = window.data
        if index >= len(data):
            return None
        found = data.find(codec.magic, index)
        if found < 0:
            position = max(window.end - len(codec.magic) + 1, position + 1)
            continue
        position = window.start + found
        if until is not None and position >= until:
            return None
        if probe(window, codec, dialect, position):
            return position
        position += 1
    return None


def probe(window: Window, codec: Codec, dialect: Dialect, position: int) -> bool:
    """Whether a member at `position` begins with a record."""
    index = window.index(position, _PROBE_INPUT)
    if not window.data.startswith(codec.magic, index):
        return False
    return dialect.starts(codec.begin(window.data, index, dialect.probe_bytes), 0)


def walk(
    window: Window, codec: Codec, dialect: Dialect, start: int, end: int, keep: int
) -> Generator[Member | tuple[int, Broken], None, int]:
    """The members that start in [start, end), the first exactly at `start`; (place, why) for one that is broken.

    Returns the place where it stopped: at or past `end`, or the end of the file.
    """
    position = start
    while position < end:
        index = window.index(position)
        if index >= len(window.data):
            return position
        try:
            member = codec.member(window, position, keep)
        except Broken as broken:
            if _only_padding(window, position):
                return max(end, window.end)
            yield position, broken
            found = _behind_broken(window, codec, dialect, position)
            if found is None:
                return max(end, window.end)
            position = found
            continue
        yield member
        position = member.end
    return position


def _behind_broken(window: Window, codec: Codec, dialect: Dialect, position: int) -> int | None:
    """Where to go on behind a broken member; None where nothing follows.

    One whose structure is whole is stepped over: an archive may be stored in it. But a member cut short runs on into
    the next one and may end just where that ends, for the codes fall into step: then that one is whole by itself.
    """
    found = codec.end_of_broken(window, position)
    if found is None or not (
        (window.at_end(found) and found == window.end) or probe(window, codec, dialect, found)
    ):
        return search(window, codec, dialect, position + 1, None)
    inner = search(window, codec, dialect, position + 1, found)
    if inner is not None:
        try:
            if codec.member(window, inner, 0).end == found:
                return inner
        except Broken:
            return found
    return found


def _only_padding(window: Window, position: int) -> bool:
    while (index := window.index(position)) < len(window.data):
        if window.data[index:].strip(b"\0"):
            return False
        position = window.end
    return True
