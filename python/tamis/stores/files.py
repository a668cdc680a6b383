"""Files of a run directory, wherever it lies: read whole, by columns, or replaced whole."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from tamis.stores import calls
from tamis.stores.addresses import StrPath, address, is_object
from tamis.stores.reading import ObjectFile

if TYPE_CHECKING:
    import pyarrow.parquet as pq


class Stamp(NamedTuple):
    """By what a file is known to be unchanged: its size, and its time of change in nanoseconds; the tag's hash in a store."""

    size: int
    modified: int


_listings: dict[str, dict[str, Stamp]] | None = None


@contextlib.contextmanager
def listed() -> Iterator[None]:
    """In this block files in stores are looked up in listings of their folders, taken once: for many, of which none changes.

    A folder of 100,000 objects is listed with 100 requests instead of asked after with as many as it has objects.
    """
    global _listings
    outer = _listings
    _listings = {} if outer is None else outer
    try:
        yield
    finally:
        _listings = outer


def stamp(path: StrPath) -> Stamp | None:
    """The stamp of a file, None where there is none."""
    if is_object(path):
        return _stamp_there(address(path))
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Stamp(found.st_size, found.st_mtime_ns)


def _stamp_there(path: str) -> Stamp | None:
    if _listings is None:
        facts = calls.head(path)
        return None if facts is None else stamp_of(facts)
    folder, _slash, name = path.rpartition("/")
    if folder not in _listings:
        found = {one.address.rpartition("/")[2]: stamp_of(one) for one in calls.list_folder(folder)}
        _listings[folder] = found
    return _listings[folder].get(name)


def stamp_of(facts: calls.Facts) -> Stamp:
    """The stamp of an object: stores round times, a tag changes with the content."""
    tag = facts.tag.strip('"') or str(facts.modified)
    return Stamp(facts.size, int.from_bytes(hashlib.blake2b(tag.encode(), digest_size=7).digest()))


def exists(path: StrPath) -> bool:
    """Whether there is such a file, or such a folder of this machine."""
    return stamp(path) is not None if is_object(path) else Path(path).exists()


def is_folder(path: StrPath) -> bool:
    """Whether there is such a folder; in a store one object below it is enough."""
    return any(True for _one in calls.list_below(path)) if is_object(path) else Path(path).is_dir()


def read_bytes(path: StrPath) -> bytes:
    """A whole file. Raises OSError where it cannot be read."""
    return calls.get(path) if is_object(path) else Path(path).read_bytes()


def open_file(path: StrPath) -> BinaryIO:
    """A file for reading, seekable."""
    if is_object(path):
        return cast(BinaryIO, ObjectFile(path))
    return Path(path).open("rb")


def replace_bytes(path: StrPath, data: bytes) -> None:
    """Write a file whole, in place of one that may be there; its folder is made."""
    if is_object(path):
        calls.put(path, data)
        return
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(2)}")
    try:
        draft.write_bytes(data)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def names(folder: StrPath) -> list[str]:
    """The names of the files right below a folder, sorted; none where there is no such folder."""
    if not is_object(folder):
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [one.address.rpartition("/")[2] for one in calls.list_folder(folder)]


def open_parquet(path: StrPath, **options: Any) -> pq.ParquetFile:
    """A Parquet file, to be read by row groups and columns."""
    import pyarrow.parquet as pq

    if not is_object(path):
        return pq.ParquetFile(os.fspath(path), pre_buffer=False, **options)
    return pq.ParquetFile(ObjectFile(path), pre_buffer=False, **options)


def read_table(path: StrPath, columns: Any = None) -> Any:
    """A small Parquet file as a table; the folders above it are no partitions."""
    import pyarrow.parquet as pq

    source: Any = io.BytesIO(calls.get(path)) if is_object(path) else os.fspath(path)
    return pq.read_table(source, columns=columns, partitioning=None)
