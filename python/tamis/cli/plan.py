"""`tamis plan RECIPE [INPUT...]`: what a run would do, without touching data."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tamis.cli import options, values
from tamis.cli.parser import UsageError, VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.quantities import counted, size, worked
from tamis.cli.scale import scale_page
from tamis.cli.terminal import Column, Terminal, beside, clean, table, wrap
from tamis.errors import TamisError
from tamis.messages import _, later, told

EXAMPLES = (
    (
        "tamis plan fineweb demo/*.warc.gz --without url_blocklist",
        later("steps, columns, cost, memory and disk"),
    ),
    ("tamis plan gopher demo/pages.jsonl --json", later("the same for a program")),
    (
        "tamis plan fineweb --without url_blocklist --assume-documents 1e9",
        later("tasks, files, memory and core hours of a billion documents"),
    ),
)


SCALE = ("assume_documents", "from_run", "shard_bytes")

SHOWN = ("0.6", "0.75", "0.8", "0.9")
"""The similarities that the line about a step's matches names, beside the one of which half are found."""


def parser(width: int) -> VerbParser:
    summary = _("Show what a run would do: steps, columns, cost, time, memory, disk. No data is read.")
    made = VerbParser("plan", summary, _("RECIPE [INPUT...] [options]"), EXAMPLES, width)
    options.recipe_and_inputs(made, needed=False)
    made.add_argument("-o", "--out", metavar="OUT", help=_("the run directory that would be written"))
    options.json_flag(made)
    options.changes(made)
    options.reading(made)
    options.storing(made)
    options.work(made)
    _scale(made)
    return made


def _scale(made: VerbParser) -> None:
    group = made.add_argument_group(_("At scale"))
    group.add_argument(
        "--assume-documents",
        metavar="N",
        type=values.documents,
        help=_("what so many documents would take by phase: 1e9, 1_000_000; INPUT is then not needed"),
    )
    group.add_argument(
        "--from",
        dest="from_run",
        metavar="RUN",
        help=_("take what a document costs from this finished run of RECIPE, not from the tables"),
    )
    group.add_argument("--shard-bytes", metavar="SIZE", type=values.size, help=_("size of a shard of input"))


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    if not arguments.inputs and arguments.assume_documents is None:
        hint = _("for example: {command}").format(command=EXAMPLES[0][0])
        raise UsageError("tamis plan", _("give INPUT, or --assume-documents N"), hint)
    import tamis

    names = (*options.READING, *options.STORING, *options.WORK, *SCALE)
    keywords = options.changed(arguments) | options.given(arguments, *names)
    found = tamis.plan(arguments.recipe, arguments.inputs, **keywords).to_dict()
    if arguments.json:
        as_json(found, terminal)
    else:
        page = scale_page if found.get("scale") else plan_page
        lines(page(found, terminal), terminal)
    for problem in found["problems"]:
        what = told(problem["what"])
        terminal.problem("error", f"{problem['where']}: {what}" if problem["where"] else what)
        if problem["hint"]:
            terminal.problem("hint", problem["hint"])
    return TamisError.exit_code if found["problems"] else 0


def plan_page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines of a plan; `found` is what `Planned.to_dict` makes."""
    inputs, estimates = found["inputs"], found["estimates"]
    amount = _(", ").join(
        [
            counted(len(inputs), _("{n} file"), _("{n} files")),
            size(estimates["bytes"]),
            counted(found["shards"], _("{n} shard"), _("{n} shards")),
        ]
    )
    head = f"{terminal.style(clean(found['recipe']), 'bold')}  {clean(_(found['title']))}"
    page = [*beside(head, amount, terminal), "", *_steps(found["steps"], terminal), ""]
    parts = [(step["step"], match_text(step)) for step in found["steps"] if step["curve"]]
    parts += [
        (_("time"), worked(estimates["seconds"], estimates["workers"])),
        (_("memory"), _memory(found)),
        (_("disk"), _disk(estimates)),
    ]
    width = max(len(label) for label, _text in parts)
    for label, text in parts:
        said = wrap(clean(text), terminal.width - width - 2)
        page += [f"{label if n == 0 else '':{width}}  {line}" for n, line in enumerate(said)]
    return page


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
    signals = [signal["name"] for signal in step["signals"]]
    writes = [name for name in step["writes"] if name not in signals]
    writes += [_("{n} signals").format(n=len(signals))] if len(signals) > 3 else signals
    return f"{', '.join(step['reads'])} > {', '.join(writes)}"


def match_text(step: Mapping[str, Any]) -> str:
    """`14 x 8: the share of pairs that it proposes, by similarity: 21 % at 0.6, 92 % at 0.8; removes at 0.75`."""
    curve = {float(at): part for at, part in step["curve"].items() if at in SHOWN}
    curve[step["curve"]["half"]] = 0.5
    parameters = step["parameters"]
    at = [
        _("{share} at {similarity}").format(share=_whole(part), similarity=f"{similarity:.3g}")
        for similarity, part in sorted(curve.items())
    ]
    text = _("{bands} x {rows}: the share of pairs that it proposes, by similarity: {shares}").format(
        bands=parameters["bands"], rows=parameters["rows"], shares=_(", ").join(at)
    )
    threshold = parameters.get("threshold")
    return text if threshold is None else text + _("; removes at {t}").format(t=f"{threshold:g}")


def _whole(part: float) -> str:
    """A share without decimals, never 0 or 100 where it is neither."""
    if round(100 * part) in (0, 100) and part not in (0, 1):
        return "<1 %" if part < 0.5 else ">99 %"
    return f"{round(100 * part)} %"


def _memory(found: Mapping[str, Any]) -> str:
    estimates, loaded = found["estimates"], [step for step in found["steps"] if step["loaded"]]
    text = _("{n} x {worker} of {limit}").format(
        n=estimates["workers"], worker=size(estimates["worker_memory"]), limit=size(estimates["memory"])
    )
    if not loaded:
        return text
    listed = ", ".join(f"{step['step']} {size(step['loaded'])}" for step in loaded)
    return text + _("; models and lists: {listed}").format(listed=listed)


def _disk(estimates: Mapping[str, Any]) -> str:
    disk = estimates["disk"]
    parts = [
        _("kept about {size}").format(size=size(disk["kept"])),
        _("removed {size} (--removed signals: {small})").format(
            size=size(disk["removed"]), small=size(disk["removed_signals"])
        ),
    ]
    if disk["sets"]:
        said = _("signatures {size}, of which {sets} are sets of shingles")
        parts.append(said.format(size=size(disk["sketches"]), sets=size(disk["sets"])))
    elif disk["sketches"]:
        parts.append(_("signatures {size}").format(size=size(disk["sketches"])))
    text, share = _(", ").join(parts), estimates["assumed"]["kept_share"]
    if share == 1:
        return text
    return text + _("; assumed: one document in {n} is kept").format(n=round(1 / share))
