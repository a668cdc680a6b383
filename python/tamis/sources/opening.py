"""Where files are opened: the local disk, an object store, or another URL through fsspec, read-only."""

from __future__ import annotations

import os
from typing import Any, BinaryIO, cast

from tamis.errors import InputError
from tamis.messages import _
from tamis.sources.remote import WebFile
from tamis.sources.web_errors import WebPatience, hint, is_hub, reason, told
from tamis.stores.addresses import is_object
from tamis.stores.reading import ObjectFile

_LIBRARIES = {"http": "'tamis[http]'", "https": "'tamis[http]'", "hf": "'tamis[hf]'"}


def is_url(path: str) -> bool:
    """Whether the path names another file system; `file://` is the local one."""
    scheme, separator, _rest = path.partition("://")
    return bool(separator) and scheme.isalnum() and scheme != "file"


def is_web(url: str) -> bool:
    """Whether a web server has the file."""
    return url.partition("://")[0] in ("http", "https")


def local_path(path: str) -> str:
    return path.removeprefix("file://")


def open_path(path: str) -> BinaryIO:
    """Open for reading, seekable. Raises InputError where the file is missing, a directory or not permitted."""
    if is_object(path):
        try:
            return cast(BinaryIO, ObjectFile(path))
        except OSError as error:
            raise cannot_open(path, error) from error
    if is_url(path):
        return _open_url(path)
    try:
        return open(local_path(path), "rb", buffering=0)
    except (OSError, ValueError) as error:
        raise cannot_open(path, error) from error


def _open_url(url: str) -> BinaryIO:
    file_system, inner = file_system_of(url)
    patience = WebPatience(url)
    while True:
        try:
            found = file_system.open(inner, "rb")
            if not (is_web(url) or is_hub(url)):
                return cast(BinaryIO, found)
            return cast(BinaryIO, WebFile(url, found, lambda: file_system.open(inner, "rb", block_size=0)))
        except Exception as error:  # each library has exceptions of its own for what a server refuses
            if not (is_web(url) or is_hub(url)):
                raise cannot_open(url, error) from error
            patience.wait(error)


def file_system_of(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path inside it."""
    import fsspec.core

    try:
        found = fsspec.core.url_to_fs(url)
    except OSError as error:  # some go to the server at once
        raise cannot_open(url, error) from error
    except (ImportError, ValueError) as error:
        package = _LIBRARIES.get(url.partition("://")[0])
        hint = (
            f"pip install {package}"
            if package
            else _("check the part before ://, and that the library for it is installed")
        )
        raise InputError(url, str(error), hint) from error
    return found[0], found[1]


def cannot_open(path: str, error: BaseException) -> InputError:
    """The clear error for a file that cannot be opened, as found before a run begins: nothing is asked again."""
    if (is_web(path) or is_hub(path)) and isinstance(error, Exception):
        said = told(path, error)
        if isinstance(said, InputError):
            return said
        return InputError(path, _("cannot be opened: {reason}").format(reason=reason(error)), hint(path))
    if isinstance(error, FileNotFoundError):
        return InputError(
            path, _("no such file"), _("check the path; quote patterns such as 'crawl/*.warc.gz'")
        )
    if isinstance(error, IsADirectoryError):
        return InputError(path, _("is a directory"), _("name its files, or the folder itself as an input"))
    if isinstance(error, PermissionError):
        return InputError(path, _("no permission to read it"), _("check the file's mode and owner"))
    why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    return InputError(path, _("cannot be opened: {reason}").format(reason=why), "")
