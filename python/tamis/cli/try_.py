"""`tamis try RECIPE INPUT...`: the first bytes of each input, in memory."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from tamis.cli import options
from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json, lines
from tamis.cli.quantities import count, counted, duration
from tamis.cli.terminal import Column, Terminal, beside, clean, table
from tamis.cli.verdicts import verdict
from tamis.messages import _, later

EXAMPLES = (
    (
        "tamis try fineweb demo/*.warc.gz --without url_blocklist",
        later("what each rule removes, by three examples"),
    ),
    (
        "tamis try gopher demo/pages.jsonl --set gopher_quality.word_count.min=100",
        later("with another bound"),
    ),
    ("tamis try gopher demo/pages.jsonl --json", later("the same for a program")),
)


def parser(width: int) -> VerbParser:
    summary = _("Run the first bytes of each input in memory, and show examples of what each rule removes.")
    made = VerbParser("try", summary, _("RECIPE INPUT... [options]"), EXAMPLES, width)
    options.recipe_and_inputs(made)
    options.json_flag(made)
    options.changes(made)
    options.reading(made)
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis

    keywords = options.changed(arguments) | options.given(arguments, *options.READING)
    found = tamis.try_(arguments.recipe, arguments.inputs, **keywords).to_dict()
    if arguments.json:
        as_json(found, terminal)
        return 0
    lines(try_page(found, terminal), terminal)
    for step in found["without_corpus"]:
        terminal.tell(_("{step} needs all documents and did not run").format(step=clean(step)))
    return 0


def try_page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines of a try; `found` is what `Tried.to_dict` makes."""
    inputs = found["inputs"]
    name = inputs[0] if len(inputs) == 1 else _("{n} inputs").format(n=count(len(inputs)))
    head = _("{documents} of {name} in {time}").format(
        documents=counted(found["documents"], _("{n} document"), _("{n} documents")),
        name=clean(name),
        time=duration(found["seconds"]),
    )
    words = (("made", _("made")), ("kept", _("kept")), ("removed", _("removed")), ("failed", _("failed")))
    always = ("kept", "removed")
    counts = "   ".join(
        f"{word} {count(found[key])}" for key, word in words if found.get(key) or key in always
    )
    page = beside(head, counts, terminal)
    return page + _removed(found["rules"], terminal)


def _removed(rules: Sequence[Mapping[str, Any]], terminal: Terminal) -> list[str]:
    """Each rule with its count, and below it the examples, all in the same columns."""
    columns = [
        Column(""),
        Column(_("value, bound"), flexible=True, least=16),
        Column(_("text"), flexible=True, least=20),
        Column(_("id")),
    ]
    rows = [_example(example) for rule in rules for example in rule["examples"]]
    told = iter(table(columns, rows, terminal.width, head=False))
    page: list[str] = []
    for rule in rules:
        named = terminal.style(clean(rule["rule"]), "bold")
        page += ["", _("{rule} removed {n}").format(rule=named, n=count(rule["documents"]))]
        page += [next(told) for _example in rule["examples"]]
    return page


def _example(example: Mapping[str, Any]) -> list[str]:
    text = f'"{" ".join(example["text"].split())[:120]}"' if example["text"] else example.get("url") or ""
    missed = verdict(example["removed_value"], example["removed_bound"] or "")
    return ["", missed, text, example["id"][:8]]
