"""One call of run or retune: the directory, its lock, the plan, the pool, and the end."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from tamis.engine import asked, finish, keys, late, memory, parts, store
from tamis.engine import manifest as manifests
from tamis.engine.against import against_sketches
from tamis.engine.crash import crash_point
from tamis.engine.execution import Execution
from tamis.engine.foreign import check_foreign, check_inside
from tamis.engine.guards import Guards
from tamis.engine.lock import RunLock
from tamis.engine.memos import Memos, forget, is_remembered, memos_of, remember
from tamis.engine.pool import Pool
from tamis.engine.ray_pool import RayPool
from tamis.engine.rundir import VERSION, Run, read_info
from tamis.engine.scheduler import Scheduler
from tamis.engine.shards import Shard, chunk_inputs, plan_shards, target, unsplittable, write_plan
from tamis.engine.spec import recipe_spec, schema_text, source_schema
from tamis.engine.tasks import keep_ops_files, ops_digests
from tamis.engine.telling import OnProgress
from tamis.errors import RunError, reason
from tamis.messages import _
from tamis.plan import Phase
from tamis.recipe import Recipe
from tamis.sources import Input, ReadOptions

INGEST_PHASE = 99


class Job:
    """One call of run or retune: the directory, its lock, the pool, and the end."""

    def __init__(
        self,
        out: Path,
        recipe: Recipe,
        settings: dict[str, Any],
        on_progress: OnProgress | None = None,
        on_note: Callable[[str], None] | None = None,
        on_done: Callable[[Path], object] | None = None,
        *,
        stop_after_corpus: bool = False,
    ) -> None:
        self.out, self.recipe, self.settings, self.on_progress = out, recipe, settings, on_progress
        self.on_note = on_note or (lambda sentence: None)
        self.on_done = on_done or (lambda run: None)
        self.stop_after_corpus = stop_after_corpus
        self.ops = ops_digests()
        self.lock = RunLock(out)
        self.execution: Execution | None = None
        self.was_complete = False
        self.late_until = 0.0
        self.kept_ops: list[str] = []
        self.ingested: dict[str, Counter[str]] = {"skipped": Counter(), "misfits": Counter()}
        self.whole: list[Input] = []
        """Inputs that cannot be entered in the middle."""

    def start(
        self,
        inputs: Sequence[Input],
        read: ReadOptions,
        *,
        reuse: Any = None,
        against: Sequence[str] = (),
        from_run: Any = None,
    ) -> Run:
        """Plan what is not planned, run what is not done."""
        check_inside(inputs, self.out)
        with memory.disk_watched(self.out), self.locked():
            self.check_old()
            self.late_until = time.monotonic() + self.patience
            older = against_sketches(against, self.recipe, self.ops)
            facts = {
                "inputs": [one.to_dict() for one in inputs],
                "against": list(against),
                "from": str(from_run or ""),
                "ingested": self.ingested,
            }
            with self.pool() as pool:
                self.compare(read, facts)
                wanted = target(inputs, self.settings["shard_bytes"])
                self.whole = unsplittable(inputs, wanted, read)
                chunks = self.ingest(pool, inputs, read)
                shards = plan_shards(inputs, wanted, read, chunks)
                sampled = (
                    list(inputs)
                    if not chunks
                    else [*inputs, *(one for parts in chunks.values() for one in parts)]
                )
                columns = schema_text(source_schema([one for one in sampled if one.path not in chunks], read))
                memos = memos_of(Run(reuse), self.recipe, self.ops) if reuse is not None else {}
                return self.finish(pool, shards, read.to_dict(), columns, memos, older, facts)

    def locked(self) -> RunLock:
        """The lock on the directory, to be held for the whole call."""
        self.lock = RunLock(self.probed(), parts=parts.stored(self.out), on_note=self.on_note)
        return self.lock

    def probed(self) -> Path:
        """The directory, found to be one that can be written, and to hold nothing of others."""
        check_foreign(self.out)
        _probe(self.out)
        return self.out

    def pool(self) -> Scheduler:
        """What runs the tasks: workers of this machine, or of a cluster. Only under the lock."""
        return self.pool_in(store.work(self.out))

    def pool_in(self, work: Path) -> Scheduler:
        """The same, with the logs of its workers below `work`."""
        settings = self.settings
        guards = Guards(seconds=settings["document_seconds"], memory=settings["document_memory"])
        self.kept_ops = keep_ops_files(self.out, settings["ops"])
        files = [str(self.out / name) for name in self.kept_ops]
        shared = (settings["workers"], settings["memory"], work, guards, files)
        if not settings["on"]:
            return Pool(*shared)
        pool = RayPool(settings["on"], *shared)
        if pool.note:
            self.on_note(pool.note)
        return pool

    def check_old(self) -> None:
        if not store.exists(self.out / "run.json"):
            return
        old = read_info(self.out)
        self.was_complete = bool(old["status"] == "complete")
        if old["recipe"]["name"] != self.recipe.name:
            what = _("made by {old}, you ask for {new}").format(
                old=old["recipe"]["name"], new=self.recipe.name
            )
            hint = _(
                "another recipe needs another -o; to start from this run's texts: tamis run {new} --from {run} -o out2"
            )
            raise RunError(str(self.out), what, hint.format(new=self.recipe.name, run=self.out))

    def compare(self, read: ReadOptions, facts: dict[str, Any]) -> None:
        """A resume says which inputs came, went or changed, and which options are others."""
        if store.exists(self.out / "run.json"):
            old = read_info(self.out)
            for sentence in (
                *asked.input_changes(old, facts["inputs"]),
                *asked.option_changes(old, self.settings),
            ):
                self.on_note(sentence)

    def ingest(self, pool: Scheduler, inputs: Sequence[Input], read: ReadOptions) -> dict[str, list[Input]]:
        """Read once what cannot be entered in the middle; what became of each such input, by its path."""
        self.run_ingest(pool, self.ingest_due(read))
        return self.chunks()

    def ingest_due(self, read: ReadOptions) -> list[dict[str, Any]]:
        """The specs of inputs that have yet to be read."""
        specs = []
        for task, one in enumerate(self.whole):
            key = keys.key(keys.versions(), one.name, one.identity, read.to_dict())
            manifest = manifests.read_manifest(self.out, INGEST_PHASE, task)
            if (
                manifest is not None
                and manifest.get("measured") == key
                and late.arrived(self.out, manifests.outputs(manifest), self.late_until)
                and not manifests.problems(self.out, manifest)
            ):
                continue
            specs.append(
                {
                    "kind": "ingest",
                    "run": str(self.out),
                    "phase": INGEST_PHASE,
                    "task": task,
                    "input": one.to_dict(),
                    "read": read.to_dict(),
                    "key": key,
                }
            )
        return specs

    def run_ingest(self, pool: Scheduler, specs: Sequence[dict[str, Any]]) -> None:
        """Read these inputs."""
        for _index, _summary in pool.run(specs):
            crash_point("K8")

    def chunks(self) -> dict[str, list[Input]]:
        """What became of the inputs that were read whole, by their paths; their accounts are added up."""
        made: dict[str, list[Input]] = {}
        for task, one in enumerate(self.whole):
            manifest = manifests.read_manifest(self.out, INGEST_PHASE, task)
            outputs = list(manifests.outputs(manifest, "chunk")) if manifest else []
            for name, counted in self.ingested.items():
                counted.update(manifest["deterministic"].get(name) or {} if manifest else {})
            made[one.path] = chunk_inputs(one, self.out, outputs)
        return made

    @property
    def patience(self) -> float:
        """Seconds for which what other machines wrote may be seen late; of a complete run all was seen."""
        return late.PATIENCE if self.lock.shared and not self.was_complete else 0.0

    def finish(
        self,
        pool: Scheduler,
        shards: list[Shard],
        read: dict[str, Any],
        columns: str,
        memos: Memos,
        against: Any,
        facts: dict[str, Any],
    ) -> Run:
        """Run all phases, then the report; the last thing written is `complete`."""
        memos = {**memos, **self.own_memos()}
        info = self.info(shards, read, columns, facts)
        done = self.was_complete and orjson.dumps(read_info(self.out)["shards"]) == orjson.dumps(shards)
        write_plan(self.out / "plan.parquet", shards)
        crash_point("K1")
        store.replace(self.out / "run.json", _json(info))
        crash_point("K2")
        execution = Execution(
            self.out,
            self.recipe,
            shards,
            read,
            columns,
            self.settings,
            pool,
            self.ops,
            memos,
            against,
            self.on_progress,
            self.patience,
            self.lock.check,
        )
        self.execution = execution
        undone = execution.execute(stop_after_corpus=self.stop_after_corpus)
        if undone is not None:
            return self._stopped(undone, execution)
        self.lock.check()
        forget(self.out)
        drop = self.settings["corpus"] == "drop"
        if execution.ran or not done or not store.exists(self.out / "report" / "data.json"):
            finish.collect_garbage(self.out, self.recipe, len(shards), drop_corpus=drop)
            # All documents are done: the report tells this time.
            info["status"], info["times"]["ended"] = "reporting", time.time()
            store.replace(self.out / "run.json", _json(info))
            # The report is the driver's work alone, and may have the memory that was the workers'.
            pool.dismiss()
            memory.release_arrow_memory()
            cpu = time.process_time()
            self._report()
            info["times"]["report_cpu"] = round(time.process_time() - cpu, 3)
        info["status"] = "complete"
        info["times"] = {**info["times"], "ended": time.time()}
        store.replace(self.out / "run.json", _json(info))
        if not self.settings["keep_work"]:
            finish.clear_work(self.out)
        found = Run(self.out)
        found.idle = done and not execution.ran
        return found

    def _stopped(self, undone: Phase, execution: Execution) -> Run:
        """A row phase behind a corpus step is left to the parts."""
        number, due = parts.stored(self.out), [spec["shard"] for spec in execution.due_in(undone)]
        lacking = parts.lacking(parts.cut(execution.shards, self.whole, number), due) if number else {}
        found = Run(self.out)
        found.left = parts.Left(execution.label(undone), 0, 0, len(execution.shards), lacking, number)
        return found

    def own_memos(self) -> Memos:
        """This directory's own earlier state, when the recipe or the inputs were edited since."""
        if not store.exists(self.out / "run.json"):
            return {}
        old = Run(self.out)
        same = keys.recipe_digest(old.recipe) == keys.recipe_digest(self.recipe)
        same = same and old.info.get("step_keys") == self._step_keys()
        if same and old.info["options"]["removed"] == self.settings["removed"]:
            return memos_of(old, self.recipe, self.ops) if is_remembered(self.out) else {}
        remember(old)
        return memos_of(old, self.recipe, self.ops)

    def _step_keys(self) -> list[str]:
        return [keys.step_key(step, self.ops) for step in self.recipe.steps]

    def info(
        self, shards: list[Shard], read: dict[str, Any], columns: str, facts: dict[str, Any]
    ) -> dict[str, Any]:
        """What `run.json` says when the run begins."""
        kept: tuple[str, ...] = (
            "limit",
            "sample",
            "seed",
            "max_failed",
            "max_document",
            "measure",
            "removed",
            "originals",
            "corpus",
        )
        kept = (*kept, "shard_bytes", "text", "columns", "workers", "memory", "on")
        return {
            "v": VERSION,
            "tamis": keys.versions()["tamis"],
            "status": "running",
            "recipe": {
                **recipe_spec(self.recipe),
                "title": self.recipe.title,
                "digest": keys.recipe_digest(self.recipe),
            },
            "step_keys": self._step_keys(),
            "options": {name: self.settings[name] for name in kept} | {"ops": self.kept_ops},
            **finish.describe(self.recipe),
            **facts,
            "read": read,
            "document_columns": columns,
            "shards": shards,
            "versions": {**keys.versions(), "python": platform.python_version()},
            "machine": {
                "host": platform.node(),
                "pid": os.getpid(),
                "cores": memory.cores(),
                "platform": sys.platform,
            },
            "times": {"started": time.time()},
        }

    def _report(self) -> None:
        self.on_done(self.out)
        crash_point("K13")


def _json(info: dict[str, Any]) -> bytes:
    return orjson.dumps(info, option=orjson.OPT_INDENT_2)


def _probe(out: Path) -> None:
    """Create and rename a file, so that a directory that cannot be written is known before any work."""
    try:
        store.probe(out)
    except OSError as error:
        if memory.is_disk_full(error):
            raise
        what = _("cannot be written: {why}").format(why=reason(error))
        raise RunError(str(out), what, _("choose another -o")) from error
