"""The stages of a step that finds parts of texts again in other documents: combine, choose, home.

Each is a task of files (`tamis.corpus.span_tasks`), so the answer depends neither on workers nor on memory. What goes
from one to the next is cut by the parts' hashes: a task holds one run of parts (`RUN_PARTS`), or one partition of
distinct parts (`PARTITION` bytes), and a part that stands in all documents is one record a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from tamis.corpus.stages import SHARDS_A_TASK
from tamis.op import MergeContext

RECORD_BYTES = 36
PARTITION = 32 << 20


def partition_bits(records: int) -> int:
    """The number of partitions as a power of two: as many as hold 32 MiB of records each.

    Examples:
        >>> partition_bits(0), partition_bits(900_000), partition_bits(1_000_000), partition_bits(10_000_000)
        (0, 0, 1, 4)
    """
    return max(0, -(-records * RECORD_BYTES // PARTITION) - 1).bit_length()


def foretold_stages(counts: Mapping[str, float]) -> dict[str, tuple[int, float]]:
    """How many tasks each stage has, of documents, shards and records (distinct parts of each run of parts).

    Examples:
        >>> foretold_stages({"shards": 100, "records": 10_000_000})
        {'combine': (100, 0.0), 'choose': (16, 0.0), 'home': (4, 0.0)}
    """
    shards = int(counts["shards"])
    return {
        "combine": (shards, 0.0),
        "choose": (1 << partition_bits(round(counts.get("records", 0.0))), 0.0),
        "home": (-(-shards // SHARDS_A_TASK), 0.0),
    }


def merge(context: MergeContext, keep: str) -> dict[int, str]:
    """Run all stages; the verdict file of each shard of this run. `keep`: how many copies of a part stay."""
    sketches = sorted(context.sketches, key=lambda sketch: (not sketch.against, sketch.against, sketch.shard))
    combined = context.run("combine", [{"sketch": one.path, "digest": one.digest} for one in sketches])
    context.summary["parts"] = sum(result["summary"]["parts"] for result in combined)
    runs = [result["summary"]["runs"] for result in combined]
    places = {
        "starts": [0, *accumulate(sketch.rows for sketch in sketches)],
        "first_runs": [0, *accumulate(runs)],
    }
    bits = partition_bits(sum(result["summary"]["records"] for result in combined))
    own_from = sum(1 for sketch in sketches if sketch.against)
    common = {"runs": [result["files"]["runs"] for result in combined], **places, "own_from": own_from}
    chosen = context.run(
        "choose", [{**common, "bits": bits, "partition": number} for number in range(1 << bits)]
    )
    own = [
        {"shard": sketch.shard, "sketch": number}
        for number, sketch in enumerate(sketches)
        if not sketch.against
    ]
    given: dict[str, Any] = {
        "sketches": [sketch.path for sketch in sketches],
        **places,
        "answers": [result["files"]["answers"] for result in chosen],
        "keep": keep,
    }
    pieces = [own[first : first + SHARDS_A_TASK] for first in range(0, len(own), SHARDS_A_TASK)]
    sent = context.run("home", [{**given, "shards": piece} for piece in pieces])
    context.summary["duplicates"] = sum(result["summary"]["duplicates"] for result in sent)
    return {
        one["shard"]: result["files"][f"verdicts-{one['shard']:06d}"]
        for piece, result in zip(pieces, sent, strict=True)
        for one in piece
    }
