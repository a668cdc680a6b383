"""`tamis diff A B`: two recipes rule by rule, or two runs document by document."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tamis.cli import options, values
from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.quantities import change, count
from tamis.cli.show import value_text
from tamis.cli.terminal import Column, Terminal, clean, fit, table
from tamis.messages import _
from tamis.report.words import share

EXAMPLES = (
    ("tamis diff gopher fineweb", _("two recipes, rule by rule")),
    ("tamis diff out out2", _("two runs: counts, and which rules moved them")),
    ("tamis diff out out2 --documents --limit 5", _("the documents that changed sides")),
)


def parser(width: int) -> VerbParser:
    summary = _("Compare two recipes rule by rule, or two runs document by document.")
    made = VerbParser("diff", summary, _("A B [options]"), EXAMPLES, width)
    made.add_argument("a", metavar="A", help=_("a recipe, or a run directory"))
    made.add_argument("b", metavar="B", help=_("another of the same sort"))
    made.add_argument("--documents", action="store_true", help=_("list documents that changed sides"))
    made.add_argument("--limit", metavar="N", type=values.count, default=20, help=_("how many (default 20)"))
    options.json_flag(made)
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    found = tamis.diff(arguments.a, arguments.b, limit=arguments.limit)
    if arguments.json:
        as_json(found, terminal)
    elif found["what"] == "recipes":
        lines(recipes_page(found, terminal), terminal)
    else:
        lines(runs_page(found, terminal, documents=arguments.documents), terminal)
    return 0


def recipes_page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines for two recipes; `found` as `tamis.recipe_difference` makes it."""
    if not found["changes"]:
        return [_("{a} and {b} have the same steps, parameters and rules").format(a=found["a"], b=found["b"])]
    columns = [
        Column(_("step")),
        Column("", flexible=True, least=12),
        Column(found["a"], flexible=True, wrapped=True, least=16),
        Column(found["b"], flexible=True, wrapped=True, least=16),
    ]
    rows = [[one["step"], _what(one), _side(one["a"]), _side(one["b"])] for one in found["changes"]]
    return heading(table(columns, rows, terminal.width), terminal)


def _what(one: Mapping[str, Any]) -> str:
    words = {"step": _("the step"), "gate": _("gate"), "order": _("order")}
    return words.get(one["what"]) or str(one["name"])


def _side(side: Any) -> str:
    return "–" if side is None else value_text(side)


def runs_page(found: Mapping[str, Any], terminal: Terminal, *, documents: bool = False) -> list[str]:
    """The lines for two runs.

    Args:
        found: `a`, `b` (paths), `changes` [{name, a, b}], `documents` {a, b: {in, kept, removed, failed}}, `sides`
            {both, only_a, only_b, neither} (documents in both, by where they are kept), `alone` {a, b} (documents
            that the other run has not), `rules` [{rule, a, b}] (removed in order), `moved` [{id, url, a, b}] (what
            became of it in each) and `moved_total`.
    """
    page = [clean(f"{one['name']}  {_side(one['a'])} -> {_side(one['b'])}") for one in found["changes"]]
    page += [""] if page else []
    columns = [
        Column(""),
        Column(fit(found["a"], 24), ">"),
        Column(fit(found["b"], 24), ">"),
        Column(_("change"), ">"),
    ]
    sides = found["documents"]
    rows = [
        [word, count(sides["a"][key]), count(sides["b"][key]), change(sides["b"][key] - sides["a"][key])]
        for key, word in (
            ("in", _("in")),
            ("kept", _("kept")),
            ("removed", _("removed")),
            ("failed", _("failed")),
        )
    ]
    page += heading(table(columns, rows, terminal.width), terminal)
    page += ["", *_sides(found)]
    rules = [one for one in found["rules"] if one["a"] != one["b"]]
    if rules:
        columns[0] = Column(_("removed by"), flexible=True, least=24)
        rows = [
            [one["rule"], count(one["a"]), count(one["b"]), change((one["b"] or 0) - (one["a"] or 0))]
            for one in rules
        ]
        page += ["", *heading(table(columns, rows, terminal.width), terminal)]
    if documents:
        page += ["", *_moved(found, terminal)]
    return page


def _sides(found: Mapping[str, Any]) -> list[str]:
    sides, alone = found["sides"], found["alone"]
    common = sum(sides.values())
    moved = sides["only_a"] + sides["only_b"]
    page = [
        _(
            "{n} documents changed sides ({share} of {common} in both): {gained} newly kept, {lost} no longer"
        ).format(
            n=count(moved),
            share=share(moved, common),
            common=count(common),
            gained=count(sides["only_b"]),
            lost=count(sides["only_a"]),
        )
    ]
    for side in ("a", "b"):
        if alone[side]:
            page.append(_("{n} documents only in {run}").format(n=count(alone[side]), run=clean(found[side])))
    return page


def _moved(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    columns = [
        Column(_("id")),
        Column(fit(found["a"], 24), flexible=True, least=14),
        Column(fit(found["b"], 24), flexible=True, least=14),
        Column(_("url"), flexible=True, least=20),
    ]
    rows = [[one["id"][:12], one["a"], one["b"], one.get("url") or ""] for one in found["moved"]]
    page = heading(table(columns, rows, terminal.width), terminal) if rows else []
    hidden = found["moved_total"] - len(rows)
    return page + ([_("{n} more: --limit").format(n=count(hidden))] if hidden > 0 else [])
