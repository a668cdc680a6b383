"""`tamis explain RUN DOCUMENT`: one document's whole path."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from tamis.cli import options
from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.quantities import count, counted, value
from tamis.cli.terminal import Column, Terminal, clean, fit, pad, table, wrap
from tamis.messages import _, later, told

EXAMPLES = (
    ("tamis explain out https://docs.python.example/about/abc", later("a page of the sample, by its URL")),
    (
        "tamis explain out docs.python.example/about/abc --text",
        later("with its text, and what was edited in it"),
    ),
    ("tamis explain out https://docs.python.example/about/abc --json", later("the same for a program")),
)
LABEL, SHORT = 9, 12
SPANS, EXCERPT = 5, 60
NOW = "*"
"""Marks what was computed now: the run did not measure it on this document."""


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
    made.add_argument("--inputs", metavar="DIR", help=_("where the raw inputs are now, when they were moved"))
    options.json_flag(made)
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    found = tamis.explain(arguments.run, arguments.document, inputs=arguments.inputs)
    if arguments.against:
        other = tamis.explain(arguments.run, arguments.against, inputs=arguments.inputs)
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
    """The lines that explain a document; `found` is what `tamis.explain` returns."""
    head = clean(found.get("url") or found["place"])
    page = [
        terminal.style(fit(head, terminal.width, middle=True), "bold"),
        fit(f"{str(found['id'] or '')[:12]}  {clean(_fate(found))}", terminal.width),
        "",
    ]
    columns = [
        Column(_("step")),
        Column(_("signal"), flexible=True, least=20),
        Column(_("value"), ">", flexible=True),
        Column(_("bound"), flexible=True),
        Column(_("would")),
    ]
    rows = [row for step in found["steps"] for row in _step_rows(step)]
    page += heading(table(columns, rows, terminal.width), terminal)
    page.append("")
    for label, said in _facts(found, run):
        page += [pad(label if not n else "", LABEL) + line for n, line in enumerate(_wrapped(said, terminal))]
    if text:
        page += ["", *_texts(found, terminal)]
    return page


def _wrapped(said: str, terminal: Terminal) -> list[str]:
    return [fit(line, terminal.width - LABEL) for line in wrap(clean(said), terminal.width - LABEL)]


def _fate(found: Mapping[str, Any]) -> str:
    if found["side"] == "removed":
        return _("removed by {rule}").format(rule=found["removed_by"])
    failed = found.get("failed")
    if failed:
        return _("failed in {step}: {kind}, {message}").format(
            **failed | {"message": told(failed["message"])}
        )
    return _("kept")


REASONS = {
    "without": later("(run without)"),
    "made later": later("(made later)"),
    "removed before": later("(removed before)"),
    "failed before": later("(failed before)"),
    "passed over": later("(passed over)"),
}


def _step_rows(step: Mapping[str, Any]) -> list[list[str]]:
    computed = step.get("computed")
    if not (step["ran"] or computed):
        return [[step["step"], _(REASONS.get(step["why"]) or later("(not measured)")), "", "", ""]]
    mark = f"  {NOW}" if computed else ""
    rows = [
        [
            step["step"],
            one["signal"],
            count(len(one["value"])) if isinstance(one["value"], list) else value(one["value"]),
            one["bound"],
            f"{one['verdict']}   <-" if one["first"] else f"{one['verdict']}{mark}",
        ]
        for one in step["signals"]
    ]
    return rows or [[step["step"], _("(ran)"), "", "", mark]]


def _facts(found: Mapping[str, Any], run: str) -> list[tuple[str, str]]:
    """(label, sentence) of what else is known; an empty label belongs to the one before."""
    facts: list[tuple[str, str]] = []
    command = f"tamis explain {run} {str(found['id'])[:SHORT]}"
    if any(step.get("computed") for step in found["steps"]):
        facts.append((NOW, _("computed now; the run did not measure it on this document")))
    edited = [_edited(step) for step in found["steps"] if "edit" in step]
    final, original = found.get("text"), found.get("original")
    if not edited and original is not None and final is not None and original != final:
        said = _("edits left {after} of {before} characters")
        edited = [said.format(after=count(len(final)), before=count(len(original)))]
    if edited:
        facts += [(_("text") if not n else "", said) for n, said in enumerate(edited)]
        facts.append(("", f"{command} --text"))
    origin = found.get("origin")
    if origin:
        said = _("{name}, at {offset}").format(name=origin["name"], offset=count(origin["offset"]))
        if origin.get("length"):
            said += _(", ") + _("{n} bytes").format(n=count(origin["length"]))
        if found.get("reread"):
            said += _(", ") + _("read again")
        facts.append((_("origin"), said))
    if found.get("parent_id"):
        said = "  ".join(filter(None, [found["parent_id"][:SHORT], found.get("parent")]))
        facts.append((_("made of"), said))
    if found.get("children"):
        facts.append((_("made"), counted(found["children"], _("{n} document"), _("{n} documents"))))
    for twin in found.get("duplicates", ()):
        facts += _duplicate(twin, command)
    for step, spans in found.get("spans", {}).items():
        facts += _kept_elsewhere(step, spans, found, run)
    for nearest in found.get("nearest", ()):
        facts += _nearest(nearest, found, command)
    if found.get("matches", 1) > 1:
        said = _("{n} documents fit; this is the first").format(n=count(found["matches"]))
        facts.append((_("note"), said))
    facts += [(_("note"), said) for said in found.get("notes", ())]
    return facts


def _edited(step: Mapping[str, Any]) -> str:
    before, after = step["edit"]["before"], step["edit"]["after"]
    said = _("{step} left {after} of {before} characters, {lines} of {all} lines")
    if step.get("computed"):
        said += f" {NOW}"
    facts = {"step": step["step"], "after": count(len(after)), "before": count(len(before))}
    return said.format(**facts, lines=count(_lines(after)), all=count(_lines(before)))


def _lines(text: str) -> int:
    return text.count("\n") + 1 if text else 0


def _nearest(nearest: Mapping[str, Any], found: Mapping[str, Any], command: str) -> list[tuple[str, str]]:
    """The most similar kept document that shares a bucket, and how to see both."""
    if nearest["id"] is None:
        said = _("none kept shares a bucket with it (signature made now)")
        several = len(found["nearest"]) > 1
        return [(_("nearest"), f"{nearest['step']}: {said}" if several else said)]
    said = "  ".join([nearest["id"][:SHORT], nearest["url"] or nearest["place"]])
    if nearest["similarity"] is not None:
        said += _(", ") + _("similarity {similarity}").format(similarity=value(nearest["similarity"]))
    said += _(", ") + _("kept; shares {n} buckets of {step} (signature made now)").format(
        n=count(nearest["buckets"]), step=nearest["step"]
    )
    return [(_("nearest"), said), ("", f"{command} --against {nearest['id'][:SHORT]}")]


def _kept_elsewhere(
    step: str, spans: Sequence[Mapping[str, Any]], found: Mapping[str, Any], run: str
) -> list[tuple[str, str]]:
    """Where the parts of the text are kept that a corpus step found elsewhere too: the first few."""
    facts: list[tuple[str, str]] = []
    for span in spans[:SPANS]:
        said = _("{id} keeps it, of {n} copies ({step}): {text}")
        if span["kept_by"] == found["id"]:
            said = _("this document keeps it once, of {n} copies ({step}): {text}")
        kept = {"id": span["kept_by"][:SHORT], "n": count(span["copies"]), "step": step}
        facts.append((_("line") if not facts else "", said.format(**kept, text=shortened(span["text"]))))
    others = [span["kept_by"] for span in spans if span["kept_by"] != found["id"]]
    if len(spans) > SPANS:
        facts.append(("", _("and {n} more, all of them with --json").format(n=count(len(spans) - SPANS))))
    if others:
        facts.append(("", f"tamis explain {run} {others[0][:SHORT]}"))
    return facts


def shortened(text: str) -> str:
    """The beginning of a part of a text.

    Examples:
        >>> shortened("short"), shortened("word " * 30)[-10:]
        ('short', 'rd word...')
    """
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}..."


def _duplicate(twin: Mapping[str, Any], command: str) -> list[tuple[str, str]]:
    if not twin["rank"]:
        said = _("{step} kept it of {n} that are alike").format(step=twin["step"], n=count(twin["size"]))
        return [(_("copies"), said)]
    said = _("{id}, which {step} kept of {n} that are alike").format(
        id=twin["kept_id"][:SHORT], step=twin["step"], n=count(twin["size"])
    )
    if twin["similarity"] is not None:
        said += _(", ") + _("similarity {similarity}").format(similarity=value(twin["similarity"]))
    return [(_("copy of"), said), ("", f"{command} --against {twin['kept_id'][:SHORT]}")]


def _texts(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """What each step changed, one after the other; the text where none did."""
    page: list[str] = []
    for step in found["steps"]:
        if "edit" in step:
            name = f"{step['step']} {NOW}" if step.get("computed") else step["step"]
            page += (
                ["", terminal.style(clean(name), "bold")] if page else [terminal.style(clean(name), "bold")]
            )
            page += _marked(step["edit"]["before"], step["edit"]["after"], terminal)
    if page:
        return page
    original, final = found.get("original"), found.get("text") or ""
    if original is None or original == final:
        return clean(final, lines=True).split("\n")
    return _marked(original, final, terminal)


def differences(a: Mapping[str, Any], b: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The text of `b` against that of `a`, line by line: `-` only in a, `+` only in b."""
    head = [
        f"- {a['id'][:12]}  {a.get('url') or a['place']}",
        f"+ {b['id'][:12]}  {b.get('url') or b['place']}",
    ]
    shown = [fit(clean(line), terminal.width) for line in head]
    return [*shown, "", *_marked(a.get("text") or "", b.get("text") or "", terminal)]


def _marked(before: str, after: str, terminal: Terminal) -> list[str]:
    old, new = (clean(text, lines=True).split("\n") for text in (before, after))
    page = []
    for line in difflib.ndiff(old, new):
        if line.startswith("?"):
            continue
        name = {"-": "removed", "+": "kept"}.get(line[:1])
        page.append(terminal.style(line.rstrip(), name) if name else line.rstrip())
    return page
