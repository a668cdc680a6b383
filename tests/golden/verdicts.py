"""Deciding by the text steps of a published recipe, and the reference's names for what decides."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa

from tamis.op import find

# The reference's name of each rule's reason, where it is not the signal's `reference`.
REASONS = {
    "fineweb_quality.empty": "empty",
    "gopher_quality.word_count above": "gopher_long_doc",
    "gopher_quality.mean_word_length above": "gopher_above_avg_threshold",
}
FILTERS = ("gopher_repetition", "gopher_quality", "c4_lines", "fineweb_quality")


@cache
def steps(recipe: str) -> dict[str, dict[str, Any]]:
    """The steps of a recipe by name."""
    parsed = tomllib.loads((files("tamis") / "recipes" / f"{recipe}.toml").read_text("utf-8"))
    return {step.get("as", step["op"]): step for step in parsed["step"]}


def parameters(recipe: str, op: str) -> dict[str, Any]:
    return {k: v for k, v in steps(recipe)[op].items() if k not in ("op", "note", "keep", "gate", "as")}


def measure(recipe: str, op: str, texts: list[str], **changed: Any) -> dict[str, list[Any]]:
    """The operator's columns with the recipe's parameters."""
    found = find(op)
    assert found is not None
    columns = found.function(pa.array(texts, pa.large_string()), **{**parameters(recipe, op), **changed})
    return {name: column.to_pylist() for name, column in columns.items()}


def fails(value: Any, rule: Mapping[str, Any]) -> str:
    """Which bound a value breaks: below, above, or none."""
    if ("min" in rule and value < rule["min"]) or ("above" in rule and value <= rule["above"]):
        return "below"
    if ("max" in rule and value > rule["max"]) or ("below" in rule and value >= rule["below"]):
        return "above"
    return ""


def broken(recipe: str, op: str, row: Mapping[str, Any]) -> tuple[Mapping[str, Any], str] | None:
    """The first rule that a row of values breaks, and on which side."""
    for rule in steps(recipe)[op]["keep"]:
        value = row[rule["signal"]]
        side = ("" if value in rule["in"] else "outside") if "in" in rule else fails(value, rule)
        if side:
            return rule, side
    return None


def failing_rule(recipe: str, op: str, row: Mapping[str, Any]) -> str:
    """The signal of that rule; empty where the row passes."""
    found = broken(recipe, op, row)
    return str(found[0]["signal"]) if found else ""


def reason(recipe: str, op: str, columns: Mapping[str, list[Any]], row: int) -> str:
    """The reference's name of the first rule that a text breaks; empty where it passes."""
    declared = find(op)
    assert declared is not None
    found = broken(recipe, op, {name: values[row] for name, values in columns.items()})
    if found is None:
        return ""
    rule, side = found
    signal = declared.signal(rule["signal"])
    assert signal is not None
    named = REASONS.get(f"{op}.{rule.get('name', '')}", signal.reference)
    return REASONS.get(f"{op}.{rule['signal']} {side}", named)
