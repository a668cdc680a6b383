"""The texts on which recorded answers of reference implementations are compared: the shared real inputs.

Used by the scripts that record (with the reference installed) and by the tests (without it), so it needs
the standard library alone.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

LENGTH = 12_000
"""Code points kept of a file: long files repeat themselves."""
WHOLE = 100_000
"""Code points of a file that is looked at as a whole."""
PACKED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}


def shared_texts(folder: Path) -> Iterator[str]:
    """The start of every file that is text, in the order of their paths, equal texts once."""
    paths = [Path(where) / name for where, _, names in os.walk(folder) for name in names]
    seen: set[str] = set()
    for path in sorted(paths, key=lambda path: os.fsencode(path.relative_to(folder))):
        if not path.is_file():
            continue
        with path.open("rb") as file:
            data = file.read(4 * LENGTH)
        text = data.decode("utf-8", "replace")[:LENGTH]
        if b"\0" in data or not text or text in seen or text.count("\ufffd") > len(text) / 10:
            continue
        seen.add(text)
        yield text


def whole_texts(folder: Path) -> Iterator[str]:
    """What `shared_texts` cuts or does not open: long files, and packed ones unpacked; equal texts once."""
    paths = [Path(where) / name for where, _, names in os.walk(folder) for name in names]
    seen: set[str] = set()
    for path in sorted(paths, key=lambda path: os.fsencode(path.relative_to(folder))):
        packed = path.suffix in PACKED
        if not path.is_file() or not (packed or path.stat().st_size > LENGTH):
            continue
        text = _decoded(_unpacked(path))
        if not text or (not packed and len(text) <= LENGTH) or digest(text) in seen:
            continue
        seen.add(digest(text))
        yield text


def _unpacked(path: Path) -> bytes:
    """The first bytes of a file's content; nothing where it is damaged."""
    try:
        with PACKED.get(path.suffix, open)(path, "rb") as file:
            data: bytes = file.read(4 * WHOLE)
            return data
    except (OSError, EOFError, zlib.error):
        return b""


def _decoded(data: bytes) -> str:
    text = data.decode("utf-8", "replace")[:WHOLE]
    return "" if b"\0" in data or text.count("\ufffd") > len(text) / 10 else text


def digest(text: str, length: int = 12) -> str:
    """A short name for a text; lone surrogates do not occur in decoded files."""
    return hashlib.blake2b(text.encode(), digest_size=length // 2).hexdigest()


def digest_strings(strings: Iterable[str]) -> str:
    """A short name for a list of words: none of them holds a NUL unless the text does."""
    return digest("\0".join(strings), 8)
