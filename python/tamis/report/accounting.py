"""What went in and where it went, in documents, characters and words: the run, each step, each rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report.read import RunFiles, batches
from tamis.report.rows import Rows, Units
from tamis.report.rules import Rule
from tamis.report.signals import Measured
from tamis.report.tokens import Tokenizer, tokens

SOURCE = "source"
EXTRA_RULES = 200
"""Reasons that no recipe names (a source's own, a split), by step; beyond, they are counted together."""


@dataclass(frozen=True)
class Edited:
    """What kept documents lost to transforms; None where nobody counted it."""

    documents: int
    characters: int | None
    words: int | None


def summary(
    run: RunFiles, rows: Rows, failed: int, edited: Edited, tokenizer: Tokenizer | None = None
) -> dict[str, Any]:
    """The `summary` part of `data.json`."""
    removed = rows.total - rows.kept + rows.unstored.documents
    made = sum(made_by_step(run).values())
    came = rows.kept + removed + failed - made
    sides = [pc.sum(column.slice(0, rows.kept)).as_py() or 0 for column in (rows.characters, rows.words)]
    others = [pc.sum(column.slice(rows.kept)).as_py() or 0 for column in (rows.characters, rows.words)]
    first = run.row_phases[0] if run.row_phases else 0
    counted = [part["counts"].get("in", 0) for phase, part in run.counts() if phase == first]
    return {
        "documents": {"in": came, "made": made, "kept": rows.kept, "removed": removed, "failed": failed},
        "characters": _unit(sides[0], others[0] + rows.unstored.characters, edited.characters),
        "words": _unit(sides[1], others[1] + rows.unstored.words, edited.words),
        "tokens": tokens(run, rows, tokenizer),
        "edited": edited.documents,
        "balanced": sum(counted) == came,
        "skipped": of_reading(run, "skipped"),
        "shards": len(counted),
    }


def of_reading(run: RunFiles, name: str) -> dict[str, int]:
    """What was counted while inputs were read (`skipped`, `misfits`): by the shards, and by what was ingested."""
    counted = Counter((run.info.get("ingested") or {}).get(name) or {})
    for _phase, part in run.counts():
        counted.update(part.get(name) or {})
    return dict(sorted(counted.items()))


def _unit(kept: int, removed: int, edited: int | None) -> dict[str, Any]:
    return {
        "in": kept + removed,
        "kept": kept - (edited or 0),
        "removed": removed,
        "failed": None,
        "edited": edited,
    }


def made_by_step(run: RunFiles) -> Counter[str]:
    """Documents that transforms made, by step; those not attributed by a manifest count for the source."""
    made: Counter[str] = Counter()
    for _phase, part in run.counts():
        by_step = part.get("made") or {}
        made.update(by_step)
        made[SOURCE] += part["counts"].get("made", 0) - sum(by_step.values())
    return +made


def edited(run: RunFiles) -> Edited:
    """What kept documents lost: as the manifests say, else characters counted from the stored texts."""
    said = [part["edited"] for _phase, part in run.counts() if part.get("edited")]
    if said:
        documents, characters, words = (
            sum(part.get(key) or 0 for part in said) for key in ("documents", "characters", "words")
        )
        return Edited(documents, characters, words if all("words" in part for part in said) else None)
    originals: dict[int, list[str]] = {}
    for file in run.files("originals"):
        originals.setdefault(file.shard, []).append(file.path)
    documents = lost = 0
    for file in run.files("kept"):
        changed = [t["row"] for path in originals.get(file.shard, []) for t in batches(path, ["row"])]
        if not changed:
            continue
        known = pa.concat_arrays([c for column in changed for c in column.chunks])
        for table in batches(file.path, ["row", "text", "text_chars"], 4_096):
            mine = table.filter(pc.is_in(table["row"], known))
            documents += mine.num_rows
            now = pc.sum(pc.utf8_length(mine["text"].cast(pa.large_string()))).as_py() or 0
            lost += (pc.sum(mine["text_chars"]).as_py() or 0) - now
    unknown = not originals and any(step.kind == "transform" for step in run.steps)
    if unknown and (run.info.get("options") or {}).get("originals") == "drop":
        return Edited(documents, None, None)
    return Edited(documents, lost, 0 if not documents else None)


def funnel(
    run: RunFiles, rows: Rows, failed: Counter[str], measured: Measured
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The parts `steps` and `rules`, in recipe order; the source's own rules come first."""
    made = made_by_step(run)
    without = without_steps(run)
    left = rows.total + rows.unstored.documents + sum(failed.values()) - sum(made.values())
    by_step = _rules_by_step(run, rows)
    expected = run.info.get("expect") or []
    characters = (pc.sum(rows.characters).as_py() or 0) + rows.unstored.characters
    steps, rules = [], []
    for name in [SOURCE, *run.order]:
        mine = by_step.get(name, [])
        removed = sum(rows.in_order[rule.id].documents for rule in mine if rule.id in rows.in_order)
        if name == SOURCE and not (removed or failed.get(name) or made.get(name)):
            continue
        part = _step(run, rows, name, left, (failed[name], made[name]), [rule.id for rule in mine])
        part["why"] = "without" if name in without else ""
        part["ran"] = name not in without
        left += made[name] - failed[name]
        for rule in mine:
            came = {"documents": left, "characters": None if made else characters}
            left -= rows.in_order.get(rule.id, Units()).documents
            characters -= rows.in_order.get(rule.id, Units()).characters
            told = _rule(rule, rows, measured, part["in"] + made[name] - failed[name], left)
            told["expect"] = [_beside(row, told, came) for row in expected if row["rule"] == rule.id]
            rules.append(told)
        steps.append(part)
    return steps, rules


def without_steps(run: RunFiles) -> list[str]:
    """Steps that the run was told to leave out."""
    recipe, options = run.info.get("recipe") or {}, run.info.get("options") or {}
    return list(recipe.get("without") or options.get("without") or [])


def _rules_by_step(run: RunFiles, rows: Rows) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in run.rules:
        found.setdefault(rule.step, []).append(rule)
    known = {rule.id for rule in run.rules}
    extra: dict[str, list[str]] = {}
    for name in rows.in_order:
        if name not in known:
            extra.setdefault(name.rpartition(".")[0] or SOURCE, []).append(name)
    for step, names in extra.items():
        names.sort(key=lambda name: (-rows.in_order[name].documents, name))
        for name in names[EXTRA_RULES:]:
            _fold(rows, name, f"{step}.others")
        listed = names[:EXTRA_RULES] + ([f"{step}.others"] if names[EXTRA_RULES:] else [])
        own = [Rule(step, name.removeprefix(f"{step}."), None, {}) for name in listed]
        found[step] = own + found.get(step, []) if step == SOURCE else found.get(step, []) + own
    return found


def _fold(rows: Rows, name: str, into: str) -> None:
    for table in (rows.in_order, rows.alone, rows.only):
        units = table.pop(name, None)
        if units is not None:
            table.setdefault(into, Units()).add(units.documents, units.characters, units.words)


def _step(
    run: RunFiles, rows: Rows, name: str, came: int, moved: tuple[int, int], rules: list[str]
) -> dict[str, Any]:
    facts = next((step for step in run.steps if step.step == name), None)
    source = SOURCE if name == SOURCE else None
    removed = Units()
    for rule in rules:
        units = rows.in_order.get(rule, Units())
        removed.add(units.documents, units.characters, units.words)
    failed, made = moved
    return {
        "step": name,
        "op": facts.op if facts else name,
        "kind": facts.kind if facts else source,
        "scope": facts.scope if facts else "row",
        "cost": facts.cost if facts else "cheap",
        "gate": facts.gate if facts else name == SOURCE,
        "where": facts.where if facts else False,
        "in": came,
        "made": made,
        "removed": removed.documents,
        "failed": failed,
        "left": came + made - removed.documents - failed,
        "removed_characters": removed.characters,
        "removed_words": removed.words,
        "rules": rules,
    }


def _rule(rule: Rule, rows: Rows, measured: Measured, came: int, left: int) -> dict[str, Any]:
    ran = measured.ran.get(rule.step)
    if rule.signal is None or ran is None:
        denominator: dict[str, Any] = {"documents": came, "characters": None, "words": None}
    else:
        denominator = ran.plain()
    return {
        "rule": rule.id,
        "step": rule.step,
        "name": rule.name,
        "signal": rule.signal,
        "bounds": dict(rule.bounds),
        "conditional": rule.conditional,
        "keeps": rule.keeps,
        "measured": denominator,
        "alone": rows.alone.get(rule.id, Units()).plain(),
        "in_order": rows.in_order.get(rule.id, Units()).plain(),
        "only": rows.only.get(rule.id, Units()).plain(),
        "left": left,
    }


def _beside(row: dict[str, Any], told: dict[str, Any], came: dict[str, int | None]) -> dict[str, Any]:
    """A row of the recipe's `[[expect]]` and the same share of this run; None where it was not counted."""
    unit, alone = row["unit"], row["as"] == "alone"
    whole = told["measured"].get(unit) if alone else came.get(unit)
    removed = told["alone" if alone else "in_order"].get(unit)
    ours = removed / whole if whole and removed is not None else None
    return {**{key: row[key] for key in ("value", "as", "unit", "source")}, "ours": ours}
