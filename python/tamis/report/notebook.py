"""Runs, recipes and comparisons inside a notebook: the page cut short, in a frame that may run its script and no more.

The frame's document has an origin of its own (`sandbox` without `allow-same-origin`), so text of strangers reaches
neither the notebook nor its cookies.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from tamis.errors import TamisError
from tamis.messages import _
from tamis.report.comparing import compare, names
from tamis.report.comparison_page import comparison_payload, comparison_title
from tamis.report.data import load_data
from tamis.report.packed_counts import packed
from tamis.report.page import STYLES, escaped, facts_of, filled, said
from tamis.report.read import RunFiles
from tamis.report.rules import Rule, rules_of
from tamis.report.shape import VERSION
from tamis.report.wording import scales, wording
from tamis.report.words import share
from tamis.stores.files import read_bytes

BUDGET = 200_000
"""Bytes of a cell's output."""
HEIGHT = 640
RUN_SCRIPTS = (
    "text.js", "charts.js", "frame.js", "state.js", "bounds.js", "signals.js", "lists.js", "expected.js", "page.js",
    "run_cell.js", "cell.js",
)  # fmt: skip
COMPARISON_SCRIPTS = ("text.js", "charts.js", "frame.js", "compare.js", "comparison_cell.js", "cell.js")
TABLE_SCRIPTS = ("text.js", "charts.js", "frame.js", "table_cell.js", "cell.js")
RULES = (200, 60, 20)
"""Where all rules are too many for the budget, so many of those that remove most stay."""


def stored_data(path: Path) -> dict[str, Any] | None:
    """`report/data.json` of a run as it lies there; None where there is none of this version."""
    try:
        loaded: dict[str, Any] = json.loads(read_bytes(path / "report" / "data.json"))
    except (OSError, ValueError):
        return None
    return loaded if isinstance(loaded, dict) and loaded.get("v") == VERSION else None


def run_html(path: str | os.PathLike[str]) -> str | None:
    """The frame of a run: summary, funnel and one histogram. None where the run cannot be read: `repr()` stays."""
    try:
        run = RunFiles(path)
        parts = load_data(path)[0]
    except (TamisError, OSError):
        return None
    name = os.path.basename(os.path.abspath(run.path))
    head = {
        "name": name,
        "words": wording(),
        "scales": scales(),
        "facts": facts_of(run, parts),
        "alerts": [said(alert) for alert in parts["alerts"]],
        "examples": [],
    }
    title = _("{run}: tamis report").format(run=name)
    return _fitting(title, (head | one for one in _shorter(parts)), RUN_SCRIPTS)


def recipe_html(
    name: str, title: str, steps: Sequence[Mapping[str, Any]], expect: Sequence[Mapping[str, Any]]
) -> str:
    """The frame of a recipe: its steps, what their rules keep, and the share that its paper reports removed."""
    told = {str(row["rule"]): row for row in expect}
    rows: list[dict[str, Any]] = []
    for step in steps:
        notes = [step["op"]] if step["op"] != step["step"] else []
        notes += [_("gate")] if step["gate"] else []
        rows.append({"kind": "step", "cells": [step["step"], ", ".join(notes), ""]})
        for rule in rules_of({"rules": step["rules"]}):
            rows.append({"kind": "rule", "cells": [rule.name, rule.keeps, _reported(rule, told)]})
    columns = [_("step and rule"), _("keeps"), _("paper")]
    if not told:
        columns.pop()
        rows = [{**row, "cells": row["cells"][:2]} for row in rows]
    return _table(name, title or name, columns, rows)


def _reported(rule: Rule, told: Mapping[str, Mapping[str, Any]]) -> str:
    row = told.get(rule.id)
    if row is None:
        return ""
    removed = {
        "documents": _("{share} of documents"),
        "characters": _("{share} of characters"),
        "tokens": _("{share} of tokens"),
    }
    return removed[row["unit"]].format(share=share(round(1e6 * row["value"]), 1_000_000))


