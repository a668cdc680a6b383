"""`tamis.plan`: what a run would do, before any document is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tamis.engine.run import expand_inputs, settle
from tamis.engine.shards import target
from tamis.engine.tasks import load_ops_files
from tamis.errors import RecipeError, TamisError
from tamis.op import Operator
from tamis.plan import phases
from tamis.recipe import Recipe, Step, read_recipe

# Measured on web pages of the project's benchmark (bench/pipeline.py prints them anew): seconds of one core for a
# megabyte of compressed archive or of text, and bytes on disk for a byte of text.
SECONDS_PER_MB = {"cheap": 0.012, "medium": 0.12, "heavy": 2.0, "model": 10.0}
KEPT_SHARE, ZSTD_RATIO, TEXT_PER_COMPRESSED = 0.2, 0.4, 1.2


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
    without: Sequence[str] = (),
    ops: Sequence[str] = (),
    **options: Any,
) -> Planned:
    """Steps, columns, costs, and estimates of time, memory and disk. Reads no document; the numbers are estimates.

    Raises RecipeError and InputError as `tamis.run` does; missing lists and models are `problems` of the answer.
    """
    settings = settle(options)
    load_ops_files(list(ops))
    checked = read_recipe(recipe, overrides=overrides, without=without)
    found = []
    if inputs:
        found = expand_inputs(inputs, None)
    total = sum(one.size for one in found)
    wanted = target(found, settings["shard_bytes"])
    shards = sum(max(1, -(-one.size // wanted)) for one in found)
    return Planned(
        checked,
        [{"name": one.name, "size": one.size, "format": one.format} for one in found],
        shards,
        [_step(step) for step in checked.steps],
        [phase.describe(checked) for phase in phases(checked)],
        _estimates(checked, total, settings),
        _problems(checked),
    )


def _step(step: Step) -> dict[str, Any]:
    op = step.op
    return {
        **step.describe(),
        "rules": len(step.rules),
        "reads": list(op.reads),
        "writes": [column.name for column in op.writes],
        "curve": _curve(step),
    }


def _curve(step: Step) -> dict[str, float] | None:
    """The match curve of a step with bands and rows: the share of pairs that it proposes, by their similarity."""
    bands, rows = step.parameters.get("bands"), step.parameters.get("rows")
    if not isinstance(bands, int) or not isinstance(rows, int):
        return None
    points = (0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
    curve = {f"{s:g}": 1 - (1 - s**rows) ** bands for s in points}
    return curve | {"half": (1 - 0.5 ** (1 / bands)) ** (1 / rows)}


def _estimates(recipe: Recipe, total: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    seconds = sum(SECONDS_PER_MB[step.op.cost] for step in recipe.steps) * total / 1e6
    text = total * TEXT_PER_COMPRESSED
    sketched = any(step.op.scope == "corpus" for step in recipe.steps)
    return {
        "bytes": total,
        "seconds": seconds / settings["workers"],
        "workers": settings["workers"],
        "memory": settings["memory"],
        "worker_memory": min(600 << 20, (settings["memory"] - (200 << 20)) // settings["workers"]),
        "disk": {
            "kept": int(text * KEPT_SHARE * ZSTD_RATIO),
            "removed": int(text * (1 - KEPT_SHARE) * ZSTD_RATIO),
            "removed_signals": int(text * 0.03),
            "sketches": int(text * KEPT_SHARE * 1.4) if sketched else 0,
        },
    }


def _problems(recipe: Recipe) -> list[TamisError]:
    found: list[TamisError] = []
    for step in recipe.steps:
        missing = _missing(step.op, step)
        if missing is not None:
            found.append(missing)
    return found


def _missing(op: Operator, step: Step) -> TamisError | None:
    """What `load` would refuse, without keeping what it loads: a check of files only where the operator has one."""
    if op.load is None:
        return None
    check = getattr(op.load, "check", None) or op.load
    try:
        check(step.parameters)
    except RecipeError as error:
        return step.told(error)
    except TamisError as error:
        return error
    return None
