"""`tamis plan RECIPE INPUT...`: what a run would do, without touching data."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tamis.cli import options
from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.quantities import count, duration, size
from tamis.cli.terminal import Column, Terminal, clean, table, wrap
from tamis.errors import TamisError
from tamis.messages import _

EXAMPLES = (
    ("tamis plan fineweb demo/*.warc.gz --without url_blocklist", _("steps, columns, cost, memory and disk")),
    ("tamis plan gopher demo/pages.jsonl --json", _("the same for a program")),
)
WIDTH_OF_LABEL = 8


def parser(width: int) -> VerbParser:
    summary = _("Show what a run would do: steps, columns, cost, time, memory, disk. No data is read.")
    made = VerbParser("plan", summary, _("RECIPE INPUT... [options]"), EXAMPLES, width)
    options.recipe_and_inputs(made)
    made.add_argument("-o", "--out", metavar="OUT", help=_("the run directory that would be written"))
    options.json_flag(made)
    options.changes(made)
    options.reading(made)
    options.storing(made)
    options.work(made)
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    names = (*options.READING, *options.STORING, *options.WORK)
    found = tamis.plan(
        arguments.recipe, arguments.inputs, **options.changed(arguments), **options.given(arguments, *names)
    ).describe()
    if arguments.json:
        as_json(found, terminal)
    else:
        lines(plan_page(found, terminal), terminal)
    missing = found.get("problems", [])
    for problem in missing:
        terminal.problem("error", f"{problem['where']}: {problem['what']}")
        if problem.get("hint"):
            terminal.problem("hint", problem["hint"])
    return TamisError.exit_code if missing else 0


def plan_page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines of a plan.

    Args:
        found: `recipe` {name, title}, `inputs` {files, bytes, shards}, `steps` [{step, kind, scope, cost, rules,
            reads [..], writes [..], signals, gate}], `match` [{step, bands, rows, at [[similarity, share]],
            threshold}], `time` {seconds, workers}, `memory` {workers, worker, limit}, `disk` {kept, removed,
            removed_signals, signatures}, `problems` [{where, what, hint}]; amounts in bytes and seconds, null
            where nothing is known.
    """
    inputs = found["inputs"]
    amount = _("{files} files, {size}, {shards} shards").format(
        files=count(inputs["files"]), size=size(inputs["bytes"]), shards=count(inputs["shards"])
    )
    recipe = found["recipe"]
    page = [f"{terminal.style(clean(recipe['name']), 'bold')}  {clean(recipe['title'])}", amount, ""]
    page += _steps(found["steps"], terminal)
    page.append("")
    for part in found.get("match", ()):
        page += _labelled(part["step"], match_text(part), terminal)
    for label, text in ((_("time"), _time(found)), (_("memory"), _memory(found)), (_("disk"), _disk(found))):
        if text:
            page += _labelled(label, text, terminal)
    return page


def _labelled(label: str, text: str, terminal: Terminal) -> list[str]:
    said = wrap(clean(text), terminal.width - WIDTH_OF_LABEL - 1)
    return [f"{label if n == 0 else '':{WIDTH_OF_LABEL}} {line}" for n, line in enumerate(said)]


def _steps(steps: list[dict[str, Any]], terminal: Terminal) -> list[str]:
    columns = [
        Column(_("step")),
        Column(_("kind")),
        Column(_("scope")),
        Column(_("cost")),
        Column(_("rules"), ">"),
        Column(_("reads > writes"), flexible=True, wrapped=True, least=18),
        Column(""),
    ]
    rows = [
        [
            step["step"],
            step["kind"],
            step["scope"],
            step["cost"],
            str(step["rules"]),
            _columns(step),
            _("gate") if step["gate"] else "",
        ]
        for step in steps
    ]
    return heading(table(columns, rows, terminal.width), terminal)


def _columns(step: Mapping[str, Any]) -> str:
    """`content > text, title, date`; more than three signals are counted."""
    writes = list(step["writes"])
    signals = step["signals"]
    if len(signals) > 3:
        writes.append(_("{n} signals").format(n=len(signals)))
    else:
        writes += signals
    return f"{', '.join(step['reads'])} > {', '.join(writes)}"


def match_text(part: Mapping[str, Any]) -> str:
    """`14 x 8: proposes 21 % of pairs at similarity 0.6, ...; removes at 0.75`."""
    at = [
        _("{share} % at {similarity}").format(share=round(100 * share), similarity=f"{similarity:g}")
        for similarity, share in part["at"]
    ]
    text = _("{bands} x {rows}: of pairs of a similarity it proposes {shares}").format(
        bands=part["bands"], rows=part["rows"], shares=", ".join(at)
    )
    return (
        text
        if part.get("threshold") is None
        else text + _("; removes at {t}").format(t=f"{part['threshold']:g}")
    )


def _time(found: Mapping[str, Any]) -> str:
    time = found.get("time") or {}
    if time.get("seconds") is None:
        return ""
    return _("about {time} on {n} workers").format(time=duration(time["seconds"]), n=time["workers"])


def _memory(found: Mapping[str, Any]) -> str:
    memory = found.get("memory") or {}
    if not memory:
        return ""
    return _("{n} x {worker} of {limit}").format(
        n=memory["workers"], worker=size(memory["worker"]), limit=size(memory["limit"])
    )


def _disk(found: Mapping[str, Any]) -> str:
    disk = found.get("disk") or {}
    if not disk:
        return ""
    parts = [_("kept {size}").format(size=size(disk["kept"]))]
    removed = _("removed {size}").format(size=size(disk["removed"]))
    if disk.get("removed_signals") is not None:
        removed += _(" (--removed signals: {size})").format(size=size(disk["removed_signals"]))
    parts.append(removed)
    if disk.get("signatures"):
        parts.append(_("signatures {size}").format(size=size(disk["signatures"])))
    return ", ".join(parts)
