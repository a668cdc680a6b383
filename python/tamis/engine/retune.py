"""`tamis.retune`: decide a finished run again with other bounds; what it measured is taken over."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tamis.engine import store
from tamis.engine.against import against_sketches
from tamis.engine.job import Job
from tamis.engine.memory import disk_watched
from tamis.engine.memos import memos_of, valid_until
from tamis.engine.run import settle
from tamis.engine.rundir import Run
from tamis.engine.shards import Shard
from tamis.engine.spec import recipe_of
from tamis.engine.tasks import load_ops_files
from tamis.errors import RecipeError, RunError
from tamis.messages import _, did_you_mean
from tamis.recipe import BOUNDS, SOURCE_KEYS, Recipe


def retune(
    run: str | Path,
    overrides: Mapping[str, Any],
    out: str | Path,
    *,
    on_progress: Any = None,
    on_note: Any = None,
    on_done: Any = None,
    inputs: str | Path | None = None,
    **options: Any,
) -> Run:
    """A new run directory that equals a fresh run with these bounds, byte for byte in `kept/` and `clusters/`.

    Args:
        run: a complete run directory. overrides: `{"STEP.SIGNAL.BOUND": value}`. out: the new directory.
        inputs: where the raw inputs are now, when they were moved; they are read only for documents that were
            removed before their text was made. The answer's `reread` says how many, `computed` how many rows each
            phase measured for something, by its steps (`extract, language`).

    Raises:
        RecipeError: an override of an operator's parameter, which needs measuring (`tamis run --reuse`).
        RunError: the run is not complete, or lacks what a loosened bound lets in.
    """
    old = finished(run)
    spec = old.info["recipe"]
    for name, value in overrides.items():
        check_bound(recipe_of(spec), name, value, f"tamis run ... --reuse {run} -o {out}")
    changed = {**spec["overrides"], **overrides}
    recipe = recipe_of({**spec, "overrides": changed})
    kept = {n: v for n, v in old.info["options"].items() if n not in ("ops", "workers", "memory", "on")}
    settings = settle({**kept, **options})
    settings["ops"] = old.ops_files
    job = Job(store.place(out), recipe, settings, on_progress, on_note, on_done)
    if settings["note"]:
        job.on_note(settings["note"])
    if valid_until(old.info.get("step_keys", []), recipe, job.ops) < len(recipe.steps) - 1:
        raise RunError(
            str(run),
            _("an operator, model or list has changed since"),
            _("tamis run ... --reuse {run}").format(run=run),
        )
    return _again(job, old, inputs)


def finished(run: str | Path) -> Run:
    """A run that can be decided again, with the operators of its `--ops` loaded.

    Raises RunError: it is not complete, stored no removed documents, or lacks a file.
    """
    old = Run(run)
    if not old.complete:
        raise RunError(
            str(run), _("the run is not complete"), _("finish it first: the command that began it goes on")
        )
    if old.info["options"]["removed"] == "none":
        raise RunError(
            str(run), _("it stored no removed documents (--removed none)"), _("tamis run ... again")
        )
    load_ops_files(old.ops_files)
    old.files("kept", "removed", "originals")
    return old


def check_bound(recipe: Recipe, name: str, value: Any, rerun: str, *, option: str = "--set") -> None:
    """Refuse an override that names no bound: a slip of the pen, or a parameter, which needs a run."""
    where, (first, *rest) = f"{option} {name}", name.split(".")
    step = recipe.step(first)
    if step is None and first != "source":
        raise RecipeError(
            where,
            _("no step '{name}' in the recipe").format(name=first),
            did_you_mean(first, [one.name for one in recipe.steps]),
        )
    rules = {rule.name: list(rule.bounds) for rule in step.rules} if step else {}
    if len(rest) == 2 and rest[1] not in BOUNDS:
        meant = did_you_mean(rest[1], BOUNDS) or _("bounds: {names}").format(names=", ".join(BOUNDS))
        raise RecipeError(where, _("no bound '{name}'").format(name=rest[1]), meant)
    signals = [*rules, *(signal.name for signal in step.op.signals)] if step else []
    if len(rest) == 1 and rest[0] in signals:
        bound = next(iter(rules.get(rest[0], ())), "min")
        setting = _setting(f"{name}.{bound}", value)
        hint = _("write {option} {setting}").format(option=option, setting=setting)
        raise RecipeError(where, _("a signal without a bound"), hint)
    parameters = [one.name for one in step.op.parameters] if step else list(SOURCE_KEYS)
    if len(rest) == 1 and rest[0] in parameters:
        what = _("a parameter, not a bound: retune decides again, it measures nothing")
        raise RecipeError(where, what, f"{rerun} --set {_setting(name, value)}")
    if len(rest) != 2:
        known = [*signals, *parameters]
        hint = did_you_mean(".".join(rest), known) or _("write STEP.SIGNAL.BOUND=V")
        raise RecipeError(where, _("no signal or parameter of {step}").format(step=first), hint)


def _setting(name: str, value: Any) -> str:
    """`NAME=V` as a shell takes it."""
    return shlex.quote(f"{name}={value if isinstance(value, str) else json.dumps(value)}")


def _again(job: Job, old: Run, inputs: str | Path | None) -> Run:
    info = old.info
    shards = info["shards"] if inputs is None else moved(info["shards"], inputs)
    with disk_watched(job.out), job.locked():
        job.check_old()
        against = against_sketches(info["against"], job.recipe, job.ops)
        memos = memos_of(old, job.recipe, job.ops)
        facts = {
            "inputs": info["inputs"],
            "against": info["against"],
            "from": info["from"],
            "ingested": info.get("ingested", {}),
            "retuned": str(old.path),
        }
        with job.pool() as pool:
            found = job.finish(pool, shards, info["read"], info["document_columns"], memos, against, facts)
    if job.execution is not None:
        found.reread, found.computed = job.execution.reread, job.execution.computed
    return found


def moved(shards: Sequence[Shard], folder: str | Path) -> list[Shard]:
    """The shard plan with its inputs looked for below another folder, by their names; keys do not change."""
    found: list[Shard] = json.loads(json.dumps(list(shards)))
    for shard in found:
        for piece in shard["pieces"]:
            for one in (piece["input"], *piece["input"].get("files", ())):
                one["path"] = str(Path(folder) / one["name"])
    return found
