"""The alarm for operators that are not deterministic: two attempts at one task must agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis.engine import store
from tamis.engine.index import manifest_path
from tamis.engine.manifest import Manifest, outputs, read_manifest
from tamis.errors import RunFailed
from tamis.messages import _


def check_agreement(run: Path, manifest: Manifest) -> None:
    """Compare what is about to be committed with an earlier commit of the same task under the same keys.

    Documents that a time or memory guard stopped excuse a difference (`run.guarded`).

    Raises:
        RunFailed: the deterministic parts differ; it names the operator whose column does.
    """
    before = read_manifest(run, manifest["phase"], manifest["task"])
    if before is None or any(before.get(key) != manifest.get(key) for key in ("measured", "decided")):
        return
    reused = before["run"].get("reused") or manifest["run"].get("reused")
    if _compared(before, reused) == _compared(manifest, reused):
        return
    if before["run"].get("guarded") or manifest["run"].get("guarded"):
        return
    where = str(manifest_path(run, manifest["phase"], manifest["task"]))
    what = _("two attempts at one task gave different results, first in {culprit}")
    hint = _(
        "make that operator deterministic (no clock, no unseeded random, no order of a set); both files are there"
    )
    raise RunFailed(where, what.format(culprit=culprit(run, before, manifest)), hint)


def _compared(manifest: Manifest, reused: bool | None) -> dict[str, Any]:
    """What must agree. Rows on their way to the next phase may carry what an older run measured further on."""
    facts: dict[str, Any] = manifest["deterministic"]
    if not reused:
        return facts
    return {**facts, "outputs": [output for output in outputs(manifest) if output["role"] != "passing"]}


def culprit(run: Path, before: Manifest, after: Manifest) -> str:
    """The step, or failing that the column or fact, in which two manifests of one task differ."""
    old, new = ({o["role"]: o for o in outputs(m)} for m in (before, after))
    for role in sorted(old.keys() & new.keys()):
        if old[role]["digest"] != new[role]["digest"] and old[role]["path"].endswith(".parquet"):
            column = _first_difference(run / old[role]["path"], run / new[role]["path"])
            if column:
                return column
    return _first_fact(before["deterministic"], after["deterministic"])


def _first_difference(old: Path, new: Path) -> str:
    try:
        left, right = store.open_parquet(old), store.open_parquet(new)
    except (OSError, pa.ArrowException):
        # The earlier file was lost or cut, which may be why the task ran again.
        return _("the rows of {role}; the earlier ones are gone").format(role=new.parent.name)
    names = [name for name in left.schema_arrow.names if name in right.schema_arrow.names]
    # Measured columns first: a text or verdict that differs follows from one of them more often than not.
    for name in sorted(names, key=lambda name: "." not in name):
        if not left.read([name]).equals(right.read([name])):
            step, dot, _signal = name.partition(".")
            return _("step {step} (column {column})").format(step=step, column=name) if dot else name
    return ""


def _first_fact(old: dict[str, Any], new: dict[str, Any]) -> str:
    steps = zip(old.get("steps", []), new.get("steps", []), strict=False)
    for before, after in steps:
        if before != after and isinstance(before, dict):
            return _("step {step}").format(step=before.get("step") or before.get("op"))
    for key in sorted(old.keys() | new.keys(), key=lambda key: key == "outputs"):
        if old.get(key) != new.get(key):
            return key
    return "outputs"
