"""Tables as inputs: JSON lines and their rows, whole and by ranges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tamis.sources import Input, Range, ReadOptions, check, expand, read, split


def put(folder: Path, name: str, content: bytes) -> Input:
    path = folder / name
    path.write_bytes(content)
    [found] = expand([path])
    return found


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def rows(found: Input, part: Range | None = None, **options: Any) -> list[dict[str, Any]]:
    settled = check([found], ReadOptions(**options))
    reader = read(found, part or Range(0, max(found.size, 1)), settled)
    return [row for batch in reader for row in batch.to_pylist()]


def every(found: Input, target: int, **options: Any) -> list[dict[str, Any]]:
    return [row for part in split(found, target) or [] for row in rows(found, part, **options)]
