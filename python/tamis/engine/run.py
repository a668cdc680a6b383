"""`tamis.run`: a recipe over inputs into a run directory, from the beginning or from where it stopped."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tamis.engine import finish, keys, memory, store
from tamis.engine.calling import state_of
from tamis.engine.crash import crash_point
from tamis.engine.execution import Execution, OnProgress, against_sketches
from tamis.engine.guards import Guards
from tamis.engine.lock import RunLock
from tamis.engine.memos import Memos, memos_of, remember, remembered
from tamis.engine.pool import Pool
from tamis.engine.rundir import VERSION, Run, read_info
from tamis.engine.shards import Shard, chunk_inputs, plan_shards, target, unsplittable, write_plan
from tamis.engine.spec import recipe_spec, schema_text, source_schema
from tamis.engine.tasks import load_ops_files
from tamis.errors import InputError, RunError
from tamis.messages import _
from tamis.op import Signal
from tamis.recipe import Recipe, read_recipe
from tamis.sources import Input, ReadOptions, check, expand

INGEST_PHASE = 99
DEFAULTS: dict[str, Any] = {
    "workers": None,
    "memory": None,
    "limit": None,
    "sample": None,
    "seed": 0,
    "max_failed": 0.01,
    "max_document": 20_000_000,
    "measure": "all",
    "removed": "text",
    "originals": "keep",
    "corpus": "keep",
    "shard_bytes": None,
    "document_seconds": 30.0,
    "document_memory": 2 << 30,
    "fsync": True,
    "verify": False,
    "keep_work": False,
    "hash_inputs": False,
    "retry_failed": False,
    "text": None,
    "columns": None,
}


def run(
    recipe: str | Path | Recipe,
    inputs: str | Path | Sequence[str | Path] = (),
    out: str | Path = "out",
    *,
    overrides: Mapping[str, Any] | None = None,
    without: Sequence[str] = (),
    ops: Sequence[str] = (),
    from_run: str | Path | None = None,
    reuse: str | Path | None = None,
    against: Sequence[str | Path] = (),
    on_progress: OnProgress | None = None,
    on_note: Any = None,
    **options: Any,
) -> Run:
    """Refine inputs by a recipe into the run directory `out`; the same call goes on after a stop.

    Args:
        recipe: a published recipe's name, a TOML file, or a Recipe.
        inputs: files, folders, patterns or URLs; empty with `from_run`.
        overrides: `{"STEP.SIGNAL.BOUND": value}` or `{"STEP.PARAMETER": value}`.
        without: steps to leave out.
        ops: Python files with operators of your own.
        from_run: take the kept documents of that run as input. reuse: take over what that run measured.
        against: older runs; their documents count as earlier for corpus steps.
        options: see DEFAULTS, in the words of `tamis run --help`.

    Raises:
        RecipeError, InputError, RunError: mendable by the caller. RunFailed: the run itself failed.
        Interrupted: stopped by a signal; the same call goes on.
    """
    settings = settle(options)
    store.set_fsync(settings["fsync"])
    load_ops_files(list(ops))
    settings["ops"] = [str(Path(path).resolve()) for path in ops]
    checked = read_recipe(recipe, overrides=overrides, without=without)
    for step in checked.steps:
        state_of(step)
    found = _inputs(inputs, from_run)
    read = _read_options(checked, settings, found)
    _check_text(checked, found)
    if settings["hash_inputs"]:
        found = [_hashed(one) for one in found]
    job = Job(Path(out), checked, settings, on_progress, on_note)
    return job.start(found, read, reuse=reuse, against=[str(path) for path in against], from_run=from_run)


def settle(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options, defaults filled in; raises RunError for a name that is none."""
    for name in options:
        if name not in DEFAULTS:
            from tamis.recipe_lines import did_you_mean

            raise RunError("run", _("no option '{name}'").format(name=name), did_you_mean(name, DEFAULTS))
    settings = {**DEFAULTS, **options}
    budget = memory.budget(settings["memory"], settings["workers"])
    settings |= {"memory": budget.memory, "workers": budget.workers, "note": budget.note}
    return settings


def _inputs(inputs: Any, from_run: Any) -> list[Input]:
    if from_run is not None:
        old = Run(from_run)
        return [
            Input(
                f"{old.path.name}/{path.name}",
                str(path),
                path.stat().st_size,
                path.stem.rsplit("-", 1)[-1],
                "run",
            )
            for _shard, path in old.files("kept")
        ]
    paths = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    if not paths:
        raise InputError("", _("no inputs"), _("give files, folders or patterns, or --from RUN"))
    return expand([str(path) for path in paths])


def _read_options(recipe: Recipe, settings: Mapping[str, Any], inputs: Sequence[Input]) -> ReadOptions:
    source = recipe.source
    columns = settings["columns"] if settings["columns"] is not None else (source.columns or None)
    options = ReadOptions(
        text_column=settings["text"] or source.text,
        columns=None if columns is None else tuple(columns),
        content_types=source.content_types,
        charset=source.charset,  # type: ignore[arg-type]
        max_document=settings["max_document"],
    )
    return check(inputs, options)


