"""`tamis explain RUN DOCUMENT`: one document's whole path."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping
from typing import Any

from tamis.cli import options
from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.quantities import count, value
from tamis.cli.terminal import Column, Terminal, clean, fit, pad, table, wrap
from tamis.messages import _

EXAMPLES = (
    ("tamis explain out kept/000000:0", _("the first kept document of shard 0: by its place")),
    ("tamis explain out kept/000000:0 --text", _("its text before and after each edit")),
    ("tamis explain out kept/000000:0 --json", _("the same for a program")),
)
LABEL = 9


def parser(width: int) -> VerbParser:
    summary = _(
        "Tell one document's whole path: each signal, value, bound and verdict, its edits, its duplicates."
    )
    made = VerbParser("explain", summary, _("RUN DOCUMENT [options]"), EXAMPLES, width)
    made.add_argument("run", metavar="RUN", help=_("a run directory"))
    made.add_argument(
        "document", metavar="DOCUMENT", help=_("an id (or its beginning), a URL, or kept/000017:1234")
    )
    made.add_argument("--text", action="store_true", help=_("show what was edited"))
    made.add_argument(
        "--against", metavar="DOCUMENT", help=_("show what differs from another document's text")
    )
    made.add_argument("--inputs", metavar="DIR", help=_("where RUN's inputs lie now"))
    options.json_flag(made)
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    keywords = options.given(arguments, "inputs")
    found = tamis.explain(arguments.run, arguments.document, **keywords)
    if arguments.against:
        other = tamis.explain(arguments.run, arguments.against, **keywords)
        if arguments.json:
            as_json({"document": found, "against": other}, terminal)
        else:
            lines(differences(other, found, terminal), terminal)
    elif arguments.json:
        as_json(found, terminal)
    else:
        lines(explain_page(found, arguments.run, terminal, text=arguments.text), terminal)
    return 0


def explain_page(found: Mapping[str, Any], run: str, terminal: Terminal, *, text: bool = False) -> list[str]:
    """The lines that explain a document.

    Args:
        found: `id`, `url`, `place`, `verdict` (kept, removed, failed), `removed_by`, `values` [{step, signal, value,
            keeps (the bound in words), would "keep" | "remove" | "", decided (bool), state "" | "without" |
            "removed before" | "not measured" | "computed now"}], `edits` [{step, before_lines, after_lines,
            before_chars, after_chars}], `text` {original, final}, `origin` {name, offset, length}, `duplicate_of`
            {id, url, similarity, size, order} or null, `nearest` (a sentence) or null, `failure` or null.
    """
    head = clean(found.get("url") or found["place"])
    fate = _fate(found)
    page = [
        terminal.style(fit(head, terminal.width, middle=True), "bold"),
        f"{found['id'][:12]}  {clean(fate)}",
        "",
    ]
    columns = [
        Column(_("step")),
        Column(_("signal"), flexible=True, least=20),
        Column(_("value"), ">"),
        Column(_("bound")),
        Column(_("would")),
    ]
    page += heading(table(columns, [_value_row(one) for one in found["values"]], terminal.width), terminal)
    page.append("")
    for label, said in _facts(found, run):
        page += [pad(label if not n else "", LABEL) + line for n, line in enumerate(_wrapped(said, terminal))]
    if text:
        page += ["", *_texts(found, terminal)]
    return page


def _wrapped(said: str, terminal: Terminal) -> list[str]:
    return [fit(line, terminal.width - LABEL) for line in wrap(clean(said), terminal.width - LABEL)]


def _fate(found: Mapping[str, Any]) -> str:
    if found["verdict"] == "removed":
        return _("removed by {rule}").format(rule=found["removed_by"])
    if found["verdict"] == "failed":
        failure = found.get("failure") or {}
        return _("failed in {step}: {kind}, {message}").format(
            step=failure.get("step", ""), kind=failure.get("kind", ""), message=failure.get("message", "")
        )
    return _("kept")


STATES = {
    "without": _("(run without)"),
    "removed before": _("(removed before)"),
    "not measured": _("(not measured)"),
    "computed now": _("(computed now)"),
}


def _value_row(one: Mapping[str, Any]) -> list[str]:
    state = STATES.get(one.get("state", ""), "")
    if one["value"] is None and state:
        return [one["step"], one["signal"] or state, "", "", state if one["signal"] else ""]
    would = f"{one['would']}   <-" if one.get("decided") else one["would"] or state
    return [one["step"], one["signal"], value(one["value"]), one["keeps"], would]


def _facts(found: Mapping[str, Any], run: str) -> list[tuple[str, str]]:
    """(label, sentence) of what else is known; an empty label belongs to the one before."""
    facts: list[tuple[str, str]] = []
    command = f"tamis explain {run} {found['id'][:12]}"
    for edit in found.get("edits", ()):
        said = _("{step} left {after} of {before} characters").format(
            step=edit["step"], after=count(edit["after_chars"]), before=count(edit["before_chars"])
        )
        facts.append((_("text"), said))
    if facts:
        facts.append(("", f"{command} --text"))
    origin = found.get("origin")
    if origin:
        said = _("{name}, byte {offset}, {length} bytes").format(
            name=origin["name"], offset=count(origin["offset"]), length=count(origin["length"])
        )
        facts.append((_("origin"), said))
    twin = found.get("duplicate_of")
    if twin:
        said = _("{id}, similarity {similarity}, kept of {size}: {url}").format(
            id=twin["id"][:12],
            url=twin.get("url") or "",
            similarity=value(twin["similarity"]),
            size=count(twin["size"]),
        )
        facts += [(_("copy of"), said), ("", f"{command} --against {twin['id'][:12]}")]
    if found.get("nearest"):
        facts.append((_("nearest"), found["nearest"]))
    return facts


def _texts(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    text = found.get("text") or {}
    original, final = text.get("original"), text.get("final") or ""
    if original is None or original == final:
        return clean(final, lines=True).split("\n")
    return _marked(original, final, terminal)


def differences(a: Mapping[str, Any], b: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The text of `b` against that of `a`, line by line: `-` only in a, `+` only in b."""
    head = [
        f"- {a['id'][:12]}  {a.get('url') or a['place']}",
        f"+ {b['id'][:12]}  {b.get('url') or b['place']}",
        "",
    ]
    one, other = ((side.get("text") or {}).get("final") or "" for side in (a, b))
    return [*(clean(line) for line in head), *_marked(one, other, terminal)]


def _marked(before: str, after: str, terminal: Terminal) -> list[str]:
    old, new = (clean(text, lines=True).split("\n") for text in (before, after))
    page = []
    for line in difflib.ndiff(old, new):
        if line.startswith("?"):
            continue
        name = {"-": "removed", "+": "kept"}.get(line[:1])
        page.append(terminal.style(line.rstrip(), name) if name else line.rstrip())
    return page
