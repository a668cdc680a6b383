"""`tamis look RUN`: page through documents."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tamis.cli import options, values
from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json, lines
from tamis.cli.quantities import count
from tamis.cli.terminal import Terminal, clean, fit, wrap
from tamis.cli.verdicts import verdict
from tamis.messages import _

EXAMPLES = (
    ("tamis look out", _("documents that are kept, ten at a time")),
    (
        "tamis look out --removed-by gopher_quality.word_count --near-bound",
        _("those nearest to the bound first"),
    ),
    ("tamis look out --removed --limit 3 --json", _("any removed ones, for a program")),
    ("tamis look out --failed", _("what failed, and why")),
)
SHOWN = 10
LINES_OF_TEXT = 3


def parser(width: int) -> VerbParser:
    summary = _("Look at documents of a run: kept, removed (by one rule, nearest to its bound), failed.")
    made = VerbParser("look", summary, _("RUN [options]"), EXAMPLES, width)
    made.add_argument("run", metavar="RUN", help=_("a run directory"))
    made.add_argument("--kept", action="store_true", help=_("kept documents (the default)"))
    made.add_argument("--removed", action="store_true", help=_("removed documents"))
    made.add_argument(
        "--removed-by", metavar="RULE", help=_("those that this rule removed: STEP.NAME, or a STEP")
    )
    made.add_argument("--near-bound", action="store_true", help=_("the nearest to the bound first"))
    made.add_argument("--failed", action="store_true", help=_("failed documents"))
    made.add_argument(
        "--limit", metavar="N", type=values.count, default=SHOWN, help=_("how many (default 10)")
    )
    made.add_argument(
        "--page", metavar="N", type=values.count, default=1, help=_("the next ones (default 1)")
    )
    made.add_argument("--text", action="store_true", help=_("whole texts, in place of their beginning"))
    options.json_flag(made)
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    which = "failed" if arguments.failed else "kept"
    if arguments.removed or arguments.removed_by or arguments.near_bound:
        which = "removed"
    found = tamis.look(
        arguments.run,
        which=which,
        removed_by=arguments.removed_by,
        near_bound=arguments.near_bound,
        limit=arguments.limit,
        offset=(arguments.page - 1) * arguments.limit,
    )
    if arguments.json:
        as_json(found, terminal)
        return 0
    lines(look_page(found, terminal, whole=arguments.text), terminal)
    _where_next(found, arguments, terminal)
    return 0


def _where_next(found: Mapping[str, Any], arguments: argparse.Namespace, terminal: Terminal) -> None:
    first, shown = found["offset"] + 1, len(found["documents"])
    if not shown:
        terminal.tell(_("no such documents"))
        return
    last = first + shown - 1
    told = _("{first} to {last} of {total}").format(
        first=count(first), last=count(last), total=count(found["total"])
    )
    if last < found["total"]:
        told += "; " + _("next: the same command with --page {n}").format(n=arguments.page + 1)
    terminal.tell(told)


def look_page(found: Mapping[str, Any], terminal: Terminal, *, whole: bool = False) -> list[str]:
    """The lines of a page.

    Args:
        found: `total`, `offset`, `documents` [{id, url, place ("kept/000017:1234"), verdict "kept" | "removed" |
            "failed", rule, value, bound, text, text_chars, kind, message}].
    """
    page: list[str] = []
    for n, document in enumerate(found["documents"]):
        page += [""] if n else []
        page += _document(document, terminal, whole)
    return page


def _document(document: Mapping[str, Any], terminal: Terminal, whole: bool) -> list[str]:
    head = f"{terminal.style(document['id'][:12], 'bold')}  {_verdict(document)}"
    where = [clean(document["place"]), clean(document.get("url") or "")]
    page = [head, fit("  " + "  ".join(part for part in where if part), terminal.width)]
    text = document.get("text") or ""
    if whole:
        return page + ["  " + line for line in clean(text, lines=True).split("\n")]
    said = wrap(clean(text[: 4 * terminal.width]), terminal.width - 4, "  ")
    if len(said) > LINES_OF_TEXT or len(text) > 4 * terminal.width:
        said = said[:LINES_OF_TEXT]
        said.append("  " + _("… {n} characters").format(n=count(document.get("text_chars") or len(text))))
    return page + said


def _verdict(document: Mapping[str, Any]) -> str:
    if document["verdict"] == "removed":
        missed = verdict(document.get("value"), document.get("bound") or "")
        return clean(f"{document['rule']}  {missed}".rstrip())
    if document["verdict"] == "failed":
        return clean(
            _("failed: {kind}, {message}").format(kind=document["kind"], message=document["message"])
        )
    return _("kept")
