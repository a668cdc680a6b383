"""Texts and HTML that lie on this machine: installed packages, and folders of documentation."""

from __future__ import annotations

import gzip
import os
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote

from tamis.sample.page import Page, blocks, date_of, page_of_text

PACKAGES = "https://packages.example"
FILES = "https://files.example"
FOLDERS = ("/usr/share/doc", "/usr/local/share/doc", "/opt/homebrew/share/doc", "/opt/local/share/doc")
LICENCES = "/usr/share/common-licenses"
TEXT_NAME = re.compile(r"(readme|licen[cs]e|copying|copyright|notice|authors)\b", re.IGNORECASE)
TEXT_ENDINGS = ("", ".txt", ".md", ".rst")
MOST_DISTRIBUTIONS, MOST_SYSTEM_TEXTS, MOST_HTML, MOST_HTML_OF_ONE = 300, 120, 150, 12
LARGEST = 1_000_000
MOST_ENTRIES = 50_000


class Text(NamedTuple):
    """A text of a package, named as it lies there."""

    package: str
    name: str
    text: str
    date: str


def packages() -> list[Page]:
    """READMEs and licences: of Python packages here, then of the system's packages; one page a name."""
    found: dict[str, Page] = {}
    for given in [*_python_texts(), *_system_texts()]:
        paragraphs = blocks(given.text)
        url = f"{PACKAGES}/{quote(given.package)}/{quote(given.name)}"
        if paragraphs and url not in found:
            title = f"{given.package}: {PurePosixPath(given.name).name}"
            found[url] = page_of_text("package", url, title, paragraphs, given.date)
    return list(found.values())


def _python_texts() -> Iterator[Text]:
    """The description in each distribution's metadata, and its text files."""
    known: dict[str, metadata.Distribution] = {}
    for distribution in metadata.distributions():
        name = str(distribution.metadata["Name"] or "")
        if name:
            known.setdefault(name.lower(), distribution)
    for name, distribution in sorted(known.items())[:MOST_DISTRIBUTIONS]:
        yield from _texts_of(name, distribution)


def _texts_of(name: str, distribution: metadata.Distribution) -> Iterator[Text]:
    for file in sorted(distribution.files or (), key=str):
        path = str(file.locate())
        if file.name == "METADATA":
            description = distribution.metadata.json.get("description", "")
            yield Text(name, "README", str(description), date_of(path))
        elif _is_text(file.name) and ".dist-info" in file.parts[0]:
            yield Text(name, "/".join(file.parts[1:]), _read(Path(path)), date_of(path))


def _is_text(name: str) -> bool:
    stem = name.removesuffix(".gz")
    return bool(TEXT_NAME.match(stem)) and os.path.splitext(stem)[1].lower() in TEXT_ENDINGS


def _system_texts() -> Iterator[Text]:
    """READMEs and copyright files of the system's packages: from as many packages as are allowed, spread evenly."""
    for path in _entries(Path(LICENCES)):
        yield Text("licences", path.name, _read(path), date_of(path))
    found = [path for folder in FOLDERS for package in _entries(Path(folder)) for path in _texts_in(package)]
    step = max(1, -(-len(found) // MOST_SYSTEM_TEXTS))
    for path in found[::step]:
        yield Text(path.parent.name, path.name, _read(path), date_of(path))


def _texts_in(package: Path) -> list[Path]:
    return [path for path in _entries(package) if _is_text(path.name)]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        return []


def _read(path: Path) -> str:
    """A text of at most `LARGEST` bytes, also out of a `.gz`; empty where it is none."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return ""
        content = path.read_bytes()
        if path.suffix == ".gz":
            with gzip.open(path) as packed:
                content = packed.read(LARGEST + 1)
    except (OSError, EOFError):
        return ""
    if len(content) > LARGEST or b"\0" in content:
        return ""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def files_of_the_machine() -> list[Page]:
    """HTML files in the folders of documentation, a few of each package, as they are."""
    found: list[Page] = []
    for folder in dict.fromkeys([*FOLDERS, os.path.join(sys.prefix, "share", "doc")]):
        for package in _entries(Path(folder)):
            if len(found) < MOST_HTML and package.is_dir():
                found += _html_in(package, Path(folder))
    return found[:MOST_HTML]


def _html_in(package: Path, folder: Path) -> list[Page]:
    paths: list[Path] = []
    seen = 0
    for parent, folders, names in os.walk(package):
        folders.sort()
        seen += len(names)
        paths += [Path(parent, name) for name in sorted(names) if name.lower().endswith((".html", ".htm"))]
        if len(paths) >= 4 * MOST_HTML_OF_ONE or seen > MOST_ENTRIES:
            break
    pages = (_html_page(path, folder) for path in paths)
    return [page for page in pages if page is not None][:MOST_HTML_OF_ONE]


def _html_page(path: Path, folder: Path) -> Page | None:
    try:
        if not path.is_file() or not 0 < path.stat().st_size <= LARGEST:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    url = f"{FILES}/{quote(path.relative_to(folder).as_posix())}"
    return Page("file", url, path.name, content, content_type="text/html", date=date_of(path))
