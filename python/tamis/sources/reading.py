"""The documents of one range of one input."""

from __future__ import annotations

from tamis.sources.batches import Reader
from tamis.sources.checking import schema
from tamis.sources.inputs import Input, Range, ReadOptions


def read(
    input: Input, part: Range, options: ReadOptions | None = None, first_offset: int | None = None
) -> Reader:
    """Batches of the range's documents, in order.

    `first_offset` gives the exact place of the first record, for a range whose start `stitch` corrected, and for
    one record of an `origin` (with a range of one byte there). What cannot be read as a record is a row with
    `failure_kind`; a page of a content type that is not admitted is a row with neither `text` nor `content`.
    """
    chosen = options or ReadOptions()
    kind = input.format
    if kind == "jsonl":
        from tamis.sources.jsonl import read_jsonl

        return Reader(
            schema(input, chosen), lambda reader: read_jsonl(reader, input, part, chosen, first_offset)
        )
    if kind in ("parquet", "run"):
        from tamis.sources.parquet import read_parquet

        return Reader(schema(input, chosen), lambda reader: read_parquet(reader, input, part, chosen))
    if kind == "chunk":
        from tamis.sources.ingest import read_chunk

        return Reader(schema(input, chosen), lambda reader: read_chunk(reader, input, part, chosen))
    if kind in ("warc", "arc"):
        from tamis.sources.archive import read_archive

        return Reader(
            schema(input, chosen), lambda reader: read_archive(reader, input, part, chosen, first_offset)
        )
    from tamis.sources.files import read_files

    return Reader(schema(input, chosen), lambda reader: read_files(reader, input, part, chosen))
