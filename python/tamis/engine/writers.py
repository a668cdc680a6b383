"""Writers whose bytes depend on the rows alone, not on the batches in which they came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tamis import _core
from tamis.engine import store
from tamis.engine.crash import crash_point

ROW_GROUP_ROWS = 8192
ROW_GROUP_BYTES = 32 << 20
ARROW_ROWS = 65_536
ARROW_BYTES = 8 << 20
ZSTD_LEVEL = 3

# What the writers do to the same rows; part of every key, raised when any byte would change.
WRITER_VERSION = 1


class DigestFile:
    """A new file that is hashed while it is written, in the form that Arrow writes to.

    After an error it takes what still comes and drops it, so that a writer can be closed without a second error;
    such a file is never named.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.broken = False
        self._hasher = _core.Hasher()
        self._file: BinaryIO = store.open_new(path)
        self.closed = False

    def write(self, data: Any) -> int:
        length = len(data)
        if not self.broken:
            if self.size:
                crash_point("K3")
            data = bytes(data)
            try:
                self._file.write(data)
            except BaseException:
                self.broken = True
                raise
            self._hasher.update(data)
            self.size += length
        return length

    def flush(self) -> None:
        """Nothing: `close` flushes."""

    def tell(self) -> int:
        return self.size

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """Flush and close; an error of the disk is raised here at the latest."""
        if not self.closed:
            self.closed = True
            try:
                self._file.close()
            except OSError:
                self.broken = True
                raise

    def digest(self) -> str:
        """32 hex digits of BLAKE3 over all that was written."""
        return self._hasher.hexdigest()


