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
    """The text steps of a recipe by operator."""
    parsed = tomllib.loads((files("tamis") / "recipes" / f"{recipe}.toml").read_text("utf-8"))
    return {step["op"]: step for step in parsed["step"] if step["op"] in FILTERS}


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


def reason(recipe: str, op: str, columns: Mapping[str, list[Any]], row: int) -> str:
    """The reference's name of the first rule that a text breaks; empty where it passes."""
    declared = find(op)
    assert declared is not None
    for rule in steps(recipe)[op]["keep"]:
        side = fails(columns[rule["signal"]][row], rule)
        if side:
            signal = declared.signal(rule["signal"])
            assert signal is not None
            named = REASONS.get(f"{op}.{rule.get('name', '')}", signal.reference)
            return REASONS.get(f"{op}.{rule['signal']} {side}", named)
    return ""
