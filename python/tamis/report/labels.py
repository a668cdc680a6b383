"""What readers said of the documents of a review, joined with the key of the run, and what it says of the rules.

`read_labels` is what everything that judges by labels begins with; `judge` makes precision and recall of it.

Examples:
    >>> read = read_labels(RunFiles("out"), ["sheet.csv"])                            # doctest: +SKIP
    >>> [(one.drawn.rule, one.drawn.side, one.label) for one in read.judged]          # doctest: +SKIP
    [('gopher_quality.word_count', 'past', 'remove')]
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tamis.errors import InputError, RunError
from tamis.messages import _
from tamis.report.proportions import (
    Agreement,
    Estimate,
    agreement,
    part_of_both,
    weighted_share,
)
from tamis.report.read import RunFiles
from tamis.report.review import FOLDER, PAST, WITHIN, Drawn
from tamis.report.rules import Rule
from tamis.report.sheet import LABELS, Labelled, Opening, begins, read_sheet
from tamis.stores.files import names, read_bytes

READERS = 2
KEEP, REMOVE, UNSURE = LABELS
DISAGREED, EMPTY = "disagreed", ""


@dataclass(frozen=True)
class Judged:
    """A row of the key with what the readers said: `keep`, `remove`, `unsure`, `disagreed`, or empty for nothing.

    Two readers say together what both say, or what one says where the other gave no label; an unsure reader makes the
    row unsure.
    """

    drawn: Drawn
    label: str


@dataclass(frozen=True)
class Labels:
    """All rows of the sheets in the order of their numbers, and how far two readers agree.

    `documents` are by rule those on its sides (past, within), `keeps` what it kept in words, as the sheet was drawn.
    """

    judged: tuple[Judged, ...]
    agreement: Agreement | None
    documents: dict[str, dict[str, int]]
    keeps: dict[str, str]

    def counts(self) -> dict[str, int]:
        """How many rows of the sheets were labelled how; each document counts once."""
        each = Counter({one.drawn.number: one.label for one in self.judged}.values())
        named = {KEEP: KEEP, REMOVE: REMOVE, UNSURE: UNSURE, DISAGREED: DISAGREED, EMPTY: "empty"}
        return {name: each[label] for label, name in named.items()}


@dataclass(frozen=True)
class Judgement:
    """What labels say of one rule. `documents` and `rows` (labelled keep or remove) are by side, past and within.

    Precision: the share of the documents past the bound that a reader would remove. Recall: of all documents that the
    rule measured and a reader would remove, the share past the bound. None where the labels do not tell.
    """

    rule: str
    keeps: str
    documents: dict[str, int]
    rows: dict[str, int]
    unsure: int
    disagreed: int
    precision: Estimate | None
    recall: Estimate | None


def read_labels(run: RunFiles, sheets: Sequence[str | Path]) -> Labels:
    """The labels of one sheet, or of one sheet each of two readers, joined with the keys in `RUN/review/`.

    Raises `InputError` for a sheet that cannot be read or holds a label that is none (see `read_sheet`), that names
    rows which no key of this run knows or another row's text beside a number, or for more than two sheets; `RunError` for a run without a key.
    """
    if not 1 <= len(sheets) <= READERS:
        what = _("{n} sheets; labels come from one reader or two").format(n=len(sheets))
        raise InputError(str(sheets[-1] if sheets else run.name), what)
    keys, rules, openings = _keys(run)
    readers = []
    for path in sheets:
        rows = read_sheet(path)
        readers.append(_known(run, str(path), rows, keys))
        _check_texts(str(path), rows, openings)
    numbers = sorted({number for reader in readers for number in reader})
    judged = [
        Judged(drawn, _together([reader.get(number, EMPTY) for reader in readers]))
        for number in numbers
        for drawn in keys[number]
    ]
    found = None
    if len(readers) == READERS:
        pairs = [(readers[0].get(number), readers[1].get(number)) for number in numbers]
        found = agreement((a, b) for a, b in pairs if a in (KEEP, REMOVE) and b in (KEEP, REMOVE))
    documents = {name: rule["documents"] for name, rule in rules.items()}
    return Labels(tuple(judged), found, documents, {name: rule["keeps"] for name, rule in rules.items()})


def _keys(run: RunFiles) -> tuple[dict[int, list[Drawn]], dict[str, dict[str, Any]], dict[int, Opening]]:
    """All keys of the run: rows by number, rules by name, and how the text of a row begins, where its key says it."""
    drawn: dict[int, list[Drawn]] = {}
    rules: dict[str, dict[str, Any]] = {}
    openings: dict[int, Opening] = {}
    folder = run.path / FOLDER
    files = [folder / name for name in names(folder) if name.endswith(".json")]
    if not files:
        hint = _("tamis look {run} --review 100 --rules STEP.NAME -o sheet.csv draws one").format(
            run=run.name
        )
        raise RunError(run.name, _("no review was drawn from this run"), hint)
    for file in files:
        try:
            told: dict[str, Any] = json.loads(read_bytes(file))
            for row in told["rows"]:
                drawn.setdefault(int(row["number"]), []).append(Drawn(**row))
            rules |= {
                rule["rule"]: {name: rule[name] for name in ("documents", "keeps")} for rule in told["rules"]
            }
            openings |= {int(number): Opening(*one) for number, one in told.get("openings", {}).items()}
        except (OSError, ValueError, TypeError, KeyError) as error:
            hint = _("the same --review command, with another -o, writes it again")
            raise RunError(str(file), _("cannot be read: {why}").format(why=error), hint) from None
    return drawn, rules, openings


def _known(run: RunFiles, where: str, rows: list[Labelled], keys: dict[int, list[Drawn]]) -> dict[int, str]:
    unknown = [row for row in rows if row.number not in keys]
    if unknown and len(unknown) == len(rows):
        what = _("a sheet of another run: {run}/review knows none of its rows").format(run=run.name)
        raise InputError(where, what, _("give the run from which it was drawn"))
    if unknown:
        what = _("row {number} is in no sheet of {run}").format(number=unknown[0].number, run=run.name)
        hint = _("leave the column number as it was written; rows may be sorted or left out")
        raise InputError(f"{where}:{unknown[0].line}", what, hint)
    if not rows:
        raise InputError(where, _("no rows"), _("a sheet of tamis look --review has one for each document"))
    return {row.number: row.label for row in rows}


def _check_texts(where: str, rows: list[Labelled], openings: Mapping[int, Opening]) -> None:
    """A label beside another document's number would be counted for it in silence. Raises InputError."""
    for row in rows:
        wanted = openings.get(row.number)
        if wanted is not None and row.text.strip() and not begins(row.text, wanted):
            what = _("the text beside row {number} is not the one that was written there")
            hint = _("the sheet was sorted in part, or its texts are another run's: sort whole rows only")
            raise InputError(f"{where}:{row.line}", what.format(number=row.number), hint)


