"""The papers that operators and recipes cite: `recipes/references.bib`, read as far as a citation needs."""

from __future__ import annotations

import functools
import re
from importlib.resources import files

_ENTRY = re.compile(r"@\w+\s*\{\s*([^,\s]+)\s*,(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*[{\"](.*?)[}\"]\s*,?\s*$", re.MULTILINE | re.DOTALL)


@functools.cache
def entries() -> dict[str, dict[str, str]]:
    """All entries: key to fields (author, title, year, ...); empty where the package has no such file."""
    path = files("tamis") / "recipes" / "references.bib"
    if not path.is_file():
        return {}
    return {match[1]: _fields(match[2]) for match in _ENTRY.finditer(path.read_text("utf-8"))}


def _fields(body: str) -> dict[str, str]:
    found = ((name.lower(), re.sub(r"\s+", " ", value)) for name, value in _FIELD.findall(body))
    return {name: re.sub(r"[{}]", "", value).strip() for name, value in found}


def cited(key: str) -> str:
    """`Rae et al. 2021` for a key of the file; the key itself where the file does not know it."""
    entry = entries().get(key)
    if entry is None:
        return key
    authors = re.split(r"\s+and\s+", entry.get("author", ""))
    first = authors[0].split(",")[0] if "," in authors[0] else authors[0].split()[-1] if authors[0] else ""
    several = " et al." if len(authors) > 2 else f" and {_family(authors[1])}" if len(authors) == 2 else ""
    return f"{first}{several} {entry.get('year', '')}".strip()


def _family(author: str) -> str:
    if author == "others":
        return "others"
    return author.split(",")[0] if "," in author else author.split()[-1]


def described(key: str) -> str:
    """Authors, year, title and address in one line, for the reference pages."""
    entry = entries().get(key)
    if entry is None:
        return key
    address = entry.get("url") or entry.get("howpublished") or entry.get("eprint", "")
    return ", ".join(part for part in (cited(key), entry.get("title", ""), address) if part)
