"""The funnel as a terminal shows it: plain rows made of `report/data.json` (see `tamis.report.shape`).

Examples:
    >>> data = {
    ...     "summary": {"documents": {"in": 10, "made": 0, "kept": 6, "removed": 3, "failed": 1}},
    ...     "steps": [{"step": "language", "ran": True, "in": 10, "made": 0, "removed": 3, "failed": 1,
    ...                "left": 6, "rules": ["language.score"]}],
    ...     "rules": [{"rule": "language.score", "name": "score", "in_order": {"documents": 3}}],
    ...     "duplicates": [],
    ... }
    >>> funnel_head(data)
    '10 documents in, 6 kept, 3 removed, 1 failed'
    >>> funnel_rows(data)
    [FunnelRow(step='language', removed=3, came=10, share='30.0 %', most='score')]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tamis.messages import _
from tamis.report.rules import rules_of
from tamis.report.words import share
from tamis.text_table import Column, clean, fit, table, wrap

TEXT_WIDTH = 100
"""Cells of a line where no terminal says how wide it is."""


@dataclass(frozen=True)
class FunnelRow:
    """A step: how many it removed of the `came` that reached it or were made there, that share, what removed most."""

    step: str
    removed: int | None
    came: int
    share: str
    most: str


def funnel_head(data: Mapping[str, Any]) -> str:
    """The sentence above the funnel; `made` is said only where a transform made documents."""
    counts = data["summary"]["documents"]
    came = _("{n} document in") if counts["in"] == 1 else _("{n} documents in")
    parts = [came.format(n=f"{counts['in']:,}")]
    if counts["made"]:
        parts.append(_("{n} made").format(n=f"{counts['made']:,}"))
    parts.append(_("{n} kept").format(n=f"{counts['kept']:,}"))
    parts.append(_("{n} removed").format(n=f"{counts['removed']:,}"))
    if counts["failed"]:
        parts.append(_("{n} failed").format(n=f"{counts['failed']:,}"))
    return _(", ").join(parts)


def tokens_line(data: Mapping[str, Any]) -> str:
    """Tokens kept and removed; an estimate with what it stands on and its standard error; empty where there is none."""
    tokens = data["summary"]["tokens"]
    if tokens is None:
        return ""
    sides = {}
    for side in ("kept", "removed"):
        error = tokens.get(f"{side}_error")
        number = "–" if tokens[side] is None else f"{tokens[side]:,}"
        sides[side] = number if error is None else _("{n} ± {error}").format(n=number, error=f"{error:,}")
    if not tokens.get("tokenizer"):
        return _("tokens: {kept} kept, {removed} removed").format(**sides)
    said = _(
        "tokens, estimated by {tokenizer} from {n} documents: {kept} kept, {removed} removed (standard error)"
    )
    return said.format(**sides, tokenizer=tokens["tokenizer"], n=f"{tokens['sample']:,}")


def funnel_rows(data: Mapping[str, Any], *, every: bool = False) -> list[FunnelRow]:
    """Steps that removed or made something, in recipe order; with `every`, all (`removed` None: it did not run)."""
    names = {rule["rule"]: (rule["name"], rule["in_order"]["documents"]) for rule in data["rules"]}
    clusters = {part["step"]: part for part in data["duplicates"]}
    rows = []
    for step in data["steps"]:
        if not step["ran"]:
            if every:
                rows.append(FunnelRow(step["step"], None, step["in"], "", _("did not run")))
            continue
        if step["removed"] or step["made"] or every:
            came = step["in"] + step["made"]
            most = _most(step, names, clusters.get(step["step"]))
            rows.append(
                FunnelRow(step["step"], step["removed"], came, share(step["removed"], came, " "), most)
            )
    return rows


def funnel_lines(data: Mapping[str, Any], width: int, *, every: bool = False) -> list[str]:
    """The funnel as a table of at most `width` cells, its head first; no line where nothing was removed."""
    columns = [
        Column(_("step"), least=10),
        Column(_("removed"), ">"),
        Column(_("of what came"), ">"),
        Column(_("most by"), flexible=True, wrapped=True, least=24),
    ]
    rows = [
        [row.step, "–" if row.removed is None else f"{row.removed:,}", row.share, row.most]
        for row in funnel_rows(data, every=every)
    ]
    return table(columns, rows, width, gap=3) if rows else []


def funnel_text(name: str, data: Mapping[str, Any]) -> str:
    """What `repr()` of a run says: its name, the counts, the tokens where they are known, and the funnel.

    Examples:
        >>> data = {"summary": {"documents": {"in": 9, "made": 0, "kept": 9, "removed": 0, "failed": 0}, "tokens": None},
        ...         "steps": [], "rules": [], "duplicates": []}
        >>> funnel_text("out", data)
        'out: 9 documents in, 9 kept, 0 removed'
    """
    head = f"{clean(name)}: {funnel_head(data)}"
    rows = funnel_lines(data, TEXT_WIDTH, every=True)
    return "\n".join([head, *wrap(clean(tokens_line(data)), TEXT_WIDTH), *([""] if rows else []), *rows])


def recipe_text(name: str, title: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """What `repr()` of a recipe says: each step and what its rules keep; `steps` as `run.json` describes them, each with its `rules`."""
    columns = [Column(_("step"), least=10), Column(_("keeps"), flexible=True, wrapped=True, least=40)]
    rows = []
    for step in steps:
        said = ", ".join(f"{rule.name} {rule.keeps}" for rule in rules_of({"rules": step["rules"]}))
        rows.append([step["step"], said or "–"])
    head = clean(f"{name}: {title}" if title else name)
    return "\n".join([head, "", *table(columns, rows, TEXT_WIDTH, gap=3)] if rows else [head])


def comparison_text(
    names: Sequence[str], documents: Mapping[str, Sequence[int]], rules: Sequence[Mapping[str, Any]]
) -> str:
    """What `repr()` of two compared runs says: both funnels, rule by rule; arguments as `diff_funnels` gives them.

    Examples:
        >>> rules = [{"rule": "q.n", "first": {"in_order": 3}, "second": None, "change": -3}]
        >>> print(comparison_text(["a", "b"], {"in": [9, 9], "kept": [6, 9]}, rules))
        a and b: 9 and 9 documents in, 6 and 9 kept
        <BLANKLINE>
        removed by   a   b
        q.n          3   –
    """
    said = _("{first} and {second}: {came} and {came2} documents in, {kept} and {kept2} kept")
    (came, came2), (kept, kept2) = ([f"{n:,}" for n in documents[key]] for key in ("in", "kept"))
    called = [clean(name) for name in names]
    head = said.format(first=called[0], second=called[1], came=came, came2=came2, kept=kept, kept2=kept2)
    columns = [Column(_("removed by"), flexible=True), *(Column(fit(name, 24), ">") for name in called)]
    rows = [
        [
            one["rule"],
            *("–" if side is None else f"{side['in_order']:,}" for side in (one["first"], one["second"])),
        ]
        for one in rules
    ]
    return "\n".join([head, "", *table(columns, rows, TEXT_WIDTH, gap=3)] if rows else [head])


def failed_line(data: Mapping[str, Any]) -> str:
    """`2 failed: 1 timeout, 1 record`, or an empty string."""
    kinds: dict[str, int] = {}
    for failure in data["problems"]["failed"]:
        kinds[failure["kind"]] = kinds.get(failure["kind"], 0) + failure["documents"]
    if not kinds:
        return ""
    listed = ", ".join(
        f"{n:,} {kind}" for kind, n in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    )
    return _("{n} failed: {kinds}").format(n=f"{sum(kinds.values()):,}", kinds=listed)


def _most(
    step: Mapping[str, Any], names: Mapping[str, tuple[str, int]], clusters: Mapping[str, Any] | None
) -> str:
    if clusters is not None and clusters["clusters"]:
        largest = clusters["largest"][0]["size"] if clusters["largest"] else 0
        said = _("{n} cluster of {size}") if clusters["clusters"] == 1 else _("{n} clusters, largest {size}")
        return said.format(n=f"{clusters['clusters']:,}", size=f"{largest:,}")
    made = [_("{n} made").format(n=f"{step['made']:,}")] if step["made"] else []
    weights = [names[rule] for rule in step["rules"] if names[rule][1]]
    weights.sort(key=lambda item: -item[1])
    if len(weights) == 1 and not made:
        return weights[0][0]
    return ", ".join([*made, *(f"{name} {n:,}" for name, n in weights[:2])])
