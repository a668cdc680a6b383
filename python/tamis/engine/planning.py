"""`tamis.plan`: what a run would do, before any document is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tamis.engine.estimates import estimates, foretold, loaded
from tamis.engine.run import expand_inputs, settle
from tamis.engine.shards import target
from tamis.engine.tasks import load_ops_files
from tamis.errors import InputError, RecipeError, TamisError
from tamis.plan import phases
from tamis.recipe import Recipe, Step, read_recipe


@dataclass(frozen=True)
class Planned:
    """Steps, phases, and estimates of time, memory and disk; `problems` lists what would stop a run."""

    recipe: Recipe
    inputs: list[dict[str, Any]]
    shards: int
    steps: list[dict[str, Any]]
    phases: list[dict[str, Any]]
    estimates: dict[str, Any]
    problems: list[TamisError]

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
        }


def plan(
    recipe: str | Path | Recipe,
    inputs: Any = (),
    *,
    overrides: Mapping[str, Any] | None = None,
    without: str | Sequence[str] = (),
    ops: str | Path | Sequence[str | Path] = (),
    **options: Any,
) -> Planned:
    """Steps, columns, costs, and estimates of time, memory and disk. Reads no document; the numbers are estimates.

    Raises RecipeError and InputError as `tamis.run` does; missing lists and models are `problems` of the answer.
    """
    settings = settle(options)
    load_ops_files(ops)
    checked = read_recipe(recipe, overrides=overrides, without=without)
    found = []
    if inputs:
        found = expand_inputs(inputs, None)
    wanted = target(found, settings["shard_bytes"])
    shards = sum(max(1, -(-one.size // wanted)) for one in found)
    return Planned(
        checked,
        [{"name": one.name, "size": one.size, "format": one.format} for one in found],
        shards,
        [_step(step) for step in checked.steps],
        [phase.describe(checked) for phase in phases(checked)],
        estimates(checked, found, settings),
        [one for one in map(_missing, checked.steps) if one is not None],
    )


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
