"""The worker's part of `try`: the first rows of one input through the row steps, guarded like a run's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from tamis.engine import store
from tamis.engine.apply import Applied, refine
from tamis.engine.incoming import Incoming, SourceRows
from tamis.engine.spec import RowSpec, schema_of
from tamis.engine.tasks import Progress, Spec, Summary

SIDES = ("kept", "removed", "failed")
NARROWED = ("poison", "single", "only_row")
"""What a supervisor adds to a spec: rows that fail without being looked at, that stand alone, that alone go on."""


def run_try(spec: Spec, progress: Progress) -> Summary:
    """One input of a try; `until` is when no further batch is begun, `folder` where the tables go."""
    given = RowSpec(spec)
    narrowed = {name: spec[name] for name in NARROWED if name in spec}
    rows = _timed(SourceRows(given), spec["until"])
    found = refine(given.recipe, rows, schema_of(spec["all_columns"]), narrowed)
    if not spec.get("discard"):
        for side, path in tables(spec).items():
            store.replace(path, store.table_bytes(getattr(found, side)))
    return {"made": found.made}


def tables(spec: Spec) -> dict[str, Path]:
    """Where the documents of each side lie."""
    return {side: Path(spec["folder"]) / f"{spec['task']}-{side}.parquet" for side in SIDES}


def applied(spec: Spec, summary: Summary) -> Applied:
    """What `run_try` made of an input."""
    kept, removed, failed = (store.read_table(path) for path in tables(spec).values())
    return Applied(kept, removed, failed, summary["made"])


def _timed(rows: SourceRows, until: float) -> Iterator[Incoming]:
    for batch in rows:
        yield batch
        if time.monotonic() > until:
            return
