"""`tamis.diff`: two recipes rule by rule, or two runs document by document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tamis.catalogue import load_ops
from tamis.errors import RunError
from tamis.messages import _
from tamis.recipe import Recipe
from tamis.stores.addresses import place
from tamis.stores.files import exists, read_bytes
from tamis.text_table import Column, table

MOVED = 20


class Comparison(dict[str, Any]):
    """What `tamis.diff` found, as a dictionary; in a session it shows itself as text, in a notebook as a page."""

    def __repr__(self) -> str:
        if self["what"] == "runs":
            from tamis.report.funnel import comparison_text

            return comparison_text([self["a"], self["b"]], self["documents"], self["rules"])
        said = _("{first} and {second}: {n} differences")
        head = said.format(first=self["a"], second=self["b"], n=len(self["changes"]))
        rows = [
            [
                one["step"],
                one["name"] or one["what"],
                *("–" if one[side] is None else str(one[side]) for side in "ab"),
            ]
            for one in self["changes"]
        ]
        columns = [
            Column(_("step")),
            Column("", flexible=True),
            *(Column(self[s], flexible=True, wrapped=True) for s in "ab"),
        ]
        return "\n".join([head, "", *table(columns, rows, 100)] if rows else [head])

    def _repr_html_(self) -> str | None:
        """The comparison cut to summary, both funnels and one histogram, for a notebook; None where a run went away."""
        from tamis.report.notebook import recipes_html, runs_html

        return runs_html(self["a"], self["b"]) if self["what"] == "runs" else recipes_html(self)


def diff(
    a: str | Path | Recipe,
    b: str | Path | Recipe,
    *,
    limit: int = MOVED,
    ops: str | Path | Sequence[str | Path] = (),
) -> Comparison:
    """Compare two run directories, or two recipes (names, files, or `Recipe`).

    Args:
        limit: how many documents that changed sides are listed. ops: files with operators that the recipes name.

    Returns:
        For recipes what `tamis.recipe_difference.recipe_difference` returns. For runs `what` "runs", `a`, `b`,
        `changes` [{rule, change, first, second}] (rules that differ, in words), `documents` {in, kept, ...: [n, n]},
        `rules` [{rule, first, second, change}] (what each removes in order), `table` [{first, second, documents}]
        (sides of documents matched by id: kept, removed, failed, absent), `moved` (how many are kept in one only)
        and `examples` [{id, url, first, second, first_by, second_by, rule, first_value, second_value, first_bound,
        second_bound, first_keeps, second_keeps}] of these: the rule that removed it on one side, its signal's value, the
        numeric bound nearest to it and all bounds on each.

    Raises:
        RunError, RecipeError: one cannot be read, or one is a run and the other a recipe.
    """
    load_ops(ops)
    runs = [isinstance(side, str | Path) and exists(place(side) / "run.json") for side in (a, b)]
    if all(runs):
        return _runs(str(a), str(b), limit)
    if any(runs):
        run, other = (a, b) if runs[0] else (b, a)
        what = _("a run directory, and {other} is none").format(other=other)
        raise RunError(str(run), what, _("give two runs, or two recipes"))
    from tamis.recipe_difference import recipe_difference

    return Comparison(recipe_difference(a, b))


def _runs(a: str, b: str, limit: int) -> Comparison:
    from tamis.report.diff import Sides, diff_funnels, diff_rules
    from tamis.report.read import RunFiles

    first, second = RunFiles(a), RunFiles(b)
    changes = [one for one in diff_rules(first.rules, second.rules) if one["change"] != "same"]
    sides = Sides(first, second)
    table = [
        {"first": one, "second": other, "documents": documents}
        for (one, other), documents in sides.table.items()
    ]
    moved = sum(n for (one, other), n in sides.table.items() if (one == "kept") != (other == "kept"))
    found = {
        "what": "runs",
        "a": a,
        "b": b,
        "changes": changes,
        **diff_funnels(_data(place(a)), _data(place(b))),
        "table": table,
        "moved": moved,
        "examples": list(sides.changed(limit)),
    }
    return Comparison(found)


def _data(run: Path) -> dict[str, Any]:
    file = run / "report" / "data.json"
    try:
        loaded: dict[str, Any] = json.loads(read_bytes(file))
    except (OSError, ValueError) as error:
        hint = _("make it again: tamis report {run} --again").format(run=run)
        raise RunError(str(file), _("cannot be read: {why}").format(why=error), hint) from None
    return loaded
