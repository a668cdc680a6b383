"""The shard plan: ranges of inputs, in the order of names, from the inputs and `--shard-bytes` alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis.engine import late, store
from tamis.engine.commit import Outputs
from tamis.engine.tasks import Progress, Spec, Summary
from tamis.errors import RunError
from tamis.messages import _
from tamis.sources import Input, Range, ReadOptions, ingest, split, target_bytes

Shard = dict[str, Any]


def target(inputs: Sequence[Input], shard_bytes: int | None) -> int:
    """The wanted size of a range in bytes."""
    return shard_bytes or target_bytes(sum(one.size for one in inputs))


def unsplittable(inputs: Sequence[Input], wanted: int, options: ReadOptions) -> list[Input]:
    """Inputs larger than a range that cannot be entered in the middle: they are read once first."""
    return [one for one in inputs if split(one, wanted, options) is None]


def plan_shards(
    inputs: Sequence[Input], wanted: int, options: ReadOptions, chunks: dict[str, list[Input]]
) -> list[Shard]:
    """All shards, numbered by their place; `chunks` holds what ingesting made of an input, by its path."""
    shards: list[Shard] = []
    for one in inputs:
        for part in chunks.get(one.path) or [one]:
            whole = part.to_dict()
            for found in split(part, wanted, options) or []:
                narrow, piece = part.narrow(found)
                facts = whole if narrow is part else narrow.to_dict()
                shards.append({"pieces": [{"input": facts, "range": [piece.start, piece.end, piece.size]}]})
    return shards


def run_ingest(spec: Spec, progress: Progress) -> Summary:
    """Read one input from its beginning to its end and keep it as Arrow chunks below `work/ingest/`."""
    one, options = Input.from_dict(spec["input"]), ReadOptions.from_dict(spec["read"])
    done = rows = 0
    with Outputs(
        Path(spec["run"]), spec["phase"], spec["task"], spec["attempt"], discard=bool(spec.get("discard"))
    ) as out:
        writers: dict[int, Any] = {}

        def write(chunk: int, batch: pa.RecordBatch) -> None:
            nonlocal done, rows
            if chunk not in writers:
                writers[chunk] = out.arrow("chunk", batch.schema, folder="work/ingest")
            writers[chunk].write(batch)
            done, rows = done + batch.nbytes, rows + batch.num_rows
            progress(bytes=done, rows=rows)

        reader = ingest(one, options, write)
        counted = {"skipped": dict(reader.skipped), "misfits": dict(reader.misfits)}
        manifest = out.commit({"measured": spec["key"], "decided": spec["key"], **counted})
    return {"outputs": manifest["deterministic"]["outputs"], **counted}


def chunk_inputs(one: Input, run: Path, outputs: Sequence[dict[str, Any]]) -> list[Input]:
    """The chunks of an ingested input, as inputs that keep its name; their identity is their content."""
    return [Input(one.name, str(run / o["path"]), o["size"], o["digest"], "chunk") for o in outputs]


def write_plan(path: Path, shards: Sequence[Shard]) -> None:
    """`plan.parquet`: shard, input, path, range, format."""
    store.replace(path, store.table_bytes(plan_table(shards)))


def create_plan(path: Path, shards: Sequence[Shard], patience: float) -> None:
    """The same, by the first of several calls; what is there must be that plan, but for where the inputs lie.

    Raises:
        RunError: it is another plan.
    """
    table = plan_table(shards)
    if store.create(path, store.table_bytes(table)):
        return
    until, same = time.monotonic() + patience, _is_plan(path, table)
    while not same and time.monotonic() < until:
        time.sleep(late.PAUSE)
        same = _is_plan(path, table)
    if not same:
        what = _("the shard plan is another than run.json tells of, or cannot be read")
        raise RunError(str(path), what, _("the same command without --part writes it anew"))


def _is_plan(path: Path, table: pa.Table) -> bool:
    try:
        return bool(store.read_table(path).drop_columns("path").equals(table.drop_columns("path")))
    except (FileNotFoundError, pa.ArrowException):
        return False


def plan_table(shards: Sequence[Shard]) -> pa.Table:
    """The shard plan as a table, a row for each piece."""
    rows = [
        {
            "shard": number,
            "input": piece["input"]["name"],
            "path": piece["input"]["path"],
            "format": piece["input"]["format"],
            "start": piece["range"][0],
            "end": piece["range"][1],
            "bytes": piece["range"][2],
        }
        for number, shard in enumerate(shards)
        for piece in shard["pieces"]
    ]
    names = [("shard", pa.int64()), ("input", pa.string()), ("path", pa.string()), ("format", pa.string())]
    schema = pa.schema([*names, ("start", pa.int64()), ("end", pa.int64()), ("bytes", pa.int64())])
    return pa.Table.from_pylist(rows, schema=schema)


def walked_groups(shards: Sequence[Shard]) -> list[list[int]]:
    """Shards that are neighbouring ranges of one archive, whose ends must meet."""
    groups: dict[str, list[int]] = {}
    for number, shard in enumerate(shards):
        one = shard["pieces"][0]["input"]
        if one["format"] in ("warc", "arc"):
            groups.setdefault(one["path"], []).append(number)
    return [group for group in groups.values() if len(group) > 1]


def range_of(shard: Shard) -> Range:
    """The range of a shard of one piece."""
    return Range(*shard["pieces"][0]["range"])
