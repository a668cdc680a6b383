"""The end of a run: evidence named by id, the report, and nothing left that no manifest names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tamis.engine import manifest as manifests
from tamis.engine import store
from tamis.engine.corpus import corpus_files
from tamis.engine.crash import crash_point
from tamis.engine.foreign import MADE
from tamis.engine.index import index_paths, manifest_path
from tamis.engine.layout import COLLECTED
from tamis.plan import phases
from tamis.recipe import Recipe


def named_files(run: Path, recipe: Recipe, shards: int, *, drop_corpus: bool = False) -> set[Path]:
    """Every file that the manifests of a run name, and the manifests themselves."""
    named: set[Path] = set()
    for phase in phases(recipe):
        if phase.kind == "corpus":
            final = manifests.read_manifest(run, phase.number, 0)
            if final is not None and not drop_corpus:
                parts = [*manifests.outputs(final), *corpus_files(run, final)]
                named |= {run / output["path"] for output in parts}
            named |= {one.path for one in store.list_for_gc(run / "phases" / str(phase.number))}
            continue
        named |= set(index_paths(run, phase.number, shards))
        for task in range(shards):
            manifest = manifests.read_manifest(run, phase.number, task)
            if manifest is None:
                continue
            named.add(manifest_path(run, phase.number, task))
            for output in manifests.outputs(manifest):
                if not (drop_corpus and output["role"] == "sketch"):
                    named.add(run / output["path"])
    return named


def collect_garbage(run: Path, recipe: Recipe, shards: int, *, drop_corpus: bool = False) -> int:
    """Remove files of the engine's that no manifest names; returns how many. Only under the lock."""
    named = named_files(run, recipe, shards, drop_corpus=drop_corpus)
    removed = 0
    for folder in COLLECTED:
        for one in store.list_for_gc(run / folder):
            if one.path not in named and MADE.match(one.path.name) and store.is_orphan(one):
                store.remove(one.path)
                removed += 1
                crash_point("K12")
    return removed


def clear_work(run: Path) -> None:
    """`work/` goes after success."""
    store.remove_tree(run / "work")
    store.remove_tree(store.work(run))


def describe(recipe: Recipe) -> dict[str, Any]:
    """What `run.json` says of the recipe's steps and rules, for readers that import no operator."""
    from tamis.plan import all_rules

    return {
        "steps": [step.describe() for step in recipe.steps],
        "rules": [rule.describe() for rule in all_rules(recipe)],
        "phases": [phase.describe(recipe) for phase in phases(recipe)],
        **({"expect": [dict(row) for row in recipe.expect]} if recipe.expect else {}),
    }
