"""The task of a row phase: one shard in, its rows measured and decided, files and a manifest out."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core
from tamis.engine import decide, late, memory
from tamis.engine.batch import NEVER, Batch, Failure, Work
from tamis.engine.commit import Outputs
from tamis.engine.incoming import Incoming, incoming
from tamis.engine.sketching import Sketcher
from tamis.engine.spec import RowSpec
from tamis.engine.statistics import Statistics
from tamis.engine.tasks import Progress, Spec, Summary
from tamis.plan import clusters_schema, failed_schema, originals_schema, passing_schema, removed_schema
from tamis.recipe import Step


def run_rows(spec: Spec, progress: Progress) -> Summary:
    """One shard of a row phase; see `spec.RowSpec` for what it is given. Returns counts."""
    started, cpu = time.monotonic(), time.process_time()
    late.need(spec)
    given = RowSpec(spec)
    task = RowTask(given, progress)
    with Outputs(
        given.run, given.phase.number, given.shard, spec["attempt"], discard=bool(spec.get("discard"))
    ) as out:
        task.begin(out)
        source = incoming(given)
        for rows in source:
            task.batch(rows)
        fields = task.finish(source)
        fields["run"] = {
            "seconds": round(time.monotonic() - started, 3),
            "cpu_seconds": round(time.process_time() - cpu, 3),
            "peak_rss": memory.peak(),
            "guarded": task.guarded,
            "reread": source.reread,
            "reused": given.memo is not None,
        }
        out.commit({"measured": given.measured, "decided": given.decided, **fields})
    return {
        "counts": fields["counts"],
        "first_offset": fields.get("first_offset"),
        "end_offset": fields.get("end_offset"),
        "reread": source.reread,
        "computed": task.computed,
    }


class RowTask:
    """What happens to each batch of a shard, and the counts of all of them."""

    def __init__(self, given: RowSpec, progress: Progress) -> None:
        self.given, self.progress = given, progress
        self.work = Work(given.recipe, given.phase, given.measure, given.poison, given.single, given.only_row)
        self.made: dict[str, int] = {}
        self.counts = dict.fromkeys(("in", "made", "kept", "removed", "failed"), 0)
        # Where originals are not kept, a row of an older run no longer tells whether it was changed.
        counted = given.last and given.originals == "keep"
        self.edited = dict.fromkeys(("documents", "characters", "words"), 0) if counted else None
        self.guarded = self.computed = self.bytes = 0
        self.schema = given.schema
        self.join: Step | None = None
        self.sketcher: Sketcher | None = None
        self.statistics: Statistics | None = None

    def begin(self, out: Outputs) -> None:
        """The writers, by role."""
        given = self.given
        dropped = {"text"} if given.removed == "signals" else set()
        self.removed_schema = removed_schema(pa.schema([f for f in self.schema if f.name not in dropped]))
        self.passing_schema = self.schema if given.last else passing_schema(self.schema)
        number = given.phase.number
        if given.last:
            self.kept = out.parquet("kept", self.passing_schema)
        else:
            self.kept = out.parquet("passing", self.passing_schema, folder=f"work/passing-{number}")
        self.removed = out.parquet("removed", self.removed_schema)
        self.failed = out.parquet("failed", failed_schema())
        self.originals = out.parquet("originals", originals_schema())
        if given.removed == "none":
            self.statistics = Statistics(out, given.recipe)
        if given.sketch is not None:
            self.sketcher = Sketcher(given, out)
        join = given.recipe.steps[given.phase.join] if given.phase.join is not None else None
        if join is not None and join.op.signal("cluster") is not None:
            self.clusters = out.parquet("clusters", clusters_schema())
            self.join = join

    def batch(self, rows: Incoming) -> None:
        """Measure, decide and write one batch."""
        batch = Batch(self.work, rows.columns, rows.rows, rows.last)
        batch.edited = rows.edited.copy()
        self.counts["in"] += len(batch)
        for failure in rows.failures:
            batch.failed[failure.place] = True
            batch.failures.append(failure)
        if self.given.phase.number == 0:
            batch.admit()
        if self.given.phase.join is not None:
            join = self.given.recipe.steps[self.given.phase.join]
            if self.join is not None:
                self._clusters(batch, self.join)
            seen = decide.inside(join.where, batch.columns, len(batch))
            batch.decide(self.work.by_step.get(join.name, []), seen & ~batch.failed)
            # After a corpus step only survivors go on.
            batch.stopped |= batch.removed >= 0
        before = batch.last.copy()
        batch.run()
        if batch.layout is not None:
            before = np.where(batch.layout.made, NEVER, before[batch.layout.source])
            rows.follow(batch.layout)
            self._count_made(batch)
        self.computed += int((batch.last > before).sum())
        self._write(batch, rows)
        self.bytes += rows.size
        counts = self.counts
        self.progress(bytes=self.bytes, rows=counts["in"], kept=counts["kept"], failed=counts["failed"])

    def _count_made(self, batch: Batch) -> None:
        for step, made in batch.made.items():
            self.made[step] = self.made.get(step, 0) + made
            self.counts["made"] += made

    def _clusters(self, batch: Batch, join: Step) -> None:
        """Every document that shares its cluster, with the evidence."""
        shared = pc.greater(batch.columns[join.column("cluster_size")], 1)
        names = {
            name: batch.columns[join.column(name)]
            for name in ("cluster", "rank", "cluster_size", "similarity")
        }
        columns = {
            "id": batch.columns["id"],
            "step": pa.array([join.name] * len(batch), pa.string()),
            **names,
        }
        table = _table(columns, clusters_schema(), len(batch)).filter(pc.fill_null(shared, False))
        if table.num_rows:
            self.clusters.write(table)

    def _write(self, batch: Batch, rows: Incoming) -> None:
        passed = ~batch.failed & (batch.removed < 0)
        removed = ~batch.failed & (batch.removed >= 0)
        self.counts["kept"] += int(passed.sum())
        self.counts["removed"] += int(removed.sum())
        self.counts["failed"] += int(batch.failed.sum())
        self._originals(batch, rows, passed | removed)
        steps = [step.name for step in self.given.recipe.steps]
        names = pa.array([steps[last] if last >= 0 else None for last in batch.last.tolist()], pa.string())
        batch.columns["last_step"] = names
        batch.columns["edited"] = pa.array(batch.edited | rows.known_edited)
        batch.columns["row"] = pa.array(batch.rows)
        if self.edited is not None:
            self._edited(batch, passed & (batch.edited | rows.known_edited))
        if passed.any():
            table = _table(batch.columns, self.passing_schema, len(batch))
            kept = table if passed.all() else table.filter(pa.array(passed))
            if self.sketcher is not None:
                self.sketcher.write(kept, rows)
            self.kept.write(kept)
        if removed.any() and self.given.removed != "none":
            self._removed(batch, removed)
        if removed.any() and self.statistics is not None:
            self.statistics.add(batch, removed)
        if batch.failures:
            self.failed.write(self._failures(batch, rows))

    def _edited(self, batch: Batch, which: Any) -> None:
        """What kept documents lost to transforms: from the text as it came to the text as it is written."""
        if self.edited is None or not which.any():
            return
        mask = pa.array(which)
        now = _core.count_text(batch.columns["text"].filter(mask))
        self.edited["documents"] += int(which.sum())
        for name, column in (("characters", "text_chars"), ("words", "text_words")):
            came = pc.sum(batch.columns[column].filter(mask)).as_py() or 0
            self.edited[name] += came - (pc.sum(pa.array(now[column])).as_py() or 0)

    def _removed(self, batch: Batch, removed: Any) -> None:
        verdicts = [batch.verdict(int(place)) for place in np.flatnonzero(removed)]
        plain = [name for name in self.removed_schema.names if not verdicts or name not in verdicts[0]]
        part = pa.schema([self.removed_schema.field(name) for name in plain])
        table = _table(batch.columns, part, len(batch)).filter(pa.array(removed))
        for name in verdicts[0]:
            kind = self.removed_schema.field(name).type
            table = table.append_column(name, pa.array([verdict[name] for verdict in verdicts], kind))
        self.removed.write(table.select(self.removed_schema.names).combine_chunks().to_batches()[0])

    def _originals(self, batch: Batch, rows: Incoming, stay: Any) -> None:
        """Texts that a transform changed here, and those that an older run's transform changed before."""
        if self.given.originals != "keep":
            return
        fresh = batch.edited & ~rows.known_edited & stay
        texts = batch.original
        if rows.originals is not None:
            carried = rows.originals.is_valid().to_numpy(zero_copy_only=False) & stay
            fresh = (fresh | carried) & stay
            texts = pc.coalesce(rows.originals, texts) if texts is not None else rows.originals
        if fresh.any() and texts is not None:
            table = pa.table({"row": pa.array(batch.rows), "text": texts}).filter(pa.array(fresh))
            self.originals.write(table.combine_chunks().to_batches()[0])

    def _failures(self, batch: Batch, rows: Incoming) -> pa.RecordBatch:
        found = []
        for failure in sorted(batch.failures, key=lambda failure: failure.place):
            self.guarded += failure.kind in ("timeout", "memory", "crash")
            found.append(self._failure(batch, rows, failure))
        return pa.RecordBatch.from_pylist(found, failed_schema())

    def _failure(self, batch: Batch, rows: Incoming, failure: Failure) -> dict[str, Any]:
        place = failure.place
        row: dict[str, Any] = {
            name: batch.columns[name][place].as_py()
            for name in ("id", "url", "origin")
            if name in batch.columns
        }
        row |= {"row": int(batch.rows[place]), "step": failure.step, "kind": failure.kind}
        row |= {"message": failure.message, "signal": failure.signal, "raw": rows.raw(place)}
        return row

    def finish(self, source: Any) -> dict[str, Any]:
        """The deterministic part of the manifest."""
        if self.statistics is not None:
            self.statistics.write()
        fields: dict[str, Any] = {"counts": self.counts}
        if self.made:
            fields["made"] = self.made
        if self.edited is not None:
            fields["edited"] = self.edited
        fields |= source.facts()
        if self.given.phase.number == 0:
            fields["source"] = self.given.spec["source"]
        if self.sketcher is not None:
            fields["sketch"] = self.given.sketch_key
        return fields


def _table(columns: dict[str, pa.Array], schema: pa.Schema, rows: int) -> pa.Table:
    arrays = []
    for column in schema:
        values = columns.get(column.name)
        if values is None:
            values = pa.nulls(rows, column.type)
        arrays.append(values if values.type == column.type else values.cast(column.type))
    return pa.Table.from_arrays(arrays, schema=schema)
