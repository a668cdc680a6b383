"""Which files of an older run hold which rows, so that nothing that holds still is measured again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tamis.engine import keys, store
from tamis.engine import manifest as manifests
from tamis.engine.rundir import Run
from tamis.plan import phases
from tamis.recipe import Recipe

Memos = dict[str, dict[str, Any]]


def valid_until(old: Recipe, new: Recipe, digests: Mapping[str, str]) -> int:
    """The last step up to which both recipes measure alike; -1 where already the first differs."""
    valid = -1
    for number, (before, after) in enumerate(zip(old.steps, new.steps, strict=False)):
        if keys.step_key(before, digests) != keys.step_key(after, digests):
            break
        valid = number
    return valid


def memos_of(run: Run, recipe: Recipe, digests: Mapping[str, str]) -> Memos:
    """By the key of a shard's source: the files of the run that hold its rows, and how far they are true."""
    valid = valid_until(run.recipe, recipe, digests)
    if valid < 0 or run.info["options"]["removed"] == "none":
        return {}
    found: Memos = {}
    for shard in range(run.shards):
        memo = _memo(run, shard, valid)
        if memo is not None:
            found[memo.pop("source")] = memo
    return found


def _memo(run: Run, shard: int, valid: int) -> dict[str, Any] | None:
    memo: dict[str, Any] = {
        "files": [],
        "failed": [],
        "originals": [],
        "valid": valid,
        "sketch": None,
        "sketch_key": "",
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
    whole = [path for path, _kept in memo["files"]] + memo["failed"] + memo["originals"]
    if any(not store.exists(path) for path in whole):
        return None
    if memo["sketch"] is not None and not store.exists(memo["sketch"]):
        memo["sketch"] = None
    return memo


def remember(run: Path, memos: Memos) -> None:
    """Keep the memos of an edited run until it is done: its manifests are replaced one by one."""
    store.replace(run / "work" / "previous.json", json.dumps(memos).encode())


def remembered(run: Path) -> Memos:
    """The memos of an edited run that was stopped; empty where there are none."""
    path = run / "work" / "previous.json"
    if not store.exists(path):
        return {}
    memos: Memos = json.loads(store.read(path))
    return memos
