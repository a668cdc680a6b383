"""The texts of ftfy's own test cases, for the script that records and for the test that compares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path


def cases(folder: Path) -> Iterator[str]:
    """Each text before and after, equal ones once; those that ftfy is known to fail on too."""
    seen: dict[str, None] = {}
    for path in sorted(folder.glob("*.json")):
        for case in json.loads(path.read_text("utf-8")):
            seen |= dict.fromkeys([case["original"], case["fixed"], case.get("fixed-encoding", "")])
    yield from seen
