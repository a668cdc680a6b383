"""`tamis look RUN`: page through documents."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from tamis.cli import options, reviewing, values
from tamis.cli.parser import VerbParser
from tamis.cli.printing import lines
from tamis.cli.quantities import count, value
from tamis.cli.terminal import Terminal, clean, fit, wrap
from tamis.cli.verdicts import verdict
from tamis.messages import _, later, told

EXAMPLES = (
    ("tamis look out", later("removed documents, ten at a time")),
    ("tamis look out --removed-by gopher_quality.alpha_word_ratio --limit 3", later("what one rule removed")),
    (
        "tamis look out --near-bound gopher_quality.alpha_word_ratio",
        later("both sides of its bound, nearest first"),
    ),
    ("tamis look out --kept --limit 1 --text", later("a whole text")),
    ("tamis look out --failed --json", later("what failed, and why, a JSON line each")),
    (
        "tamis look out --review 20 --rules gopher_quality.alpha_word_ratio -o sheet.csv",
        later("a sheet to label without knowing the side: keep, remove or unsure"),
    ),
    ("tamis look out --labels sheet.csv", later("precision and recall by rule, once it is labelled")),
)
SHOWN = 10
LINES_OF_TEXT = 3


def parser(width: int) -> VerbParser:
    summary = _("Page through the documents of a run: removed (all, or by one rule), kept, failed.")
    made = VerbParser("look", summary, _("RUN [options]"), EXAMPLES, width)
    made.add_argument("run", metavar="RUN", help=_("a run directory"))
    side = made.add_mutually_exclusive_group()
    side.add_argument(
        "--removed-by", metavar="RULE", help=_("what this rule removed: STEP.NAME, or the name alone")
    )
    side.add_argument("--near-bound", metavar="RULE", help=_("nearest to this rule's bound, on both sides"))
    side.add_argument("--kept", action="store_true", help=_("kept documents"))
    side.add_argument("--failed", action="store_true", help=_("failed documents"))
    reviewing.add_options(made, side)
    made.add_argument(
        "--limit", metavar="N", type=values.count, default=SHOWN, help=_("how many (default 10)")
    )
    made.add_argument(
        "--page", metavar="N", type=values.count, default=1, help=_("the next ones (default 1)")
    )
    made.add_argument("--text", action="store_true", help=_("whole texts, in place of their beginning"))
    made.add_argument(
        "--json", action="store_true", help=_("print JSON: a line a document, with all columns")
    )
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    if reviewing.asked(arguments):
        return reviewing.main(arguments, terminal)
    keywords = options.given(arguments, "removed_by", "near_bound", "kept", "failed")
    first = (arguments.page - 1) * arguments.limit
    found = tamis.look(arguments.run, limit=first + arguments.limit + 1, **keywords)
    documents = list(islice(found, first, None))
    more = len(documents) > arguments.limit
    documents = documents[: arguments.limit]
    if arguments.json:
        for document in documents:
            terminal.say(json.dumps(document, ensure_ascii=False, default=str))
        return 0
    lines(look_page(documents, terminal, whole=arguments.text), terminal)
    if not documents:
        terminal.tell(_("no such documents") if first == 0 else _("no more of them"))
    elif more:
        terminal.tell(_("next: the same command with --page {n}").format(n=arguments.page + 1))
    return 0


def look_page(
    documents: Sequence[Mapping[str, Any]], terminal: Terminal, *, whole: bool = False
) -> list[str]:
    """The lines of a page; `documents` are dicts as `tamis.look` gives them."""
    page: list[str] = []
    for n, document in enumerate(documents):
        page += [""] if n else []
        page += _document(document, terminal, whole)
    return page


def _document(document: Mapping[str, Any], terminal: Terminal, whole: bool) -> list[str]:
    head = f"{terminal.style(clean(str(document.get('id') or ''))[:12], 'bold')}  {_verdict(document)}"
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
    if document["side"] == "removed":
        missed = verdict(document.get("removed_value"), document.get("removed_bound") or "")
        return clean(f"{document['removed_by']}  {missed}".rstrip())
    if document["side"] == "failed":
        return clean(
            _("failed in {step}: {kind}, {message}").format(
                step=document.get("step"),
                kind=document.get("kind"),
                message=told(document.get("message") or ""),
            )
        )
    if "distance" in document:
        return _("kept, {distance} from the bound").format(distance=value(abs(document["distance"])))
    return _("kept")
