"""The shard plan: ranges of inputs, in the order of names, from the inputs and `--shard-bytes` alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis.engine import store
from tamis.engine.commit import Outputs
from tamis.engine.tasks import Progress, Spec, Summary
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
    store.replace(path, store.table_bytes(pa.Table.from_pylist(rows, schema=schema)))


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
