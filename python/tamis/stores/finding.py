"""Objects behind an address: one object, a folder of them, or a pattern."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from tamis.stores import calls
from tamis.stores.addresses import address, split

_MAGIC = re.compile(r"[*?[]")
Found = tuple[calls.Facts, str]
"""An object and its name: its last part, or its path below a folder or below the last folder without a wildcard."""


def is_pattern(url: str) -> bool:
    """Whether an address holds a wildcard."""
    return bool(_MAGIC.search(split(url).key))


def find(url: str) -> list[Found]:
    """The object at an address, or those that a pattern matches; none where nothing lies there, or only a folder.

    A pattern is as in a shell: `*`, `?`, `[...]` within a name, `**` for folders of any depth.

    Raises:
        InputError: the store refuses.
    """
    key = split(url).key
    if not is_pattern(url):
        facts = None if address(url).endswith("/") else calls.head(url)
        return [] if facts is None else [(facts, key.rsplit("/", 1)[-1])]
    parts = key.split("/")
    fixed = next(number for number, part in enumerate(parts) if _MAGIC.search(part))
    root = f"{split(url).scheme}://{split(url).bucket}/{'/'.join(parts[:fixed])}"
    return [one for one in find_below(root) if _matches(parts[fixed:], one[1].split("/"))]


def find_below(url: str) -> list[Found]:
    """All objects below a folder."""
    cut = len(split(url).key) + 1 if split(url).key else 0
    return [(one, split(one.address).key[cut:]) for one in calls.list_below(url)]


def _matches(pattern: list[str], names: list[str]) -> bool:
    if not pattern or not names:
        return not names and all(part == "**" for part in pattern)
    if pattern[0] == "**":
        return _matches(pattern[1:], names) or _matches(pattern, names[1:])
    return fnmatchcase(names[0], pattern[0]) and _matches(pattern[1:], names[1:])
