"""From paths, patterns, folders and URLs to inputs with names that do not depend on the machine."""

from __future__ import annotations

import glob
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tamis.errors import InputError
from tamis.messages import _
from tamis.sources.formats import SUFFIXES, compression_of, format_of
from tamis.sources.inputs import Input
from tamis.sources.opening import cannot_open, file_system_of, is_url, is_web, local_path
from tamis.stores import finding
from tamis.stores.addresses import is_object

PACKED = ("text", "html")
SMALL = 4 << 20
"""A file of at most this size is one range, unless ranges are asked to be smaller: it is read whole."""
# What changes with a remote file, by the names that file systems give it.
_MARKS = (
    "ETag",
    "etag",
    "mtime",
    "created",
    "LastModified",
    "Last-Modified",
    "Content-MD5",
    "Digest",
    "blob_id",
)


@dataclass(frozen=True)
class _Found:
    name: str
    path: str
    size: int
    identity: str


def expand(paths: Sequence[str | os.PathLike[str]]) -> list[Input]:
    """The inputs behind files, patterns, folders and URLs, sorted by name as UTF-8 bytes.

    The name is the base name for a file argument, and the path below the last folder without a wildcard for a
    pattern or a folder (of which files with a known suffix are taken). Text and HTML files that are neighbours in
    this order become one pack. Raises InputError for a missing path, a pattern or folder without a match, and a
    file of unknown kind.
    """
    found = [one for path in paths for one in _find(os.fspath(path))]
    found.sort(key=lambda one: (one.name.encode("utf-8"), one.path))
    return list(_pack(_input(one) for one in found))


def _find(path: str) -> list[_Found]:
    if is_object(path):
        return _find_objects(path)
    if is_url(path):
        return _find_url(path)
    path = local_path(path)
    if os.path.isdir(path):
        return _folder(path)
    if os.path.lexists(path) or not glob.has_magic(path):
        return [_local(path, os.path.basename(path))]
    root = _fixed_root(path)
    matches = glob.glob(path, recursive=True, include_hidden=False)
    names = [name for name in matches if not os.path.isdir(name)]
    if not names and matches:
        what = _("only folders match, such as {folder}").format(folder=min(matches))
        raise InputError(path, what, _("name the folder itself, or its files: '{path}/*'").format(path=path))
    if not names:
        raise InputError(path, _("no file matches"), _("quote the pattern and check the folder"))
    return [_local(name, os.path.relpath(name, root)) for name in names]


def _fixed_root(pattern: str) -> str:
    """The last folder of the pattern without a wildcard."""
    parts = pattern.split("/")
    fixed = next(number for number, part in enumerate(parts) if glob.has_magic(part))
    return "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else ".")


def _folder(folder: str) -> list[_Found]:
    names = []
    for below, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        names += [os.path.join(below, name) for name in files if not name.startswith(".") and format_of(name)]
    if not names:
        raise InputError(
            folder,
            _("no file of a known kind in this folder"),
            _("known suffixes: {suffixes}").format(suffixes=SUFFIXES),
        )
    return [_local(name, os.path.relpath(name, folder)) for name in names]


def _raise(error: OSError) -> None:
    raise cannot_open(str(error.filename), error)


def _local(path: str, name: str) -> _Found:
    try:
        status = os.stat(path)
        if not os.access(path, os.R_OK):
            raise PermissionError
    except (OSError, ValueError) as error:
        raise cannot_open(path, error) from error
    if not stat.S_ISREG(status.st_mode):
        what = _("no regular file, but a pipe, a socket or a device")
        raise InputError(_shown(path), what, _("write what it gives to a file, and name that"))
    if path != _shown(path):
        what = _("the name is not UTF-8: it holds bytes that no file of a run can hold")
        raise InputError(_shown(path), what, _("rename it, for example with convmv"))
    return _Found(name, path, status.st_size, f"{status.st_size}:{status.st_mtime_ns}")


def _shown(path: str) -> str:
    """A path as people can read it: bytes that are not UTF-8 are replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _find_url(url: str) -> list[_Found]:
    file_system, inner = file_system_of(url)
    web = is_web(url)
    try:
        if glob.has_magic(inner) and not web:
            matches, root = sorted(file_system.glob(inner)), _fixed_root(inner)
        elif not web and file_system.isdir(inner):
            matches, root = [name for name in file_system.find(inner) if format_of(name)], inner
        else:
            found = _remote(file_system, inner, url, url.rsplit("/", 1)[-1].split("?", 1)[0])
            if web:
                _check_ranges(file_system, inner, found)
            return [found]
        if not matches:
            raise InputError(url, _("no file matches"), _("check the address"))
        cut = len(root.rstrip("/")) + 1
        return [
            _remote(file_system, name, file_system.unstrip_protocol(name), name[cut:]) for name in matches
        ]
    except InputError:
        raise
    except Exception as error:  # each library has exceptions of its own for what a server refuses
        raise cannot_open(url, error) from error


def _find_objects(url: str) -> list[_Found]:
    found = finding.find(url)
    if not found and not finding.is_pattern(url):
        found = [one for one in finding.find_below(url) if format_of(one[1])]
    if not found:
        raise InputError(url, _("no file matches"), _("check the address"))
    return [
        _Found(name, one.address, one.size, f"{one.size}:{one.tag.strip(chr(34))}") for one, name in found
    ]


def _remote(file_system: Any, inner: str, url: str, name: str) -> _Found:
    facts = file_system.info(inner)
    size = facts.get("size")
    if size is None:
        raise InputError(
            url, _("the server does not say how large it is"), _("download it and name the file")
        )
    mark = next((facts[key] for key in _MARKS if facts.get(key)), "")
    return _Found(name, url, int(size), f"{size}:{mark}")


def _check_ranges(file_system: Any, inner: str, found: _Found) -> None:
    """Shards are byte ranges: a server that sends whole files alone is refused before anything is read, but for files
    that are read from their beginning once, and small ones.
    """
    kind = format_of(found.path)
    if found.size <= SMALL or kind in PACKED or (kind == "jsonl" and compression_of(found.path)):
        return
    try:
        with file_system.open(inner, "rb") as file:
            file.seek(found.size - 1)
            file.read(1)
    except ValueError as error:
        what = _("the server sends no parts of a file (byte ranges)")
        raise InputError(found.path, what, _("download it and name the file")) from error


def _input(found: _Found) -> Input:
    kind = format_of(found.path)
    if kind is None:
        raise InputError(
            found.path,
            _("not a known kind of file"),
            _("known suffixes: {suffixes}, with .gz, .zst, .xz or .bz2").format(suffixes=SUFFIXES),
        )
    return Input(found.name, found.path, found.size, found.identity, kind)


def _pack(inputs: Iterable[Input]) -> Iterator[Input]:
    small: list[Input] = []
    for one in inputs:
        if one.format in PACKED:
            small.append(one)
            continue
        yield from _packed(small)
        small = []
        yield one
    yield from _packed(small)


def _packed(files: list[Input]) -> Iterator[Input]:
    if not files:
        return
    state = hashlib.blake2b(digest_size=16)
    for one in files:
        state.update(f"{one.name}\0{one.identity}\0".encode())
    size = sum(one.size for one in files)
    yield Input(files[0].name, "", size, state.hexdigest(), "pack", tuple(files))
