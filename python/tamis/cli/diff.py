"""`tamis diff A B`: two recipes rule by rule, or two runs document by document."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tamis.cli import options, values
from tamis.cli.parser import UsageError, VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.quantities import change, count, counted, value
from tamis.cli.show import value_text
from tamis.cli.terminal import Column, Terminal, clean, fit, table, wrap
from tamis.messages import _, later

EXAMPLES = (
    ("tamis diff gopher fineweb", later("two recipes, rule by rule")),
    ("tamis diff out out2", later("two runs: counts, and which rules moved them")),
    ("tamis diff out out2 --documents --limit 5", later("the documents that changed sides")),
)


def parser(width: int) -> VerbParser:
    summary = _("Compare two recipes rule by rule, or two runs document by document.")
    made = VerbParser("diff", summary, _("A B [options]"), EXAMPLES, width)
    made.add_argument("a", metavar="A", help=_("a recipe, or a run directory"))
    made.add_argument("b", metavar="B", help=_("another of the same sort"))
    made.add_argument("--documents", action="store_true", help=_("list documents that changed sides"))
    made.add_argument("--limit", metavar="N", type=values.count, default=20, help=_("how many (default 20)"))
    made.add_argument(
        "--ops", metavar="FILE", action="append", default=[], help=_("also the operators of this file")
    )
    options.json_flag(made)
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    found = tamis.diff(arguments.a, arguments.b, limit=arguments.limit, ops=arguments.ops)
    if arguments.documents and found["what"] == "recipes":
        raise UsageError("tamis diff --documents", _("recipes hold no documents"), _("give two runs"))
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
    """The lines for two runs; `found` as `tamis.diff` makes it."""
    names = [fit(clean(found[side]), 24) for side in ("a", "b")]
    page = []
    for one in found["changes"]:
        page += wrap(clean(f"{one['rule']}  {_side(one['first'])} -> {_side(one['second'])}"), terminal.width)
    page += [""] if page else []
    columns = [Column(""), Column(names[0], ">"), Column(names[1], ">"), Column(_("change"), ">")]
    words = {
        "in": _("in"),
        "made": _("made"),
        "kept": _("kept"),
        "removed": _("removed"),
        "failed": _("failed"),
    }
    rows = [
        [words[key], count(a), count(b), change(b - a)]
        for key, (a, b) in found["documents"].items()
        if key in words and (a or b or key == "kept")
    ]
    page += heading(table(columns, rows, terminal.width), terminal)
    rules = [_rule_row(one) for one in found["rules"] if one["change"]]
    if rules:
        columns[0] = Column(_("removed by"), flexible=True, least=24)
        page += ["", *heading(table(columns, rules, terminal.width), terminal)]
    page += ["", *_sides(found, terminal)]
    if documents:
        page += _moved(found, names, terminal)
    return page


def _rule_row(one: Mapping[str, Any]) -> list[str]:
    sides = [None if one[side] is None else one[side]["in_order"] for side in ("first", "second")]
    return [one["rule"], *map(count, sides), change(one["change"])]


def _sides(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """How many are kept in both, in one only, in none."""
    table_of = {(one["first"], one["second"]): one["documents"] for one in found["table"]}
    both = sum(n for (a, b), n in table_of.items() if "absent" not in (a, b))
    gained = sum(n for (a, b), n in table_of.items() if b == "kept" and a not in ("kept", "absent"))
    lost = sum(n for (a, b), n in table_of.items() if a == "kept" and b not in ("kept", "absent"))
    said = _(
        "{moved} of {both} documents in both changed sides: {gained} newly kept, {lost} no longer"
    ).format(moved=count(gained + lost), both=count(both), gained=count(gained), lost=count(lost))
    page = wrap(said, terminal.width)
    for key, side in ((1, "a"), (0, "b")):
        alone = sum(n for pair, n in table_of.items() if pair[key] == "absent")
        if alone:
            page.append(
                _("{documents} only in {run}").format(
                    documents=counted(alone, _("{n} document"), _("{n} documents")), run=clean(found[side])
                )
            )
    return page


def _moved(found: Mapping[str, Any], names: list[str], terminal: Terminal) -> list[str]:
    """Each document with the rule that removed it on one side, and what it met on both."""
    page = [""] if found["examples"] else []
    for one in found["examples"]:
        page.append(fit(clean(f"{one['id'][:12]}  {one['url'] or ''}").rstrip(), terminal.width))
        sides = _(", ").join(
            f"{name} {_reason(one, side)}" for name, side in zip(names, ("first", "second"), strict=True)
        )
        told = clean(one["rule"] + _(": ") + sides if one["rule"] else sides)
        page += [f"  {line}" for line in wrap(told, terminal.width - 2)]
    hidden = found["moved"] - len(found["examples"])
    return page + ([_("{n} more: --limit").format(n=count(hidden))] if hidden > 0 else [])


def _reason(one: Mapping[str, Any], side: str) -> str:
    """`removed 0.35 (keeps ≤ 0.3)`, the value visibly on its side of the bound; a failure with its kind."""
    words = {"kept": _("kept"), "removed": _("removed"), "failed": _("failed"), "absent": _("absent")}
    if not one[f"{side}_keeps"]:
        more = one[f"{side}_by"] if one[side] == "failed" else _("without this rule") if one["rule"] else ""
        return f"{words[one[side]]} {more}".rstrip() if one[side] != "absent" else words["absent"]
    said = _("{side} {value} (keeps {bounds})")
    met = value(one[f"{side}_value"], one[f"{side}_bound"])
    return said.format(side=words[one[side]], value=met, bounds=one[f"{side}_keeps"])
