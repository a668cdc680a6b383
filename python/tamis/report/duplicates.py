"""What was a duplicate of what: cluster sizes, the largest, how far they reach, how alike they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report.domains import hosts, mapped, registrable
from tamis.report.proportions import wilson
from tamis.report.read import RunFiles, batches
from tamis.report.rules import Step

LARGEST = 20
PAIRS = 20
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
REACH = ("inputs", "sources", "months", "domains")


@dataclass
class Duplicates:
    """The `duplicates` part, and the documents that it needs as examples: (entry, key, document)."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    wanted: list[tuple[dict[str, Any], str, int]] = field(default_factory=list)


def duplicates(run: RunFiles) -> Duplicates:
    """One part for each step that writes `cluster` and `cluster_size`."""
    found = Duplicates()
    for step in run.steps:
        if step.has("cluster", "cluster_size"):
            members = _members(run, step)
            found.parts.append(_part(run, step, members, found))
    return found


def _members(run: RunFiles, step: Step) -> pa.Table:
    """All documents in clusters of two or more: number, id, cluster, side, rank, similarity, reach."""
    name = step.step
    own = [f"{name}.{column}" for column in ("cluster", "cluster_size", "rank", "similarity")]
    columns = ["id", *own, "removed_by", "origin.name", "source", "date", "url"]
    tables, start = [], 0
    for role in ("kept", "removed"):
        for file in run.files(role):
            for table in batches(file.path, columns):
                tables.append(_chosen(table, step, start, role == "kept"))
                start += table.num_rows
    return (
        pa.concat_tables(tables)
        if tables
        else _chosen(pa.table({c: pa.nulls(0) for c in columns}), step, 0, True)
    )


def _chosen(table: pa.Table, step: Step, start: int, kept: bool) -> pa.Table:
    name = step.step
    size = table[f"{name}.cluster_size"].cast(pa.int64())
    mask = pc.fill_null(pc.greater_equal(size, 2), False)
    numbers = pa.chunked_array([pc.add(pc.indices_nonzero(mask).cast(pa.int64()), start)])
    table = table.filter(mask)
    own = pc.starts_with(table["removed_by"].cast(pa.string()), f"{name}.")
    return pa.table(
        {
            "number": numbers,
            "id": table["id"].cast(pa.string()),
            "cluster": table[f"{name}.cluster"].cast(pa.string()),
            "kept": pa.repeat(pa.scalar(kept), table.num_rows),
            "own": pc.fill_null(own, False),
            "size": table[f"{name}.cluster_size"].cast(pa.int64()),
            "rank": table[f"{name}.rank"].cast(pa.int64()),
            "similarity": table[f"{name}.similarity"].cast(pa.float64()),
            "inputs": table["origin.name"].cast(pa.string()),
            "sources": table["source"].cast(pa.string()),
            "months": pc.utf8_slice_codeunits(table["date"].cast(pa.string()), 0, 7),
            "domains": mapped(hosts(table["url"]), registrable),
        }
    )


def _part(run: RunFiles, step: Step, members: pa.Table, found: Duplicates) -> dict[str, Any]:
    grouped = members.group_by("cluster", use_threads=False).aggregate(
        [
            ("number", "count"),
            ("kept", "sum"),
            ("own", "sum"),
            ("size", "max"),
            *[(name, "count_distinct") for name in REACH],
        ]
    )
    grouped = grouped.sort_by([("size_max", "descending"), ("cluster", "ascending")])
    part: dict[str, Any] = {
        "step": step.step,
        **{name: step.parameters.get(name) for name in ("mode", "threshold")},
        "clusters": grouped.num_rows,
        "documents": pc.sum(grouped["size_max"]).as_py() or 0,
        "removed": pc.sum(members["own"]).as_py() or 0,
        **_counted(run, step.step),
        "sizes": _sizes(grouped),
        "largest": [],
        "across": {name: _across(grouped, name) for name in REACH},
        "similarity": None,
        "below": {},
        "false": None,
        "pairs": [],
    }
    _largest(part, grouped, members, found)
    _similar(part, members, found)
    return part


def _counted(run: RunFiles, step: str) -> dict[str, int | None]:
    """What only the step itself saw: pairs it compared, documents that reached the bound of comparisons."""
    counted = run.corpus_summary(step)
    return {name: counted.get(name) for name in ("compared", "capped")}


