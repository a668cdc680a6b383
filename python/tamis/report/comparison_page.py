"""Two runs compared, as one self-contained HTML page, with its numbers as JSON beside it.

The page is built as the report is (`tamis.report.page`): the same style, the same policy, every string as text.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tamis.messages import _
from tamis.report import wording as of_report
from tamis.report.comparing import compare, names
from tamis.report.page import STYLES, escaped, filled, printed
from tamis.report.read import RunFiles
from tamis.report.writing import write
from tamis.stores.files import exists, read_bytes

SCRIPTS = ("text.js", "charts.js", "frame.js", "compare.js", "whole_comparison.js")
NAME_CHARS = 80


def write_comparison(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> Path:
    """Write `RUN/report/against-RUN2.html` and the same name with `.json`, which holds its numbers.

    Where that name is the comparison with another run of the same base name, RUN2's identity is added: eight digits of a hash.
    Returns the page's path. Raises `RunError` where one is no run directory, is damaged, or both are the same.
    """
    runs = RunFiles(first), RunFiles(second)
    parts = compare(*runs)
    folder = runs[0].path / "report"
    told = json.dumps(parts, ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n"
    target = _target(folder, runs[1], parts["runs"][1]["identity"])
    called = names(*runs)
    feet = [printed(run, name) for run, name in zip(runs, called, strict=True)]
    for file, text in ((target.with_suffix(".json"), told), (target, comparison_page(parts, called, feet))):
        write(file, text.encode())
    return target


def _target(folder: Path, second: RunFiles, identity: str) -> Path:
    """The page's place: of two runs of one base name the second gets a name of its own, and both keep theirs."""
    name = re.sub(r"[^\w.-]", "_", os.path.basename(os.path.abspath(second.path)))[:NAME_CHARS]
    own, usual = folder / f"against-{name}-{identity}.html", folder / f"against-{name}.html"
    return usual if not exists(usual) or _compared(usual) == identity else own


def _compared(page: Path) -> str | None:
    """The identity of the run that a page compares with, as its numbers tell it."""
    try:
        return str(json.loads(read_bytes(page.with_suffix(".json")))["runs"][1]["identity"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def comparison_page(parts: Mapping[str, Any], called: list[str], feet: list[str]) -> str:
    """The whole page as a string; `parts` as `tamis.report.comparing.compare` makes them, `feet` for print."""
    data = escaped({"printed": feet, **comparison_payload(parts)})
    return filled(comparison_title(called), data, SCRIPTS, (*STYLES, "compare.css"))


def comparison_title(called: list[str]) -> str:
    """The page's title; `called` as `tamis.report.comparing.names` gives it."""
    return _("{first} and {second}: tamis comparison").format(first=called[0], second=called[1])


def comparison_payload(parts: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's scripts read: the numbers, and the sentences for them."""
    return {
        "words": wording(),
        "scales": of_report.scales(),
        "notes": [{"level": _level(note), "says": note_sentence(note)} for note in parts["notes"]],
        "data": {**parts, "signals": [{**one, "meaning": _(one["meaning"])} for one in parts["signals"]]},
    }


def _level(note: Mapping[str, Any]) -> str:
    return "wrong" if note["kind"] in ("incomplete", "nothing_common") else "look"


def note_sentence(note: Mapping[str, Any]) -> str:
    """What stands before the numbers, in words: `note` is one of the comparison's `notes`."""
    said = {
        "incomplete": _("{run} is not complete ({status}): what it lacks counts as absent."),
        "not_stored": _("{run} stored no removed documents (--removed none): they count as absent."),
        "nothing_kept": _("{run} kept no document."),
        "nothing_common": _(
            "No document is in both runs: their counts and signals can be compared, not their documents."
        ),
        "recipes": _("The recipes are not the same: {first} and {second}."),
        "versions": _("The runs were made by tamis {first} and tamis {second}."),
        "options": _("The option {name} is not the same: {first} and {second}."),
        "inputs": _("The inputs are not the same files: {first} and {second} of them."),
    }
    return said[note["kind"]].format(**note)


def wording() -> dict[str, str]:
    """All sentences and labels that the comparison's scripts need, by key: the report's and its own."""
    return {
        **of_report.wording(),
        **_asked_words(),
        **_measured_words(),
        **_sides_words(),
    }


def _asked_words() -> dict[str, str]:
    return {
        "changed": _("{n} of {common} documents changed sides."),
        "one_changed": _("{n} of {common} documents changed its side."),
        "change": _("change"),
        "documents_in": _("documents in"),
        "documents_made": _("documents made"),
        "documents_kept": _("documents kept"),
        "documents_removed": _("documents removed"),
        "documents_failed": _("documents failed"),
        "characters_kept": _("characters kept"),
        "words_kept": _("words kept"),
        "changes": _("What was asked"),
        "changes_says": _("Rules, parameters and versions that differ."),
        "no_changes": _("Both runs have the same steps, parameters and rules."),
        "change_bounds": _("other bounds"),
        "change_added": _("added"),
        "change_dropped": _("dropped"),
        "setting_step": _("step"),
        "setting_op": _("operator"),
        "setting_version": _("operator's version"),
        "setting_gate": _("gate"),
        "setting_parameter": _("parameter"),
        "funnels": _("Two funnels"),
        "funnels_says": _("What each step and rule removes in order, in both runs."),
        "funnels_caption": _("Documents removed in order by each step and rule"),
        "bar_to": _("0 to {n}"),
        "key_first_removed": _("removed there, open"),
        "key_second_removed": _("removed there, hatched"),
        "quiet_rule": _("{name} removes nothing in either"),
        "quiet_rules": _("{n} rules that remove nothing in either"),
    }


def _measured_words() -> dict[str, str]:
    return {
        "signals_says": _(
            "How the kept documents are distributed, and how far apart. A click on a name draws another signal."
        ),
        "key_kept_there": _("kept there, share of documents"),
        "no_distances": _("No signal was measured on kept documents of both runs."),
        "distances_caption": _(
            "Signals of kept documents, farthest first. D is the Kolmogorov-Smirnov statistic, the largest distance "
            "of the cumulative shares, 0 to 1; W1 the Wasserstein distance, in units of the signal. Both are exact."
        ),
        "signal": _("signal"),
        "mean_in": _("mean, {run}"),
        "distance": _("D"),
        "shift": _("W1"),
        "all_measured": _("D, all measured"),
        "shares_label": _("{name}: D = {ks}, W1 = {shift} between the kept documents of both runs."),
    }


def _sides_words() -> dict[str, str]:
    return {
        "sides_says": _("Where each document ended in both runs, matched by id, and why some changed sides."),
        "sides_caption": _("Documents by their side in both runs"),
        "nobody_moved": _("No document changed sides."),
        "side_kept": _("kept"),
        "side_removed": _("removed"),
        "side_failed": _("failed"),
        "side_absent": _("absent"),
        "why": _("Why they changed sides"),
        "because": _("because"),
        "examples": _("Examples"),
        "cause_bounds": _("The rule's bound moved"),
        "cause_rule": _("Only one run has the rule"),
        "cause_corpus": _("Another document is kept in its place"),
        "cause_value": _("The value itself is another"),
        "cause_failed": _("It failed in one run"),
        "cause_absent": _("It is in one run only"),
    }
