"""What is asked of an object store: whole objects and ranges of them, conditional writes, listings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

from tamis.messages import _
from tamis.stores.addresses import StrPath, address, split
from tamis.stores.clients import client, library
from tamis.stores.patience import Patience, told

PART = 16 << 20
MULTIPART_ABOVE = 64 << 20
"""Larger files go up in parts; an object appears whole or not at all either way."""
MOST_PARTS = 9_000
AT_ONCE = 4
CHUNK = 1 << 20

T = TypeVar("T")


class Facts(NamedTuple):
    """An object: its address, bytes, time of change (Unix seconds by the store's clock), and the tag of its content."""

    address: str
    size: int
    modified: float
    tag: str


class WithoutRanges(Exception):
    """The server answers a request for a part of an object with the whole of it."""


def head(path: StrPath) -> Facts | None:
    """What a store says of an object; None where there is none."""
    if not split(path).key:
        return None
    try:
        return _facts(address(path), _asked(path, lambda obstore, store, key: obstore.head(store, key)))
    except FileNotFoundError:
        return None


def get(path: StrPath, start: int | None = None, end: int | None = None) -> bytes:
    """As `buffer`, in a copy of its own."""
    return bytes(buffer(path, start, end))


def buffer(path: StrPath, start: int | None = None, end: int | None = None) -> memoryview:
    """The bytes `start` to `end` (exclusive) of an object, all by default.

    Raises:
        FileNotFoundError: there is no such object. InputError: the store refuses.
        RunFailed: it did not answer for as long as requests are repeated.
        WithoutRanges: a part was asked for, and the server sends none.
    """

    def request(obstore: Any, store: Any, key: str) -> Any:
        if start is None and end is None:
            return obstore.get(store, key).bytes()
        if end is None:
            return obstore.get(store, key, options={"range": {"offset": start or 0}}).bytes()
        return obstore.get_range(store, key, start=start or 0, end=end)

    try:
        return memoryview(_asked(path, request))
    except FileNotFoundError:
        raise FileNotFoundError(2, _("no such object"), address(path)) from None


def get_tagged(path: StrPath) -> tuple[bytes, str] | None:
    """A small object and its tag for `replace_if`; None where there is none."""

    def request(obstore: Any, store: Any, key: str) -> tuple[bytes, str]:
        answer = obstore.get(store, key)
        return bytes(answer.bytes()), str(answer.meta[_tag(path)] or "")

    try:
        return _asked(path, request)
    except FileNotFoundError:
        return None


def put(path: StrPath, data: bytes | Path) -> None:
    """Write an object, in place of one that may be there, from bytes or a file of this machine."""
    size = data.stat().st_size if isinstance(data, Path) else len(data)
    # An empty file is no part of anything: it is sent as bytes.
    whole: Any = data if size else b""

    def request(obstore: Any, store: Any, key: str) -> None:
        obstore.put(
            store,
            key,
            whole,
            use_multipart=size > MULTIPART_ABOVE,
            chunk_size=max(PART, size // MOST_PARTS),
            max_concurrency=AT_ONCE,
        )

    try:
        _asked(path, request, writing=True)
    except FileNotFoundError as error:
        raise told(path, error, writing=True) from error


def create(path: StrPath, data: bytes) -> bool:
    """Write a new object; False, and nothing changed, where one is there and the server heeds the condition."""
    return _conditional(path, data, "create")


def replace_if(path: StrPath, data: bytes, tag: str) -> bool:
    """Write an object where its content still has this tag; False where another came first."""
    return _conditional(path, data, {_tag(path): tag} if tag else "overwrite")


def _tag(path: StrPath) -> str:
    """What a store compares before it replaces an object: its ETag, on Google its generation."""
    return "version" if split(path).scheme == "gs" else "e_tag"


def _conditional(path: StrPath, data: bytes, mode: Any) -> bool:
    """A conditional write is not repeated blindly: its first try may have been done though the answer was lost."""
    obstore = library(path)
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    found = split(path)
    patience = Patience(path)
    while True:
        try:
            obstore.put(client(found.scheme, found.bucket), found.key, data, mode=mode, use_multipart=False)
            return True
        except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
            there = get_tagged(path)
            if there is None and isinstance(error, FileNotFoundError) and mode == "create":
                raise told(path, error, writing=True) from error
            return patience.tries > 0 and there is not None and there[0] == data
        except Exception as error:
            patience.wait(error, writing=True)


def remove(path: StrPath) -> None:
    """Remove an object; that there is none is no error."""
    with contextlib.suppress(FileNotFoundError):
        _asked(path, lambda obstore, store, key: obstore.delete(store, key), writing=True)


def list_below(path: StrPath) -> Iterator[Facts]:
    """All objects below a folder, in the order of their keys."""
    found = split(path)

    def request(obstore: Any, store: Any, key: str) -> list[Facts]:
        listed = obstore.list(store, key or None, chunk_size=1_000)
        return [
            _facts(f"{found.scheme}://{found.bucket}/{one['path']}", one) for some in listed for one in some
        ]

    with contextlib.suppress(FileNotFoundError):
        yield from sorted(_asked(path, request))


def list_folder(path: StrPath) -> list[Facts]:
    """The objects right below a folder, in the order of their keys."""
    found = split(path)

    def request(obstore: Any, store: Any, key: str) -> list[Facts]:
        listed = obstore.list_with_delimiter(store, key or None)["objects"]
        return [_facts(f"{found.scheme}://{found.bucket}/{one['path']}", one) for one in listed]

    try:
        return sorted(_asked(path, request))
    except FileNotFoundError:
        return []


def read_into(path: StrPath, target: BinaryIO) -> None:
    """An object as a file of this machine; a transfer that broke goes on where it stopped.

    Raises:
        FileNotFoundError: there is no such object. InputError, RunFailed: as `buffer`.
        OSError: the file cannot be written.
    """
    obstore = library(path)
    found = split(path)
    patience = Patience(path)
    at, ranges = 0, True
    while True:
        begun = at
        rest = {"options": {"range": {"offset": at}}} if at else {}
        try:
            stream = obstore.get(client(found.scheme, found.bucket), found.key, **rest).stream(
                min_chunk_size=CHUNK
            )
            for some in stream:
                target.write(some)
                at += len(some)
            return
        except FileNotFoundError:
            raise FileNotFoundError(2, _("no such object"), address(path)) from None
        except OSError:
            raise
        except Exception as error:
            ranges = ranges and not _lacks_ranges(error)
            if at > begun and ranges:
                # It moves: patience begins anew.
                patience = Patience(path)
            if not _lacks_ranges(error):
                patience.wait(error)
            if not ranges:
                at = 0
                target.seek(0)
                target.truncate()


def _asked(path: StrPath, request: Callable[[Any, Any, str], T], *, writing: bool = False) -> T:
    """`request(obstore, client, key)`, repeated while the store does not answer."""
    obstore = library(path)
    found = split(path)
    patience = Patience(path)
    while True:
        try:
            return request(obstore, client(found.scheme, found.bucket), found.key)
        except FileNotFoundError:
            raise
        except Exception as error:
            if _lacks_ranges(error):
                raise WithoutRanges from error
            patience.wait(error, writing=writing)


def _facts(where: str, meta: Any) -> Facts:
    return Facts(where, int(meta["size"]), meta["last_modified"].timestamp(), str(meta["e_tag"] or ""))


def _lacks_ranges(error: Exception) -> bool:
    return "non-partial response" in str(error)