def _together(labels: Sequence[str]) -> str:
    given = {label for label in labels if label}
    if UNSURE in given:
        return UNSURE
    if len(given) > 1:
        return DISAGREED
    return given.pop() if given else EMPTY


def judge(labels: Labels) -> list[Judgement]:
    """Weighted precision and recall of each rule with intervals (95 %), in the order of their names.

    Rows without a label, unsure ones and those on which two readers disagree are left out of both, with their weight:
    the numbers speak of the documents that readers can decide.
    """
    rules = sorted({one.drawn.rule for one in labels.judged})
    return [_judgement(rule, labels) for rule in rules]


def judge_at(labels: Labels, rule: Rule, documents: dict[str, int]) -> Judgement:
    """What the labels say of a rule under another bound than the one for which the sheet was drawn.

    `rule` holds that bound, `documents` how many it binds past it and within. The rows drawn for the rule stand for
    all documents that it binds, so each goes to the side on which its value now lies and takes its weight along; where
    only a part of a side's rows were labelled, these stand for the others too. Under the run's own bound the answer
    is that of `judge`. Far from it few rows decide: their effective number falls, and the intervals widen.

    Raises InputError where no row of the sheets was drawn for the rule.
    """
    mine = [one for one in labels.judged if one.drawn.rule == rule.id]
    if not mine:
        hint = _("tamis look RUN --review 100 --rules {rule} -o sheet.csv draws some").format(rule=rule.id)
        raise InputError("--labels", _("no row of the sheet was drawn for {rule}").format(rule=rule.id), hint)
    seen = dict.fromkeys((PAST, WITHIN), 0.0)
    for one in mine:
        seen[one.drawn.side] += one.drawn.weight if one.label else 0
    moved = []
    for one in mine:
        drawn, side = one.drawn, WITHIN if rule.admits(one.drawn.value) else PAST
        whole = labels.documents[rule.id][drawn.side] / seen[drawn.side] if seen[drawn.side] else 1.0
        moved.append(replace(one, drawn=replace(drawn, side=side, weight=drawn.weight * whole)))
    return _judgement(rule.id, replace(labels, judged=tuple(moved), documents={rule.id: documents}))


def _judgement(rule: str, labels: Labels) -> Judgement:
    mine = [one for one in labels.judged if one.drawn.rule == rule]
    sides = {side: [one for one in mine if one.drawn.side == side] for side in (PAST, WITHIN)}
    shares = {side: weighted_share(_decided(rows)) for side, rows in sides.items()}
    documents = labels.documents[rule]
    past, within = shares[PAST], shares[WITHIN]
    recall = None
    if past is not None and within is not None:
        totals = [documents[side] * _decidable(sides[side]) for side in (PAST, WITHIN)]
        recall = part_of_both((totals[0], past), (totals[1], within))
    said = Counter(one.label for one in mine)
    return Judgement(
        rule,
        labels.keeps[rule],
        documents,
        {side: sum(1 for _row in _decided(rows)) for side, rows in sides.items()},
        said[UNSURE],
        said[DISAGREED],
        past,
        recall,
    )


def _decided(rows: Sequence[Judged]) -> Iterator[tuple[float, bool]]:
    """(weight, whether the reader would remove it) of the rows that a reader decided."""
    return ((one.drawn.weight, one.label == REMOVE) for one in rows if one.label in (KEEP, REMOVE))


def _decidable(rows: Sequence[Judged]) -> float:
    """The weighted share of what was looked at that got the label keep or remove."""
    seen = sum(one.drawn.weight for one in rows if one.label)
    return sum(weight for weight, _remove in _decided(rows)) / seen if seen else 0.0
