"""All file access of the engine: run directories on this machine and in object stores; inputs at any URL.

A file becomes visible whole or not at all: on this machine it is written under another name, synced and renamed, in a
store it is one PUT. What needs a file of this machine (memory maps, kernels that read by path, temporary files and logs)
gets one in the run's `work` folder, which for a run in a store is a scratch folder of this machine.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import pyarrow as pa
import pyarrow.parquet as pq

from tamis import _core
from tamis.errors import InputError, reason
from tamis.messages import _
from tamis.stores import calls, copies
from tamis.stores.addresses import address, is_object, place
from tamis.stores.files import Stamp, exists, listed, open_parquet, read_table, stamp
from tamis.stores.patience import hurried

__all__ = [
    "Stamp",
    "address",
    "exists",
    "hurried",
    "is_object",
    "listed",
    "open_parquet",
    "place",
    "read_table",
    "stamp",
]

StrPath = str | Path
ORPHAN_SECONDS = 24 * 3600.0
"""In a store a file that no manifest names may be one that another machine is about to name."""

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
    """The local path that a `file://` URL or a plain path means; of a finished file in a store, a copy here."""
    return copies.local_copy(path) if is_object(path) else Path(str(path).removeprefix("file://"))


def localised(value: Any) -> Any:
    """A task's description with each address of a finished file in a store replaced by a copy on this machine."""
    if isinstance(value, dict):
        return {name: localised(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [localised(item) for item in value]
    return str(local(value)) if isinstance(value, str) and is_object(value) else value


def work(run: StrPath) -> Path:
    """The folder of this machine for a run's temporary files, logs and copies."""
    return copies.scratch(run) if is_object(run) else Path(run) / "work"


def keep_copies_in(folder: Path | None) -> None:
    """Where copies of what lies in stores go; None: a folder that ends with this process."""
    copies.keep_copies_in(folder)


def open_input(url: StrPath) -> BinaryIO:
    """A seekable binary file of a local path or a URL, for reading.

    Raises:
        InputError: there is no such file, or nothing here reads that scheme.
    """
    if not is_url(url):
        try:
            return local(url).open("rb")
        except OSError as error:
            raise InputError(str(url), reason(error)) from error
    import fsspec

    try:
        return cast(BinaryIO, fsspec.open(str(url), "rb").open())
    except (OSError, ValueError, ImportError) as error:
        hint = _("is the address right, and the package for this scheme installed?")
        raise InputError(str(url), str(error) or type(error).__name__, hint) from error


def read(path: StrPath, start: int | None = None, end: int | None = None) -> bytes:
    """The bytes `start` to `end` (exclusive) of a file, all by default."""
    if is_object(path):
        return calls.get(path, start, end)
    with open_input(path) if is_url(path) else local(path).open("rb") as file:
        if start:
            file.seek(start)
        return file.read() if end is None else file.read(end - (start or 0))


def size(path: StrPath) -> int | None:
    """The size in bytes of a file, None where there is none."""
    found = stamp(path if is_object(path) else local(path))
    return None if found is None else found.size


def is_file(path: StrPath) -> bool:
    """Whether a local path is that of a file."""
    return local(path).is_file()


def names_below(folder: StrPath) -> list[str] | None:
    """The files below a local folder of the user's (a model, lists), by relative path; None where it is no folder."""
    where = Path(folder)
    if not where.is_dir():
        return None
    return sorted(str(one.relative_to(where)) for one in where.rglob("*") if one.is_file())


def free_bytes(path: StrPath) -> int:
    """Free bytes where `path` lies or would lie; for a run in a store, where its temporary files lie."""
    folder = (work(path) if is_object(path) else local(path)).absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def digest(path: StrPath) -> str:
    """32 hex digits of BLAKE3 over a local file."""
    return _core.digest_file(str(local(path)))


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


def create(path: StrPath, data: bytes) -> bool:
    """Write a new file; False, and nothing changed, where one of that name is there (if the store heeds it)."""
    if is_object(path):
        return calls.create(path, data)
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


def read_tagged(path: StrPath) -> tuple[bytes, str] | None:
    """A small object of a store and the tag of its content, for `replace_if`; None where there is none."""
    return calls.get_tagged(path)


def replace_if(path: StrPath, data: bytes, tag: str) -> bool:
    """Write an object of a store whose content still has this tag; False where another came first."""
    return calls.replace_if(path, data, tag)


def replace(path: StrPath, data: bytes) -> None:
    """Write a file, in place of one that may be there."""
    if is_object(path):
        calls.put(path, data)
        return
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
    """Have a folder, and those above it; stores have none."""
    if is_object(path):
        return
    local(path).mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder of this machine that is gone after the block."""
    with tempfile.TemporaryDirectory(prefix="tamis-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def remove_tree(path: StrPath) -> None:
    """Remove a folder and all in it, as far as that can be done."""
    if is_object(path):
        for one in calls.list_below(path):
            calls.remove(one.address)
        return
    shutil.rmtree(local(path), ignore_errors=True)


def probe(folder: StrPath) -> None:
    """Make a folder, and in it create, rename and remove a file. Raises OSError where one of these is not allowed.

    In a store an object is written, read and removed. Raises InputError where one of these is refused.
    """
    if is_object(folder):
        mark = f"{address(folder)}/.probe-{secrets.token_hex(4)}"
        calls.put(mark, b"probe")
        calls.get(mark)
        calls.remove(mark)
        return
    make_folder(folder)
    # Names of its own: other calls may begin here at the same moment.
    first, second = (
        local(folder) / f".probe-{name}" for name in (secrets.token_hex(4), secrets.token_hex(4))
    )
    first.write_bytes(b"probe")
    os.replace(first, second)
    second.unlink()


def put(temporary: StrPath, final: StrPath) -> None:
    """Give a finished file of the same file system its final name: sync, rename, sync the folder; or upload it."""
    if is_object(final):
        calls.put(final, local(temporary))
        local(temporary).unlink()
        return
    temporary, final = local(temporary), local(final)
    sync_file(temporary)
    final.parent.mkdir(parents=True, exist_ok=True)
    os.replace(temporary, final)
    sync_folder(final.parent)


def remove(path: StrPath) -> None:
    """Remove a file; that there is none is no error."""
    if is_object(path):
        calls.remove(path)
        return
    local(path).unlink(missing_ok=True)


def is_orphan(one: Listed) -> bool:
    """Whether a file that no manifest names may go: at once on this machine, in a store after a day."""
    return not is_object(one.path) or one.modified < time.time() - ORPHAN_SECONDS


class Listed(NamedTuple):
    """A file that garbage collection looks at: its path, bytes, and time of change (Unix seconds)."""

    path: Path
    size: int
    modified: float


def list_for_gc(prefix: StrPath) -> Iterator[Listed]:
    """All files below a folder. For garbage collection only: readers trust manifests, never a listing."""
    if is_object(prefix):
        for one in calls.list_below(prefix):
            yield Listed(place(one.address), one.size, one.modified)
        return
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