class Recut:
    """Takes batches of any size and passes on tables cut by rows and bytes, each column in one chunk.

    A table closes with the first row at which it has `rows` rows or `size` bytes of text (all top-level columns of
    strings and binaries together).
    """

    def __init__(self, schema: pa.Schema, rows: int, size: int, emit: Callable[[pa.Table], None]) -> None:
        dictionaries = [field.name for field in schema if pa.types.is_dictionary(field.type)]
        if dictionaries:
            raise TypeError(f"dictionary columns depend on the batches: {dictionaries}")
        self.schema, self._rows, self._size, self._emit = schema, rows, size, emit
        self._texts = [field.name for field in schema if _is_text(field.type)]
        self._empty = schema.empty_table()
        self._held: list[pa.RecordBatch] = []
        self._held_rows = self._held_bytes = 0

    def add(self, data: pa.RecordBatch | pa.Table) -> None:
        for batch in [data] if isinstance(data, pa.RecordBatch) else data.to_batches():
            if not batch.schema.equals(self.schema):
                raise TypeError(f"a batch of another schema: {batch.schema}, not {self.schema}")
            while batch.num_rows:
                batch = self._take(batch)

    def finish(self) -> None:
        """Pass on what is held."""
        if self._held_rows:
            # With an empty table beside it, even one chunk is copied: no bits of its neighbours travel along.
            table = pa.Table.from_batches(self._held, self.schema)
            self._held, self._held_rows, self._held_bytes = [], 0, 0
            self._emit(pa.concat_tables([table, self._empty]).combine_chunks())

    def _take(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Hold as many rows of a batch as still fit; the rest of it."""
        lengths = self._lengths(batch)
        count = min(batch.num_rows, self._rows - self._held_rows)
        if lengths is not None:
            below = pc.sum(pc.less(pc.cumulative_sum(lengths), self._size - self._held_bytes)).as_py() or 0
            count = min(count, below + 1)
            self._held_bytes += pc.sum(lengths.slice(0, count)).as_py()
        self._held.append(batch.slice(0, count))
        self._held_rows += count
        if self._held_rows >= self._rows or self._held_bytes >= self._size:
            self.finish()
        return batch.slice(count)

    def _lengths(self, batch: pa.RecordBatch) -> pa.Array | None:
        total: pa.Array | None = None
        for name in self._texts:
            one = pc.fill_null(pc.binary_length(batch.column(name)), 0).cast(pa.int64())
            total = one if total is None else pc.add(total, one)
        return total


class _RowFile:
    """A file of rows that is made with the first of them; a subclass says how."""

    def __init__(self, path: Path, schema: pa.Schema, rows: int, size: int) -> None:
        self.path, self.schema, self.rows = path, schema, 0
        self.file: DigestFile | None = None
        self._writer: Any = None
        self._recut = Recut(schema, rows, size, self._emit)

    def write(self, data: pa.RecordBatch | pa.Table) -> None:
        """Add rows; the schema must be the declared one."""
        self._recut.add(data)

    def close(self) -> DigestFile | None:
        """Finish; the written file, or None where there was no row."""
        self._recut.finish()
        if self.file is not None:
            self._writer.close()
            self.file.close()
        return self.file

    def abort(self) -> None:
        """Let go of the file without finishing it."""
        if self.file is not None:
            self.file.broken = True
            if self._writer is not None:
                self._writer.close()
            _close_quietly(self.file)

    def _emit(self, table: pa.Table) -> None:
        if self._writer is None:
            self.file = DigestFile(self.path)
            self._writer = self._start(pa.PythonFile(self.file, mode="w"))
        self._put(table)
        self.rows += table.num_rows

    def _start(self, sink: pa.NativeFile) -> Any:
        raise TypeError("a subclass makes the writer")

    def _put(self, table: pa.Table) -> None:
        raise TypeError("a subclass writes the table")


class ParquetFile(_RowFile):
    """Parquet: row groups of 8,192 rows or 32 MiB of text, zstd level 3."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        super().__init__(path, schema, ROW_GROUP_ROWS, ROW_GROUP_BYTES)

    def _start(self, sink: pa.NativeFile) -> Any:
        return pq.ParquetWriter(
            sink,
            self.schema,
            version="2.6",
            compression="zstd",
            compression_level=ZSTD_LEVEL,
            use_dictionary=_dictionary_columns(self.schema),
        )

    def _put(self, table: pa.Table) -> None:
        self._writer.write_table(table, row_group_size=table.num_rows)


class ArrowFile(_RowFile):
    """Arrow IPC file: record batches of 65,536 rows or 8 MiB of text; uncompressed unless asked, so it can be mapped."""

    def __init__(self, path: Path, schema: pa.Schema, compression: str | None = None) -> None:
        super().__init__(path, schema, ARROW_ROWS, ARROW_BYTES)
        self._options = pa.ipc.IpcWriteOptions(compression=compression)

    def _start(self, sink: pa.NativeFile) -> Any:
        return pa.ipc.new_file(sink, self.schema, options=self._options)

    def _put(self, table: pa.Table) -> None:
        for batch in table.to_batches():
            self._writer.write_batch(batch)


class RawFile:
    """Plain bytes: indexes, statistics."""

    def __init__(self, path: Path, rows: int = 0) -> None:
        self.path, self.rows = path, rows
        self.file: DigestFile | None = None

    def write(self, data: bytes) -> None:
        """Add bytes."""
        if self.file is None:
            self.file = DigestFile(self.path)
        self.file.write(data)

    def close(self) -> DigestFile | None:
        """Finish; the written file, or None where nothing was written."""
        if self.file is not None:
            self.file.close()
        return self.file

    def abort(self) -> None:
        """Let go of the file without finishing it."""
        if self.file is not None:
            self.file.broken = True
            _close_quietly(self.file)


def _close_quietly(file: DigestFile) -> None:
    try:
        file.close()
    except OSError:
        file.closed = True


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or _is_bytes(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _dictionary_columns(schema: pa.Schema) -> list[str]:
    """Columns that may repeat their values: not texts, not what is different in each row."""
    unlike = {"id", "url", "row"}
    flat = [field for field in schema if not pa.types.is_nested(field.type) and field.name not in unlike]
    large = (pa.types.is_large_string, pa.types.is_large_binary)
    return [field.name for field in flat if not any(test(field.type) for test in large)]
