"""`tamis.try_`: the first documents of each input, in memory, to see what a recipe would do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from tamis.engine.apply import Applied, refine
from tamis.engine.incoming import Incoming, SourceRows
from tamis.engine.run import expand_inputs, read_options, settle
from tamis.engine.spec import RowSpec, schema_text, source_schema, worker_spec
from tamis.engine.tasks import load_ops_files
from tamis.plan import all_rules, split_rules
from tamis.recipe import Recipe, read_recipe
from tamis.sources import Input, Range, ReadOptions

EXAMPLES = 3
FIRST_BYTES = 4 << 20


@dataclass(frozen=True)
class Tried:
    """What a recipe did to the first documents of its inputs.

    `rules`: for each rule that removed something, most first, how many and three examples with value and bound.
    """

    inputs: list[str]
    seconds: float
    applied: Applied
    rules: list[dict[str, Any]] = field(default_factory=list)
    without_corpus: list[str] = field(default_factory=list)

    @property
    def documents(self) -> int:
        """Documents that were read."""
        sides = (self.applied.kept, self.applied.removed, self.applied.failed)
        rows: int = sum(table.num_rows for table in sides)
        return rows - self.applied.made

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        counts = {"kept": self.applied.kept.num_rows, "removed": self.applied.removed.num_rows}
        counts["failed"] = self.applied.failed.num_rows
        counts["made"] = self.applied.made
        return {
            "inputs": self.inputs,
            "documents": self.documents,
            "seconds": round(self.seconds, 2),
            **counts,
        } | {
            "rules": self.rules,
            "without_corpus": self.without_corpus,
        }


def try_(
    recipe: str | Path | Recipe,
    inputs: Any,
    *,
    overrides: Mapping[str, Any] | None = None,
    without: str | Sequence[str] = (),
    ops: str | Path | Sequence[str | Path] = (),
    seconds: float = 8.0,
    documents: int = 1000,
    **options: Any,
) -> Tried:
    """Run the row steps on the first bytes of each input: at most `documents`, and about `seconds`.

    A corpus step (duplicates) needs all documents; it finds none here.
    """
    started = time.monotonic()
    settings = settle(options)
    load_ops_files(ops)
    checked = read_recipe(recipe, overrides=overrides, without=without)
    found = expand_inputs(inputs, None)
    read = read_options(checked, settings, found)
    schema = source_schema(found, read)
    each = max(1, documents // max(1, len(found)))
    parts: list[Applied] = []
    for one in found:
        left = seconds - (time.monotonic() - started)
        if left <= 0 and parts:
            break
        parts.append(refine(checked, _first(checked, one, read, each, started + seconds), schema))
    import pyarrow as pa

    kept, removed, failed = (
        pa.concat_tables([getattr(one, name) for one in parts]) for name in ("kept", "removed", "failed")
    )
    applied = Applied(kept, removed, failed, sum(one.made for one in parts))
    skipped = [step.name for step in checked.steps if step.op.scope == "corpus"]
    return Tried(
        [one.name for one in found], time.monotonic() - started, applied, _rules(checked, applied), skipped
    )


def _first(recipe: Recipe, one: Input, read: ReadOptions, documents: int, until: float) -> Iterator[Incoming]:
    """The first rows of an input, in small batches, so that the clock is looked at often."""
    small = {**read.to_dict(), "batch_rows": 32}
    part = Range(0, 1 << 62 if one.format != "pack" else len(one.files), min(one.size, FIRST_BYTES))
    if one.format in ("parquet", "run"):
        part = Range(0, 1, part.size)
    elif one.format not in ("pack", "chunk"):
        part = Range(0, max(1, min(one.size, FIRST_BYTES)), part.size)
    spec = {
        "run": "",
        "shard": 0,
        "phase": 0,
        "measured": "",
        "decided": "",
        "recipe": worker_spec(recipe),
        "columns": schema_text(source_schema([one], read)),
        "read": small,
        "limit": documents,
        "options": {"measure": "all", "removed": "text", "originals": "drop", "sample": None, "seed": 0},
        "pieces": [{"input": one.to_dict(), "range": [part.start, part.end, part.size]}],
    }
    for batch in SourceRows(RowSpec(spec)):
        yield batch
        if time.monotonic() > until:
            return


def _rules(recipe: Recipe, applied: Applied) -> list[dict[str, Any]]:
    removed = applied.removed
    found = []
    for rule in (*all_rules(recipe), *split_rules(recipe)):
        chosen = removed.filter(pc.equal(removed.column("removed_by"), rule.id))
        if not chosen.num_rows:
            continue
        order = np.argsort(np.array(chosen.column("id").to_pylist()))[:EXAMPLES]
        columns = [
            "id",
            "removed_value",
            "removed_bound",
            "text",
            *(["url"] if "url" in chosen.column_names else []),
        ]
        examples = chosen.select(columns).take(order).to_pylist()
        for example in examples:
            example["text"] = (example["text"] or "")[:400]
        found.append({"rule": rule.id, "documents": chosen.num_rows, "examples": examples})
    return sorted(found, key=lambda one: -int(str(one["documents"])))
