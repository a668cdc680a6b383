"""What is asked of an object store: whole objects and ranges of them, conditional writes, listings."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tamis.errors import InputError, RunFailed, TamisError
from tamis.messages import _
from tamis.stores.addresses import StrPath, address, split
from tamis.stores.clients import client, has_credentials, library, retry_seconds

PART = 16 << 20
MULTIPART_ABOVE = 64 << 20
"""Larger files go up in parts; an object appears whole or not at all either way."""
MOST_PARTS = 9_000
AT_ONCE = 4


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
    obstore = library(path)

    found = split(path)
    if not found.key:
        return None
    try:
        return _facts(address(path), obstore.head(client(found.scheme, found.bucket), found.key))
    except FileNotFoundError:
        return None
    except Exception as error:
        raise told(path, error) from error


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
    obstore = library(path)

    found = split(path)
    store = client(found.scheme, found.bucket)
    try:
        if start is None and end is None:
            return memoryview(obstore.get(store, found.key).bytes())
        if end is None:
            rest = {"range": {"offset": start or 0}}
            return memoryview(obstore.get(store, found.key, options=rest).bytes())
        return memoryview(obstore.get_range(store, found.key, start=start or 0, end=end))
    except FileNotFoundError:
        raise FileNotFoundError(2, _("no such object"), address(path)) from None
    except Exception as error:
        if "non-partial response" in str(error):
            raise WithoutRanges from error
        raise told(path, error) from error


def get_tagged(path: StrPath) -> tuple[bytes, str] | None:
    """A small object and the tag of its content; None where there is none."""
    obstore = library(path)

    found = split(path)
    try:
        answer = obstore.get(client(found.scheme, found.bucket), found.key)
        return bytes(answer.bytes()), str(answer.meta["e_tag"] or "")
    except FileNotFoundError:
        return None
    except Exception as error:
        raise told(path, error) from error


def put(path: StrPath, data: bytes | Path) -> None:
    """Write an object, in place of one that may be there, from bytes or a file of this machine."""
    obstore = library(path)

    found = split(path)
    size = data.stat().st_size if isinstance(data, Path) else len(data)
    # An empty file is no part of anything: it is sent as bytes.
    whole: Any = data if size else b""
    try:
        obstore.put(
            client(found.scheme, found.bucket),
            found.key,
            whole,
            use_multipart=size > MULTIPART_ABOVE,
            chunk_size=max(PART, size // MOST_PARTS),
            max_concurrency=AT_ONCE,
        )
    except Exception as error:
        raise told(path, error, writing=True) from error


def create(path: StrPath, data: bytes) -> bool:
    """Write a new object; False, and nothing changed, where one is there and the server heeds the condition."""
    return _conditional(path, data, "create")


def replace_if(path: StrPath, data: bytes, tag: str) -> bool:
    """Write an object where its content still has this tag; False where another came first."""
    return _conditional(path, data, {"e_tag": tag} if tag else "overwrite")


def _conditional(path: StrPath, data: bytes, mode: Any) -> bool:
    """A conditional write is not repeated blindly: its first try may have been done though the answer was lost."""
    obstore = library(path)
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    found = split(path)
    store = client(found.scheme, found.bucket)
    until = time.monotonic() + retry_seconds()
    tries = 0
    while True:
        try:
            obstore.put(store, found.key, data, mode=mode, use_multipart=False)
            return True
        except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
            there = get_tagged(path)
            if there is None and isinstance(error, FileNotFoundError) and mode == "create":
                raise told(path, error, writing=True) from error
            return tries > 0 and there is not None and there[0] == data
        except Exception as error:
            reason = told(path, error, writing=True)
            if not (isinstance(reason, RunFailed) or _is_conflict(error)) or time.monotonic() >= until:
                raise reason from error
        tries += 1
        time.sleep(min(0.2 * tries, 5.0))


def remove(path: StrPath) -> None:
    """Remove an object; that there is none is no error."""
    obstore = library(path)

    found = split(path)
    try:
        obstore.delete(client(found.scheme, found.bucket), found.key)
    except FileNotFoundError:
        return
    except Exception as error:
        raise told(path, error, writing=True) from error


def list_below(path: StrPath) -> Iterator[Facts]:
    """All objects below a folder, in the order of their keys."""
    obstore = library(path)

    found = split(path)
    listed: list[Facts] = []
    try:
        for some in obstore.list(client(found.scheme, found.bucket), found.key or None, chunk_size=1_000):
            for one in some:
                listed.append(_facts(f"{found.scheme}://{found.bucket}/{one['path']}", one))
    except FileNotFoundError:
        return
    except Exception as error:
        raise told(path, error) from error
    yield from sorted(listed)


def list_folder(path: StrPath) -> list[Facts]:
    """The objects right below a folder, in the order of their keys."""
    obstore = library(path)

    found = split(path)
    try:
        listed = obstore.list_with_delimiter(client(found.scheme, found.bucket), found.key or None)["objects"]
        return sorted(_facts(f"{found.scheme}://{found.bucket}/{one['path']}", one) for one in listed)
    except FileNotFoundError:
        return []
    except Exception as error:
        raise told(path, error) from error


def _facts(where: str, meta: Any) -> Facts:
    return Facts(where, int(meta["size"]), meta["last_modified"].timestamp(), str(meta["e_tag"] or ""))


def _is_conflict(error: Exception) -> bool:
    """409: two conditional writes at once, to be repeated."""
    return "409 Conflict" in str(error)


def told(path: StrPath, error: Exception, *, writing: bool = False) -> TamisError:
    """The error that a person reads: no body of an answer, no address with a signature in it."""
    if isinstance(error, TamisError):
        return error
    where, scheme = address(path), split(path).scheme
    text = str(error).split("\n\nDebug source", 1)[0]
    status = re.search(r"status code: (\d{3}(?: [A-Z][A-Za-z]+)*)", text)
    code = re.search(r"<Code>(\w+)</Code>", text)
    reason = " ".join([*([status[1]] if status else []), *([f"({code[1]})"] if code else [])])
    if "redirect" in text or reason.startswith("30"):
        hint = _("is the region right? AWS_REGION names that of the bucket")
        return InputError(
            where, _("the server sends the request elsewhere: the bucket lies in another region"), hint
        )
    if reason.startswith("404") or isinstance(error, FileNotFoundError):
        return InputError(
            where,
            _("there is no such bucket or object"),
            _("check the address, and AWS_ENDPOINT_URL for a server of your own"),
        )
    if re.match("4(?!08|29)", reason):
        return InputError(
            where, _("the server refuses it: {reason}").format(reason=reason), _refused(scheme, writing)
        )
    plain = reason or re.sub(r"\S+://\S+", "...", text.splitlines()[0] if text else type(error).__name__)
    what = _("no answer for {seconds} s: {reason}").format(seconds=f"{retry_seconds():g}", reason=plain[:300])
    return RunFailed(where, what, _("the same command goes on once the server answers"))


def _refused(scheme: str, writing: bool) -> str:
    if not has_credentials(scheme):
        return _(
            "the environment holds no credentials, so the request went unsigned: see docs/how-to/s3.md for the variables"
        )
    if writing:
        return _("may these credentials write there?")
    return _("may these credentials read there?")


def read_into(path: StrPath, target: io.BufferedIOBase, size: int) -> None:
    """An object as a file of this machine, by ranges where the server sends them."""
    try:
        for start in range(0, size, PART):
            target.write(buffer(path, start, min(start + PART, size)))
    except WithoutRanges:
        target.seek(0)
        _stream_into(path, target)


def _stream_into(path: StrPath, target: io.BufferedIOBase) -> None:
    obstore = library(path)
    found = split(path)
    try:
        for some in obstore.get(client(found.scheme, found.bucket), found.key).stream(min_chunk_size=1 << 20):
            target.write(some)
    except OSError:
        raise
    except Exception as error:
        raise told(path, error) from error
