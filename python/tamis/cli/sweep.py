"""`tamis retune RUN --sweep NAME=A:B:STEP` on a terminal: a line for each value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tamis.cli.printing import heading
from tamis.cli.quantities import count
from tamis.cli.reviewing import share
from tamis.cli.terminal import Column, Terminal, cells, clean, table, wrap
from tamis.messages import _
from tamis.report.words import number

Part = tuple[list[Column], list[list[str]]]
"""Columns of a table and their cells by row."""


def page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines; `found` as `tamis.sweep` makes it."""
    now = _("none") if found["now"] is None else number(found["now"])
    page = wrap(clean(_("{bound}, {now} in {run}").format(**{**found, "now": now})), terminal.width)
    units = {"documents": _("documents"), "characters": _("characters"), "tokens": _("tokens")}
    rest = any(one["at_most"]["documents"] for one in found["values"])
    if all(one["kept"]["tokens"] is None for one in found["values"]):
        del units["tokens"]
    parts = [_counts(found, "kept", units)]
    parts += [_counts(found, "at_most", units)] if rest else []
    parts += [_labels(found)] if "labels" in found else []
    page += ["", *_tables(found, parts, terminal), ""]
    for note in notes(found):
        page += wrap(clean(note), terminal.width)
    return page


def _counts(found: Mapping[str, Any], side: str, units: Mapping[str, str]) -> Part:
    """What is kept at each value, or may be kept besides."""
    more = _("at most {unit} more")
    words = [more.format(unit=word) if side == "at_most" else word for word in units.values()]
    rows = [[count(one[side][unit]) for unit in units] for one in found["values"]]
    return [Column(word, ">") for word in words], rows


def _labels(found: Mapping[str, Any]) -> Part:
    """What the labels say at each value."""
    columns = [Column(_("rows"), ">"), Column(_("precision")), Column(_("recall"))]
    return columns, [labelled(one) for one in found["values"]]


def _tables(found: Mapping[str, Any], parts: Sequence[Part], terminal: Terminal) -> list[str]:
    """One table where the terminal is wide enough, else one below the other, each with the values."""
    whole = _table(found, parts, terminal)
    if all(cells(line) <= terminal.width for line in whole):
        return heading(whole, terminal)
    tables = [heading(_table(found, [part], terminal), terminal) for part in parts]
    return [line for lines in tables for line in ("", *lines)][1:]


def _table(found: Mapping[str, Any], parts: Sequence[Part], terminal: Terminal) -> list[str]:
    columns = [Column(found["bound"].rpartition(".")[2]), *(one for part in parts for one in part[0])]
    rows = [
        [number(one["value"]), *(cell for part in parts for cell in part[1][at])]
        for at, one in enumerate(found["values"])
    ]
    return table(columns, rows, terminal.width)


def labelled(one: Mapping[str, Any]) -> list[str]:
    """The cells for what the labels say at one value."""
    rows = _("{past} past, {within} within").format(
        **{side: count(one["rows"][side]) for side in ("past", "within")}
    )
    return [rows, share(one["precision"]), share(one["recall"])]


def notes(found: Mapping[str, Any]) -> list[str]:
    """What the numbers leave open."""
    said = [_("nothing was measured or written")]
    if found["unmeasured"]:
        let_in = _(
            "at most: {steps} did not see what a looser bound lets in, and may still remove some of it"
        )
        said.append(let_in.format(steps=", ".join(found["unmeasured"])))
    if found["duplicates"]:
        again = _(
            "duplicates are not decided again ({steps}): copies of what a tighter bound removes may come back and are "
            "counted as at most; what a looser one lets in may take the place of a kept copy"
        )
        said.append(again.format(steps=", ".join(found["duplicates"])))
    if found["edited"]:
        said.append(_("characters are counted before edits"))
    if "labels" in found:
        judged = _(
            "rows are those labelled keep or remove; precision: of what the rule would remove, the share that readers "
            "remove; recall: of what readers remove, the share that the rule would; weighted, in brackets intervals of 95 %"
        )
        said.append(judged)
    return said
