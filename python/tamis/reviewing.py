"""A sheet of documents for a blind reader, what the labels say of the rules, and what other bounds would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tamis import option_values
from tamis.errors import InputError, TamisError
from tamis.messages import _
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
        run: a complete run directory that stored the texts of removed documents.
        size: rows for each rule, half past its bound, half within; fewer where a side has fewer documents.
        rules: names as `step.name`, or a name that only one rule has; one text with commas or a list.
        out: the CSV file, which must not be there yet. seed: another sample of the same rules.

    Returns:
        `sheet`, `key` (paths), `rows` (a document that was drawn for two rules is one), `rules` [{rule, keeps,
        documents {past, within}, rows {past, within}}] and `notes` (what the reader does not see as it came).

    Raises:
        RunError: a run that is not complete, a rule that it has not or that removed nothing, no texts. InputError: `out` is there already.
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


def sweep(
    run: str | Path, bound: str, values: str | Sequence[float], *, labels: Sequence[str | Path] = ()
) -> dict[str, Any]:
    """Documents, characters and tokens kept for each value of one bound; nothing is measured, nothing is written.

    Where no gate, heavy or corpus step with rules stands behind the bound, `kept` is what `tamis retune` keeps. Else
    documents that a looser bound lets in have not met these rules, and copies of a kept document that a tighter one
    removes may come back: both are counted apart in `at_most`, to be added to `kept` for the most that can be kept.
    Duplicates are not decided again: one let in may take the place of a kept one. Where lines are cut out that other
    documents keep, all that rules removed of what was left may come back with these lines, and kept ones may fall with
    theirs. About 100 bytes a document are held.

    Args:
        run: a complete run directory. bound: "STEP.SIGNAL.BOUND", with a bound `min`, `max`, `above` or `below`.
        values: numbers, or "FROM:TO:STEP": decimal steps, both ends among them.
        labels: one labelled sheet of this run (`tamis.review`), or one each of two readers.

    Returns:
        `run`, `bound`, `rule`, `now` (the run's own value, None where it has no such bound), `values`
        [{value, kept {documents, characters, tokens}, at_most {the same}, documents {past, within}}], `unmeasured`
        (steps whose rules were not asked of what is let in), `duplicates` (corpus steps behind the bound) and `edited`
        (whether texts are edited; characters are code points before edits). `tokens` is None where no `token_count`
        step counted them; `documents` are those that the rule binds.

        With labels each value also has `rows` {past, within}, `precision` and `recall` of the rule, as `tamis.labels`
        has them for the run's own bound (`tamis.report.labels.judge_at`), and `labels` counts the sheets' documents.

    Raises:
        RecipeError: no such bound, or a value that it does not take. RunError: the run is not complete, stored no
        removed documents, or makes documents of what the bound lets through. InputError: a sheet that `tamis.labels`
        refuses too, none of whose rows was drawn for the rule, or a rule whose bounds stand in a table.

    Examples:
        >>> import tamis
        >>> tamis.sweep("out", "fineweb_quality.newlines_per_word.max", "0.1:0.5:0.05")  # doctest: +SKIP
    """
    from tamis.engine.sweep import sweep as counted

    found = counted(run, bound, values)
    return _judged(found, run, labels) if labels else found


def _judged(found: dict[str, Any], run: str | Path, sheets: Sequence[str | Path]) -> dict[str, Any]:
    """A sweep with what the labels say of the rule at each value."""
    from tamis.report.labels import judge_at, read_labels
    from tamis.report.look import rule_of
    from tamis.report.read import RunFiles

    files = RunFiles(run)
    read, rule = read_labels(files, sheets), rule_of(files, found["rule"])
    if "by" in rule.bounds:
        what = _("the bounds of {rule} stand in a table: labels cannot be asked of another one").format(
            rule=rule.id
        )
        raise InputError("--labels", what, _("leave it out"))
    side = found["bound"].rpartition(".")[2]
    for one in found["values"]:
        moved = replace(rule, bounds={**rule.bounds, side: one["value"]})
        told = asdict(judge_at(read, moved, one["documents"]))
        one |= {name: told[name] for name in ("rows", "precision", "recall")}
    return {**found, "labels": read.counts()}
