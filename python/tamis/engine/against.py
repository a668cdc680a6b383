"""`--against`: the stored sketches of older runs, whose documents count as earlier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tamis.engine import keys, store
from tamis.engine import manifest as manifests
from tamis.engine.corpus import corpus_files
from tamis.engine.rundir import Run
from tamis.errors import RunError
from tamis.messages import _
from tamis.plan import Phase, phases
from tamis.recipe import Recipe

Older = dict[str, list[dict[str, Any]]]
"""The stored sketches of one older run, by the corpus step that they are for."""


def against_sketches(paths: Sequence[str], recipe: Recipe, ops: dict[str, str]) -> list[Older]:
    """The stored sketches of older runs, for each corpus step that has the same parameters there.

    Raises RunError where a run has none that fit.
    """
    found = []
    for path in paths:
        old = Run(path)
        fitting = _fitting(old, recipe, ops)
        if not fitting:
            what = _("no stored signatures with these parameters")
            raise RunError(
                path, what, _("run it again with the same parameters of the step, without --corpus drop")
            )
        found.append(fitting)
    return found


def _fitting(old: Run, recipe: Recipe, ops: dict[str, str]) -> Older:
    found: Older = {}
    wanted = {keys.step_key(step, ops): step.name for step in recipe.steps if step.op.scope == "corpus"}
    for phase in phases(old.recipe):
        if phase.kind != "corpus":
            continue
        name = wanted.get(keys.step_key(old.recipe.steps[phase.first], ops))
        if name is None:
            continue
        verdicts = _verdicts(old, phase)
        outputs = [
            {
                "shard": manifest["task"],
                **output,
                "path": str(old.path / output["path"]),
                **verdicts.get(manifest["task"], {"verdict": "", "verdict_digest": ""}),
            }
            for manifest in old.manifests()
            for output in manifests.outputs(manifest, "sketch")
            if manifest["phase"] == phase.number - 1
        ]
        paths = [path for one in outputs for path in (one["path"], one["verdict"]) if path]
        if all(store.exists(path) for path in paths):
            found[name] = outputs
    return found


def _verdicts(old: Run, phase: Phase) -> dict[int, dict[str, str]]:
    """By shard the file with the step's answers: what it removed is no reason to remove another."""
    final = old.manifest(phase.number, 0)
    if final is None or old.info["options"].get("corpus") == "drop":
        return {}
    return {
        one["shard"]: {"verdict": str(old.path / one["path"]), "verdict_digest": one["digest"]}
        for one in corpus_files(old.path, final)
        if one["role"] == "verdict"
    }
