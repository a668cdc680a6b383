"""Paging through a run's documents without loading them all."""

from __future__ import annotations

import difflib
import heapq
import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.errors import RunError
from tamis.messages import _
from tamis.python_values import records
from tamis.report.find import Hit, not_stored, place, read_row
from tamis.report.read import RunFile, RunFiles, batches
from tamis.report.rules import Rule
from tamis.stores.files import open_parquet

ROWS = 512
NEAR = 20
MOST_NAMED = 20
"""Rules that an error names."""


def look(
    run: str | os.PathLike[str] | RunFiles,
    *,
    removed_by: str | None = None,
    kept: bool = False,
    failed: bool = False,
    near_bound: str | None = None,
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    """The documents of one side, in the run's order, as dicts of all columns plus `side` and `place`.

    `removed_by` is a rule (`step.name`, or a name that only one rule has) and gives what it removed first;
    `kept` and `failed` choose these sides; without any, all removed documents come. `near_bound` gives the
    documents whose value lies nearest to that rule's bounds, on both sides, with their `distance` (negative
    within), nearest first. Raises `RunError` for a rule that the run does not have, and where removed documents were not stored.

    Examples:
        >>> [d["url"] for d in look("out", removed_by="word_count", limit=3)]       # doctest: +SKIP
    """
    files = run if isinstance(run, RunFiles) else RunFiles(run)
    if near_bound is not None:
        return _near(files, _numeric(files, near_bound), limit or NEAR)
    if failed:
        return islice(_rows(files, "failed", None), limit)
    if kept:
        return islice(_rows(files, "kept", None), limit)
    if not_stored(files):
        what = _("this run stored no removed documents (--removed none)")
        raise RunError(files.name, what, _("the same command with --removed signals or text stores them"))
    wanted = None if removed_by is None else _reason(files, removed_by)
    return islice(_rows(files, "removed", wanted), limit)


def _rows(run: RunFiles, role: str, removed_by: str | None) -> Iterator[dict[str, Any]]:
    for file in run.files(role):
        with open_parquet(file.path) as opened:
            for group in range(opened.metadata.num_row_groups):
                if removed_by is not None and not _holds(opened, group, removed_by):
                    continue
                for batch in opened.iter_batches(ROWS, row_groups=[group]):
                    table = pa.Table.from_batches([batch])
                    if removed_by is not None:
                        table = table.filter(pc.equal(table["removed_by"].cast(pa.string()), removed_by))
                    for row in records(table):
                        yield {"side": role, "place": place(file, row), **row}


def _holds(opened: Any, group: int, reason: str) -> bool:
    """Whether a row group has a document of that reason: one narrow column is read before the texts are."""
    column = opened.read_row_group(group, columns=["removed_by"])["removed_by"].cast(pa.string())
    found: bool = pc.index(column, reason).as_py() >= 0
    return found


def _reason(run: RunFiles, name: str) -> str:
    """The full reason of a rule's name; a reason that no recipe names (the source's own) is looked up in the
    files.
    """
    if name in {rule.id for rule in run.rules}:
        return name
    mine = [rule.id for rule in run.rules if rule.name == name]
    if len(mine) == 1:
        return mine[0]
    seen: set[str] = set()
    for _file, table in run.tables("removed", ["removed_by"]):
        reasons = pc.unique(table["removed_by"].cast(pa.string())).to_pylist()
        seen.update(reason for reason in reasons if reason)
        if name in seen:
            return name
    raise _unknown(run, name, sorted({*seen, *(rule.id for rule in run.rules)}), mine)


def rule_of(run: RunFiles, name: str) -> Rule:
    """The rule of the recipe of this name: `step.name`, or a name that only one rule has; `RunError` for none."""
    mine = [rule for rule in run.rules if name in (rule.id, rule.name)]
    exact = [rule for rule in mine if rule.id == name]
    if len(exact or mine) == 1:
        return (exact or mine)[0]
    raise _unknown(run, name, [rule.id for rule in run.rules], [rule.id for rule in mine])


def _numeric(run: RunFiles, name: str) -> Rule:
    rule = rule_of(run, name)
    if not rule.numeric:
        raise RunError(run.name, _("{rule} has no numeric bound").format(rule=rule.id))
    return rule


def _unknown(run: RunFiles, name: str, known: list[str], several: list[str]) -> RunError:
    if several:
        hint = _("give one of {names}").format(names=", ".join(several))
        return RunError(run.name, _("{n} rules are called {name}").format(n=len(several), name=name), hint)
    bare = {reason.rpartition(".")[2]: reason for reason in known}
    close = difflib.get_close_matches(name, [*known, *bare], 1)
    hint = _("did you mean {name}?").format(name=bare.get(close[0], close[0])) if close else ""
    if not hint:
        shown = [*known[:MOST_NAMED], *(["..."] if len(known) > MOST_NAMED else [])]
        hint = _("one of {names}").format(names=", ".join(shown))
    return RunError(run.name, _("no rule {name} in this run").format(name=name), hint)


def _near(run: RunFiles, rule: Rule, limit: int) -> Iterator[dict[str, Any]]:
    best: list[tuple[float, int, float, RunFile, int]] = []
    order = 0
    for role in ("kept", "removed"):
        for file in run.files(role):
            start = 0
            for table in batches(file.path, [str(rule.column)]):
                for index, value in _closest(rule, table[0], limit):
                    distance = rule.distance(value)
                    best.append((abs(distance), order + start + index, distance, file, start + index))
                start += table.num_rows
            best = heapq.nsmallest(limit, best)
            order += start
    for _gap, _order, distance, file, index in best:
        row = read_row(Hit(file, index))
        yield {"side": file.role, "place": place(file, row), "distance": distance, **row}


def _closest(rule: Rule, column: Any, limit: int) -> list[tuple[int, float]]:
    """(row, value) of the values of one slice that lie nearest to a bound."""
    values = column.cast(pa.float64(), safe=False).combine_chunks()
    gaps = None
    for bound in rule.numeric.values():
        gap = pc.abs(pc.subtract(values, float(bound)))
        gaps = gap if gaps is None else pc.min_element_wise(gaps, gap)
    at = pc.select_k_unstable(gaps, limit, [("", "ascending")])
    return [(i, v) for i, v in zip(at.to_pylist(), values.take(at).to_pylist(), strict=True) if v is not None]
