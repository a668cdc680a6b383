"""One document's whole path, from what is stored: each step, signal, value, bound and verdict; its
duplicates.

What was not stored (signals behind a gate, the text between two transforms) is null here;
`tamis.explaining` has the engine compute it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from tamis import lineage
from tamis.report.accounting import without_steps
from tamis.report.find import find, members, relatives
from tamis.report.read import RunFiles
from tamis.report.rules import Rule, Step

KEEP, REMOVE, NOT_MEASURED = "keep", "remove", "not measured"
SOURCE = "source.content_type"
MEMBERS = 20


def explain(run: str | os.PathLike[str] | RunFiles, key: str) -> dict[str, Any]:
    """What happened to one document and why, as far as it was stored.

    Returns `id`, `url`, `side` (kept, removed, failed), `place`, `matches`, `origin`, `removed_by`,
    `removed_value`, `removed_bound`, `failed_rules`, `failed` ({step, kind, message} or None), `failed_step`
    (of a removed document that failed later), `text` (as stored), `original` (before transforms, or None),
    `duplicates`, `parent_id` and `parent` (id and place of the document that it was made of, or None), `children`
    (how many documents were made of it, as far as they are stored), and `steps` in recipe order:

    `{"step", "op", "ran", "computed", "why", "signals": [{"signal", "value", "rule", "bound", "verdict",
    "first"}]}`: one entry a rule, and one for each signal without a rule (`rule` None, `verdict` "").
    `verdict` is "keep", "remove" or "not measured"; `first` marks the rule that removed it. `why` says why a
    step did not run: "without" (the run left it out), "made later" (the document was not there yet), "removed
    before", "failed before", "passed over" (it had nothing to do here), else "". `computed` is False: see `tamis.explain`.
    """
    files = run if isinstance(run, RunFiles) else RunFiles(run)
    return told(files, find(files, key))


def told(files: RunFiles, found: Mapping[str, Any]) -> dict[str, Any]:
    """`explain` of a document that `find` found."""
    row, side = found["row"], found["side"]
    failed = {name: row.get(name) for name in ("step", "kind", "message")} if side == "failed" else None
    parent, children = relatives(files, found["hit"].file.shard, row.get("row"))
    return {
        "id": row.get("id"),
        "url": row.get("url"),
        "side": side,
        "place": found["place"],
        "matches": found["matches"],
        "origin": row.get("origin"),
        "parent_id": row.get("parent_id") or (parent or {}).get("id"),
        "parent": (parent or {}).get("place"),
        "children": children,
        "removed_by": row.get("removed_by"),
        "removed_value": row.get("removed_value"),
        "removed_bound": row.get("removed_bound"),
        "failed_rules": list(row.get("failed_rules") or []),
        "failed": failed,
        "failed_step": row.get("failed_step"),
        "steps": _steps(files, row, side),
        "text": row.get("text"),
        "original": found["original"],
        "duplicates": _duplicates(files, row),
    }


def _steps(run: RunFiles, row: dict[str, Any], side: str) -> list[dict[str, Any]]:
    known = {step.step: step for step in run.steps}
    without = without_steps(run)
    last, born = _last(run, row, side), _born(run, row)
    listed = []
    if row.get("removed_by") == SOURCE:
        [rule] = [rule for rule in run.rules if rule.id == SOURCE] or [
            Rule("source", "content_type", None, {})
        ]
        facts = {"signal": "content_type", "value": row.get("content_type"), "rule": SOURCE}
        entry = {**facts, "bound": rule.keeps, "verdict": REMOVE, "first": True}
        listed.append(_entry("source", "source", True, "", [entry]))
    for position, name in enumerate(run.order):
        step = known.get(name)
        if name in without or step is None:
            listed.append(_entry(name, name, False, "without", []))
            continue
        makes = step.expands and position != born
        reached = born <= position <= last and not (makes and _removed_before(run, row, position))
        ran = _ran(step, row, reached) or (makes and reached)
        missed = "failed before" if side == "failed" or _failed(run, row, position) else "removed before"
        # The signals of a failed document are not stored, however far it came.
        passed = position <= last and side != "failed" and not makes
        why = "" if ran else "made later" if position < born else "passed over" if passed else missed
        rules = [rule for rule in run.rules if rule.step == name]
        listed.append(_entry(name, step.op, ran, why, [] if makes else signals(step, rules, row, ran)))
    return listed


def _entry(step: str, op: str, ran: bool, why: str, signals: list[dict[str, Any]]) -> dict[str, Any]:
    return {"step": step, "op": op, "ran": ran, "computed": False, "why": why, "signals": signals}


def _born(run: RunFiles, row: dict[str, Any]) -> int:
    """Position of the step that made the document; -1 for one of the source."""
    makers = [step.step for step in run.steps if step.expands]
    made_by = lineage.made_by(row.get("row") or 0, len(makers))
    return run.order.index(makers[made_by - 1]) if made_by else -1


def _removed_before(run: RunFiles, row: dict[str, Any], position: int) -> bool:
    """Whether a rule of an earlier step had removed the document."""
    step = str(row.get("removed_by") or "").rpartition(".")[0]
    while step and step not in run.order and step != "source":
        step = step.rpartition(".")[0]
    return bool(step) and (step == "source" or run.order.index(step) < position)


def _failed(run: RunFiles, row: dict[str, Any], position: int) -> bool:
    """Whether a removed document failed at this step or before it."""
    name = row.get("failed_step")
    return name in run.order and run.order.index(name) <= position


def _last(run: RunFiles, row: dict[str, Any], side: str) -> int:
    """Position of the last step that ran on the document."""
    if side == "kept":
        return len(run.order) - 1
    name = row.get("step") if side == "failed" else row.get("last_step")
    if name in run.order:
        return run.order.index(name) - (1 if side == "failed" else 0)
    return -1


def _ran(step: Step, row: dict[str, Any], reached: bool) -> bool:
    """A step ran where it left a value; one without signals, where the document reached it."""
    if any(row.get(signal.column) is not None for signal in step.signals):
        return True
    return reached and not step.signals


def signals(step: Step, rules: list[Rule], row: Mapping[str, Any], ran: bool) -> list[dict[str, Any]]:
    """What a row says of one step: an entry a rule, and one for each signal without a rule."""
    fails = set(row.get("failed_rules") or [])
    entries = []
    for signal in step.signals:
        value = row.get(signal.column)
        mine = [rule for rule in rules if rule.signal == signal.name]
        for rule in mine:
            verdict = REMOVE if rule.id in fails else KEEP if ran else NOT_MEASURED
            entries.append(
                {
                    "signal": signal.name,
                    "value": value,
                    "rule": rule.id,
                    "bound": rule.at(row).keeps,
                    "verdict": verdict,
                    "first": rule.id == row.get("removed_by"),
                }
            )
        if not mine:
            entries.append(
                {
                    "signal": signal.name,
                    "value": value,
                    "rule": None,
                    "bound": "",
                    "verdict": "",
                    "first": False,
                }
            )
    return entries


def _duplicates(run: RunFiles, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Its clusters, from its own columns of the corpus steps; `members` from `clusters/`, the kept one
    first.
    """
    found = []
    for step in run.steps:
        if not step.has("cluster", "cluster_size"):
            continue
        cluster, size = row.get(f"{step.step}.cluster"), row.get(f"{step.step}.cluster_size")
        if cluster is None or (size or 0) < 2:
            continue
        found.append(
            {
                "step": step.step,
                "cluster": cluster,
                "size": size,
                "rank": row.get(f"{step.step}.rank"),
                "similarity": row.get(f"{step.step}.similarity"),
                "kept_id": cluster,
                "members": [member["id"] for member in members(run, step.step, cluster, MEMBERS)],
            }
        )
    return found
