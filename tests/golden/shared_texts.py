"""The texts on which recorded answers of reference implementations are compared: the shared real inputs.

Used by the scripts that record (with the reference installed) and by the tests (without it), so it needs
the standard library alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

LENGTH = 12_000
"""Code points kept of a file: long files repeat themselves."""


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


def digest(text: str, length: int = 12) -> str:
    """A short name for a text; lone surrogates do not occur in decoded files."""
    return hashlib.blake2b(text.encode(), digest_size=length // 2).hexdigest()


def digest_strings(strings: Iterable[str]) -> str:
    """A short name for a list of words: none of them holds a NUL unless the text does."""
    return digest("\0".join(strings), 8)
