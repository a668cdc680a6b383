"""`--against`: the stored sketches of older runs, whose documents count as earlier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tamis.engine import keys, store
from tamis.engine import manifest as manifests
from tamis.engine.rundir import Run
from tamis.errors import RunError
from tamis.messages import _
from tamis.plan import phases
from tamis.recipe import Recipe


def against_sketches(
    paths: Sequence[str], recipe: Recipe, ops: dict[str, str]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """The stored sketches of older runs, for the corpus step that has the same parameters there.

    Raises RunError where a run has none that fit.
    """
    found = []
    for path in paths:
        old = Run(path)
        fitting = _fitting(old, recipe, ops)
        if fitting is None:
            what = _("no stored signatures with these parameters")
            raise RunError(
                path, what, _("run it again with the same minhash parameters, without --corpus drop")
            )
        found.append(fitting)
    return found


def _fitting(old: Run, recipe: Recipe, ops: dict[str, str]) -> tuple[str, list[dict[str, Any]]] | None:
    wanted = {keys.step_key(step, ops): step.name for step in recipe.steps if step.op.scope == "corpus"}
    for phase in phases(old.recipe):
        if phase.kind != "corpus":
            continue
        name = wanted.get(keys.step_key(old.recipe.steps[phase.first], ops))
        if name is None:
            continue
        outputs = [
            {"shard": manifest["task"], **output, "path": str(old.path / output["path"])}
            for manifest in old.manifests()
            for output in manifests.outputs(manifest, "sketch")
            if manifest["phase"] == phase.number - 1
        ]
        if all(store.exists(output["path"]) for output in outputs):
            return name, outputs
    return None