def recipes_html(found: Mapping[str, Any]) -> str:
    """The frame of two recipes; `found` as `tamis.diff` gives it for recipes."""
    title = _("{first} and {second}: tamis comparison").format(first=found["a"], second=found["b"])
    columns = [_("step"), "", str(found["a"]), str(found["b"])]
    rows = [
        {
            "kind": "rule",
            "cells": [one["step"], one["name"] or one["what"], _plain(one["a"]), _plain(one["b"])],
        }
        for one in found["changes"]
    ]
    return _table(title, title, columns, rows)


def _plain(side: Any) -> str:
    return "–" if side is None else side if isinstance(side, str) else json.dumps(side, ensure_ascii=False)


def runs_html(first: str, second: str) -> str | None:
    """The frame of two runs: summary, both funnels and the signal that moved most. None where they cannot be compared."""
    try:
        runs = RunFiles(first), RunFiles(second)
        parts = compare(*runs, examples=False)
    except (TamisError, OSError):
        return None
    drawn = [
        signal for signal in parts["signals"] if signal["histogram"] and signal["kept"]["ks"] is not None
    ]
    farthest = sorted(drawn, key=lambda signal: -signal["kept"]["ks"])[:1]
    parts = {**parts, "signals": farthest, "examples": [], "reasons": []}
    payloads = (
        comparison_payload({**parts, "rules": _heaviest_change(parts["rules"], n)}) for n in (10_000, *RULES)
    )
    return _fitting(comparison_title(names(*runs)), payloads, COMPARISON_SCRIPTS, (*STYLES, "compare.css"))


def _heaviest_change(rules: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    weight = {
        one["rule"]: sum(side["in_order"] for side in (one["first"], one["second"]) if side) for one in rules
    }
    chosen = set(sorted(weight, key=lambda rule: -weight[rule])[:most])
    return [one for one in rules if one["rule"] in chosen]


def _shorter(parts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the frame draws, ever less of it: without the counts behind the bound, then without the lighter rules."""
    weight = {rule["rule"]: rule["in_order"]["documents"] for rule in parts["rules"]}
    ruled = [one for one in parts["signals"] if one["rules"] and one["histogram"]]
    ruled = ruled or [one for one in parts["signals"] if one["histogram"]]
    ruled.sort(key=lambda one: -sum(weight[rule] for rule in one["rules"]))
    one = ruled[:1]
    drawn = [{key: value for key, value in signal.items() if key != "values"} for signal in one]
    data = {"run": parts["run"], "summary": parts["summary"], "signals": drawn}
    yield {"data": data | {"steps": parts["steps"], "rules": parts["rules"]}, "counts": packed(one)}
    for most in (len(weight), *RULES):
        heaviest = set(sorted(weight, key=lambda rule: -weight[rule])[:most])
        heaviest |= {rule for signal in one for rule in signal["rules"]}
        rules = [rule for rule in parts["rules"] if rule["rule"] in heaviest]
        steps = [
            {**step, "rules": [rule for rule in step["rules"] if rule in heaviest]} for step in parts["steps"]
        ]
        yield {"data": data | {"steps": steps, "rules": rules}, "counts": packed([])}


def _table(title: str, head: str, columns: list[str], rows: list[dict[str, Any]]) -> str:
    payloads = (
        {"words": wording(), "scales": scales(), "head": head, "columns": columns, "rows": rows[:n]}
        for n in (1_000, 200, 50)
    )
    return _fitting(title, payloads, TABLE_SCRIPTS, (*STYLES, "compare.css"))


def _fitting(
    title: str, payloads: Iterator[dict[str, Any]], scripts: Sequence[str], styles: Sequence[str] = STYLES
) -> str:
    """The frame of the first payload that fits the budget, else of the last."""
    frame = ""
    for payload in payloads:
        page = filled(title, escaped(payload), scripts, styles).replace("&", "&amp;").replace("'", "&#39;")
        values = {"title": escape(title), "height": str(HEIGHT), "page": page}
        empty = files("tamis.report").joinpath("cell.html").read_text("utf-8").strip()
        frame = "".join(values.get(piece, piece) for piece in re.split("@([a-z]+)@", empty))
        if len(frame.encode("utf-8")) <= BUDGET:
            break
    return frame
