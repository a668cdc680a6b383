"""The data card of a run: Markdown with the front matter of the Hugging Face Hub, made from the run alone.

Nothing in it is typed by hand: what the run does not know is said to be unknown, never guessed. Front matter:
https://huggingface.co/docs/hub/datasets-cards.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tamis.messages import _
from tamis.report.card_sections import limits, making
from tamis.report.data import load_data
from tamis.report.markdown import front_matter, plain, table
from tamis.report.read import RunFiles
from tamis.report.words import number, share
from tamis.report.writing import write
from tamis.stores.addresses import place

SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"), (100_000_000_000, "10B<n<100B"), (1_000_000_000_000, "100B<n<1T"),
)  # fmt: skip
"""Upper end (documents) and name of the Hub's size categories."""
LICENCE_COLUMNS = ("license", "licence")
LICENCES = frozenset(
    "apache-2.0 mit openrail bsd bsd-2-clause bsd-3-clause cc cc0-1.0 cc-by-2.0 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 "
    "cc-by-sa-4.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-4.0 cc-by-nc-sa-4.0 gpl gpl-2.0 gpl-3.0 lgpl lgpl-3.0 "
    "agpl-3.0 mpl-2.0 epl-2.0 isc unlicense zlib odc-by odbl pddl artistic-2.0 wtfpl".split()
)
"""Licences by the names that the Hub knows; any other one is `other` there."""
ROWS = 20
ISO_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[_-][A-Za-z]+)?")


def write_card(path: str | os.PathLike[str], target: str | os.PathLike[str] | None = None) -> Path:
    """Write a run's data card to `RUN/report/card.md`, or to `target`; returns where it lies.

    Raises `RunError` where the run cannot be read, or the file cannot be written.
    """
    run = RunFiles(path)
    file = run.path / "report" / "card.md" if target is None else place(target)
    text = card(run, load_data(path)[0])
    hint = None if target is None else _("give a file, for example --card README.md")
    write(file, text.encode(), hint)
    return file


def card(run: RunFiles, data: Mapping[str, Any]) -> str:
    """The card as text; `data` as `tamis.report.shape` describes it."""
    facts, counts = data["run"], data["summary"]["documents"]
    name = os.path.basename(os.path.abspath(run.path))
    head = _("Made by tamis {tamis} with the recipe {recipe}: {kept} documents kept of {came} that went in.")
    lines = [
        *front_matter(_front(name, data)),
        "",
        f"# {plain(name)}",
        "",
        head.format(
            tamis=plain(facts["tamis"]), recipe=plain(facts["recipe"]), kept=f"{counts['kept']:,}",
            came=f"{counts['in'] + counts['made']:,}",
        ),
    ]  # fmt: skip
    parts = [
        (_("Size"), _size(data)),
        (_("Languages"), _slice(data, "language", _("language"), _("No language was told."))),
        (_("Licences"), _licences(data)),
        (_("Sources"), _sources(data)),
        (_("Dates"), _dates(data)),
        *making(run, data),
        (_("Limits"), limits(run, data, licence_column(data) is not None)),
    ]
    for title, body in parts:
        lines += ["", f"## {title}", "", "\n".join(body).strip("\n")]
    return "\n".join(lines) + "\n"


def licence_column(data: Mapping[str, Any]) -> str | None:
    """The column that says what a document is licensed under; None where there is none."""
    return next((name for name in LICENCE_COLUMNS if name in data["slices"]), None)


def size_category(documents: int) -> str:
    """The Hub's name for so many documents.

    Examples:
        >>> size_category(0), size_category(1_000), size_category(10**13)
        ('n<1K', '1K<n<10K', 'n>1T')
    """
    return next((name for top, name in SIZES if documents < top), "n>1T")


def iso_language(label: Any) -> str | None:
    """The ISO 639 code in a label, as models write it; None where it is none.

    Examples:
        >>> iso_language("en"), iso_language("deu_Latn"), iso_language("zh-Hans"), iso_language("unknown")
        ('en', 'deu', 'zh', None)
    """
    found = ISO_LANGUAGE.fullmatch(str(label))
    return found[1] if found else None


