"""URLs made of the hosts in the shared UT1 lists: real names under every suffix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

BLOCK = 1_000
LINES = 2_500


def listed_urls(folder: Path) -> Iterator[str]:
    """At most so many evenly chosen entries of each list, as URLs."""
    for path in sorted((folder / "lists" / "ut1_blacklists").rglob("*")):
        if path.name in ("domains", "urls") and path.is_file():
            lines = path.read_bytes().decode("utf-8", "replace").split("\n")
            for line in lines[:: len(lines) // LINES + 1]:
                if line.strip():
                    yield f"http://www.{line.strip()}"