def _check_text(recipe: Recipe, inputs: Sequence[Input]) -> None:
    """Raw pages need a step that makes text of them."""
    if any("content" in step.op.reads for step in recipe.steps):
        return
    for one in inputs:
        if (one.format in ("warc", "arc") and ".wet" not in one.name) or one.format == "html":
            what = _("raw pages, and the recipe {name} has no step that extracts text").format(
                name=recipe.name
            )
            raise InputError(
                one.name, what, _('add a step with op = "extract", or give WET, JSONL or Parquet')
            )


def _hashed(one: Input) -> Input:
    return replace(one, identity=f"{one.size}:{keys.file_digest(one.path)}")


class Job:
    """One call of run or retune: the directory, its lock, the pool, and the end."""

    def __init__(
        self,
        out: Path,
        recipe: Recipe,
        settings: dict[str, Any],
        on_progress: OnProgress | None,
        on_note: Any = None,
    ) -> None:
        self.out, self.recipe, self.settings, self.on_progress = out, recipe, settings, on_progress
        self.on_note = on_note or (lambda sentence: None)
        self.ops = keys.ops_digests(settings["ops"])
        self.execution: Execution | None = None

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
        _probe(self.out)
        with RunLock(self.out):
            self._check_old()
            older = against_sketches(against, self.recipe, self.ops)
            with self._pool() as pool:
                self._gone(inputs)
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
                }
                return self.finish(pool, shards, read.to_dict(), columns, memos, older, facts)

    def _pool(self) -> Pool:
        settings = self.settings
        guards = Guards(seconds=settings["document_seconds"], memory=settings["document_memory"])
        return Pool(settings["workers"], settings["memory"], self.out / "work", guards, settings["ops"])

    def _check_old(self) -> None:
        if not store.exists(self.out / "run.json"):
            return
        old = read_info(self.out)
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

    def _ingest(self, pool: Pool, inputs: Sequence[Input], read: ReadOptions) -> dict[str, list[Input]]:
        wanted = target(inputs, self.settings["shard_bytes"])
        waiting = unsplittable(inputs, wanted, read)
        made: dict[str, list[Input]] = {}
        specs = []
        from tamis.engine import manifest as manifests

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
            made[one.path] = chunk_inputs(one, self.out, outputs)
        return made

    def finish(
        self,
        pool: Pool,
        shards: list[Shard],
        read: dict[str, Any],
        columns: str,
        memos: Memos,
        against: Any,
        facts: dict[str, Any],
    ) -> Run:
        """Run all phases, then the report; the last thing written is `complete`."""
        memos = {**memos, **self._own_memos(), **remembered(self.out)}
        info = self._info(shards, read, columns, facts)
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
        drop = self.settings["corpus"] == "drop"
        if execution.ran or not store.exists(self.out / "report" / "data.json"):
            finish.collect_garbage(self.out, self.recipe, len(shards), drop_corpus=drop)
            self._report(info)
        info["status"] = "complete"
        info["times"] = {**info["times"], "ended": time.time()}
        store.replace(self.out / "run.json", _json(info))
        if not self.settings["keep_work"]:
            finish.clear_work(self.out)
        return Run(self.out)

    def _own_memos(self) -> Memos:
        """This directory's own earlier state, when the recipe or the inputs were edited since."""
        if not store.exists(self.out / "run.json"):
            return {}
        old = Run(self.out)
        same = keys.recipe_digest(old.recipe) == keys.recipe_digest(self.recipe)
        if same and old.info["options"]["removed"] == self.settings["removed"]:
            return {}
        memos = memos_of(old, self.recipe, self.ops)
        if memos and not remembered(self.out):
            remember(self.out, memos)
        return memos

    def _info(
        self, shards: list[Shard], read: dict[str, Any], columns: str, facts: dict[str, Any]
    ) -> dict[str, Any]:
        kept = (
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
        kept = (*kept, "shard_bytes", "ops", "text", "columns", "workers", "memory")
        return {
            "v": VERSION,
            "tamis": keys.versions()["tamis"],
            "status": "running",
            "recipe": {
                **recipe_spec(self.recipe),
                "title": self.recipe.title,
                "digest": keys.recipe_digest(self.recipe),
            },
            "options": {name: self.settings[name] for name in kept},
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

    def _report(self, info: dict[str, Any]) -> None:
        from tamis.report import write_report

        write_report(self.out)
        crash_point("K13")


def _json(info: dict[str, Any]) -> bytes:
    return json.dumps(info, ensure_ascii=False, indent=1).encode()


def _probe(out: Path) -> None:
    """Create and rename a file, so that a directory that cannot be written is known before any work."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / f".probe-{os.getpid()}"
        probe.write_bytes(b"probe")
        os.replace(probe, out / ".probe")
        (out / ".probe").unlink()
    except OSError as error:
        what = _("cannot be written: {why}").format(why=error.strerror or error)
        raise RunError(str(out), what, _("choose another -o")) from error


def signals_of(recipe: Recipe) -> list[tuple[str, Signal]]:
    """All signals of a recipe with their stored names."""
    return [(step.column(signal.name), signal) for step in recipe.steps for signal in step.op.signals]
