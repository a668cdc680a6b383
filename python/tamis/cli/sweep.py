"""`tamis retune RUN --sweep NAME=A:B:STEP` on a terminal: a line for each value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tamis.cli.printing import heading
from tamis.cli.quantities import count
from tamis.cli.reviewing import share
from tamis.cli.terminal import Column, Terminal, clean, table, wrap
from tamis.messages import _
from tamis.report.words import number


def page(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    """The lines; `found` as `tamis.sweep` makes it."""
    now = _("none") if found["now"] is None else number(found["now"])
    page = wrap(clean(_("{bound}, {now} in {run}").format(**{**found, "now": now})), terminal.width)
    units = {"documents": _("documents"), "characters": _("characters"), "tokens": _("tokens")}
    rest = any(one["at_most"]["documents"] for one in found["values"])
    if all(one["kept"]["tokens"] is None for one in found["values"]):
        del units["tokens"]
    columns = [Column(found["bound"].rpartition(".")[2]), *(Column(word, ">") for word in units.values())]
    columns += (
        [Column(_("at most {unit} more").format(unit=word), ">") for word in units.values()] if rest else []
    )
    judged = "labels" in found
    columns += [Column(_("rows"), ">"), Column(_("precision")), Column(_("recall"))] if judged else []
    rows = [
        [
            number(one["value"]),
            *(count(one[side][unit]) for side in ("kept", "at_most")[: 1 + rest] for unit in units),
            *(labelled(one) if judged else ()),
        ]
        for one in found["values"]
    ]
    page += ["", *heading(table(columns, rows, terminal.width), terminal), ""]
    for note in notes(found):
        page += wrap(clean(note), terminal.width)
    return page


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
