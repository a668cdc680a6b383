"""Two runs compared: what was asked, the two funnels, signals, and documents that changed sides. Pure numbers.

The result is what `RUN/report/against-RUN2.json` holds; `first` is always RUN and `second` RUN2.

```
v          1
runs       [2]: name, identity (hash of what the run was asked: recipe, changes, inputs, options), recipe, digest, tamis, status, without, documents, characters, words, inputs {count, bytes}
notes      [{kind, ...}]: what to know before the numbers are read; `kind` is "incomplete", "recipes", "versions",
           "operators", "options", "inputs", "nothing_common", "not_stored", "nothing_kept"
settings   [{step, what "step" | "op" | "version" | "gate" | "parameter", name, first, second}] that differ
changes    [{rule, change "bounds" | "added" | "dropped", first, second}]: rules that differ, in words
documents  {in, made, kept, removed, failed: [n, n]}
steps      [{step, first | null, second | null}], each {in, made, removed, failed, left, ran}
rules      [{rule, first | null, second | null, change}], each {keeps, in_order, alone, only}
signals    as `tamis.report.distance.distances` gives them
table      [{first, second, documents}]: sides of documents matched by id: kept, removed, failed, absent
common, kept_by_first_alone, kept_by_second_alone     documents in both; of these, kept by one only
reasons    [{first, second, first_by, second_by, cause, documents}] of documents that changed sides, most first
examples   [{id, url, title, reason (its place in `reasons`), cause, first, second, text, chars}]; a side is
           {side, by, keeps, value}: the rule behind the change, what it keeps there, and the value that the
           document has there
```
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from tamis.errors import RunError
from tamis.messages import _
from tamis.report.data import load_data
from tamis.report.diff import ABSENT, Sides, diff_funnels, diff_rules
from tamis.report.distance import distances
from tamis.report.find import ROLES, Hit, not_stored, read_row
from tamis.report.read import RunFile, RunFiles
from tamis.report.rules import Rule

VERSION = 1
REASONS = 200
EXAMPLES = 60
EXAMPLES_EACH = 5
TEXT = 600
OPTIONS = ("measure", "limit", "sample", "seed", "max_document", "text", "columns")
"""Options that shape which documents are read and what is measured on them."""


def compare(first: RunFiles, second: RunFiles, *, examples: bool = True) -> dict[str, Any]:
    """The comparison of two run directories; nothing is written. `examples`: with documents that changed sides.

    Raises `RunError` for a damaged run, and for a run compared with itself.
    """
    if os.path.realpath(first.path) == os.path.realpath(second.path):
        raise RunError(
            first.name,
            _("is compared with itself"),
            _("give another run: tamis report RUN --against RUN2"),
        )
    data = [load_data(run.path)[0] for run in (first, second)]
    changes = [one for one in diff_rules(first.rules, second.rules) if one["change"] != "same"]
    sides = Sides(first, second)
    reasons = _reasons(first, second, sides, {one["rule"]: one["change"] for one in changes})
    return {
        "v": VERSION,
        "runs": _runs(first, second, data),
        "notes": _notes(first, second, data, sides),
        "settings": settings(first, second),
        "changes": changes,
        "steps": _steps(*data),
        **diff_funnels(*data),
        "signals": distances(first, second),
        "table": [
            {"first": one, "second": other, "documents": documents}
            for (one, other), documents in sides.table.items()
        ],
        "common": sum(n for pair, n in sides.table.items() if ABSENT not in pair),
        "kept_by_first_alone": _alone(sides, "kept", 0),
        "kept_by_second_alone": _alone(sides, "kept", 1),
        "reasons": reasons[:REASONS],
        "examples": _examples(first, second, sides, reasons) if examples else [],
    }


def _alone(sides: Sides, side: str, at: int) -> int:
    return sum(
        n for pair, n in sides.table.items() if pair[at] == side and pair[1 - at] not in (side, ABSENT)
    )


def names(first: RunFiles, second: RunFiles) -> list[str]:
    """What the two are called: the folders' names, or as they were given where these are the same."""
    short = [os.path.basename(os.path.abspath(run.path)) for run in (first, second)]
    return short if short[0] != short[1] else [first.name, second.name]


