"""`tamis.review` and `tamis.labels`: a sheet of documents for a blind reader, and what the labels say of the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tamis import option_values
from tamis.errors import TamisError
from tamis.stores.addresses import place

SEED = 0


def review(
    run: str | Path, size: int, rules: str | Sequence[str], out: str | Path, *, seed: int = SEED
) -> dict[str, Any]:
    """Draw documents on both sides of rules' bounds into a sheet that a reader labels without knowing the side.

    The sheet has shuffled rows of `number`, `original_text` (as it came, before any transform, masked
    characters covered; at most 2,000 characters
    around its middle) and an empty `label` for keep, remove or unsure. The key lies in `RUN/review/`.

    Args:
        run: a run directory that stored the texts of removed documents.
        size: rows for each rule, half past its bound, half within; fewer where a side has fewer documents.
        rules: names as `step.name`, or a name that only one rule has; one text with commas or a list.
        out: the CSV file, which must not be there yet. seed: another sample of the same rules.

    Returns:
        `sheet`, `key` (paths), `rows` (a document that was drawn for two rules is one), `rules` [{rule, keeps,
        documents {past, within}, rows {past, within}}] and `notes` (what the reader does not see as it came).

    Raises:
        RunError: a rule that the run has not or that removed nothing, no texts. InputError: `out` is there already.
        TamisError: a size or seed that is none.

    Examples:
        >>> import tamis
        >>> found = tamis.review("out", 100, ["word_count"], "sheet.csv")                 # doctest: +SKIP
    """
    from tamis.report.read import RunFiles
    from tamis.report.review import FOLDER
    from tamis.report.review import review as drawn_from

    try:
        settled = option_values.count(size), option_values.names(rules), option_values.seed(seed)
    except option_values.Refused as error:
        raise TamisError("review", error.what, error.hint) from None
    files = RunFiles(run)
    sheet = drawn_from(files, settled[0], settled[1], Path(out), settled[2], _marker(run))
    rows = {rule: dict.fromkeys(sides, 0) for rule, sides in sheet.sides.items()}
    for one in sheet.drawn:
        rows[one.rule][one.side] += 1
    return {
        "sheet": str(out),
        "key": str(place(run) / FOLDER / sheet.key),
        "rows": sheet.rows,
        "rules": [
            {"rule": rule, "keeps": sheet.keeps[rule], "documents": dict(sides), "rows": rows[rule]}
            for rule, sides in sheet.sides.items()
        ],
        "notes": list(sheet.notes),
    }


def _marker(run: str | Path) -> Any:
    """What covers in texts as they came what a step masked; None where the run's operators are not here."""
    from tamis.engine.marking import Marker
    from tamis.engine.rundir import Run

    try:
        return Marker(Run(run))
    except (TamisError, KeyError):
        return None


def labels(run: str | Path, *sheets: str | Path) -> dict[str, Any]:
    """What the labels of one reader, or of two with a sheet each, say of the rules.

    Args:
        run: the run directory from which the sheets were drawn. sheets: one or two labelled CSV files.

    Returns:
        `labels` {keep, remove, unsure, disagreed, empty} (documents), `rules` [{rule, keeps, documents {past, within},
        rows {past, within}, unsure, disagreed, precision, recall}] and `agreement` {rows, observed, expected, kappa} of
        two readers, else None. Precision and recall are {value, low, high, effective} or None: weighted shares with 95 %
        intervals, and the effective sample size. What they mean: `tamis.report.labels.Judgement`; formulas and their
        sources: `tamis.report.proportions`.

    Raises:
        InputError: a sheet of another run, unknown rows, a label that is none. RunError: no review of this run.

    Examples:
        >>> import tamis
        >>> tamis.labels("out", "sheet.csv")["rules"][0]["precision"]["value"]             # doctest: +SKIP
        0.93
    """
    from tamis.report.labels import judge, read_labels
    from tamis.report.read import RunFiles

    read = read_labels(RunFiles(run), sheets)
    return {
        "labels": read.counts(),
        "rules": [asdict(one) for one in judge(read)],
        "agreement": None if read.agreement is None else asdict(read.agreement),
    }
