"""Addresses in object stores, as text and as paths."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from tamis.errors import InputError
from tamis.messages import _

StrPath = str | os.PathLike[str]

SCHEMES = ("s3", "gs", "az")
_BEGINNINGS = tuple(f"{scheme}:/" for scheme in SCHEMES)

_BUCKET = re.compile(r"[A-Za-z0-9_.$:-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Place(NamedTuple):
    """Where an object lies: scheme, bucket (a container on Azure), key."""

    scheme: str
    bucket: str
    key: str


class ObjectPath(type(Path())):  # type: ignore[misc]
    """A path whose text is the address again, so that messages, specs and manifests hold what the user typed."""

    def __str__(self) -> str:
        return address(super().__str__())

    def __repr__(self) -> str:
        return f"ObjectPath({str(self)!r})"

    def __fspath__(self) -> str:
        return str(self)


def is_object(path: StrPath) -> bool:
    """Whether a path is an address in an object store.

    Examples:
        >>> [is_object(path) for path in ("s3://b/k", "s3:/b/k", "out/s3", "https://b/k")]
        [True, True, False, False]
    """
    return str(path).startswith(_BEGINNINGS)


def address(path: StrPath) -> str:
    """The address that a path means; the path of anything else as it is.

    Examples:
        >>> address("gs:/bucket/key"), address("out")
        ('gs://bucket/key', 'out')
    """
    text = str(path)
    if not text.startswith(_BEGINNINGS):
        return text
    scheme, _colon, rest = text.partition(":")
    return f"{scheme}://{rest.lstrip('/')}"


def place(path: StrPath) -> Path:
    """A path to join names to: one of this machine, or an `ObjectPath`."""
    made: Path = ObjectPath(path) if is_object(path) else Path(path)
    return made


def split(path: StrPath) -> Place:
    """Scheme, bucket and key of an address.

    Raises:
        InputError: it names no bucket, or a key that stores refuse.

    Examples:
        >>> split("s3://bucket/crawl/a.warc.gz")
        Place(scheme='s3', bucket='bucket', key='crawl/a.warc.gz')
    """
    text = address(path)
    scheme, _mark, rest = text.partition("://")
    bucket, _slash, key = rest.partition("/")
    key = key.rstrip("/")
    if not bucket:
        raise InputError(text, _("names no bucket"), _("write {form}").format(form=f"{scheme}://BUCKET/KEY"))
    if not _BUCKET.fullmatch(bucket):
        raise InputError(
            text, _("no bucket has the name '{name}'").format(name=bucket), _("check the address")
        )
    if _CONTROL.search(key):
        raise InputError(text, _("a control character in the key"), _("check the address"))
    if "//" in key or any(part in (".", "..") for part in key.split("/")):
        raise InputError(
            text, _("an empty name, '.' or '..' between slashes"), _("copy the object to another key")
        )
    return Place(scheme, bucket, key)