def _across(grouped: pa.Table, name: str) -> int:
    return pc.sum(pc.greater_equal(grouped[f"{name}_count_distinct"], 2)).as_py() or 0


def _sizes(grouped: pa.Table) -> list[dict[str, Any]]:
    """Clusters by size: 2, 3, 4, then 5 - 8, 9 - 16 and so on."""
    bands: dict[tuple[int, int], list[int]] = {}
    columns = (grouped[name].to_pylist() for name in ("size_max", "kept_sum", "own_sum"))
    for size, kept, own in zip(*columns, strict=True):
        band = bands.setdefault(_band(size), [0, 0, 0, 0])
        for k, more in enumerate((1, size, kept or 0, own or 0)):
            band[k] += more
    return [
        {"from": low, "to": high, "clusters": row[0], "documents": row[1], "kept": row[2], "removed": row[3]}
        for (low, high), row in sorted(bands.items())
    ]


def _band(size: int) -> tuple[int, int]:
    if size <= 4:
        return size, size
    high = 1 << (size - 1).bit_length()
    return high // 2 + 1, high


def _largest(part: dict[str, Any], grouped: pa.Table, members: pa.Table, found: Duplicates) -> None:
    top = grouped.slice(0, LARGEST)
    centres = _numbers(members, top["cluster"])
    for row in top.to_pylist():
        entry: dict[str, Any] = {"cluster": row["cluster"], "size": row["size_max"]}
        entry |= {name: row[f"{name}_count_distinct"] for name in REACH}
        entry["example"] = None
        part["largest"].append(entry)
        if row["cluster"] in centres:
            found.wanted.append((entry, "example", centres[row["cluster"]]))


def _numbers(members: pa.Table, ids: Any) -> dict[str, int]:
    """Document number by id, the kept one first where an id occurs twice."""
    mine = members.filter(
        pc.is_in(members["id"], ids.combine_chunks() if hasattr(ids, "combine_chunks") else ids)
    )
    mine = mine.sort_by([("kept", "ascending"), ("number", "descending")])
    return dict(zip(mine["id"].to_pylist(), mine["number"].to_pylist(), strict=True))


def _similar(part: dict[str, Any], members: pa.Table, found: Duplicates) -> None:
    # By rank, not by id: a record that was read twice is a copy with the id of the one that is kept.
    mask = pc.and_(pc.is_valid(members["similarity"]), pc.not_equal(members["rank"], 0))
    mine = members.filter(pc.fill_null(mask, False))
    if not mine.num_rows:
        return
    mine = mine.sort_by([("similarity", "ascending"), ("id", "ascending"), ("number", "ascending")])
    values = mine["similarity"]
    counts = [0] * 100
    bins = pc.min_element_wise(pc.cast(pc.floor(pc.multiply(values, 100.0)), pa.int64()), 99)
    for entry in pc.value_counts(bins.combine_chunks()).to_pylist():
        counts[max(0, entry["values"])] += entry["counts"]
    part["similarity"] = {
        "measured": mine.num_rows,
        "edges": [k / 100 for k in range(101)],
        "counts": counts,
        "equal": pc.sum(pc.equal(values, 1.0)).as_py() or 0,
        "min": values[0].as_py(),
    }
    part["false"] = _false(mine, part["threshold"])
    part["below"] = {str(t): pc.sum(pc.less(values, t)).as_py() or 0 for t in THRESHOLDS}
    least = mine.slice(0, PAIRS)
    centres = _numbers(members, least["cluster"])
    for row in least.select(["id", "cluster", "similarity", "number"]).to_pylist():
        pair = {"kept": row["cluster"], "removed": row["id"], "similarity": row["similarity"]}
        pair |= {"example_kept": None, "example_removed": None}
        part["pairs"].append(pair)
        found.wanted.append((pair, "example_removed", row["number"]))
        if row["cluster"] in centres:
            found.wanted.append((pair, "example_kept", centres[row["cluster"]]))


def _false(compared: pa.Table, threshold: float | None) -> dict[str, Any] | None:
    """How many of the removed documents are less alike than the recipe asks; None where it asks nothing."""
    removed = compared["similarity"].filter(compared["own"])
    if threshold is None or not len(removed):
        return None
    below = pc.sum(pc.less(removed, threshold)).as_py() or 0
    return {
        "below": below,
        "removed": len(removed),
        "interval": list(wilson(below / len(removed), len(removed))),
    }
