"""`tamis look RUN --review N` and `--labels SHEET`: a sheet for a blind reader, and what the labels say."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tamis.cli import values
from tamis.cli.parser import UsageError, VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.quantities import NOTHING, count, counted
from tamis.cli.terminal import Column, Terminal, clean, table, wrap
from tamis.messages import _, together


def add_options(parser: VerbParser, side: Any) -> None:
    """The options of a review; `side` is the group of which one is given."""
    side.add_argument(
        "--review", metavar="N", type=values.count, help=_("draw N documents a rule to be labelled blind")
    )
    side.add_argument(
        "--labels",
        metavar="SHEET",
        nargs="+",
        help=_("what a labelled sheet says of the rules, or two readers'"),
    )
    group = parser.add_argument_group(_("Review"))
    group.add_argument(
        "--rules", metavar="A,B", type=values.names, help=_("the rules whose bounds are reviewed")
    )
    group.add_argument("-o", "--out", metavar="FILE", help=_("the sheet, a CSV file that is not there yet"))
    group.add_argument("--seed", metavar="N", type=values.seed, help=_("another draw (default 0)"))


def asked(arguments: argparse.Namespace) -> bool:
    """Whether a review is drawn or its labels are read; an option of a review alone is an error."""
    if arguments.review is not None:
        for option, given in (("--rules", arguments.rules), ("-o", arguments.out)):
            if not given:
                hint = _("for example: tamis look {run} --review 100 --rules STEP.NAME -o sheet.csv")
                what = _("give {option} too").format(option=option)
                raise UsageError("tamis look --review", what, hint.format(run=arguments.run))
        return True
    for option, given in (("--rules", arguments.rules), ("-o", arguments.out), ("--seed", arguments.seed)):
        if given is not None:
            what = _("it belongs to --review N")
            raise UsageError(f"tamis look {option}", what, _("give --review N too"))
    return arguments.labels is not None


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    if arguments.review is not None:
        seed = arguments.seed or 0
        found = tamis.review(arguments.run, arguments.review, arguments.rules, arguments.out, seed=seed)
        page = [] if arguments.json else review_page(found, terminal)
        for note in found["notes"]:
            terminal.problem("warning", note)
    else:
        found = tamis.labels(arguments.run, *arguments.labels)
        page = [] if arguments.json else labels_page(found, terminal)
    if arguments.json:
        as_json(found, terminal)
    lines(page, terminal)
    return 0


def review_page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines for what `tamis.review` drew."""
    columns = [
        Column(_("rule"), flexible=True, wrapped=True, least=20),
        Column(_("keeps"), flexible=True, least=8),
        Column(_("past the bound"), ">"),
        Column(_("within"), ">"),
    ]
    rows = [
        [one["rule"], one["keeps"], *(_of(one, side) for side in ("past", "within"))]
        for one in found["rules"]
    ]
    page = heading(table(columns, rows, terminal.width), terminal)
    rows_said = counted(found["rows"], _("{n} row"), _("{n} rows"))
    said = _("{rows} in {sheet}: write keep, remove or unsure under label").format(
        rows=rows_said, sheet=clean(found["sheet"])
    )
    return [*page, "", *wrap(said, terminal.width)]


def _of(one: Mapping[str, Any], side: str) -> str:
    return _("{n} of {all}").format(n=count(one["rows"][side]), all=count(one["documents"][side]))


def labels_page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines for what `tamis.labels` found."""
    columns = [
        Column(_("rule"), flexible=True, wrapped=True, least=20),
        Column(_("keeps"), flexible=True, least=8),
        Column(_("rows"), ">"),
        Column(_("precision")),
        Column(_("recall")),
    ]
    rows = [
        [
            one["rule"],
            one["keeps"],
            count(sum(one["rows"].values())),
            share(one["precision"]),
            share(one["recall"]),
        ]
        for one in found["rules"]
    ]
    page = heading(table(columns, rows, terminal.width), terminal)
    said = found["labels"]
    parts = [
        _("{remove} to remove, {keep} to keep.").format(
            remove=count(said["remove"]), keep=count(said["keep"])
        )
    ]
    if any(one["precision"] for one in found["rules"]):
        parts.append(_("In brackets: intervals of 95 %."))
    if said["unsure"]:
        parts.append(_("Left out as unsure: {n}.").format(n=count(said["unsure"])))
    if said["disagreed"]:
        parts.append(_("Left out because the readers disagree: {n}.").format(n=count(said["disagreed"])))
    if said["empty"]:
        parts.append(_("Not labelled yet: {n}.").format(n=count(said["empty"])))
    page += ["", *wrap(together(parts), terminal.width)]
    return page + wrap(_agreed(found["agreement"]), terminal.width)


def share(estimate: Mapping[str, float] | None) -> str:
    """An estimate with its interval."""
    if estimate is None:
        return NOTHING
    return f"{estimate['value']:.2f} ({estimate['low']:.2f}{NOTHING}{estimate['high']:.2f})"


def _agreed(agreement: Mapping[str, Any] | None) -> str:
    if agreement is None:
        return ""
    kappa = NOTHING if agreement["kappa"] is None else f"{agreement['kappa']:.2f}"
    said = _("Two readers over {n} rows that both decided: Cohen's kappa {kappa}, equal answers {share:.0%}.")
    return said.format(n=count(agreement["rows"]), kappa=kappa, share=agreement["observed"])
