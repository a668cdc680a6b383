"""The real texts on which the text rules are compared with the reference: pages, articles, code, all languages.

Derived from the shared inputs by rules simple enough to give the same texts everywhere: the script that records
(with the reference installed) and the test (without) both use this module, so it needs the standard library alone.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import hashlib
import html
import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LENGTH = 20_000
"""Code points kept of a text."""
FILES, TEXTS = 115, 115
"""Files read and texts taken of a folder, chosen by the hash of path and text."""
PIECE = 6_000
"""Files of plain text are cut at so many code points."""

SKIPPED = (".whl", ".7z", ".epub", ".xz")
PAGES = (".html", ".htm", ".xhtml", ".testhtml", ".html.gz")
HIDDEN = re.compile(r"<(script|style|template|noscript)\b.*?</\1\s*>|<!--.*?-->|<\?.*?\?>", re.S | re.I)
BREAKS = re.compile(
    r"</?(p|div|li|ul|ol|br|h[1-6]|tr|td|table|section|article|title|head|body)\b[^>]*>", re.I
)
TAGS = re.compile(r"<[a-zA-Z/!][^>]*>")


def digest(text: str, length: int = 12) -> str:
    """A short name for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=length // 2).hexdigest()


def page_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Top folder and text, each text once, in the order of paths."""
    seen: set[str] = set()
    for top in sorted(path.name for path in folder.iterdir() if path.is_dir()):
        texts = {}
        for path in chosen_files(folder / top):
            for text in texts_of(path):
                text = text[:LENGTH].encode("utf-8", "replace").decode("utf-8")
                if len(text) >= 20 and digest(text) not in seen:
                    seen.add(digest(text))
                    texts[digest(text)] = text
        for name in sorted(texts)[: 3 * TEXTS if top == "langid" else TEXTS]:
            yield top, texts[name]


def chosen_files(folder: Path) -> list[Path]:
    """At most `FILES` files, by the hash of their path below the folder; more where files hold little."""
    found = [Path(where) / name for where, _, names in os.walk(folder) for name in names]
    found = [path for path in found if path.is_file() and not path.name.endswith(SKIPPED)]
    ranked = sorted(found, key=lambda path: digest(path.relative_to(folder).as_posix()))
    return sorted(ranked[: 3 * FILES if folder.name == "langid" else FILES])


def texts_of(path: Path) -> list[str]:
    """The texts of one file; none where it is not understood."""
    name = path.name.lower()
    data = path.read_bytes()
    if name.endswith(".gz"):
        data = inflated(data)
        name = name[:-3]
    if "warc" in name or name.endswith((".arc", ".wet")):
        return [page_text(record, compact=True) for record in records(data)][:40]
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [one for one in sorted(archive.namelist()) if not one.endswith("/")]
            return [
                piece for one in members for piece in pieces(archive.read(one).decode("utf-8", "replace"))[:1]
            ]
    if name.endswith(".bz2"):
        data = bz2.decompress(data)
        markup = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
        found = re.findall(r"<text[^>]*>(.*?)</text>", markup, re.S) or spaced(pieces(markup), 6)
        return [html.unescape(text) for text in found[:12]]
    if b"\0" in data[:4096]:
        return []
    text = data.decode(encoding_of(path), "replace")
    if name.endswith(PAGES):
        return [page_text(text, compact=int(digest(text), 16) % 3 > 0)]
    if name.endswith((".json", ".jsonl")):
        found = strings(text, 200) or pieces("\n".join(strings(text, 1)))
        return spaced(found, 25)
    if name.endswith((".csv", ".tsv")):
        return spaced([text for text in cells(text, name) if len(text) >= 300], 25)
    return spaced(pieces(text), 6)


def inflated(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError):
        return b""


def encoding_of(path: Path) -> str:
    parts = path.parts
    return "shift_jis" if "aozora_ja" in parts else "latin-1" if "spamassassin" in parts else "utf-8"


def page_text(page: str, *, compact: bool) -> str:
    """A page without its tags: block elements end lines, blank lines go (compact) or stay one at a time."""
    page = BREAKS.sub("\n", HIDDEN.sub(" ", page))
    lines = [" ".join(line.split()) for line in html.unescape(TAGS.sub("", page)).split("\n")]
    if compact:
        return "\n".join(filter(None, lines))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def records(data: bytes) -> list[str]:
    """What follows the headers of each record of an uncompressed archive, where it is text."""
    found = []
    for record in re.split(rb"(?m)^WARC/1\.[01]\r?$", data)[1:]:
        body = re.split(rb"\r?\n\r?\n", record, maxsplit=1)[-1]
        if body.startswith(b"HTTP/"):
            body = re.split(rb"\r?\n\r?\n", body, maxsplit=1)[-1]
        text = body.decode("utf-8", "replace")
        if "\0" not in text and text.count("\ufffd") < len(text) / 20:
            found.append(text)
    return found


def strings(text: str, least: int) -> list[str]:
    """The strings of a JSON file, or of each line of one, that are so long."""
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, str) and len(value) >= least:
            found.append(value)
        elif isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                collect(item)

    try:
        collect(json.loads(text))
    except ValueError:
        for line in text.splitlines()[:2000]:
            try:
                collect(json.loads(line))
            except ValueError:
                return found
    return found


def cells(text: str, name: str) -> list[str]:
    limit = csv.field_size_limit(1 << 30)
    try:
        rows = csv.reader(
            io.StringIO(text.replace("\0", "")), delimiter="\t" if name.endswith(".tsv") else ","
        )
        return [cell for row in rows for cell in row]
    finally:
        csv.field_size_limit(limit)


def pieces(text: str) -> list[str]:
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def spaced(texts: list[str], count: int) -> list[str]:
    """At most so many, evenly over the list."""
    step = max(1, len(texts) // count)
    return texts[::step][:count]
