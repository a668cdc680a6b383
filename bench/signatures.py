"""The merge of very many MinHash signatures within a bound of memory: files spilled, time, memory, the answer checked.

    python bench/signatures.py FOLDER [--documents 20000000] [--memory 1GB] [--workers 2]

Sketch files of `minhash` (`components`, 14 bands, no sets) are made from a seed: three documents in ten are copies of
an earlier one and agree with it in band 0 and in about half of the others; all other values are of one document alone.
So it is known which documents the merge has to find: each copy once, with the document it was made of as its cluster.
FOLDER needs about 350 bytes a document. Wanted: the right answer, and a peak of all processes below the bound.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from harness import machine

from tamis import option_values
from tamis.engine import store
from tamis.engine.corpus import Context
from tamis.engine.guards import Guards
from tamis.engine.pool import Pool
from tamis.engine.spec import worker_spec
from tamis.op import Sketch
from tamis.recipe import parse_recipe

SHARD, BANDS, COPIES = 100_000, 14, 0.3
RECIPE = """name = "signatures"
[[step]]
op = "minhash"
mode = "components"
evidence = false
keep = [{ signal = "rank", max = 0 }]
"""


def mixed(values: Any) -> Any:
    """A hash of 64-bit numbers, one to one (the finaliser of MurmurHash3)."""
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53)):
        values = (values ^ (values >> np.uint64(shift))) * np.uint64(factor)
    return values ^ (values >> np.uint64(33))


def originals(count: int) -> Any:
    """Of each document the one it was made of, itself for those that are no copies."""
    drawn = np.random.default_rng(1)
    found = np.arange(count, dtype=np.int64)
    copies = np.flatnonzero(drawn.random(count) < COPIES)[1:]
    sources = (drawn.random(len(copies)) * copies).astype(np.int64)
    found[copies] = sources
    # A copy of a copy is one of its original.
    while (again := found[found] != found).any():
        found[again] = found[found[again]]
    return found


def write(folder: Path, source: Any) -> list[Sketch]:
    """The sketch files, as a run's row pass writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn, sketches = np.random.default_rng(2), []
    bands = np.arange(BANDS, dtype=np.uint64)
    for shard, start in enumerate(range(0, len(source), SHARD)):
        own = np.arange(start, min(start + SHARD, len(source)), dtype=np.int64)
        agrees = drawn.random((len(own), BANDS)) < 0.5
        agrees[:, 0] = True
        whose = np.where(agrees, source[own][:, None], own[:, None]).astype(np.uint64)
        keys = mixed(whose * np.uint64(BANDS) + bands + np.uint64(1))
        array = pa.FixedSizeListArray.from_arrays(
            pa.array(keys.ravel()), type=pa.list_(pa.field("item", pa.uint64(), nullable=False), BANDS)
        )
        ids = pa.array([f"{number:032x}" for number in own.tolist()], pa.large_string())
        batch = pa.record_batch({"row": pa.array(own - start), "id": ids, "keys": array})
        path = folder / f"{shard:06d}.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
            for first in range(0, len(own), 10_000):
                writer.write_batch(batch.slice(first, 10_000))
        sketches.append(Sketch(shard, str(path), len(own), store.digest(path)))
    return sketches


def merged(folder: Path, sketches: list[Sketch], memory: int, workers: int) -> tuple[dict[int, str], int]:
    """The verdict file of each shard, and the most bytes that driver and workers held at once."""
    recipe = parse_recipe(RECIPE, "signatures.toml")
    step = recipe.steps[0]
    with Pool(workers, memory, folder / "work", Guards()) as pool:
        context = Context(folder, worker_spec(recipe), 0, step, 1)
        context.sketches, context.pool = sketches, pool
        context.memory, context.workers = memory, workers
        assert step.op.merge is not None
        verdicts: dict[int, str] = step.op.merge(context)
        return verdicts, pool.peak


def check(verdicts: dict[int, str], source: Any) -> int:
    """Copies found; asserts that they are those that were made, each in the cluster of its original."""
    found = 0
    for shard, path in verdicts.items():
        table = store.read_arrow(path)
        rows, ranks = (table[name].to_numpy() for name in ("row", "rank"))
        clusters = np.array([int(one, 16) for one in table["cluster"].to_pylist()], dtype=np.int64)
        own = rows + shard * SHARD
        assert (clusters == source[own]).all()
        assert ((ranks > 0) == (source[own] != own)).all()
        found += int((ranks > 0).sum())
    assert found == int((source != np.arange(len(source))).sum())
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=20_000_000)
    parser.add_argument("--memory", default="1GB")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    memory = option_values.size(given.memory)
    store.set_fsync(False)
    shutil.rmtree(given.folder, ignore_errors=True)
    source = originals(given.documents)
    sketches = write(given.folder / "sketches", source)
    start, before = time.perf_counter(), shutil.disk_usage(given.folder).used
    verdicts, peak = merged(given.folder, sketches, memory, given.workers)
    taken, spilled = time.perf_counter() - start, shutil.disk_usage(given.folder).used - before
    found = check(verdicts, source)
    print(machine())
    print(f"{given.documents:,} signatures, {found:,} copies found, all of them and no other")
    print(
        f"{taken:.0f} s, about {spilled / 1e9:.1f} GB written, peak {peak / 1e6:.0f} MB of {memory / 1e6:.0f} MB"
    )
    print("enough" if peak <= memory else "TOO MUCH MEMORY")
    return 0 if peak <= memory else 1


if __name__ == "__main__":
    sys.exit(main())
