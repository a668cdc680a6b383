"""`tamis try RECIPE INPUT...`: the first bytes of each input, in memory."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from tamis.cli import options
from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.quantities import count, duration
from tamis.cli.terminal import Column, Terminal, cells, clean, table
from tamis.cli.verdicts import verdict
from tamis.messages import _

EXAMPLES = (
    (
        "tamis try fineweb demo/*.warc.gz --without url_blocklist",
        _("what each rule removes, by three examples"),
    ),
    ("tamis try gopher demo/pages.jsonl --set gopher_quality.word_count.min=100", _("with another bound")),
    ("tamis try gopher demo/pages.jsonl --json", _("the same for a program")),
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

    found = tamis.try_(
        arguments.recipe,
        arguments.inputs,
        **options.changed(arguments),
        **options.given(arguments, *options.READING),
    ).describe()
    if arguments.json:
        as_json(found, terminal)
    else:
        lines(try_page(found, terminal), terminal)
    return 0


def try_page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines of a try.

    Args:
        found: `inputs` [name], `seconds`, `documents` {in, kept, removed, failed}, `removed` [{rule, documents,
            examples [{id, value, bound, text}]}] in recipe order, `failed` [{kind, documents, message}],
            `skipped` [{step, why}] (corpus steps do not run).
    """
    documents, inputs = found["documents"], found["inputs"]
    name = inputs[0] if len(inputs) == 1 else _("{n} inputs").format(n=count(len(inputs)))
    head = _("{n} documents of {name} in {time}").format(
        n=count(documents["in"]), name=clean(name), time=duration(found["seconds"])
    )
    counts = [
        _("kept {n}").format(n=count(documents["kept"])),
        _("removed {n}").format(n=count(documents["removed"])),
    ]
    if documents["failed"]:
        counts.append(_("failed {n}").format(n=count(documents["failed"])))
    gap = max(2, terminal.width - cells(head) - cells("   ".join(counts)))
    page = [head + " " * gap + "   ".join(counts)]
    rows = [row for rule in found["removed"] for row in _rows(rule)]
    if rows:
        columns = [
            Column(_("removed by")),
            Column("n", ">"),
            Column(_("value, bound"), least=10),
            Column(_("text"), flexible=True, least=16),
            Column(_("id")),
        ]
        page += ["", *heading(table(columns, rows, terminal.width), terminal)]
    page += _failed(found)
    page += [
        clean(_("{step} did not run: {why}").format(step=one["step"], why=one["why"]))
        for one in found.get("skipped", ())
    ]
    return page


def _rows(rule: Mapping[str, Any]) -> list[list[str]]:
    rows = []
    for n, example in enumerate(rule["examples"] or [{"value": None, "bound": "", "text": "", "id": ""}]):
        first = [rule["rule"], count(rule["documents"])] if n == 0 else ["", ""]
        text = f'"{clean(" ".join(example["text"].split()))}"' if example["text"] else ""
        short = f"{example['id'][:6]}…" if example["id"] else ""
        rows.append([*first, verdict(example["value"], example["bound"]), text, short])
    return rows


def _failed(found: Mapping[str, Any]) -> list[str]:
    return (
        [
            "",
            *(
                clean(_("failed {n}: {kind}, {message}").format(n=count(one["documents"]), **_said(one)))
                for one in found["failed"]
            ),
        ]
        if found.get("failed")
        else []
    )


def _said(one: Mapping[str, Any]) -> dict[str, str]:
    return {"kind": one["kind"], "message": one["message"]}
