"""What a run came to: the sentence, the funnel, and where things lie. Made from `report/data.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tamis.cli.printing import heading
from tamis.cli.progress import finished
from tamis.cli.quantities import counted, size
from tamis.cli.terminal import Terminal, beside, clean, wrap
from tamis.errors import RunError
from tamis.messages import _, together
from tamis.report.alerts import sentence
from tamis.report.funnel import failed_line, funnel_head, funnel_lines
from tamis.report.read import RunFiles
from tamis.stores.files import read_bytes

TOLD = ("idle", "capped", "only_failed", "misfits")
"""Alerts that the end of a run tells, too; the others are the report's."""


def summary_of(run: Path) -> dict[str, Any]:
    """`report/data.json` of a finished run.

    Raises:
        RunError: it is not there, or not to be read.
    """
    file = run / "report" / "data.json"
    try:
        loaded: dict[str, Any] = json.loads(read_bytes(file))
    except (OSError, ValueError) as error:
        hint = _("make it again: tamis report {run}").format(run=run)
        raise RunError(str(file), _("cannot be read: {why}").format(why=error), hint) from None
    return loaded


def outcome(
    run: Path,
    data: Mapping[str, Any],
    info: Mapping[str, Any],
    kept: Sequence[int],
    terminal: Terminal,
    *,
    idle: bool = False,
) -> list[str]:
    """The lines that end a run; one line where there was nothing to do. `kept`: bytes of each file in `kept/`."""
    head = funnel_head(data)
    if idle:
        return [_("{run} is complete: {counts} (nothing to run)").format(run=clean(str(run)), counts=head)]
    page = _head(head, data, info, terminal)
    rows = funnel_table(data, terminal)
    if rows:
        page += ["", *rows]
    page.append("")
    if failures := failed_line(data):
        page += beside(failures, f"tamis look {run} --failed", terminal)
    for alert in data["alerts"]:
        if alert["kind"] in TOLD:
            page += wrap(clean(together(sentence(alert))), terminal.width)
    page.append(_("kept    {place}").format(place=_place_of_kept(run, kept)))
    page.append(_("report  {place}").format(place=clean(str(run / "report" / "index.html"))))
    return page


def _head(head: str, data: Mapping[str, Any], info: Mapping[str, Any], terminal: Terminal) -> list[str]:
    times, options = info.get("times") or {}, info.get("options") or {}
    seconds = times["ended"] - times["started"] if "ended" in times and "started" in times else None
    speed = finished(data["summary"]["documents"]["in"], seconds, options.get("workers"))
    return beside(head, speed, terminal)


def kept_bytes(run: Path) -> list[int]:
    """Bytes of each file of kept documents, as the manifests have them."""
    manifests = RunFiles(run).manifests
    outputs = [one for m in manifests for one in m["deterministic"].get("outputs", [])]
    return [int(one["size"]) for one in outputs if one["role"] == "kept"]


def _place_of_kept(run: Path, kept: Sequence[int]) -> str:
    if not kept:
        return _("nothing")
    said = counted(len(kept), _("{n} file"), _("{n} files"))
    return f"{clean(str(run / 'kept'))}   {said}" + _(", ") + size(sum(kept))


def funnel_table(data: Mapping[str, Any], terminal: Terminal, *, every: bool = False) -> list[str]:
    """The steps that removed something, as a table."""
    return heading(funnel_lines(data, terminal.width, every=every), terminal)
