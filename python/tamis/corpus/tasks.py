"""The tasks of a deduplicating step: pure functions of files, run by the pool."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core
from tamis.corpus.kernel import refusals

VERDICT = pa.schema(
    [
        ("row", pa.int64()),
        ("cluster", pa.large_string()),
        ("cluster_size", pa.int64()),
        ("rank", pa.int64()),
        ("similarity", pa.float64()),
    ]
)
STARS = pa.schema([("document", pa.uint32()), *list(VERDICT)[1:]])
EDGES = pa.schema(
    [
        ("against", pa.int64()),
        ("shard", pa.int64()),
        ("row", pa.int64()),
        ("kept_against", pa.int64()),
        ("kept_shard", pa.int64()),
        ("kept_row", pa.int64()),
        ("similarity", pa.float64()),
        ("reason", pa.string()),
    ]
)
EDGES_A_BATCH = 65_536


def pack(spec: dict[str, Any]) -> dict[str, Any]:
    """Sort the keys of one sketch file, and note where the other parts of each row lie in it."""
    folder = Path(spec["folder"])
    with pa.memory_map(spec["sketch"]) as source, refusals("pack"):
        whole = source.read_buffer()
        source.seek(0)
        reader = pa.ipc.open_file(source)
        batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]
        columns = [dict(zip(batch.schema.names, batch.columns, strict=True)) for batch in batches]
        if "verdict" in spec:
            _silence(columns, _read(spec["verdict"]))
        keys = _core.pack_sketch(
            columns,
            base=whole.address,
            size=whole.size,
            keys=str(folder / "keys.bin"),
            index=str(folder / "index.bin"),
        )
    return {"files": {"keys": "keys.bin", "index": "index.bin"}, "summary": {"keys": keys}}


def _silence(batches: list[dict[str, pa.Array]], verdict: pa.Table) -> None:
    """Without keys the documents that an older run removed meet nobody."""
    removed = verdict.filter(pc.greater(verdict["rank"], 0))["row"].combine_chunks()
    for columns in batches:
        rows, keys = columns["row"], columns["keys"]
        columns["keys"] = pc.if_else(pc.is_in(rows, removed), pa.scalar(None, keys.type), keys)


def group(spec: dict[str, Any]) -> dict[str, Any]:
    """Merge one range of keys over all shards: the groups of documents that share one."""
    folder = Path(spec["folder"])
    with refusals("group"):
        groups, members = _core.group_keys(
            rows=spec["rows"],
            keys=spec["keys"],
            indexes=spec["indexes"],
            sketches=spec["sketches"],
            partition=spec["partition"],
            bits=spec["bits"],
            band_rows=spec["band_rows"],
            groups=str(folder / "groups.bin"),
            order=str(folder / "order.bin"),
        )
    files = {"groups": "groups.bin"}
    if spec["band_rows"]:
        files["order"] = "order.bin"
    return {"files": files, "summary": {"groups": groups, "members": members}}


def join(spec: dict[str, Any]) -> dict[str, Any]:
    """Join all groups into connected components: the root of each document."""
    with refusals("join"):
        summary = _core.join_groups(
            documents=spec["documents"],
            groups=spec["groups"],
            orders=spec["orders"],
            band_rows=spec["band_rows"],
            root=spec["root"],
            labels=str(Path(spec["folder"]) / "labels.bin"),
        )
    return {"files": {"labels": "labels.bin"}, "summary": summary}


def decide(spec: dict[str, Any]) -> dict[str, Any]:
    """Decide on a range of components: the stars of two or more documents, and the compared pairs."""
    folder = Path(spec["folder"])
    pairs = folder / "pairs.bin"
    with refusals("decide"):
        made = _core.find_stars(
            rows=spec["rows"],
            indexes=spec["indexes"],
            sketches=spec["sketches"],
            labels=spec["labels"],
            groups=spec["groups"],
            low=spec["low"],
            high=spec["high"],
            own_from=spec["own_from"],
            root_first=spec["root_first"],
            mode=spec["mode"],
            threshold=spec["threshold"],
            max_candidates=spec["max_candidates"],
            sample_below=spec["sample_below"],
            edges=str(pairs),
        )
        reason = "rejected" if spec["mode"] == "checked" else "sample"
        _write_edges(pairs, folder / "edges.arrow", spec["against"], reason)
    pairs.unlink()
    table = pa.table([pa.array(made[name]) for name in STARS.names], schema=STARS)
    with pa.ipc.new_file(str(folder / "stars.arrow"), STARS) as writer:
        writer.write_table(table)
    summary = {name: made[name] for name in ("capped", "compared", "edges")}
    return {"files": {"stars": "stars.arrow", "edges": "edges.arrow"}, "summary": summary}


def _write_edges(pairs: Path, target: Path, against: list[list[int]], reason: str) -> None:
    runs = pa.array([run for run, _shard in against], pa.int64())
    shards = pa.array([shard for _run, shard in against], pa.int64())
    reader = _core.Edges(str(pairs))
    with pa.ipc.new_file(str(target), EDGES) as writer:
        while True:
            read = {name: pa.array(values) for name, values in reader.read(EDGES_A_BATCH).items()}
            if not len(read["row"]):
                break
            columns = [
                runs.take(read["file"]),
                shards.take(read["file"]),
                read["row"],
                runs.take(read["kept_file"]),
                shards.take(read["kept_file"]),
                read["kept_row"],
                read["similarity"],
                pa.repeat(pa.scalar(reason), len(read["row"])),
            ]
            writer.write_batch(pa.record_batch(columns, schema=EDGES))


def home(spec: dict[str, Any]) -> dict[str, Any]:
    """Send verdicts home: one file for each of some shards."""
    folder = Path(spec["folder"])
    stars = [_read(path) for path in spec["stars"]]
    documents = [table.column("document") for table in stars]
    files = {}
    for shard in spec["shards"]:
        found = []
        for table, numbers in zip(stars, documents, strict=True):
            low = _place(numbers, shard["start"])
            high = _place(numbers, shard["start"] + shard["rows"])
            found.append(table.slice(low, high - low))
        table = pa.concat_tables(found).sort_by("document") if found else STARS.empty_table()
        files[f"verdicts-{shard['shard']:06d}"] = _write_verdicts(folder, shard, table)
    return {"files": files, "summary": {}}


def _write_verdicts(folder: Path, shard: dict[str, Any], table: pa.Table) -> str:
    with pa.memory_map(shard["sketch"]) as source:
        rows = pa.ipc.open_file(source).read_all().column("row")
        positions = pc.subtract(table.column("document").cast(pa.int64()), shard["start"])
        columns = [rows.take(positions), *(table.column(name) for name in VERDICT.names[1:])]
        name = f"verdicts-{shard['shard']:06d}.arrow"
        with pa.ipc.new_file(str(folder / name), VERDICT) as writer:
            writer.write_table(pa.table(columns, schema=VERDICT).combine_chunks())
    return name


def _read(path: str) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(path)).read_all()


def _place(numbers: pa.ChunkedArray, bound: int) -> int:
    return bisect_left(range(len(numbers)), bound, key=lambda place: numbers[place].as_py())


TASKS = {"pack": pack, "group": group, "join": join, "decide": decide, "home": home}