def _front(name: str, data: Mapping[str, Any]) -> list[tuple[str, str | Sequence[str]]]:
    fields: list[tuple[str, str | Sequence[str]]] = [("pretty_name", name)]
    kept = [group for group in _groups(data, "language") if group["kept"]["documents"]]
    languages = [code for code in (iso_language(group["value"]) for group in kept) if code]
    fields.append(("language", list(dict.fromkeys(languages))))
    column = licence_column(data)
    if column is not None:
        told = [
            group["value"] for group in _groups(data, column) if group["kept"]["documents"] and group["value"]
        ]
        known = [str(one).lower() if str(one).lower() in LICENCES else "other" for one in told]
        fields.append(("license", list(dict.fromkeys(known))))
    fields.append(("size_categories", [size_category(data["summary"]["documents"]["kept"])]))
    fields.append(("tags", ["tamis", f"recipe:{data['run']['recipe']}"]))
    return fields


def _groups(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The groups of a slice that hold kept documents, most kept first."""
    groups = (data["slices"].get(name) or {}).get("groups", [])
    return sorted(groups, key=lambda group: -group["kept"]["documents"])


def _size(data: Mapping[str, Any]) -> list[str]:
    summary = data["summary"]
    rows = []
    for unit, said in (("documents", _("documents")), ("characters", _("characters")), ("words", _("words"))):
        counted = summary[unit]
        came = counted["in"] + (counted.get("made") or 0)
        row = [counted[key] for key in ("kept", "removed", "failed", "edited") if key in counted]
        row += [None] * (4 - len(row))
        rows.append(
            [said, f"{came:,}", *("–" if n is None else f"{n:,}" for n in row), share(counted["kept"], came)]
        )
    tokens = summary["tokens"]
    if tokens:
        kept, removed = tokens["kept"], tokens["removed"]
        came = None if kept is None or removed is None else kept + removed
        shown = ["–" if n is None else f"{n:,}" for n in (came, kept, removed)]
        said = _("tokens, estimated") if tokens["sample"] else _("tokens")
        rows.append([said, *shown, "–", "–", share(kept, came) if came else "–"])
    heads = [_("unit"), _("in"), _("kept"), _("removed"), _("failed"), _("edited out"), _("share kept")]
    return table(heads, rows)


def _slice(data: Mapping[str, Any], name: str, said: str, nothing: str) -> list[str]:
    whole = data["summary"]["documents"]["kept"]
    groups = [group for group in _groups(data, name) if group["kept"]["documents"]]
    if not groups or all(group["value"] is None for group in groups):
        return [nothing]
    rows = [
        [
            _("not told") if group["value"] is None else plain(group["value"]),
            f"{group['kept']['documents']:,}",
            share(group["kept"]["documents"], whole),
            f"{group['in']['documents']:,}",
        ]
        for group in groups[:ROWS]
    ]
    listed = sum(group["kept"]["documents"] for group in groups[:ROWS])
    if whole > listed:
        rows.append([_("all others"), f"{whole - listed:,}", share(whole - listed, whole), "–"])
    return table([said, _("documents kept"), _("share"), _("documents in")], rows)


def _licences(data: Mapping[str, Any]) -> list[str]:
    column = licence_column(data)
    if column is None:
        return [
            _(
                "The data have no licence column: under which terms each document may be used is not known here."
            )
        ]
    return _slice(data, column, _("licence"), _("No kept document has a licence."))


def _sources(data: Mapping[str, Any]) -> list[str]:
    inputs = data["run"]["inputs"]
    counted = _("{n} input, {bytes} bytes.") if inputs["count"] == 1 else _("{n} inputs, {bytes} bytes.")
    said = counted.format(n=number(inputs["count"]), bytes=f"{inputs['bytes']:,}")
    lines = [said]
    for name, head in (("source", _("source")), ("input", _("input")), ("domain", _("registrable domain"))):
        # Where each input is a source of its own, the two tables would be one.
        twice = name == "input" and _groups(data, name) == _groups(data, "source")
        if name in data["slices"] and not twice:
            lines += ["", *_slice(data, name, head, _("No {what} is known.").format(what=head))]
    return lines


def _dates(data: Mapping[str, Any]) -> list[str]:
    groups = (data["slices"].get("month") or {}).get("groups", [])
    kept = [group for group in groups if group["kept"]["documents"]]
    years: dict[str, int] = {}
    for group in kept:
        if group["value"] is not None:
            years[str(group["value"])[:4]] = (
                years.get(str(group["value"])[:4], 0) + group["kept"]["documents"]
            )
    if not years:
        return [_("No kept document has a date.")]
    whole = data["summary"]["documents"]["kept"]
    rows = [[plain(year), f"{n:,}", share(n, whole)] for year, n in sorted(years.items())]
    without = whole - sum(years.values())
    if without:
        rows.append([_("without a date, or in months with few"), f"{without:,}", share(without, whole)])
    return table([_("year"), _("documents kept"), _("share")], rows)
