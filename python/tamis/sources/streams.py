"""Compressed files as one stream of blocks, of bounded size whatever the ratio, with the break reported."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from tamis.messages import _
from tamis.sources.frames import FrameScanner

BLOCK = 1 << 20
_FEED = 1 << 16
_XZ_MEMORY = 1 << 30
_ZSTD_WINDOW = 1 << 31

_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
}


class BrokenStream(Exception):
    """The stream ends or breaks here; what came before is good."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def compression_by_magic(head: bytes) -> str:
    """`gzip`, `zstd`, `xz`, `bzip2` or "" by the first bytes: servers often send a `.gz` name with plain bytes."""
    if head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:
        return "zstd"
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "")


def blocks(file: BinaryIO, compression: str | None = None) -> Iterator[bytes]:
    """The file's bytes from where it stands, decompressed, in blocks of at most about 1 MiB.

    `compression` None: by its first bytes. Raises BrokenStream at a cut or corrupt place.
    """
    head = b""
    if compression is None:
        head = file.read(6)
        compression = compression_by_magic(head)
    if compression == "":
        return _plain(file, head)
    if compression == "gzip":
        return _gzip(file, head)
    if compression == "zstd":
        return _zstd(file, head)
    return _lzma_or_bzip2(file, head, compression)


def _plain(file: BinaryIO, head: bytes) -> Iterator[bytes]:
    if head:
        yield head
    while block := file.read(BLOCK):
        yield block


def _gzip(file: BinaryIO, data: bytes) -> Iterator[bytes]:
    inflate = zlib.decompressobj(31)
    started = False
    while True:
        if not data:
            data = file.read(_FEED)
            if not data:
                if started:
                    raise BrokenStream(_("the gzip stream is cut short"))
                return
        if not started and not data.strip(b"\0"):
            data = b""
            continue
        started = True
        try:
            block = inflate.decompress(data, BLOCK)
        except zlib.error as error:
            raise BrokenStream(_("the gzip stream is corrupt: {reason}").format(reason=error)) from error
        if block:
            yield block
        if inflate.eof:
            data, inflate, started = inflate.unused_data, zlib.decompressobj(31), False
        else:
            data = inflate.unconsumed_tail


def _lzma_or_bzip2(file: BinaryIO, data: bytes, kind: str) -> Iterator[bytes]:
    def fresh() -> _Decompressor:
        return lzma.LZMADecompressor(memlimit=_XZ_MEMORY) if kind == "xz" else bz2.BZ2Decompressor()

    inflate, started = fresh(), False
    while True:
        if not data and inflate.needs_input:
            data = file.read(_FEED)
            if not data:
                if started:
                    raise BrokenStream(_("the {kind} stream is cut short").format(kind=kind))
                return
        if not started and not data.strip(b"\0"):
            data = b""
            continue
        started = True
        try:
            block = inflate.decompress(data, BLOCK)
        except (lzma.LZMAError, OSError, MemoryError) as error:
            text = _("the {kind} stream is corrupt: {reason}").format(kind=kind, reason=error)
            raise BrokenStream(text) from error
        data = b""
        if block:
            yield block
        if inflate.eof:
            data, inflate, started = inflate.unused_data, fresh(), False


class _Scanned:
    """The raw file with an eye on zstd's frames: python-zstandard says nothing when the input ends in one."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file, self._head, self.frames = file, head, FrameScanner()

    def read(self, size: int = -1) -> bytes:
        data = self._head or self._file.read(_FEED if size < 0 else size)
        self._head = b""
        self.frames.feed(data)
        return data


def _zstd(file: BinaryIO, head: bytes) -> Iterator[bytes]:
    import zstandard

    source = _Scanned(file, head)
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    reader = decompressor.stream_reader(source, read_size=_FEED, read_across_frames=True)  # type: ignore[arg-type]
    while True:
        try:
            block = reader.read(BLOCK)
        except zstandard.ZstdError as error:
            raise BrokenStream(_("the zstd stream is corrupt: {reason}").format(reason=error)) from error
        if not block:
            break
        yield block
    if not source.frames.between_frames:
        raise BrokenStream(_("the zstd stream is cut short"))
