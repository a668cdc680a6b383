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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tamis.messages import _
from tamis.report.words import share


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
