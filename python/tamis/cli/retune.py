"""`tamis retune RUN --set ... -o OUT`: decide again with other bounds."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tamis.cli import options, values
from tamis.cli.parser import UsageError, VerbParser
from tamis.cli.printing import as_json, lines
from tamis.cli.progress import Progress, phase_name
from tamis.cli.quantities import count, value
from tamis.cli.run import stopped
from tamis.cli.terminal import Terminal, clean
from tamis.messages import _, later
from tamis.stores.addresses import place

EXAMPLES = (
    (
        "tamis retune out --set fineweb_quality.newlines_per_word.max=0.45 -o out2",
        later("what another bound keeps; nothing that is stored is measured again"),
    ),
    (
        "tamis retune out --set gopher_quality.word_count.min=20 -o out3 --json",
        later("the counts before and after for a program"),
    ),
    (
        "tamis retune out --sweep fineweb_quality.newlines_per_word.max=0.1:0.5:0.05",
        later("what each of these bounds would keep; nothing is measured or written"),
    ),
    (
        "tamis retune out --sweep gopher_quality.alpha_word_ratio.min=0.7:0.9:0.05 --labels sheet.csv",
        later("and how well each would agree with a reader of tamis look out --review"),
    ),
)


def parser(width: int) -> VerbParser:
    summary = _(
        "Decide a finished run again with other bounds, into a new directory: the same bytes as a fresh run's."
    )
    made = VerbParser(
        "retune", summary, _("RUN (--set NAME=V -o OUT | --sweep NAME=A:B:STEP) [options]"), EXAMPLES, width
    )
    made.add_argument("run", metavar="RUN", help=_("a finished run directory"))
    made.add_argument(
        "--set",
        metavar="NAME=V",
        action="append",
        type=values.setting,
        help=_("STEP.SIGNAL.BOUND=V; may be given again"),
    )
    made.add_argument("-o", "--out", metavar="OUT", help=_("the new run directory"))
    made.add_argument(
        "--sweep",
        metavar="NAME=A:B:STEP",
        type=values.swept,
        help=_("only print what each value of one bound would keep"),
    )
    made.add_argument(
        "--labels",
        metavar="SHEET",
        nargs="+",
        help=_("with --sweep: precision and recall at each value, by a labelled sheet, or two readers'"),
    )
    made.add_argument("--inputs", metavar="DIR", help=_("where the raw inputs are now, when they were moved"))
    options.json_flag(made)
    options.work(made)
    options.cluster(made)
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    check_asked(arguments, terminal.width)
    return swept(arguments, terminal) if arguments.sweep else retuned(arguments, terminal)


def check_asked(arguments: argparse.Namespace, width: int) -> None:
    """Either a new run with other bounds, or a sweep, which writes none."""
    if arguments.sweep and (arguments.set or arguments.out):
        hint = _("leave out --set and -o: a sweep takes one bound and writes nothing")
        raise UsageError("tamis retune", _("--sweep stands alone"), hint)
    if arguments.labels and not arguments.sweep:
        raise UsageError(
            "tamis retune --labels", _("it belongs to --sweep NAME=A:B:STEP"), _("give --sweep too")
        )
    named = (("--set", arguments.set), ("-o/--out", arguments.out))
    missing = [] if arguments.sweep else [option for option, given in named if not given]
    if missing:
        parser(width).error(f"the following arguments are required: {', '.join(missing)}")


def swept(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`--sweep`: what each value would keep."""
    import tamis
    from tamis.cli.sweep import page

    found = tamis.sweep(arguments.run, *arguments.sweep, labels=arguments.labels or ())
    if arguments.json:
        as_json(found, terminal)
    else:
        lines(page(found, terminal), terminal)
    return 0


def retuned(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """`--set`: a new run directory."""
    import tamis
    from tamis.cli.outcome import summary_of

    overrides = values.settings(arguments.set)
    if Path(arguments.run).resolve() == Path(arguments.out).resolve():
        hint = _("give another -o: the old run stays for comparison")
        raise UsageError(
            "tamis retune", _("{run} cannot be written into itself").format(run=arguments.run), hint
        )
    with Progress(terminal) as progress:
        try:
            run = tamis.retune(
                arguments.run,
                overrides,
                arguments.out,
                on_progress=progress.update,
                on_note=progress.note,
                inputs=arguments.inputs,
                **options.given(arguments, *options.WORK, *options.CLUSTER),
            )
        except KeyboardInterrupt:
            return stopped(arguments.out, progress, terminal)
    old, new = summary_of(place(arguments.run)), summary_of(run.path)
    changes = changed_bounds(old, new, overrides)
    if arguments.json:
        documents = {"before": old["summary"]["documents"], "after": new["summary"]["documents"]}
        work = {"measured": run.computed, "read_again": run.reread}
        as_json({"out": str(run.path), "changes": changes, **documents, **work}, terminal)
    else:
        page = comparison(arguments.run, arguments.out, changes, old, new)
        page.insert(len(changes), work_done(run.computed, run.reread))
        lines(page, terminal)
    return 0


def work_done(computed: Mapping[str, int], reread: int) -> str:
    """For how many documents each phase measured what they lacked; how many were read again from the raw input."""
    if not computed:
        return _("nothing measured again")
    parts = [
        _("{n} measured for {steps}").format(n=count(n), steps=phase_name(label))
        for label, n in computed.items()
    ]
    if reread:
        parts.append(_("{n} read again from the input").format(n=count(reread)))
    return "; ".join(parts)


def changed_bounds(
    old: dict[str, Any], new: dict[str, Any], overrides: dict[str, Any]
) -> list[dict[str, Any]]:
    """Each override with the bound before and after; a bound that was not there is null."""
    found = []
    for name, after in overrides.items():
        rule, _dot, bound = name.rpartition(".")
        sides = [
            next((one["bounds"].get(bound) for one in data["rules"] if one["rule"] == rule), None)
            for data in (old, new)
        ]
        found.append({"name": name, "before": sides[0], "after": after if sides[1] is None else sides[1]})
    return found


def comparison(
    run: str, out: str, changes: list[dict[str, Any]], old: dict[str, Any], new: dict[str, Any]
) -> list[str]:
    """The bounds and the counts, before and after."""
    page = [clean(f"{one['name']}  {_side(one['before'])} -> {_side(one['after'])}") for one in changes]
    before, after = old["summary"]["documents"], new["summary"]["documents"]
    parts = [_("{n} in").format(n=count(after["in"]))]
    for key, word in (("kept", _("kept")), ("removed", _("removed")), ("failed", _("failed"))):
        if before[key] or after[key]:
            parts.append(f"{word} {count(before[key])} -> {count(after[key])}")
    page.append("   ".join(parts))
    page.append(_("compare  tamis diff {run} {out} --documents").format(run=clean(run), out=clean(out)))
    return page


def _side(bound: Any) -> str:
    return _("none") if bound is None else value(bound) if not isinstance(bound, list) else str(bound)
