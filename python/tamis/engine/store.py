"""All file access of the engine. Run directories are local; inputs may be at any URL that fsspec reads.

A file becomes visible whole or not at all: it is written under another name, synced and renamed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import pyarrow as pa
import pyarrow.parquet as pq

from tamis import _core
from tamis.errors import InputError
from tamis.messages import _

StrPath = str | Path

NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)
"""What a file system answers that has no hard links."""

_fsync = True


def set_fsync(on: bool) -> None:
    """`--no-fsync`: a power loss may then cost committed shards; a killed process never does."""
    global _fsync
    _fsync = on


def fsync_enabled() -> bool:
    """Whether files and directories are synced before they count."""
    return _fsync


def is_url(path: StrPath) -> bool:
    """True for `scheme://...` other than `file://`."""
    scheme, mark, _rest = str(path).partition("://")
    return bool(mark) and scheme != "file" and scheme.replace("+", "").isalnum()


def local(path: StrPath) -> Path:
    """The local path that a `file://` URL or a plain path means."""
    return Path(str(path).removeprefix("file://"))


def open_input(url: StrPath) -> BinaryIO:
    """A seekable binary file of a local path or a URL, for reading.

    Raises:
        InputError: there is no such file, or nothing here reads that scheme.
    """
    if not is_url(url):
        try:
            return local(url).open("rb")
        except OSError as error:
            raise InputError(str(url), error.strerror or str(error)) from error
    import fsspec

    try:
        return cast(BinaryIO, fsspec.open(str(url), "rb").open())
    except (OSError, ValueError, ImportError) as error:
        hint = _("is the address right, and the package for this scheme installed?")
        raise InputError(str(url), str(error) or type(error).__name__, hint) from error


def read(path: StrPath, start: int | None = None, end: int | None = None) -> bytes:
    """The bytes `start` to `end` (exclusive) of a file, all by default."""
    with open_input(path) if is_url(path) else local(path).open("rb") as file:
        if start:
            file.seek(start)
        return file.read() if end is None else file.read(end - (start or 0))


def exists(path: StrPath) -> bool:
    """Whether a local file is there."""
    return local(path).exists()


def size(path: StrPath) -> int | None:
    """The size in bytes of a local file, None where there is none."""
    try:
        return local(path).stat().st_size
    except FileNotFoundError:
        return None


def is_file(path: StrPath) -> bool:
    """Whether a local path is that of a file."""
    return local(path).is_file()


def names_below(folder: StrPath) -> list[str] | None:
    """The files below a local folder of the user's (a model, lists), by relative path; None where it is no folder."""
    place = local(folder)
    if not place.is_dir():
        return None
    return sorted(str(one.relative_to(place)) for one in place.rglob("*") if one.is_file())


def free_bytes(path: StrPath) -> int:
    """Free bytes where `path` lies or would lie."""
    place = local(path).absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def digest(path: StrPath) -> str:
    """32 hex digits of BLAKE3 over a local file."""
    return _core.digest_file(str(local(path)))


def read_table(path: StrPath, columns: Sequence[str] | None = None) -> pa.Table:
    """A small Parquet file as a table; the folders above it are no partitions."""
    return pq.read_table(local(path), columns=columns, partitioning=None)


def open_parquet(path: StrPath) -> pq.ParquetFile:
    """A Parquet file of a run, to be read by row groups."""
    return pq.ParquetFile(local(path), pre_buffer=False)


def read_arrow(path: StrPath) -> pa.Table:
    """An Arrow IPC file of a run, mapped, as one table with a chunk a column."""
    with mapped(path) as source:
        return pa.ipc.open_file(source).read_all().combine_chunks()


def mapped(path: StrPath) -> pa.MemoryMappedFile:
    """A binary file of a run, mapped: only what is looked at is read."""
    return pa.memory_map(str(local(path)))


def table_bytes(table: pa.Table) -> bytes:
    """A small table as the bytes of a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


class Stamp(NamedTuple):
    """By what a local file is known to be unchanged: its size, and its time of change in nanoseconds."""

    size: int
    modified: int


def stamp(path: StrPath) -> Stamp | None:
    """The stamp of a local file, None where there is none."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Stamp(found.st_size, found.st_mtime_ns)


def create(path: StrPath, data: bytes) -> bool:
    """Write a new file; False, and nothing changed, where one of that name is there."""
    path = local(path)
    temporary = _written(path, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        return _written_in_place(path, data)
    finally:
        temporary.unlink()
    sync_folder(path.parent)
    return True


def replace(path: StrPath, data: bytes) -> None:
    """Write a file, in place of one that may be there."""
    path = local(path)
    temporary = _written(path, data)
    try:
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def open_new(path: StrPath) -> BinaryIO:
    """A new local file to be written in pieces; FileExistsError where there is one."""
    return local(path).open("xb", buffering=1 << 20)


def write_new(path: StrPath, data: bytes) -> None:
    """A temporary file that `put` names; its folder is made."""
    local(path).parent.mkdir(parents=True, exist_ok=True)
    local(path).write_bytes(data)


def make_folder(path: StrPath) -> None:
    """Have a folder, and those above it."""
    local(path).mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder of this machine that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="tamis-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def remove_tree(path: StrPath) -> None:
    """Remove a folder and all in it, as far as that can be done."""
    shutil.rmtree(local(path), ignore_errors=True)


def probe(folder: StrPath) -> None:
    """Make a folder, and in it create, rename and remove a file. Raises OSError where one of these is not allowed."""
    make_folder(folder)
    # Names of its own: other calls may begin here at the same moment.
    first, second = (
        local(folder) / f".probe-{name}" for name in (secrets.token_hex(4), secrets.token_hex(4))
    )
    first.write_bytes(b"probe")
    os.replace(first, second)
    second.unlink()


def put(temporary: StrPath, final: StrPath) -> None:
    """Give a finished file of the same file system its final name: sync, rename, sync the folder."""
    temporary, final = local(temporary), local(final)
    sync_file(temporary)
    final.parent.mkdir(parents=True, exist_ok=True)
    os.replace(temporary, final)
    sync_folder(final.parent)


def remove(path: StrPath) -> None:
    """Remove a file; that there is none is no error."""
    local(path).unlink(missing_ok=True)


class Listed(NamedTuple):
    """A file that garbage collection looks at: its path, bytes, and time of change (Unix seconds)."""

    path: Path
    size: int
    modified: float


def list_for_gc(prefix: StrPath) -> Iterator[Listed]:
    """All files below a folder. For garbage collection only: readers trust manifests, never a listing."""
    for folder, folders, names in os.walk(local(prefix)):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                yield Listed(path, status.st_size, status.st_mtime)


def sync_file(path: StrPath | int) -> None:
    """Have the disk hold what was written to a file."""
    if not _fsync:
        return
    if isinstance(path, int):
        os.fsync(path)
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: StrPath) -> None:
    """Have the disk hold a folder's names."""
    if _fsync:
        sync_file(path)


def _written_in_place(path: Path, data: bytes) -> bool:
    """`create` where a file system knows no second name for a file: for a moment it is seen without its end."""
    try:
        with path.open("xb", buffering=0) as file:
            _write_all(file, data)
            sync_file(file.fileno())
    except FileExistsError:
        return False
    return True


def _written(path: Path, data: bytes) -> Path:
    """A synced file beside `path` under a name of its own; none is left where the disk is full."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb", buffering=0) as file:
            _write_all(file, data)
            sync_file(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _write_all(file: Any, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
