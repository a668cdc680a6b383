"""The page of `tamis plan --assume-documents`: each phase's tasks, files, bytes, memory and core hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tamis.cli.printing import heading
from tamis.cli.quantities import count, size, worked
from tamis.cli.terminal import Column, Terminal, beside, clean, table, wrap
from tamis.messages import _, later

ORIGINS = {
    "given": later("given"),
    "inputs": later("from the inputs"),
    "run": later("from the run of --from"),
    "table": later("from the tables of the benches"),
    "formula": later("calculated"),
}
MARKS = {"given": "", "inputs": "i", "run": "r", "table": "t", "formula": "c"}
ROOMY = 90
"""From this width on, two blanks stand between columns."""


def scale_page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines of a plan for so many documents; `found` is what `Planned.to_dict` makes."""
    scale = found["scale"]
    total, seen = scale["total"], {"formula"}
    sentence = _("{documents} documents, {bytes}, {shards} shards")
    amount = sentence.format(
        documents=count(scale["documents"]["value"]),
        bytes=_told(scale["bytes"], size, seen),
        shards=_told(scale["shards"], count, seen),
    )
    head = f"{terminal.style(clean(found['recipe']), 'bold')}  {clean(_(found['title']))}"
    rows = [_row(one, seen) for one in scale["stages"]]
    report = _told(scale["report_seconds"], _hours, seen)
    held = _told(scale["report_memory"], size, seen)
    rows.append([_("report"), "", "", "", "", held, report])
    rows.append(
        [
            _("all"),
            _told(total["tasks"], count, seen),
            _told(total["files"], count, seen),
            _told(total["exchanged"], size, seen),
            _told(total["stored"], size, seen),
            _told(total["memory"], size, seen),
            _told(total["core_seconds"], _hours, seen),
        ]
    )
    titles = (_("tasks"), _("files"), _("exchanged"), _("stored"), _("memory"), _("core hours"))
    columns = [Column(_("phase")), *(Column(title, ">") for title in titles)]
    drawn = table(columns, rows, terminal.width, gap=2 if terminal.width >= ROOMY else 1)
    page = [*beside(head, amount, terminal), "", *_phases(scale["stages"], terminal), ""]
    page += [*heading(drawn, terminal), ""]
    time = worked(total["seconds"]["value"], total["workers"]["value"])
    listed = _(", ").join(f"{MARKS[origin]} {_(ORIGINS[origin])}" for origin in MARKS if origin in seen)
    legend = _("{origins}; memory is that of one process; files are those that stay").format(origins=listed)
    return [*page, time, *wrap(legend, terminal.width)]


def _phases(stages: Sequence[Mapping[str, Any]], terminal: Terminal) -> list[str]:
    """The steps of each phase."""
    steps = {one["phase"]: ", ".join(one["steps"]) for one in stages}
    return [
        f"{'' if place else phase!s:3}{line}"
        for phase, said in steps.items()
        for place, line in enumerate(wrap(clean(said), terminal.width - 3))
    ]


def _row(one: Mapping[str, Any], seen: set[str]) -> list[str]:
    return [
        f"{one['phase']} {one['task']}",
        _told(one["tasks"], count, seen),
        _told(one["files"], count, seen),
        _told(one["exchanged"], size, seen),
        _told(one["stored"], size, seen),
        _told(one["memory"], size, seen),
        _told(one["core_seconds"], _hours, seen),
    ]


def _told(figure: Mapping[str, Any], written: Any, seen: set[str]) -> str:
    """A figure with the mark of its origin."""
    seen.add(figure["origin"])
    return f"{written(figure['value'])} {MARKS[figure['origin']]}".rstrip()


def _hours(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:.3g}"
