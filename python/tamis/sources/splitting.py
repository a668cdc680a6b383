"""Inputs into ranges, by their bytes alone, and the check that neighbouring ranges of an archive meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tamis.sources.formats import compression_of
from tamis.sources.inputs import Input, Range, ReadOptions

MIB = 1 << 20
MAX_FILES = 4096


def target_bytes(total: int) -> int:
    """The size of a range by the size of all inputs together, both in bytes.

    Examples:
        >>> target_bytes(161_000_000) >> 20
        4
    """
    if total < 10**9:
        return 4 * MIB
    if total < 16 * 10**9:
        return 16 * MIB
    return 64 * MIB if total < 10**13 else 256 * MIB


def split(input: Input, target: int, options: ReadOptions | None = None) -> list[Range] | None:
    """The ranges of an input, in order, about `target` bytes each (compressed bytes where it is compressed).

    None: the input is larger than that and cannot be entered in the middle (one gzip member, .xz, .bz2, one zstd
    frame): `ingest` it first. The answer depends on the input and the target alone.
    """
    options = options or ReadOptions()
    if input.format == "pack":
        return list(_files(input.files, target))
    if input.format in ("parquet", "run"):
        from tamis.sources.parquet import row_group_ranges

        return row_group_ranges(input, target, options)
    if input.format == "chunk":
        from tamis.sources.ingest import chunk_ranges

        return chunk_ranges(input, target, options)
    if input.size <= target:
        return [Range(0, input.size, input.size)]
    compressed = compression_of(input.path)
    if compressed:
        if input.format == "jsonl" or compressed not in ("gzip", "zstd"):
            return None
        from tamis.sources.archive import member_per_record

        if not member_per_record(input, options):
            return None
    cuts = [*range(0, input.size, target), input.size]
    return [Range(start, end, end - start) for start, end in pairwise(cuts)]


def _files(files: Sequence[Input], target: int) -> Iterator[Range]:
    start = size = 0
    for position, one in enumerate(files):
        if position > start and (size + one.size > target or position - start >= MAX_FILES):
            yield Range(start, position, size)
            start, size = position, 0
        size += one.size
    yield Range(start, len(files), size)


def stitch(
    ranges: Sequence[Range], walked: Sequence[tuple[int | None, int | None]]
) -> tuple[int, int] | None:
    """The first range of an archive that must be read again, with its exact start; None when all meet.

    `walked` are (first_offset, end_offset) of each range's reader, in file order. Read the named range again with
    `first_offset` given, put its new pair in place, and ask again.

    Examples:
        >>> stitch([Range(0, 10), Range(10, 20)], [(0, 12), (12, 20)]) is None
        True
        >>> stitch([Range(0, 10), Range(10, 20)], [(0, 14), (12, 20)])
        (1, 14)
    """
    expected: int | None = None
    for number, (part, (first, end)) in enumerate(zip(ranges, walked, strict=True)):
        if expected is not None:
            owned = first is not None and first < part.end
            if expected < part.end:
                if first != expected:
                    return number, expected
            elif owned:
                return number, expected
        if first is not None or end is not None:
            expected = end
    return None
