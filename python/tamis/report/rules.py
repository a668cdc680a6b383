"""Steps and rules as `run.json` lists them, and what a bound says about a value."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tamis.report.words import keeps

NUMERIC = ("min", "above", "max", "below")
LISTS = ("in", "not_in")
BOUNDS = (*NUMERIC, *LISTS, "when", "null", "table", "by")


@dataclass(frozen=True)
class SignalInfo:
    """A declared signal of a step: its stored column is `step.name`."""

    step: str
    name: str
    type: str
    meaning: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def column(self) -> str:
        return f"{self.step}.{self.name}"


@dataclass(frozen=True)
class Step:
    """A step of the recipe, with its operator's facts as they were when it ran."""

    step: str
    op: str
    kind: str
    scope: str
    cost: str
    gate: bool
    signals: tuple[SignalInfo, ...]
    hides: str = ""
    where: bool = False
    expands: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        return set(names) <= {signal.name for signal in self.signals}


@dataclass(frozen=True)
class Rule:
    """A rule of the recipe after `--set`: `bounds` holds those of `BOUNDS` that it has."""

    step: str
    name: str
    signal: str | None
    bounds: Mapping[str, Any]
    rows: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def at(self, row: Mapping[str, Any]) -> Rule:
        """The rule with the bounds that it has for a stored document: those of its row of the table.

        Examples:
            >>> rule = Rule("q", "n", "n", {"table": "t.csv", "by": "language.label"}, {"de": {"max": 5.0}})
            >>> rule.at({"language.label": "de"}).keeps, rule.at({"language.label": "fr"}).keeps
            ('≤ 5', '')
        """
        by = self.bounds.get("by")
        if by is None:
            return self
        own = {key: bound for key, bound in self.bounds.items() if key not in ("table", "by")}
        return Rule(
            self.step,
            self.name,
            self.signal,
            {**own, **self.rows.get(str(row.get(by)), self.rows.get("*", {}))},
        )

    @property
    def id(self) -> str:
        return f"{self.step}.{self.name}"

    @property
    def column(self) -> str | None:
        return None if self.signal is None else f"{self.step}.{self.signal}"

    @property
    def keeps(self) -> str:
        return keeps(self.bounds)

    @property
    def conditional(self) -> bool:
        """Whether it binds only some documents, or binds them differently."""
        return any(key in self.bounds for key in ("when", "table", "by"))

    @property
    def numeric(self) -> dict[str, float]:
        return {key: self.bounds[key] for key in NUMERIC if self.bounds.get(key) is not None}

    def admits(self, value: Any) -> bool:
        """Whether a measured value lies within the bounds (its `when` is not asked); a null passes none
        unless told.

        Examples:
            >>> rule = Rule("language", "score", "score", {"above": 0.65})
            >>> rule.admits(0.65), rule.admits(0.66), rule.admits(None)
            (False, True, False)
        """
        if value is None:
            return self.bounds.get("null") == "keep"
        bounds = self.bounds
        if bounds.get("in") is not None and value not in bounds["in"]:
            return False
        if bounds.get("not_in") is not None and value in bounds["not_in"]:
            return False
        return (
            (bounds.get("min") is None or value >= bounds["min"])
            and (bounds.get("above") is None or value > bounds["above"])
            and (bounds.get("max") is None or value <= bounds["max"])
            and (bounds.get("below") is None or value < bounds["below"])
        )

    def nearest(self, value: Any) -> float | None:
        """The numeric bound that lies nearest to a value; None without a number or a bound."""
        if not isinstance(value, int | float):
            return None
        return min(self.numeric.values(), key=lambda bound: abs(bound - value), default=None)

    def distance(self, value: float) -> float:
        """How far a value lies beyond (positive) or within (negative) the nearest numeric bound."""
        gaps = [
            bound - value if key in ("min", "above") else value - bound for key, bound in self.numeric.items()
        ]
        return max(gaps) if gaps else 0.0


def steps_of(info: Mapping[str, Any]) -> list[Step]:
    """The steps of `run.json`, in recipe order."""
    found = []
    for entry in info.get("steps", []):
        name = str(entry["step"])
        signals = tuple(
            SignalInfo(
                name,
                str(signal["name"]),
                str(signal.get("type", "float64")),
                str(signal.get("meaning", "")),
                signal.get("low"),
                signal.get("high"),
            )
            for signal in entry.get("signals", [])
        )
        found.append(
            Step(
                name,
                str(entry.get("op", name)),
                str(entry.get("kind", "signal")),
                str(entry.get("scope", "row")),
                str(entry.get("cost", "cheap")),
                bool(entry.get("gate", False)),
                signals,
                str(entry.get("hides", "")),
                bool(entry.get("where")),
                bool(entry.get("expands", False)),
                entry.get("parameters") or {},
            )
        )
    return found


def rules_of(info: Mapping[str, Any]) -> list[Rule]:
    """The rules of `run.json`, in recipe order; bounds may stand beside the names or under `bounds`."""
    found = []
    for entry in info.get("rules", []):
        given = {**entry, **(entry.get("bounds") or {})}
        bounds = {key: given[key] for key in BOUNDS if given.get(key) is not None}
        if bounds.get("null") != "keep":
            bounds.pop("null", None)
        signal = entry.get("signal")
        name = entry.get("rule") or entry.get("name") or signal
        step = str(entry["step"])
        found.append(
            Rule(
                step,
                str(name).removeprefix(f"{step}."),
                None if signal is None else str(signal),
                bounds,
                entry.get("rows") or {},
            )
        )
    return found


def order_of(info: Mapping[str, Any], steps: list[Step]) -> list[str]:
    """Names of all steps in recipe order, those that the run was told to leave out among them.

    Examples:
        >>> text = '[[step]]\\nop = "url_blocklist"\\n[[step]]\\nop = "extract"'
        >>> order_of({"recipe": {"text": text, "without": ["url_blocklist"]}}, [])
        ['url_blocklist', 'extract']
    """
    names = [step.step for step in steps]
    recipe = info.get("recipe") or {}
    try:
        written = tomllib.loads(str(recipe.get("text") or "")).get("step", [])
    except tomllib.TOMLDecodeError:
        written = []
    listed = [str(step.get("as") or step.get("op")) for step in written if isinstance(step, dict)]
    if set(names) <= set(listed):
        return listed
    return [name for name in recipe.get("without") or [] if name not in names] + names
