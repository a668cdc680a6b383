"""Indexes of manifests: many small files in one, so that a phase of 10,000 shards is not read file by file.

`phases/N/_index-NNN.parquet` holds up to 4,096 manifests of a phase as they were written, with size and time of each
file. The manifests themselves stay the commit: an entry counts only while its file is unchanged, else the file is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from tamis.engine import store

BLOCK = 4_096
LEAST = 64
"""Fewer manifests are as quickly read one by one."""
SCHEMA = pa.schema(
    [
        ("task", pa.int64()),
        ("size", pa.int64()),
        ("modified", pa.int64()),
        ("measured", pa.string()),
        ("decided", pa.string()),
        ("manifest", pa.binary()),
    ]
)

Entry = tuple[store.Stamp, bytes]
_read_last: tuple[str, dict[int, Entry]] = ("", {})


def manifest_path(run: Path, phase: int, task: int) -> Path:
    """`run/phases/PHASE/NNNNNN.json`."""
    return store.place(_name(run, phase, f"{task:06d}.json"))


def index_path(run: Path, phase: int, block: int) -> Path:
    """`run/phases/PHASE/_index-NNN.parquet`."""
    return store.place(_name(run, phase, f"_index-{block:03d}.parquet"))


def read_bytes(run: Path, phase: int, task: int) -> bytes | None:
    """A manifest as it was written, from the index where that still tells of this file; None where there is none."""
    path = _name(run, phase, f"{task:06d}.json")
    stamp = store.stamp(path)
    if stamp is None:
        return None
    index = _name(run, phase, f"_index-{task // BLOCK:03d}.parquet")
    # What tells of this very file is right however old the index: else it is asked whether there is a newer one.
    entry = _read_last[1].get(task) if _read_last[0] == index else None
    if entry is None or entry[0] != stamp:
        entry = _entries(index).get(task)
    if entry is not None and entry[0] == stamp:
        return entry[1]
    try:
        return store.read(path)
    except FileNotFoundError:
        return None


def write_indexes(run: Path, phase: int, tasks: int) -> None:
    """Bring the indexes of the tasks 0 to `tasks` up to date; what holds already is not written again."""
    if tasks < LEAST:
        return
    for block in range(-(-tasks // BLOCK)):
        numbers = range(block * BLOCK, min(tasks, (block + 1) * BLOCK))
        old = _known(index_path(run, phase, block))
        with store.listed():
            stamps = {task: store.stamp(_name(run, phase, f"{task:06d}.json")) for task in numbers}
        if stamps != old:
            store.replace(index_path(run, phase, block), _table(run, phase, stamps))


def index_paths(run: Path, phase: int, tasks: int) -> Iterator[Path]:
    """Where the indexes of so many tasks lie, whether or not they are there."""
    return (index_path(run, phase, block) for block in range(-(-tasks // BLOCK)))


def _table(run: Path, phase: int, stamps: dict[int, store.Stamp | None]) -> bytes:
    rows: list[dict[str, Any]] = []
    for task, stamp in stamps.items():
        data = read_bytes(run, phase, task)
        if stamp is None or data is None:
            continue
        facts = orjson.loads(data)
        keys = {name: facts.get(name) for name in ("measured", "decided")}
        rows.append({"task": task, "size": stamp.size, "modified": stamp.modified, **keys, "manifest": data})
    return store.table_bytes(pa.Table.from_pylist(rows, SCHEMA))


def _known(path: Path) -> dict[int, store.Stamp]:
    """The stamps that an index holds, without the manifests."""
    if store.stamp(path) is None:
        return {}
    try:
        table = store.read_table(path, ["task", "size", "modified"])
    except (OSError, pa.ArrowException):
        return {}
    columns = (table.column(name).to_pylist() for name in table.column_names)
    return {task: store.Stamp(size, modified) for task, size, modified in zip(*columns, strict=True)}


def _entries(path: str) -> dict[int, Entry]:
    global _read_last
    _read_last = path, _read(path, store.stamp(path))
    return _read_last[1]


def _name(run: Path, phase: int, name: str) -> str:
    # Plain text: joining paths took more time than reading what lies there.
    return f"{run}/phases/{phase}/{name}"


@lru_cache(maxsize=8)
def _read(path: str, stamp: store.Stamp | None) -> dict[int, Entry]:
    if stamp is None:
        return {}
    try:
        table = store.read_table(path)
    except (OSError, pa.ArrowException):
        # It only saves time: the manifests themselves are there.
        return {}
    columns: Sequence[Any] = [
        table.column(name).to_pylist() for name in ("task", "size", "modified", "manifest")
    ]
    return {
        task: (store.Stamp(size, modified), data) for task, size, modified, data in zip(*columns, strict=True)
    }
