"""One document of a run, by id (or the first digits of it), by URL, or by place: `kept/000017:1234`.

Only the narrow column that is asked for is read, several files at a time; a million documents take well
under a second. Then one row group of one file gives the document.

Examples:
    >>> find("out", "kept/000000:12")["row"]["url"]                       # doctest: +SKIP
    'https://docs.example.org/intro'
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis import lineage
from tamis.errors import RunError
from tamis.messages import _
from tamis.python_values import records
from tamis.report.read import RunFile, RunFiles, batches
from tamis.stores.files import open_parquet

ROLES = ("kept", "removed", "failed")
PLACE = re.compile(r"(kept|removed|failed)/(\d{1,6})(?:-[0-9a-f]+)?(?:\.parquet)?:(\d+)")
ID = re.compile(r"[0-9a-f]{4,32}")
SHORT = re.compile(r"[0-9a-f]{1,3}")
THREADS = 4
LISTED = 5


@dataclass(frozen=True)
class Hit:
    """Where a document lies: `index` is its row in the file, from 0."""

    file: RunFile
    index: int


def find(run: str | os.PathLike[str] | RunFiles, key: str) -> dict[str, Any]:
    """The document as `{"side", "place", "matches", "hit", "row", "original", "clusters"}`.

    `side` is kept, removed or failed; `place` names it again; `matches` counts the documents that the key
    fits (an id may stand on two); `hit` says where it lies; `row` holds all its columns; `original` the text
    before the transforms that changed it, or None; `clusters` its rows of `clusters/`. Raises `RunError` where nothing fits, or an
    id's first digits fit several.
    """
    files = run if isinstance(run, RunFiles) else RunFiles(run)
    hits = locate(files, key)
    if not hits:
        raise RunError(files.name, _("no document {key}").format(key=key), _missed(files, key))
    hit = hits[0]
    row = read_row(hit)
    return {
        "side": hit.file.role,
        "place": place(hit.file, row),
        "matches": len(hits),
        "hit": hit,
        "row": row,
        "original": original(files, hit.file, row.get("row")),
        "clusters": cluster_rows(files, row.get("id")),
    }


def _missed(run: RunFiles, key: str) -> str:
    """The hint for a key that fits nothing."""
    found = PLACE.fullmatch(key)
    places = [f"{role}/{found[2]}:{found[3]}" for role in ROLES] if found else []
    elsewhere = [one for one in places if locate(run, one)]
    if elsewhere:
        return _("that row is {place}").format(place=elsewhere[0])
    if SHORT.fullmatch(key):
        return _("give at least 4 digits of an id")
    if not_stored(run):
        return _("this run stored no removed documents (--removed none)")
    return _("give an id, a URL, or a place like kept/000017:1234 (shard and row)")


def not_stored(run: RunFiles) -> bool:
    """Whether removed documents were only counted."""
    return bool((run.info.get("options") or {}).get("removed") == "none")


def place(file: RunFile, row: dict[str, Any]) -> str:
    """`kept/000017:1234`: the side, the shard, and the row of the shard before anything was removed."""
    return f"{file.role}/{file.shard:06d}:{row.get('row')}"


def locate(run: RunFiles, key: str) -> list[Hit]:
    """All documents that the key fits, kept first, in the run's order."""
    found = PLACE.fullmatch(key)
    if found:
        role, shard, row = found[1], int(found[2]), int(found[3])
        files = [file for file in run.files(role) if file.shard == shard]
        return _scan(files, "row", lambda column: pc.equal(column.cast(pa.int64()), row))
    if ID.fullmatch(key):
        return _by_id(run, key)
    urls = pa.array([key, f"https://{key}", f"http://{key}"])
    return _scan(_all(run), "url", lambda column: pc.is_in(column.cast(pa.string()), urls))


def _all(run: RunFiles) -> list[RunFile]:
    return [file for role in ROLES for file in run.files(role)]


def _by_id(run: RunFiles, key: str) -> list[Hit]:
    if len(key) == 32:
        return _scan(_all(run), "id", lambda column: pc.equal(column.cast(pa.string()), key))
    hits = _scan(_all(run), "id", lambda column: pc.starts_with(column.cast(pa.string()), key))
    ids = sorted({str(read_row(hit, ["id"])["id"]) for hit in hits[: 10 * LISTED]})
    if len(ids) > 1:
        raise RunError(
            run.name,
            _("{n} ids begin with {key}").format(n=len(ids), key=key),
            _("give more digits: {ids}").format(ids=", ".join(ids[:LISTED])),
        )
    return hits


def _scan(files: list[RunFile], column: str, test: Callable[[Any], Any]) -> list[Hit]:
    def one(file: RunFile) -> list[Hit]:
        hits: list[Hit] = []
        start = 0
        for table in batches(file.path, [column], 1 << 20):
            at = pc.indices_nonzero(pc.fill_null(test(table[column]), False))
            hits += [Hit(file, start + index) for index in at.to_pylist()]
            start += table.num_rows
        return hits

    with ThreadPoolExecutor(THREADS) as pool:
        return [hit for hits in pool.map(one, files) for hit in hits]