def _runs(first: RunFiles, second: RunFiles, data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told = []
    for run, name, parts in zip((first, second), names(first, second), data, strict=True):
        facts, counted = parts["run"], parts["summary"]
        told.append(
            {
                "name": name,
                "identity": _identity(run),
                **{key: facts[key] for key in ("recipe", "digest", "tamis", "status", "without")},
                **{key: counted[key] for key in ("documents", "characters", "words")},
                "inputs": {key: facts["inputs"][key] for key in ("count", "bytes")},
            }
        )
    return told


def _identity(run: RunFiles) -> str:
    """Eight digits of a hash of what the run was asked; no path and no time is in it."""
    recipe, inputs = run.info.get("recipe") or {}, run.info.get("inputs") or []
    asked = [
        {key: recipe.get(key) for key in ("name", "digest", "text", "overrides", "without")},
        sorted([str(one.get("name")), str(one.get("identity")), str(one.get("size"))] for one in inputs),
        {name: str((run.info.get("options") or {}).get(name)) for name in OPTIONS},
        [[rule.id, rule.keeps] for rule in run.rules],
    ]
    return hashlib.blake2b(json.dumps(asked, sort_keys=True).encode(), digest_size=4).hexdigest()


def _notes(
    first: RunFiles, second: RunFiles, data: list[dict[str, Any]], sides: Sides
) -> list[dict[str, Any]]:
    facts = [parts["run"] for parts in data]
    called = names(first, second)
    notes: list[dict[str, Any]] = []
    for run, name, parts in zip((first, second), called, data, strict=True):
        if not run.complete:
            notes.append({"kind": "incomplete", "run": name, "status": str(parts["run"]["status"])})
        if not_stored(run):
            notes.append({"kind": "not_stored", "run": name})
        if not parts["summary"]["documents"]["kept"]:
            notes.append({"kind": "nothing_kept", "run": name})
    if not any(ABSENT not in pair for pair in sides.table):
        notes.append({"kind": "nothing_common"})
    for kind, key in (("recipes", "recipe"), ("versions", "tamis")):
        values = [str(one[key]) for one in facts]
        if values[0] != values[1]:
            notes.append({"kind": kind, "first": values[0], "second": values[1]})
    options = [run.info.get("options") or {} for run in (first, second)]
    for name in OPTIONS:
        values = [str(one.get(name)) for one in options]
        if values[0] != values[1]:
            notes.append({"kind": "options", "name": name, "first": values[0], "second": values[1]})
    files = [
        sorted((str(one.get("name")), one.get("identity")) for one in run.info.get("inputs") or [])
        for run in (first, second)
    ]
    if files[0] != files[1]:
        notes.append({"kind": "inputs", "first": len(files[0]), "second": len(files[1])})
    return notes


def settings(first: RunFiles, second: RunFiles) -> list[dict[str, Any]]:
    """Steps, gates, operators' versions and parameters that differ, in the order of the first run."""
    sides = [{str(one["step"]): one for one in run.info.get("steps", [])} for run in (first, second)]
    found = []
    for name in [*sides[0], *(name for name in sides[1] if name not in sides[0])]:
        one, other = (side.get(name) for side in sides)
        if one is None or other is None:
            ops = [None if side is None else str(side.get("op", name)) for side in (one, other)]
            found.append({"step": name, "what": "step", "name": "", "first": ops[0], "second": ops[1]})
            continue
        told = [
            (key, "", one.get(key), other.get(key))
            for key in ("op", "version", "gate")
            if one.get(key) != other.get(key)
        ]
        both = [side.get("parameters") or {} for side in (one, other)]
        told += [
            ("parameter", key, both[0].get(key), both[1].get(key))
            for key in sorted({*both[0], *both[1]})
            if both[0].get(key) != both[1].get(key)
        ]
        found += [
            {"step": name, "what": what, "name": key, "first": old, "second": new}
            for what, key, old, new in told
        ]
    return found


def _steps(first: dict[str, Any], second: dict[str, Any]) -> list[dict[str, Any]]:
    keys = ("in", "made", "removed", "failed", "left", "ran")
    sides = [
        {one["step"]: {key: one[key] for key in keys} for one in data["steps"]} for data in (first, second)
    ]
    order = [*sides[0], *(name for name in sides[1] if name not in sides[0])]
    return [{"step": name, "first": sides[0].get(name), "second": sides[1].get(name)} for name in order]


def _reasons(
    first: RunFiles, second: RunFiles, sides: Sides, changes: dict[str, str]
) -> list[dict[str, Any]]:
    corpus = {step.step for run in (first, second) for step in run.steps if step.scope == "corpus"}
    reasons = sides.reasons()
    for one in reasons:
        lost = "first" if one["second"] == "kept" else "second"
        one["cause"] = _cause(str(one[lost]), one[f"{lost}_by"] or "", changes, corpus)
    return reasons


def _cause(side: str, by: str, changes: dict[str, str], corpus: set[str]) -> str:
    """Why the run that does not keep a document does not, seen from the other one."""
    if side in ("failed", ABSENT):
        return side
    if by in changes:
        return "bounds" if changes[by] == "bounds" else "rule"
    return "corpus" if by.rpartition(".")[0] in corpus else "value"


def _examples(
    first: RunFiles, second: RunFiles, sides: Sides, reasons: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Up to five documents a reason, the first by id, which is a hash: so a random choice that stays the same."""
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, reason in enumerate(reasons):
        if len(rows) < EXAMPLES:
            rows += [(number, row) for row in sides.of_reason(reason, EXAMPLES_EACH)]
    del rows[EXAMPLES:]
    files = [{role: run.files(role) for role in ROLES} for run in (first, second)]
    found = []
    for number, row in rows:
        full = [
            _document(files_of, row, key) for key, files_of in zip(("first", "second"), files, strict=True)
        ]
        by = row["first_by"] or row["second_by"]
        kept = full[0] if row["first"] == "kept" else full[1]
        text = str((kept or {}).get("text") or "")
        found.append(
            {
                "id": row["id"],
                "url": row["url"],
                "title": (str((kept or {}).get("title") or "") or None),
                "reason": number,
                "cause": reasons[number]["cause"],
                **{
                    key: _side(run, row, key, by, document)
                    for key, run, document in zip(("first", "second"), (first, second), full, strict=True)
                },
                "text": text[:TEXT],
                "chars": len(text),
            }
        )
    return found


def _document(files: dict[str, list[RunFile]], row: dict[str, Any], key: str) -> dict[str, Any] | None:
    """The whole document as that run stored it; None where it is absent."""
    if row[key] == ABSENT:
        return None
    return read_row(Hit(files[row[key]][row[f"{key}_file"]], row[f"{key}_place"]))


def _side(
    run: RunFiles, row: dict[str, Any], key: str, by: str | None, document: dict[str, Any] | None
) -> dict[str, Any]:
    rule: Rule | None = next((one for one in run.rules if one.id == by), None)
    value = None if rule is None or document is None else document.get(rule.column or "")
    if row[key] == "failed" and document is not None:
        value = str(document.get("message") or "")[:200]
    return {
        "side": row[key],
        "by": row[f"{key}_by"],
        "keeps": None if rule is None else rule.at(document or {}).keeps,
        "value": None if value is None else str(value)[:200],
    }
