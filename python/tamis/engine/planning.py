"""`tamis.plan`: what a run would do, before any document is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tamis.engine.estimates import estimates, foretold, loaded
from tamis.engine.run import expand_inputs, settle
from tamis.engine.scale import MOST_NUMBERED, figure, scaled
from tamis.engine.scale_facts import run_facts, table_facts
from tamis.engine.shards import target
from tamis.engine.tasks import load_ops_files
from tamis.errors import InputError, RecipeError, RunError, TamisError
from tamis.messages import _
from tamis.option_values import Refused, documents
from tamis.plan import phases
from tamis.recipe import Recipe, Step, read_recipe
from tamis.sources import Input, target_bytes


@dataclass(frozen=True)
class Planned:
    """Steps, phases, and estimates of time, memory and disk; `problems` lists what would stop a run.

    `scale`: with `assume_documents`, what so many would take, each figure as `{"value": ..., "origin": ...}`.
    """

    recipe: Recipe
    inputs: list[dict[str, Any]]
    shards: int
    steps: list[dict[str, Any]]
    phases: list[dict[str, Any]]
    estimates: dict[str, Any]
    problems: list[TamisError]
    scale: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        problems = [{"where": one.where, "what": one.what, "hint": one.hint} for one in self.problems]
        return {
            "recipe": self.recipe.name,
            "title": self.recipe.title,
            "inputs": self.inputs,
            "shards": self.shards,
            "steps": self.steps,
            "phases": self.phases,
            "estimates": self.estimates,
            "problems": problems,
            **({"scale": self.scale} if self.scale is not None else {}),
        }


def plan(
    recipe: str | Path | Recipe,
    inputs: Any = (),
    *,
    overrides: Mapping[str, Any] | None = None,
    without: str | Sequence[str] = (),
    ops: str | Path | Sequence[str | Path] = (),
    assume_documents: int | float | str | None = None,
    from_run: str | Path | None = None,
    **options: Any,
) -> Planned:
    """Steps, columns, costs, and estimates of time, memory and disk. Reads no document; the numbers are estimates.

    With `assume_documents` (1e9) `scale` tells tasks, files, bytes, memory and processor time of each phase for so many
    documents: those of `inputs`, else of inputs as they are on average. `from_run`: a finished run of this recipe whose
    manifests give the amounts; without it they come from the tables of the benches.

    Raises RecipeError and InputError as `tamis.run` does, RunError for a number that is none and a `from_run` that tells
    nothing of this recipe; missing lists and models are `problems` of the answer.

    Examples:
        >>> from tamis.engine.planning import plan
        >>> plan("gopher", assume_documents=1e9).scale["shards"]
        {'value': 50974, 'origin': 'formula'}
    """
    settings = settle(options)
    load_ops_files(ops)
    checked = read_recipe(recipe, overrides=overrides, without=without)
    found = []
    if inputs:
        found = expand_inputs(inputs, None)
    wanted = target(found, settings["shard_bytes"])
    shards = sum(max(1, -(-one.size // wanted)) for one in found)
    estimated = estimates(checked, found, settings)
    problems = [one for one in map(_missing, checked.steps) if one is not None]
    scale = None
    if assume_documents is not None:
        asked = _assumed(assume_documents)
        scale = _scale(checked, asked, (found, shards), from_run, settings | estimated, options)
        if asked > MOST_NUMBERED and any(step.op.scope == "corpus" for step in checked.steps):
            what = _("a corpus step numbers at most {most} documents").format(most=f"{MOST_NUMBERED:,}")
            problems.append(RunError("--assume-documents", what, _("make several runs, with --against")))
    elif from_run is not None:
        hint = _("give --assume-documents N too")
        raise RunError("--from", _("it tells what one document takes, not how many there are"), hint)
    return Planned(
        checked,
        [{"name": one.name, "size": one.size, "format": one.format} for one in found],
        shards,
        [_step(step) for step in checked.steps],
        [phase.describe(checked) for phase in phases(checked)],
        estimated,
        problems,
        scale,
    )


def _assumed(value: int | float | str) -> int:
    try:
        return documents(value)
    except Refused as error:
        raise RunError("--assume-documents", error.what, error.hint) from None


def _scale(
    recipe: Recipe,
    asked: int,
    known: tuple[Sequence[Input], int],
    from_run: str | Path | None,
    settings: Mapping[str, Any],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """What so many documents take; shards follow from the inputs, else from the bytes that the documents would have."""
    if from_run is None:
        facts = table_facts(recipe, settings["worker_memory"], settings["removed"])
    else:
        facts = run_facts(from_run, recipe, options)
    found, shards = known
    size = facts.input_bytes / facts.documents * asked
    wanted = settings["shard_bytes"] or target_bytes(round(size))
    told = figure(shards, "inputs") if found else figure(max(1, math.ceil(size / wanted)), "formula")
    scale = scaled(recipe, asked, told, facts, settings)
    return scale | ({"bytes": figure(settings["bytes"], "inputs")} if found else {})


def _step(step: Step) -> dict[str, Any]:
    op = step.op
    return {
        **step.describe(),
        "rules": len(step.rules),
        "reads": list(step.reads),
        "writes": [column.name for column in op.writes],
        "curve": _curve(step),
        "loaded": _loaded(step),
    }


def _curve(step: Step) -> dict[str, float] | None:
    """The share of pairs that a corpus step proposes, by their similarity; `half`: where it is one half."""
    said = foretold(step)
    if said is None or said.half is None:
        return None
    return {f"{similarity:g}": share for similarity, share in said.curve} | {"half": said.half}


def _loaded(step: Step) -> int:
    """Bytes of the models and lists that a step loads; 0 where they are missing, which is a problem of its own."""
    try:
        return loaded(step)
    except TamisError:
        return 0


def _missing(step: Step) -> TamisError | None:
    """What `load` would refuse, without keeping what it loads: a check of files only where the operator has one."""
    if step.op.load is None:
        return None
    check = getattr(step.op.load, "check", None) or step.op.load
    try:
        check(step.parameters)
    except (RecipeError, InputError) as error:
        return step.told(error)
    except TamisError as error:
        return error
    return None
