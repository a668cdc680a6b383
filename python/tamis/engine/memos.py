"""Which files of an older run hold which rows, so that nothing that holds still is measured again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tamis.engine import keys, store
from tamis.engine import manifest as manifests
from tamis.engine.replay import edits, fed
from tamis.engine.rundir import Run
from tamis.plan import phases
from tamis.recipe import Recipe

READING_FACTS = ("skipped", "misfits", "first_offset", "end_offset")
"""What a manifest says of the reading of its input, which a run that takes the rows over does not read again."""

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
    valid = min(valid, fed(recipe) - 1)
    if recipe.expanding:
        # What was made of a document is made again: only the rows of the source are taken over.
        valid = min(valid, recipe.expanding[0] - 1)
    found: Memos = {}
    for source, memo in stored["memos"].items():
        if not _whole(memo):
            continue
        sketch = memo["sketch"] if memo["sketch"] is not None and store.exists(memo["sketch"]) else None
        until = _signed_until(stored, valid, signed=sketch is not None)
        found[source] = {**memo, "sketch": sketch, "valid": until, "lost": _lost(stored, until)}
    return found


def _signed_until(stored: Mapping[str, Any], valid: int, *, signed: bool) -> int:
    """As `valid`, but before a corpus step whose signatures must be made again of texts that were edited since."""
    for number in stored["corpus"]:
        there = signed and number == stored["corpus"][0]
        if not there and number <= valid and any(edit > number for edit in stored["edits"]):
            return int(number) - 1
    return valid


def _lost(stored: Mapping[str, Any], until: int) -> list[str]:
    """The steps after which a stored text is no longer the one that came to step `until + 1`, nor is it elsewhere."""
    first = next((edit for edit in stored["edits"] if edit > until), None)
    return [] if first is None or not stored["dropped"] else stored["steps"][first:]


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
    steps = run.recipe.steps
    return {
        "step_keys": run.info.get("step_keys", []),
        "memos": found,
        "steps": [step.name for step in steps],
        "edits": [number for number, step in enumerate(steps) if edits(step)],
        "corpus": [number for number, step in enumerate(steps) if step.op.scope == "corpus"],
        "dropped": run.info["options"].get("originals") == "drop",
    }


def _whole(memo: Mapping[str, Any]) -> bool:
    paths = [*(path for path, _kept in memo["files"]), *memo["failed"], *memo["originals"]]
    return all(store.exists(path) for path in paths)


def _memo(run: Run, shard: int) -> dict[str, Any] | None:
    memo: dict[str, Any] = {
        "files": [],
        "failed": [],
        "originals": [],
        "sketch": None,
        "sketch_key": "",
        "expanding": len(run.recipe.expanding),
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
            memo["facts"] = {name: facts[name] for name in READING_FACTS if name in facts}
            memo["sketch_key"] = facts.get("sketch", "")
            memo["sketch"] = next(
                (str(run.path / o["path"]) for o in manifests.outputs(manifest, "sketch")), None
            )
        memo["files"] += [[str(run.path / o["path"]), False] for o in manifests.outputs(manifest, "removed")]
        memo["failed"] += [str(run.path / o["path"]) for o in manifests.outputs(manifest, "failed")]
        memo["originals"] += [str(run.path / o["path"]) for o in manifests.outputs(manifest, "originals")]
        ahead = [*manifests.outputs(manifest, "kept"), *manifests.outputs(manifest, "passing")]
        passed = [str(run.path / output["path"]) for output in ahead]
    if "source" not in memo:
        return None
    memo["files"] += [[path, "/kept/" in path or path.rsplit("/", 2)[-2] == "kept"] for path in passed]
    return memo
