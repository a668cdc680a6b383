"""The stages of a deduplicating step, in order: pack, group, join, decide, home.

Each is a task of files (`tamis.corpus.tasks`), so the answer depends neither on workers nor on memory; how many tasks
there are follows from bytes and documents alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from tamis.corpus.sketches import REFERENCES
from tamis.op import MergeContext, Sketch

KEY_BYTES = 14
SMALL = 16 << 20
PARTITION = 256 << 20
ORDERED_PARTITION = 32 << 20
"""With the references' order of unions a partition also holds the values of each group's band."""
SHARDS_A_TASK = 32
PART_DOCUMENTS, MOST_PARTS = 1 << 18, 64
"""As `gather.rs` of the core cuts components among the tasks of `decide`."""
CANDIDATE_BYTES, MEMBERSHIP_BYTES, DOCUMENT_BYTES = 90, 12, 1 / 4
"""What `decide` holds of a document that shares a key, of each group that it is in, and of any (`members.rs`)."""
COUNTED = ("compared", "capped")
"""Pairs whose sets were compared, and documents kept only because they reached `max_candidates` comparisons."""


@dataclass(frozen=True)
class Grouping:
    """How documents that share a key are decided on.

    `mode`: a whole component is one star (`components`), equal hashes are (`equal`), or sets of shingles that are at
    least `threshold` alike (`checked`, with at most `max_candidates` comparisons a document).
    """

    mode: Literal["components", "equal", "checked"]
    survivor: str = "first"
    rows: int = 0
    threshold: float = 1.0
    max_candidates: int = 1

    @property
    def root(self) -> str:
        return REFERENCES.get(self.survivor, "least")


def partition_bits(keys: int, ordered: bool = False) -> int:
    """The number of partitions as a power of two: one below 16 MiB of keys, else at least 16."""
    size = keys * KEY_BYTES
    if size <= SMALL:
        return 0
    largest = ORDERED_PARTITION if ordered else PARTITION
    return max(4, (-(-size // largest) - 1).bit_length())


def foretold_stages(survivor: str, counts: Mapping[str, float]) -> dict[str, tuple[int, float]]:
    """How many tasks each stage has and what of a task's memory grows with the corpus, in bytes.

    `counts`: documents and shards; keys, candidates (documents that share one) and members over all partitions.
    `join` holds a number for each document, `decide` its candidates and their memberships. At most as many tasks of
    `decide` as `gather` of the core cuts: 64.

    Examples:
        >>> counts = {"documents": 1e6, "shards": 100, "keys": 14e6, "candidates": 3e5, "members": 1e6}
        >>> {stage: tasks for stage, (tasks, _memory) in foretold_stages("first", counts).items()}
        {'pack': 100, 'group': 16, 'join': 1, 'decide': 2, 'home': 4}
    """
    ordered = survivor in REFERENCES
    candidates, shards = counts.get("candidates", 0.0), int(counts["shards"])
    parts = min(MOST_PARTS, max(1, math.ceil(candidates / max(PART_DOCUMENTS, candidates / MOST_PARTS))))
    held = candidates * CANDIDATE_BYTES + counts.get("members", 0.0) * MEMBERSHIP_BYTES
    sizes = 2 if REFERENCES.get(survivor) == "bigger" else 1
    return {
        "pack": (shards, 0.0),
        "group": (1 << partition_bits(round(counts.get("keys", 0.0)), ordered), 0.0),
        "join": (1, 4.0 * counts["documents"] * sizes),
        "decide": (parts, held / parts + DOCUMENT_BYTES * counts["documents"]),
        "home": (-(-shards // SHARDS_A_TASK), 0.0),
    }


def merge(context: MergeContext, grouping: Grouping) -> dict[int, str]:
    """Run all stages; the verdict file of each shard of this run."""
    sketches = sorted(context.sketches, key=lambda sketch: (not sketch.against, sketch.against, sketch.shard))
    packed = context.run("pack", [_named(sketch, grouping) for sketch in sketches])
    shards = _Shards(sketches, packed)
    groups, orders = _group(context, shards, grouping)
    joined = context.run(
        "join",
        [
            {
                "documents": sum(shards.rows),
                "groups": groups,
                "orders": orders,
                "band_rows": grouping.rows,
                "root": grouping.root,
            }
        ],
    )[0]
    stars = _decide(context, shards, grouping, groups, joined)
    return _home(context, shards, stars)


def _named(sketch: Sketch, grouping: Grouping) -> dict[str, Any]:
    named = {"sketch": sketch.path, "digest": sketch.digest}
    if sketch.verdict and grouping.mode == "checked":
        # Likeness does not carry over: what an older run removed may be unlike what it kept in its place.
        named |= {"verdict": sketch.verdict, "verdict_digest": sketch.verdict_digest}
    return named


class _Shards:
    """All sketch files in the engine's order, those of older runs first, with what `pack` made of them."""

    def __init__(self, sketches: list[Sketch], packed: list[dict[str, Any]]) -> None:
        self.sketches = sketches
        self.rows = [sketch.rows for sketch in sketches]
        self.keys = sum(result["summary"]["keys"] for result in packed)
        self.given = {
            "rows": self.rows,
            "sketches": [sketch.path for sketch in sketches],
            "indexes": [result["files"]["index"] for result in packed],
        }
        self.key_files = [result["files"]["keys"] for result in packed]
        self.own_from = sum(sketch.rows for sketch in sketches if sketch.against)


def _group(context: MergeContext, shards: _Shards, grouping: Grouping) -> tuple[list[str], list[str]]:
    ordered = grouping.root != "least"
    bits = partition_bits(shards.keys, ordered)
    rows = grouping.rows if ordered else 0
    common = {**shards.given, "keys": shards.key_files, "bits": bits, "band_rows": rows}
    found = context.run("group", [{**common, "partition": number} for number in range(1 << bits)])
    groups = [result["files"]["groups"] for result in found]
    return groups, [result["files"]["order"] for result in found] if ordered else []


def _decide(
    context: MergeContext, shards: _Shards, grouping: Grouping, groups: list[str], joined: dict[str, Any]
) -> list[str]:
    bounds: list[int | None] = [0, *joined["summary"]["cuts"], None]
    common = {
        **shards.given,
        "labels": joined["files"]["labels"],
        "groups": groups if grouping.mode == "checked" else [],
        "own_from": shards.own_from,
        "against": [[sketch.against, sketch.shard] for sketch in shards.sketches],
        "root_first": grouping.root != "least",
        "mode": grouping.mode,
        "threshold": grouping.threshold,
        "max_candidates": grouping.max_candidates,
        "sample_below": joined["summary"]["sample_below"],
    }
    decided = context.run("decide", [{**common, "low": low, "high": high} for low, high in pairwise(bounds)])
    for name in COUNTED:
        context.summary[name] = sum(result["summary"][name] for result in decided)
    return [result["files"]["stars"] for result in decided]


def _home(context: MergeContext, shards: _Shards, stars: list[str]) -> dict[int, str]:
    start = 0
    own: list[dict[str, Any]] = []
    for sketch in shards.sketches:
        if not sketch.against:
            own.append({"shard": sketch.shard, "sketch": sketch.path, "start": start, "rows": sketch.rows})
        start += sketch.rows
    pieces = [own[first : first + SHARDS_A_TASK] for first in range(0, len(own), SHARDS_A_TASK)]
    sent = context.run("home", [{"shards": piece, "stars": stars} for piece in pieces])
    return {
        shard["shard"]: result["files"][f"verdicts-{shard['shard']:06d}"]
        for piece, result in zip(pieces, sent, strict=True)
        for shard in piece
    }
