"""Run in a process of its own: what Python says about the modules of its standard library, as JSON lines.

Needs nothing of tamis. Modules that do something when they are imported, or need a display, are left out. A line
is `{"kind": "pydoc", "name", "file", "html"}` or `{"kind": "prose", "name", "file", "title", "paragraphs"}`.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import pydoc
import re
import sys
from collections.abc import Iterator
from types import ModuleType

SKIPPED = frozenset(
    [
        "antigravity",
        "this",
        "idlelib",
        "test",
        "turtle",
        "turtledemo",
        "tkinter",
        "lib2to3",
        "distutils",
        "ensurepip",
        "msilib",
        "pydoc_data",
        "nt",
        "ntpath",
        "winreg",
        "winsound",
        "msvcrt",
        "encodings",
        "venv",
        "pip",
        "setuptools",
        "__main__",
        "__phello__",
        "readline",
        "rlcompleter",
        "sitecustomize",
        "usercustomize",
    ]
)
MOST_PAGES = 120
LONGEST_HTML = 400_000
FEWEST_WORDS = 30
ADDRESS = re.compile(r"(?:\s|&nbsp;)(?:at|handle)(?:\s|&nbsp;)(?:0x)?[0-9A-Fa-f]{8,16}\b")


def names() -> list[str]:
    """Modules of the standard library, then those one level down in its packages; each in alphabetical order."""
    found, below = [], []
    for name in sorted(sys.stdlib_module_names):
        if name.startswith("_") or name in SKIPPED:
            continue
        found.append(name)
        module = load(name)
        for child in pkgutil.iter_modules(getattr(module, "__path__", [])) if module else ():
            if not child.name.startswith("_") and child.name not in ("test", "tests"):
                below.append(f"{name}.{child.name}")
    return [*found, *below]


def load(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except BaseException:  # a module of another system may leave by any exit
        return None


def paragraphs_of(module: ModuleType) -> list[str]:
    """The docstrings of the module, its public functions, classes and their methods: each in one paragraph, once."""
    found: dict[str, None] = {}
    for thing in _things(module):
        text = " ".join((inspect.getdoc(thing) or "").split())
        if text:
            found.setdefault(text)
    return list(found)


def _things(module: ModuleType) -> Iterator[object]:
    yield module
    for name, thing in sorted(vars(module).items(), key=lambda item: item[0]):
        own = getattr(thing, "__module__", None) in (module.__name__, f"_{module.__name__}")
        if name.startswith("_") or not own:
            continue
        if inspect.isclass(thing):
            yield thing
            for key, member in sorted(vars(thing).items(), key=lambda item: item[0]):
                if not key.startswith("_") and callable(getattr(thing, key, None)):
                    yield member
        elif callable(thing):
            yield thing


def topics() -> Iterator[tuple[str, list[str]]]:
    """Python's own help topics, as the blocks between their blank lines."""
    try:
        from pydoc_data.topics import topics as texts
    except ImportError:
        return
    for name, text in sorted(texts.items()):
        yield name, [" ".join(block.split()) for block in text.split("\n\n") if block.strip()]


def page_of(module: ModuleType, name: str) -> str:
    """What pydoc writes, without the addresses in memory that differ each time; empty where it fails or is long."""
    writer = pydoc.HTMLDoc()
    try:
        page = writer.page(pydoc.describe(module), writer.document(module, name))
    except Exception:
        return ""
    return "" if len(page) > LONGEST_HTML else ADDRESS.sub("", page)


def main() -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    # What a module prints while it is imported must not reach the lines.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    pages = 0
    for name in names():
        module = load(name)
        if module is None:
            continue
        facts = {"name": name, "file": getattr(module, "__file__", None) or sys.executable}
        page = page_of(module, name) if pages < MOST_PAGES else ""
        if page:
            pages += 1
            print(json.dumps({"kind": "pydoc", **facts, "html": page}), file=out)
        prose = paragraphs_of(module)
        if sum(len(text.split()) for text in prose) >= FEWEST_WORDS:
            line = {"kind": "prose", **facts, "title": f"The module {name}", "paragraphs": prose}
            print(json.dumps(line), file=out)
    for name, prose in topics():
        facts = {"name": f"topics/{name}", "file": sys.executable}
        print(json.dumps({"kind": "prose", **facts, "title": prose[0][:80], "paragraphs": prose}), file=out)
    out.flush()
    # Some modules start threads or register exits that have no business here.
    os._exit(0)


if __name__ == "__main__":
    main()