def read_row(hit: Hit, columns: list[str] | None = None) -> dict[str, Any]:
    """All columns (or these) of one row, from the row group that holds it."""
    return records(read_table(hit, columns))[0]


def read_table(hit: Hit, columns: list[str] | None = None) -> pa.Table:
    """The same as a table of one row, in the types that are stored."""
    with open_parquet(hit.file.path) as opened:
        index = hit.index
        for group in range(opened.metadata.num_row_groups):
            rows = opened.metadata.row_group(group).num_rows
            if index < rows:
                for batch in opened.iter_batches(1_024, row_groups=[group], columns=columns):
                    if index < batch.num_rows:
                        return pa.Table.from_batches([batch.slice(index, 1)])
                    index -= batch.num_rows
            index -= rows
    raise IndexError(hit.index)


def relatives(run: RunFiles, shard: int, row: int | None) -> tuple[dict[str, Any] | None, int]:
    """`{"id", "place"}` of the document that a row was made of, and how many documents were made of it itself.

    Rows tell of each other, and documents that were not stored are not counted.
    """
    expanding = sum(step.expands for step in run.steps)
    if not expanding or row is None:
        return None, 0
    above, children, found = lineage.parent(row, expanding), 0, None
    end = row + lineage.child(0, 1, lineage.made_by(row, expanding), expanding)
    for file in (file for file in _all(run) if file.shard == shard):
        start = 0
        for table in batches(file.path, ["row"], 1 << 20):
            rows = table["row"].cast(pa.int64())
            below = rows.filter(pc.and_(pc.greater(rows, row), pc.less(rows, end))).to_pylist()
            children += sum(lineage.parent(one, expanding) == row for one in below)
            index = -1 if above is None else pc.index(rows, above).as_py()
            if index >= 0:
                known = read_row(Hit(file, start + index), ["id", "row"])
                found = {"id": known["id"], "place": place(file, known)}
            start += table.num_rows
    return found, children


def kept_at(run: RunFiles, places: Iterable[tuple[int, int]]) -> dict[str, Any] | None:
    """The first of these (shard, row) that the run kept, as `{"id", "url", "place"}`; None where it kept none."""
    files: dict[int, list[RunFile]] = {}
    for file in run.files("kept"):
        files.setdefault(file.shard, []).append(file)
    known: dict[int, dict[int, Hit]] = {}
    for shard, number in places:
        if shard not in known:
            known[shard] = {
                row: Hit(file, at)
                for file in files.get(shard, [])
                for at, row in enumerate(_column(file.path, "row"))
            }
        hit = known[shard].get(number)
        if hit is not None:
            row = read_row(hit)
            return {"id": row.get("id"), "url": row.get("url"), "place": place(hit.file, row)}
    return None


def _column(path: str, name: str) -> list[Any]:
    return [value for table in batches(path, [name], 1 << 20) for value in table[name].to_pylist()]


def original(run: RunFiles, file: RunFile, row: int | None) -> str | None:
    """The text of a document before the transforms that changed it; None where none did, or it was not
    stored.
    """
    if row is None or file.role == "failed":
        return None
    for stored in run.files("originals"):
        if stored.shard == file.shard:
            for table in batches(stored.path, ["row", "text"], 1_024):
                index = pc.index(table["row"].cast(pa.int64()), row).as_py()
                if index >= 0:
                    text: str | None = table["text"][index].as_py()
                    return text
    return None


def cluster_rows(run: RunFiles, key: str | None) -> list[dict[str, Any]]:
    """The rows of `clusters/` of one id: step, cluster, rank, cluster_size, similarity."""
    if key is None:
        return []
    hits = _scan(run.files("clusters"), "id", lambda column: pc.equal(column.cast(pa.string()), key))
    return [read_row(hit) for hit in hits]


def members(run: RunFiles, step: str, cluster: str, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` members of one cluster of one step, by rank: id, rank, similarity; the kept one first."""

    def same(column: Any) -> Any:
        return pc.equal(column.cast(pa.string()), cluster)

    found: list[dict[str, Any]] = []
    # Most files hold none of it: of those one column is read, and side by side.
    for path in dict.fromkeys(hit.file.path for hit in _scan(run.files("clusters"), "cluster", same)):
        for table in batches(path, ["id", "step", "cluster", "rank", "similarity"]):
            mine = table.filter(
                pc.and_(same(table["cluster"]), pc.equal(table["step"].cast(pa.string()), step))
            )
            found += mine.select(["id", "rank", "similarity"]).to_pylist()
            found = sorted(found, key=lambda row: (row["rank"], row["id"]))[:limit]
    return found
