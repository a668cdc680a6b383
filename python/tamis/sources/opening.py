"""Where files are opened: the local disk, or a URL through fsspec, read-only."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, cast

from tamis.errors import InputError
from tamis.messages import _


def is_url(path: str) -> bool:
    """Whether the path names another file system; `file://` is the local one."""
    scheme, separator, _rest = path.partition("://")
    return bool(separator) and scheme.isalnum() and scheme != "file"


def local_path(path: str) -> str:
    return path.removeprefix("file://")


def open_path(path: str) -> BinaryIO:
    """Open for reading, seekable. Raises InputError where the file is missing, a directory or not permitted."""
    try:
        if is_url(path):
            file_system, inner = file_system_of(path)
            return cast(BinaryIO, file_system.open(inner, "rb"))
        return open(local_path(path), "rb", buffering=0)
    except (OSError, ValueError) as error:
        raise cannot_open(path, error) from error


def file_system_of(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path inside it."""
    import fsspec.core

    try:
        found = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(url, str(error), _("install the library that the message names")) from error
    return found[0], found[1]


def cannot_open(path: str, error: BaseException) -> InputError:
    """The clear error for a file that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return InputError(
            path, _("no such file"), _("check the path; quote patterns such as 'crawl/*.warc.gz'")
        )
    if isinstance(error, IsADirectoryError):
        return InputError(path, _("is a directory"), _("name its files, or the folder itself as an input"))
    if isinstance(error, PermissionError):
        return InputError(path, _("no permission to read it"), _("check the file's mode and owner"))
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return InputError(path, _("cannot be opened: {reason}").format(reason=reason), "")
