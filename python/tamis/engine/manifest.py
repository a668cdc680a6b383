"""Manifests: the commit of a task, written last. What no manifest names does not exist."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from tamis.engine import store
from tamis.engine.crash import crash_point
from tamis.engine.index import manifest_path, read_bytes
from tamis.errors import RunFailed
from tamis.messages import _

VERSION = 1
Manifest = dict[str, Any]

_log = logging.getLogger(__name__)


def check_accounts(counts: Mapping[str, int], where: str) -> None:
    """Assert `in + made == kept + removed + failed`.

    Raises:
        RunFailed: documents were lost or made up; this is a fault of the engine or of an operator.
    """
    came = counts.get("in", 0) + counts.get("made", 0)
    went = counts.get("kept", 0) + counts.get("removed", 0) + counts.get("failed", 0)
    if came != went:
        what = _("{came} documents came in and {went} went out: {counts}")
        raise RunFailed(where, what.format(came=came, went=went, counts=json.dumps(dict(counts))))


def read_manifest(run: Path, phase: int, task: int) -> Manifest | None:
    """The manifest of a task; None where the task is not done.

    One that cannot be read counts as not done, with a warning: its task runs again.

    Raises:
        RunFailed: its accounts do not add up.
    """
    data = read_bytes(run, phase, task)
    if data is None:
        return None
    try:
        manifest = orjson.loads(data)
    except ValueError:
        path = manifest_path(run, phase, task)
        warn(_("{path}: not a manifest; its task runs again").format(path=path))
        return None
    if not isinstance(manifest, dict) or manifest.get("v") != VERSION or "deterministic" not in manifest:
        path = manifest_path(run, phase, task)
        warn(_("{path}: a manifest of another version; its task runs again").format(path=path))
        return None
    if "counts" in manifest["deterministic"]:
        check_accounts(manifest["deterministic"]["counts"], f"{run}/phases/{phase}/{task:06d}.json")
    return manifest


def write_manifest(run: Path, manifest: Manifest) -> bool:
    """Commit: temporary file, sync, rename, sync of the folder; in a store one PUT, create-only or in place of what was read.

    `manifest` holds `phase` and `task`. False where another attempt committed meanwhile: nothing was written.
    """
    path = manifest_path(run, manifest["phase"], manifest["task"])
    data = json.dumps(manifest, ensure_ascii=False, separators=(",", ":"), sort_keys=False).encode()
    if store.is_object(path):
        return _publish(path, manifest, data)
    temporary = (
        store.work(run)
        / "tmp"
        / f"{manifest['phase']}-{manifest['task']:06d}-{manifest['run']['attempt']}.json"
    )
    try:
        store.write_new(temporary, data)
        crash_point("K7")
        store.put(temporary, path)
    except OSError:
        store.remove(temporary)
        raise
    return True


def _publish(path: Path, manifest: Manifest, data: bytes) -> bool:
    there = store.read_tagged(path)
    crash_point("K7")
    if there is None:
        return store.create(path, data)
    try:
        old = orjson.loads(there[0])
        same = all(old.get(name) == manifest.get(name) for name in ("measured", "decided", "deterministic"))
    except (ValueError, AttributeError):
        same = False
    return same or store.replace_if(path, data, there[1])


def outputs(manifest: Manifest, role: str | None = None) -> Iterator[dict[str, Any]]:
    """The output files that a manifest names, of one role or all: role, path, size, rows, digest."""
    for output in manifest["deterministic"].get("outputs", []):
        if role is None or output["role"] == role:
            yield output


def problems(run: Path, manifest: Manifest, *, digests: bool = False) -> list[str]:
    """What is wrong with the files that a manifest names: missing, another size, with `digests` other content.

    A task with problems runs again; each is a sentence for a warning, never to be skipped silently.
    """
    found = []
    for output in outputs(manifest):
        # Plain text: joining paths took more time than looking what lies there.
        path, names = f"{run}/{output['path']}", {"path": output["path"], "bytes": output["size"]}
        stamp = store.stamp(path)
        if stamp is None:
            found.append(_("{path} is missing").format(**names))
        elif stamp.size != output["size"]:
            found.append(_("{path} has {size} bytes, not {bytes}").format(size=stamp.size, **names))
        elif digests and store.digest(path) != output["digest"]:
            found.append(_("{path} was changed since it was written").format(**names))
    return found


def warn(problem: str) -> None:
    """Say that a task runs again, and why; a command, which reads a manifest more than once, says it once."""
    _log.warning(problem, extra={"once": True})
