"""Which files of an older run hold which rows, so that nothing that holds still is measured again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tamis.engine import keys, store
from tamis.engine import manifest as manifests
from tamis.engine.replay import edits
from tamis.engine.rundir import Run
from tamis.plan import phases
from tamis.recipe import Recipe

Memos = dict[str, dict[str, Any]]


def valid_until(measured: Sequence[str], recipe: Recipe, digests: Mapping[str, str]) -> int:
    """The last step up to which a recipe measures as `measured` says (`step_keys` of `run.json`); -1 for none.

    The keys are those of the time of the run: a model, list or file of `--ops` that was replaced since is seen.
    """
    valid = -1
    for number, (before, step) in enumerate(zip(measured, recipe.steps, strict=False)):
        if before != keys.step_key(step, digests):
            break
        valid = number
    return valid


def memos_of(run: Run, recipe: Recipe, digests: Mapping[str, str]) -> Memos:
    """By the key of a shard's source: the files of the run that hold its rows, and how far they are true."""
    stored = _stored(run)
    valid = valid_until(stored["step_keys"], recipe, digests)
    if valid < 0:
        return {}
    if recipe.expanding:
        # What was made of a document is made again: only the rows of the source are taken over.
        valid = min(valid, recipe.expanding[0] - 1)
    found = {source: {**memo, "valid": valid} for source, memo in stored["memos"].items() if _whole(memo)}
    for memo in found.values():
        if memo["sketch"] is not None and not store.exists(memo["sketch"]):
            memo["sketch"] = None
    return found


def remember(run: Run) -> None:
    """Keep what a run holds until its edit is done: its manifests are replaced one by one, and then tell of both."""
    if not store.exists(_previous(run.path)):
        store.replace(_previous(run.path), json.dumps(_stored(run)).encode())


def is_remembered(run: Path) -> bool:
    """Whether an edit of this run was begun and not finished."""
    return store.exists(_previous(run))


def forget(run: Path) -> None:
    """All manifests are of one recipe again."""
    store.remove(_previous(run))


def _previous(run: Path) -> Path:
    return run / "work" / "previous.json"


def _stored(run: Run) -> dict[str, Any]:
    """The files of each shard and the keys of the steps that measured them; before the edit, where one was begun."""
    if is_remembered(run.path):
        stored: dict[str, Any] = json.loads(store.read(_previous(run.path)))
        return stored
    found: Memos = {}
    for shard in range(run.shards) if run.info["options"]["removed"] != "none" else ():
        memo = _memo(run, shard)
        if memo is not None:
            found[memo.pop("source")] = memo
    return {"step_keys": run.info.get("step_keys", []), "memos": found}


def _whole(memo: Mapping[str, Any]) -> bool:
    paths = [*(path for path, _kept in memo["files"]), *memo["failed"], *memo["originals"]]
    return all(store.exists(path) for path in paths)


def _lost_edits(run: Run) -> list[int]:
    """The steps that edited texts of which the run kept no original."""
    if run.info["options"].get("originals") != "drop":
        return []
    return [number for number, step in enumerate(run.recipe.steps) if edits(step)]


def _memo(run: Run, shard: int) -> dict[str, Any] | None:
    memo: dict[str, Any] = {
        "files": [],
        "failed": [],
        "originals": [],
        "sketch": None,
        "sketch_key": "",
        "expanding": len(run.recipe.expanding),
        "lost_edits": _lost_edits(run),
    }
    passed: list[str] = []
    for phase in phases(run.recipe):
        manifest = run.manifest(phase.number, shard) if phase.kind == "rows" else None
        if phase.kind != "rows":
            continue
        if manifest is None:
            break
        facts = manifest["deterministic"]
        if phase.number == 0:
            memo["source"] = facts["source"]
            memo["facts"] = {n: facts[n] for n in ("skipped", "first_offset", "end_offset") if n in facts}
            memo["sketch_key"] = facts.get("sketch", "")
        memo["files"] += [[str(run.path / o["path"]), False] for o in manifests.outputs(manifest, "removed")]
        memo["failed"] += [str(run.path / o["path"]) for o in manifests.outputs(manifest, "failed")]
        memo["originals"] += [str(run.path / o["path"]) for o in manifests.outputs(manifest, "originals")]
        for output in manifests.outputs(manifest, "sketch"):
            memo["sketch"] = str(run.path / output["path"])
        ahead = [*manifests.outputs(manifest, "kept"), *manifests.outputs(manifest, "passing")]
        passed = [str(run.path / output["path"]) for output in ahead]
    if "source" not in memo:
        return None
    memo["files"] += [[path, "/kept/" in path or path.rsplit("/", 2)[-2] == "kept"] for path in passed]
    return memo
