"""Inputs that cannot be entered in the middle: read once, kept as Arrow chunks, read from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from tamis.sources.batches import Reader
from tamis.sources.inputs import Input, Range, ReadOptions

CHUNK_BYTES = 256 << 20


def ingest(
    input: Input,
    options: ReadOptions,
    write: Callable[[int, pa.RecordBatch], None],
    chunk_bytes: int = CHUNK_BYTES,
) -> Reader:
    """Read a whole input once and hand each batch, with the number of its chunk, to `write`.

    A chunk ends with the batch that brings it to `chunk_bytes`, so the cuts depend on the input alone. Chunk files
    are Arrow IPC files of these batches, and are read as inputs of format `chunk` with the name of the original.
    Returns the exhausted reader with its counts.
    """
    from tamis.sources.reading import read

    reader = read(input, Range(0, max(input.size, 1), input.size), options)
    chunk = size = 0
    for batch in reader:
        if size >= chunk_bytes:
            chunk, size = chunk + 1, 0
        write(chunk, batch)
        size += batch.nbytes
    return reader


def _open(input: Input, options: ReadOptions) -> tuple[Any, pa.ipc.RecordBatchFileReader]:
    file = options.open(input.path)
    return file, pa.ipc.open_file(file)


def chunk_schema(input: Input, options: ReadOptions) -> pa.Schema:
    file, batches = _open(input, options)
    with file:
        return batches.schema


def chunk_ranges(input: Input, target: int, options: ReadOptions) -> list[Range]:
    """Ranges of record batches, as many to a range as the file's size and the target allow."""
    file, batches = _open(input, options)
    with file:
        count = batches.num_record_batches
    each = max(input.size // max(count, 1), 1)
    step = max(target // each, 1)
    starts = range(0, max(count, 1), step)
    return [
        Range(start, min(start + step, count), (min(start + step, count) - start) * each) for start in starts
    ]


def read_chunk(reader: Reader, input: Input, part: Range, options: ReadOptions) -> Iterator[pa.RecordBatch]:
    """The batches of the range, with ids and origins as they were ingested."""
    file, batches = _open(input, options)
    with file:
        for number in range(part.start, part.end):
            yield batches.get_batch(number)
            reader.position = number + 1
