"""Documents whose stored signature shares a bucket with a signature made now.

`pack` left each shard's keys sorted, so a key is found by bisection in mapped files: nothing else of them is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tamis.engine import manifest as manifests
from tamis.engine import store
from tamis.engine.corpus import corpus_files
from tamis.engine.rundir import Run
from tamis.plan import phases
from tamis.recipe import Step

LIMIT = 1_000
"""Candidates that are compared; a bucket of some boilerplate can hold half a crawl."""
HEADER = 16
ROW = np.dtype(
    [
        ("row", "<u8"), ("order", "<u8"), ("set_hash", "<u8"), ("set_at", "<u8"), ("id_at", "<u8"),
        ("signature_at", "<u8"), ("set_length", "<u4"), ("id_length", "<u4"),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Alike:
    """A document that shares `buckets` keys; `similarity` is None where no shingles were stored."""

    shard: int
    row: int
    similarity: float | None
    buckets: int


@dataclass(frozen=True)
class Signature:
    """What a corpus operator's `sketch` made of one document; `keys` is empty for a text too short for one."""

    keys: list[int]
    shingles: Any
    set_hash: int | None


def signature(step: Step, batch: pa.RecordBatch) -> Signature:
    """The signature of the one document of a batch, in all its columns."""
    if step.op.sketch is None:
        raise TypeError(f"{step.op.name} declares no sketch")
    made = {name: pa.array(values) for name, values in step.op.sketch(batch, **step.keywords()).items()}
    keys = made["keys"][0].as_py() if "keys" in made else None
    shingles = made["shingles"][0].values.to_numpy() if "shingles" in made else None
    hashed = made["set_hash"][0].as_py() if "set_hash" in made else None
    return Signature(keys if isinstance(keys, list) else [] if keys is None else [keys], shingles, hashed)


def alike(run: Run, number: int, own: Signature, itself: tuple[int, int] | None) -> list[Alike] | None:
    """Documents of the run that share a bucket, most alike first; None where the signatures were not kept.

    `itself` is the shard and row of the document, where the step saw it.
    """
    files = _files(run, number)
    if files is None:
        return None
    found: list[Alike] = []
    for shard, keys, index, sketch in files:
        positions, buckets = _sharing(keys, own.keys)
        if not len(positions):
            continue
        with store.mapped(index) as file:
            rows = np.frombuffer(file.read_buffer(), ROW, offset=HEADER)[positions]
        for row, shared in zip(rows[: LIMIT - len(found)], buckets.tolist(), strict=False):
            if (shard, int(row["row"])) != itself:
                compared = _compared(sketch, row, own)
                if compared >= 0:
                    similarity = None if own.shingles is None and own.set_hash is None else compared
                    found.append(Alike(shard, int(row["row"]), similarity, shared))
        if len(found) >= LIMIT:
            break
    return sorted(found, key=lambda one: (-(one.similarity or 0.0), -one.buckets, one.shard, one.row))


def _files(run: Run, number: int) -> list[tuple[int, str, str, str]] | None:
    """(shard, keys, index, sketch) of each shard of this run; None where they were dropped."""
    if run.info["options"].get("corpus") == "drop":
        return None
    order = phases(run.recipe)
    place = next(at for at, phase in enumerate(order) if phase.kind == "corpus" and phase.first == number)
    above = next(phase for phase in reversed(order[:place]) if phase.kind == "rows")
    sketches = [
        (shard, str(run.path / output["path"]))
        for shard in range(run.shards)
        for output in manifests.outputs(run.manifest(above.number, shard) or {"deterministic": {}}, "sketch")
    ]
    final = run.manifest(order[place].number, 0)
    packed: dict[str, list[str]] = {"keys": [], "index": []}
    for output in corpus_files(run.path, final) if final is not None else ():
        if output["role"] in packed:
            packed[output["role"]].append(str(run.path / output["path"]))
    # Named by task, and the tasks stand in the order of the sketches, those of `--against` first.
    keys, indexes = (sorted(packed[role])[-len(sketches) :] for role in ("keys", "index"))
    if not sketches or len(keys) != len(sketches) or len(indexes) != len(sketches):
        return None
    files = [(*one[:1], key, index, one[1]) for one, key, index in zip(sketches, keys, indexes, strict=True)]
    return files if all(store.exists(path) for _shard, *paths in files for path in paths) else None


def _sharing(path: str, wanted: list[int]) -> tuple[Any, Any]:
    """Positions of the rows of a shard that hold one of the keys, and how many each."""
    with store.mapped(path) as file:
        whole = file.read_buffer()
        [count] = np.frombuffer(whole, "<u8", 1, 8)
        keys = np.frombuffer(whole, "<u8", count, HEADER)
        positions = np.frombuffer(whole, "<u4", count, HEADER + 8 * int(count))
        mine = np.array(wanted, dtype=np.uint64)
        first, end = (np.searchsorted(keys, mine, side) for side in ("left", "right"))
        parts = [positions[low:high] for low, high in zip(first, end, strict=True) if high > low]
        return np.unique(np.concatenate([np.zeros(0, "<u4"), *parts]), return_counts=True)


def _compared(sketch: str, row: Any, own: Signature) -> float:
    """Jaccard similarity of two sets of shingles; -1 for a text of which only half the hash is equal."""
    if own.shingles is None:
        return 1.0 if own.set_hash in (None, int(row["set_hash"])) else -1.0
    with store.mapped(sketch) as file:
        file.seek(int(row["set_at"]))
        other = np.frombuffer(file.read(8 * int(row["set_length"])), "<u8")
    common = len(np.intersect1d(own.shingles, other, assume_unique=True))
    together = len(own.shingles) + len(other) - common
    return common / together if together else 1.0
