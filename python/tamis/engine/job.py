"""One call of run or retune: the directory, its lock, the plan, the pool, and the end."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tamis.engine import finish, keys, memory, store
from tamis.engine import manifest as manifests
from tamis.engine.against import against_sketches
from tamis.engine.crash import crash_point
from tamis.engine.execution import Execution, OnProgress
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
from tamis.errors import RunError
from tamis.messages import _
from tamis.recipe import Recipe
from tamis.sources import Input, ReadOptions

INGEST_PHASE = 99
SHAPING = (
    "limit", "sample", "seed", "max_document", "measure", "removed", "originals", "corpus", "text", "columns",
    "shard_bytes",
)  # fmt: skip
"""Options that shape what a run directory holds."""


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
    ) -> None:
        self.out, self.recipe, self.settings, self.on_progress = out, recipe, settings, on_progress
        self.on_note = on_note or (lambda sentence: None)
        self.on_done = on_done or (lambda run: None)
        self.ops = ops_digests()
        self.execution: Execution | None = None
        self.was_complete = False
        self.kept_ops: list[str] = []
        self.ingested: dict[str, Counter[str]] = {"skipped": Counter(), "misfits": Counter()}

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
        with memory.disk_watched(self.out), RunLock(self.probed()):
            self.check_old()
            older = against_sketches(against, self.recipe, self.ops)
            with self.pool() as pool:
                self._gone(inputs)
                self._other_options()
                chunks = self._ingest(pool, inputs, read)
                wanted = target(inputs, self.settings["shard_bytes"])
                shards = plan_shards(inputs, wanted, read, chunks)
                sampled = (
                    list(inputs)
                    if not chunks
                    else [*inputs, *(one for parts in chunks.values() for one in parts)]
                )
                columns = schema_text(source_schema([one for one in sampled if one.path not in chunks], read))
                memos = memos_of(Run(reuse), self.recipe, self.ops) if reuse is not None else {}
                facts = {
                    "inputs": [one.to_dict() for one in inputs],
                    "against": list(against),
                    "from": str(from_run or ""),
                    "ingested": self.ingested,
                }
                return self.finish(pool, shards, read.to_dict(), columns, memos, older, facts)

    def probed(self) -> Path:
        """The directory, found to be one that can be written, and to hold nothing of others."""
        check_foreign(self.out)
        _probe(self.out)
        return self.out

    def pool(self) -> Scheduler:
        """What runs the tasks: workers of this machine, or of a cluster. Only under the lock."""
        settings = self.settings
        guards = Guards(seconds=settings["document_seconds"], memory=settings["document_memory"])
        self.kept_ops = keep_ops_files(self.out, settings["ops"])
        files = [str(self.out / name) for name in self.kept_ops]
        shared = (settings["workers"], settings["memory"], store.work(self.out), guards, files)
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

    def _gone(self, inputs: Sequence[Input]) -> None:
        """A resume says which inputs came, went or changed."""
        if not store.exists(self.out / "run.json"):
            return
        old = {one["name"]: one["identity"] for one in read_info(self.out)["inputs"]}
        new = {one.name: one.identity for one in inputs}
        for sentence, names in (
            (_("added since this run began: {names}"), sorted(new.keys() - old.keys())),
            (_("missing since this run began: {names}"), sorted(old.keys() - new.keys())),
            (
                _("changed since this run began: {names}"),
                sorted(n for n in new.keys() & old.keys() if new[n] != old[n]),
            ),
        ):
            if names:
                self.on_note(sentence.format(names=", ".join(names[:5]) + (" ..." if len(names) > 5 else "")))

    def _other_options(self) -> None:
        """A run in the directory of another says which options were others."""
        if not store.exists(self.out / "run.json"):
            return
        old = read_info(self.out)["options"]
        changed = [name for name in SHAPING if name in old and old[name] != self.settings[name]]
        if changed:
            said = ", ".join(
                f"{_option(name)} {_shown(old[name])} -> {_shown(self.settings[name])}" for name in changed
            )
            self.on_note(_("other options than this run's before: {changes}").format(changes=said))

    def _ingest(self, pool: Scheduler, inputs: Sequence[Input], read: ReadOptions) -> dict[str, list[Input]]:
        wanted = target(inputs, self.settings["shard_bytes"])
        waiting = unsplittable(inputs, wanted, read)
        made: dict[str, list[Input]] = {}
        specs = []
        for task, one in enumerate(waiting):
            key = keys.key(keys.versions(), one.name, one.identity, read.to_dict())
            manifest = manifests.read_manifest(self.out, INGEST_PHASE, task)
            if (
                manifest is not None
                and manifest.get("measured") == key
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
        for _index, _summary in pool.run(specs):
            crash_point("K8")
        for task, one in enumerate(waiting):
            manifest = manifests.read_manifest(self.out, INGEST_PHASE, task)
            outputs = list(manifests.outputs(manifest, "chunk")) if manifest else []
            for name, counted in self.ingested.items():
                counted.update(manifest["deterministic"].get(name) or {} if manifest else {})
            made[one.path] = chunk_inputs(one, self.out, outputs)
        return made

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
        memos = {**memos, **self._own_memos()}
        info = self._info(shards, read, columns, facts)
        done = self.was_complete and read_info(self.out)["shards"] == json.loads(json.dumps(shards))
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
        )
        self.execution = execution
        execution.execute()
        forget(self.out)
        drop = self.settings["corpus"] == "drop"
        if execution.ran or not done or not store.exists(self.out / "report" / "data.json"):
            finish.collect_garbage(self.out, self.recipe, len(shards), drop_corpus=drop)
            info["status"] = "reporting"
            store.replace(self.out / "run.json", _json(info))
            # The report is the driver's work alone, and may have the memory that was the workers'.
            pool.dismiss()
            memory.release_arrow_memory()
            self._report()
        info["status"] = "complete"
        info["times"] = {**info["times"], "ended": time.time()}
        store.replace(self.out / "run.json", _json(info))
        if not self.settings["keep_work"]:
            finish.clear_work(self.out)
        found = Run(self.out)
        found.idle = done and not execution.ran
        return found

    def _own_memos(self) -> Memos:
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

    def _info(
        self, shards: list[Shard], read: dict[str, Any], columns: str, facts: dict[str, Any]
    ) -> dict[str, Any]:
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


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _shown(value: Any) -> str:
    """An option's value as it is typed; nothing given is `none`."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or _("none")
    return _("none") if value is None else str(value)


def _json(info: dict[str, Any]) -> bytes:
    return json.dumps(info, ensure_ascii=False, indent=1).encode()


def _probe(out: Path) -> None:
    """Create and rename a file, so that a directory that cannot be written is known before any work."""
    try:
        store.probe(out)
    except OSError as error:
        if memory.is_disk_full(error):
            raise
        what = _("cannot be written: {why}").format(why=error.strerror or error)
        raise RunError(str(out), what, _("choose another -o")) from error
