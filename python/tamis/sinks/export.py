"""Batches of documents into one file."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from tamis.errors import TamisError, reason
from tamis.exact_json import parse, text_of
from tamis.messages import _
from tamis.python_values import records

Form = Literal["parquet", "jsonl", "datatrove"]

ROW_GROUP_ROWS = 8192
ROW_GROUP_BYTES = 32 << 20
ZSTD_LEVEL = 3
_OWN = ("id", "text", "metadata")


def write(batches: Iterable[pa.RecordBatch], path: str | os.PathLike[str], format: Form = "parquet") -> int:
    """Write documents to one file and return how many.

    `parquet` is zstd, cut into row groups of 8,192 rows or 32 MiB; `jsonl` has one object of all columns a line;
    `datatrove` has `text`, `id` and all else in `metadata`. JSON lines are compressed by the suffix (`.gz`, `.zst`,
    `.xz`, `.bz2`), with no time in the header, so equal documents make equal bytes. The file appears whole or not
    at all. Columns whose values are all null stay in Parquet and are left out of JSON.

    Examples:
        >>> import pathlib, tempfile
        >>> import pyarrow as pa
        >>> target = pathlib.Path(tempfile.mkdtemp()) / "a.jsonl"
        >>> write([pa.RecordBatch.from_pydict({"id": ["1"], "text": ["Hello."], "n": [3]})], target, "datatrove")
        1
        >>> target.read_text()
        '{"text":"Hello.","id":"1","metadata":{"n":3}}\\n'
    """
    target = Path(path)
    working = target.with_name(f".{target.name}.part")
    try:
        count = (
            _parquet(batches, working) if format == "parquet" else _lines(batches, working, target, format)
        )
        os.replace(working, target)
    except OSError as error:
        raise TamisError(
            str(target),
            _("cannot be written: {reason}").format(reason=reason(error)),
            _("check the folder, its permissions and the free space"),
        ) from error
    finally:
        working.unlink(missing_ok=True)
    return count


def _parquet(batches: Iterable[pa.RecordBatch], path: Path) -> int:
    writer: pq.ParquetWriter | None = None
    waiting: list[pa.RecordBatch] = []
    rows = size = total = 0
    try:
        for batch in _small(batches):
            writer = writer or pq.ParquetWriter(
                path, batch.schema, compression="zstd", compression_level=ZSTD_LEVEL
            )
            if waiting and (rows + batch.num_rows > ROW_GROUP_ROWS or size + batch.nbytes > ROW_GROUP_BYTES):
                writer.write_table(pa.Table.from_batches(waiting).combine_chunks())
                waiting, rows, size = [], 0, 0
            waiting.append(batch)
            rows, size, total = rows + batch.num_rows, size + batch.nbytes, total + batch.num_rows
        if writer is None:
            pq.write_table(pa.table({"text": pa.array([], pa.large_string())}), path)
        elif waiting:
            writer.write_table(pa.Table.from_batches(waiting).combine_chunks())
    finally:
        if writer is not None:
            writer.close()
    return total


def _small(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Each batch in slices that fit a row group."""
    for batch in batches:
        for start in range(0, batch.num_rows, ROW_GROUP_ROWS):
            yield batch.slice(start, ROW_GROUP_ROWS)


def _lines(batches: Iterable[pa.RecordBatch], path: Path, target: Path, format: Form) -> int:
    total = 0
    with _compressed(path, target.suffix.lower()) as file:
        for batch in batches:
            for row in records(batch):
                record = _datatrove(row) if format == "datatrove" else _record(row)
                file.write(text_of(record, default=str) + b"\n")
            total += batch.num_rows
    return total


@contextmanager
def _compressed(path: Path, suffix: str) -> Iterator[BinaryIO]:
    with path.open("wb") as raw:
        if suffix == ".gz":
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
                yield cast(BinaryIO, file)
        elif suffix == ".zst":
            import zstandard

            with zstandard.ZstdCompressor(level=ZSTD_LEVEL).stream_writer(raw, closefd=False) as frame:
                yield cast(BinaryIO, frame)
        elif suffix == ".xz":
            with lzma.LZMAFile(raw, "wb") as stream:
                yield cast(BinaryIO, stream)
        elif suffix == ".bz2":
            with bz2.BZ2File(raw, "wb") as blocks:
                yield cast(BinaryIO, blocks)
        else:
            yield raw


def _record(row: dict[str, Any]) -> dict[str, Any]:
    """The row without nulls, and with `metadata` as the object it is the text of."""
    record = {name: value for name, value in row.items() if value is not None}
    if "metadata" in record:
        record["metadata"] = _object(record["metadata"])
    return record


def _datatrove(row: dict[str, Any]) -> dict[str, Any]:
    others = {name: value for name, value in row.items() if value is not None and name not in _OWN}
    nested = _object(row.get("metadata"))
    if isinstance(nested, dict):
        others = {**nested, **others}
    elif nested is not None:
        others["metadata"] = nested
    return {"text": row.get("text") or "", "id": row.get("id") or "", "metadata": others}


def _object(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse(value)
    except (orjson.JSONDecodeError, RecursionError):
        return value
