"""What differs between two recipes: steps, parameters and rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tamis.catalogue import rule_text
from tamis.recipe import Recipe, Rule, Step, read_recipe


def recipe_difference(a: str | Path | Recipe, b: str | Path | Recipe) -> dict[str, Any]:
    """The two recipes side by side.

    Returns:
        `what` "recipes", `a` and `b` (names), `changes`: one `{step, what, name, a, b}` for each step, parameter and
        rule that differs, `what` being "step", "parameter", "gate" or "rule"; null where one side lacks it.
    """
    one, other = read_recipe(a), read_recipe(b)
    changes: list[dict[str, Any]] = []
    names = [step.name for step in one.steps]
    names += [step.name for step in other.steps if step.name not in names]
    for name in names:
        changes += _step(name, one.step(name), other.step(name))
    moved = _order(one, other)
    if moved:
        changes.append({"step": "", "what": "order", "name": "", "a": moved[0], "b": moved[1]})
    return {"what": "recipes", "a": one.name, "b": other.name, "changes": changes}


def _step(name: str, a: Step | None, b: Step | None) -> list[dict[str, Any]]:
    if a is None or b is None:
        return [_change(name, "step", "", a and a.op.name, b and b.op.name)]
    if a.op.name != b.op.name:
        return [_change(name, "step", "", a.op.name, b.op.name)]
    found = []
    for key in sorted({*a.parameters, *b.parameters}):
        sides = a.shown.get(key), b.shown.get(key)
        if sides[0] != sides[1]:
            found.append(_change(name, "parameter", key, *sides))
    if a.gate != b.gate:
        found.append(_change(name, "gate", "", a.gate, b.gate))
    rules = {rule.name: rule_sentence(rule) for rule in a.rules}, {r.name: rule_sentence(r) for r in b.rules}
    for key in [*rules[0], *(key for key in rules[1] if key not in rules[0])]:
        sides = rules[0].get(key), rules[1].get(key)
        if sides[0] != sides[1]:
            found.append(_change(name, "rule", key, *sides))
    named = {rule.name: rule for rule in b.rules}
    for rule in a.rules:
        for value, *texts in _rows(rule, named[rule.name]) if rule.name in named else ():
            found.append(_change(name, "rule", f"{rule.name} ({value})", *texts))
    return found


def _change(step: str, what: str, name: str, a: Any, b: Any) -> dict[str, Any]:
    return {"step": step, "what": what, "name": name, "a": a, "b": b}


def _order(a: Recipe, b: Recipe) -> tuple[str, str] | None:
    common = {step.name for step in a.steps} & {step.name for step in b.steps}
    orders = [", ".join(s.name for s in recipe.steps if s.name in common) for recipe in (a, b)]
    return (orders[0], orders[1]) if orders[0] != orders[1] else None


def rule_sentence(rule: Rule) -> str:
    """A rule of a checked recipe, in the words of `show`."""
    return rule_text(_plain(rule))


def _plain(rule: Rule) -> Mapping[str, Any]:
    when = None if rule.when is None else _plain(rule.when)
    return {
        "signal": rule.signal,
        "bounds": dict(rule.bounds),
        "when": when,
        "table": rule.table,
        "by": rule.by,
    }


def _rows(a: Rule, b: Rule) -> Iterator[tuple[str, str | None, str | None]]:
    """Rows of two rules' tables that differ: the value, and both rows in words."""
    for value in [*a.rows, *(value for value in b.rows if value not in a.rows)]:
        sides = a.rows.get(value), b.rows.get(value)
        if sides[0] != sides[1]:
            first, second = (None if side is None else _row_text(a, side) for side in sides)
            yield value, first, second


def _row_text(rule: Rule, bounds: Mapping[str, Any]) -> str:
    return rule_text({"signal": rule.signal, "bounds": dict(bounds), "when": None})
