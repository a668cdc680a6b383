"""`tamis ls`: the recipes and operators there are, a line each."""

from __future__ import annotations

import argparse
from typing import Any

from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.terminal import Column, Terminal, table
from tamis.messages import _, later

EXAMPLES = (
    ("tamis ls", later("all recipes and operators")),
    ("tamis ls operators", later("operators only")),
    ("tamis ls --json", later("the same for a program")),
)


def parser(width: int) -> VerbParser:
    made = VerbParser(
        "ls", _("List recipes and operators, one line each."), _("[WHAT] [options]"), EXAMPLES, width
    )
    from tamis.cli.values import one_of

    made.add_argument(
        "what", metavar="WHAT", nargs="?", type=one_of("recipes", "operators"), help=_("recipes or operators")
    )
    made.add_argument(
        "--ops", metavar="FILE", action="append", default=[], help=_("also the operators of this file")
    )
    made.add_argument("--json", action="store_true", help=_("print JSON"))
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from tamis.catalogue import ls

    found = ls(ops=arguments.ops)
    if arguments.what:
        found = {arguments.what: found[arguments.what]}
    if arguments.json:
        as_json(found, terminal)
    else:
        lines(listing(found, terminal), terminal)
    return 0


def listing(found: dict[str, list[dict[str, Any]]], terminal: Terminal) -> list[str]:
    """The tables of recipes and of operators, with an empty line between them."""
    parts = []
    if found.get("recipes"):
        parts.append(_recipes(found["recipes"], terminal))
    if found.get("operators"):
        parts.append(_operators(found["operators"], terminal))
    return [line for n, part in enumerate(parts) for line in ([""] if n else []) + part]


def _recipes(found: list[dict[str, Any]], terminal: Terminal) -> list[str]:
    columns = [
        Column(_("recipe")),
        Column(_("steps"), ">"),
        Column(_("rules"), ">"),
        Column("", flexible=True, wrapped=True, least=24),
    ]
    rows = [[line["name"], str(line["steps"]), str(line["rules"]), _(line["title"])] for line in found]
    return heading(table(columns, rows, terminal.width), terminal)


def _operators(found: list[dict[str, Any]], terminal: Terminal) -> list[str]:
    columns = [
        Column(_("operator")),
        Column(_("kind")),
        Column(_("scope")),
        Column(_("cost")),
        Column("", flexible=True, wrapped=True, least=24),
    ]
    rows = [[line["name"], line["kind"], line["scope"], line["cost"], _(line["title"])] for line in found]
    return heading(table(columns, rows, terminal.width), terminal)
