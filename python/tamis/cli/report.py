"""`tamis report RUN`: where the report lies; made again where it is missing."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tamis.cli import options
from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json, lines
from tamis.cli.quantities import count
from tamis.cli.terminal import Terminal, clean, wrap
from tamis.errors import RunError
from tamis.messages import _, later, together
from tamis.stores.addresses import is_object, place
from tamis.stores.files import exists, read_bytes

EXAMPLES = (
    ("tamis report out", later("the funnel, and where the page lies")),
    ("tamis report out --json", later("the numbers of the page")),
    ("tamis report out --against out2", later("a page that compares two runs")),
    ("tamis report out --card README.md", later("the data card, in a file of that name too")),
)


def parser(width: int) -> VerbParser:
    summary = _(
        "Print a run's funnel and where its report lies; the report is made again where it is missing."
    )
    made = VerbParser("report", summary, _("RUN [options]"), EXAMPLES, width)
    made.add_argument("run", metavar="RUN", help=_("a run directory"))
    made.add_argument("--again", action="store_true", help=_("make the report again"))
    made.add_argument(
        "--tokenizer",
        metavar="FILE",
        help=_("a tokenizer.json: estimate tokens from 5,000 documents where no step counted them"),
    )
    made.add_argument(
        "--against", metavar="RUN2", help=_("compare with this run: a page and its numbers in RUN/report")
    )
    made.add_argument("--card", metavar="FILE", help=_("write the data card to this file too"))
    made.add_argument("--open", action="store_true", help=_("open the page in the browser"))
    options.json_flag(made)
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis
    from tamis.cli.outcome import funnel_table, summary_of
    from tamis.report.card import write_card
    from tamis.report.funnel import funnel_head, tokens_line
    from tamis.report.page import in_another_language, write_page
    from tamis.report.read import RunFiles

    if arguments.open and is_object(arguments.run):
        what = _("its page lies in a store, not on this machine")
        raise RunError(arguments.run, what, _("copy report/index.html here, then open it"))
    RunFiles(arguments.run)
    if arguments.against is not None:
        return _against(arguments, terminal)
    page = place(arguments.run) / "report" / "index.html"
    made = [page.with_name(name) for name in ("index.html", "data.json", "card.md")]
    if arguments.again or arguments.tokenizer or not all(exists(file) for file in made):
        page = tamis.report(
            arguments.run,
            tokenizer=arguments.tokenizer,
            on_note=lambda note: terminal.problem("warning", note),
        )
    elif arguments.lang and not arguments.json and in_another_language(page):
        # What was counted is the same in all languages: only what people read is written again.
        write_card(arguments.run)
        write_page(arguments.run)
    if arguments.card is not None:
        write_card(arguments.run, arguments.card)
    data = summary_of(place(arguments.run))
    if arguments.json:
        as_json(data, terminal)
    else:
        lines(
            [
                funnel_head(data),
                *wrap(clean(tokens_line(data)), terminal.width),
                "",
                *funnel_table(data, terminal, every=True),
                "",
                *_alerts(data, terminal),
            ],
            terminal,
        )
        terminal.say(clean(str(page)))
    if arguments.open:
        import webbrowser

        webbrowser.open(Path(page).resolve().as_uri())
    return 0


def _against(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    page = tamis.report(arguments.run, against=arguments.against, card=arguments.card)
    numbers = json.loads(read_bytes(page.with_suffix(".json")))
    if arguments.json:
        as_json(numbers, terminal)
    else:
        moved = numbers["kept_by_first_alone"] + numbers["kept_by_second_alone"]
        said = _("{moved} of {common} documents in both changed sides")
        lines([said.format(moved=count(moved), common=count(numbers["common"])), ""], terminal)
        terminal.say(clean(str(page)))
    if arguments.open:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
    return 0


def _alerts(data: dict[str, object], terminal: Terminal) -> list[str]:
    from tamis.report.alerts import sentence

    found = data.get("alerts")
    if not isinstance(found, list) or not found:
        return []
    said = [sentence(alert) for alert in found]
    page: list[str] = []
    for one in said:
        told = wrap(clean(together(one)), terminal.width - 2)
        page += [f"{'!' if n == 0 else ' '} {line}" for n, line in enumerate(told)]
    return [*page, ""]
