"""`tamis.try_`: the first documents of each input, in memory, to see what a recipe would do."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from tamis.engine import store
from tamis.engine.apply import Applied
from tamis.engine.guards import Guards, TooLong
from tamis.engine.pool import Pool
from tamis.engine.run import expand_inputs, read_options, settle
from tamis.engine.spec import runless_spec, schema_text, source_schema, worker_spec
from tamis.engine.tasks import load_ops_files
from tamis.engine.trying import SIDES, applied
from tamis.errors import RunFailed
from tamis.messages import _
from tamis.plan import all_rules, split_rules
from tamis.recipe import Recipe, read_recipe
from tamis.sources import Input, Range, ReadOptions

EXAMPLES = 3
FIRST_BYTES = 4 << 20
DOCUMENT_SECONDS = 3.0
GIVE_UP_AFTER = 12.0
"""Seconds beyond those of the try: finding one document that hangs takes three workers one after the other."""


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

    A corpus step (duplicates) needs all documents; it finds none here. The steps run in a process of their own: a
    document that ends it, or holds a step for more than 3 s, fails by itself.

    Raises RunFailed where no document can be found that holds a step for so long.
    """
    started = time.monotonic()
    settings = settle(options)
    files = [str(module.__file__) for module in load_ops_files(ops)]
    checked = read_recipe(recipe, overrides=overrides, without=without)
    found = expand_inputs(inputs, None)
    read = read_options(checked, settings, found)
    schema = source_schema(found, read)
    sampled = {name: settings[name] for name in ("sample", "seed")}
    each = max(1, min(documents, settings["limit"] or documents) // max(1, len(found)))
    guards = _guards(settings, started + seconds)
    parts: list[Applied] = []
    with store.temporary_folder() as folder, Pool(1, settings["memory"], folder, guards, files) as pool:
        for task, one in enumerate(found):
            if parts and time.monotonic() >= started + seconds:
                break
            spec = {"task": task, "folder": str(folder), "until": started + seconds}
            spec |= {"all_columns": schema_text(schema), **_first(checked, one, read, each, sampled)}
            parts.append(_guarded(pool, spec, checked, one))
    import pyarrow as pa

    kept, removed, failed = (pa.concat_tables([getattr(one, side) for one in parts]) for side in SIDES)
    result = Applied(kept, removed, failed, sum(one.made for one in parts))
    skipped = [step.name for step in checked.steps if step.op.scope == "corpus"]
    return Tried(
        [one.name for one in found], time.monotonic() - started, result, _rules(checked, result), skipped
    )


def _guards(settings: Mapping[str, Any], until: float) -> Guards:
    """A document in hand for 3 s is too slow for a try; a batch that names none of them is given up in the end."""
    longest = min(settings["document_seconds"] or DOCUMENT_SECONDS, DOCUMENT_SECONDS)
    return Guards(longest, settings["document_memory"], grace=0.0, until=until + GIVE_UP_AFTER)


def _guarded(pool: Pool, spec: dict[str, Any], recipe: Recipe, one: Input) -> Applied:
    try:
        [(_index, summary)] = pool.run([spec])
    except TooLong as error:
        seen, steps = error.seen, recipe.steps
        held = steps[seen.step].name if seen is not None and seen.step < len(steps) else ""
        what = _("{step} came to no end with the first documents of {input}")
        hint = _("a run finds the document that holds a step: tamis run has --document-seconds")
        raise RunFailed("try", what.format(step=held or recipe.name, input=one.name), hint) from None
    return applied(spec, summary)


def _first(
    recipe: Recipe, one: Input, read: ReadOptions, documents: int, sampled: Mapping[str, Any]
) -> dict[str, Any]:
    """The task of the first rows of an input, in small batches, so that the clock is looked at often."""
    small = replace(read, batch_rows=32)
    part = Range(0, 1 << 62 if one.format != "pack" else len(one.files), min(one.size, FIRST_BYTES))
    if one.format in ("parquet", "run"):
        part = Range(0, 1, part.size)
    elif one.format not in ("pack", "chunk"):
        part = Range(0, max(1, min(one.size, FIRST_BYTES)), part.size)
    return {
        "kind": "try",
        "limit": documents,
        **runless_spec(worker_spec(recipe), one, [part], small, **sampled),
    }


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
