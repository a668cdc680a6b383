"""How far the signals of two runs lie apart, over the documents that each keeps and over all that it measured.

Two numbers a signal: the two-sample Kolmogorov-Smirnov statistic D, the largest distance between the two
cumulative shares (0 to 1, so signals can be ranked), and the Wasserstein-1 distance, the area between them (in
units of the signal, so it says how much). Both are exact: counted over every stored value, in whole numbers.

Sources: Hodges, The significance probability of the Smirnov two-sample test, Arkiv för Matematik 3 (1958), for
D; Ramdas, García Trillos and Cuturi, On Wasserstein two-sample testing, Entropy 19 (2017), equation 8, for W1.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report import bins
from tamis.report.read import RunFiles
from tamis.report.rows import Rows, read_rows
from tamis.report.rules import SignalInfo
from tamis.report.signals import GROUP_BYTES, MANY, NUMERIC, THREADS, ascending_view, plain_number, typed


def apart(first: pa.Array, second: pa.Array) -> dict[str, float] | None:
    """D and W1 of two columns of numbers without nulls: `{"ks", "wasserstein"}`; None where one is empty.

    Examples:
        >>> apart(pa.array([0.0, 0.0, 1.0, 1.0]), pa.array([0.0, 1.0, 1.0, 1.0]))
        {'ks': 0.25, 'wasserstein': 0.25}
    """
    both = _Both.of(first, second, (0, 0))
    return _apart(both.values, both.first)


@dataclass(frozen=True)
class _Both:
    """The values of two columns in one ascending order: which are of the first, and which documents were kept."""

    values: pa.Array
    first: pa.Array
    kept: pa.Array

    @classmethod
    def of(cls, first: pa.Array, second: pa.Array, kept: tuple[int, int]) -> _Both:
        """Nulls are left out; the first `kept` documents of each column are those that it kept."""
        whole = pa.concat_arrays([first, second])
        order = pc.array_sort_indices(whole)[: len(whole) - whole.null_count].cast(pa.int64())
        of_first = pc.less(order, len(first))
        ends = pc.if_else(of_first, kept[0], len(first) + kept[1])
        return cls(whole.take(order), of_first, pc.less(order, ends))


def _apart(ascending: pa.Array, of_first: pa.Array) -> dict[str, float] | None:
    sizes = pc.sum(of_first).as_py() or 0, len(ascending)
    sizes = sizes[0], sizes[1] - sizes[0]
    if not all(sizes):
        return None
    # Each value of the first weighs as much as the second has values, and the other way round: sums stay whole.
    weights = pc.if_else(of_first, pa.scalar(sizes[1], pa.int64()), pa.scalar(-sizes[0], pa.int64()))
    between = pc.abs(pc.cumulative_sum(weights))
    # The two shares are compared where a value ends, not among equal ones.
    ends = pa.concat_arrays(
        [pc.not_equal(ascending.slice(1), ascending.slice(0, len(ascending) - 1)), pa.array([True])]
    )
    between, values = between.filter(ends), ascending.filter(ends).cast(pa.float64())
    last = len(between) - 1
    gaps = pc.subtract(values.slice(1), values.slice(0, last))
    area = pc.sum(
        pc.multiply(gaps, pc.divide(between.slice(0, last).cast(pa.float64()), sizes[0] * sizes[1]))
    )
    return {"ks": pc.max(between).as_py() / (sizes[0] * sizes[1]), "wasserstein": area.as_py() or 0.0}


def distances(first: RunFiles, second: RunFiles) -> list[dict[str, Any]]:
    """The numeric signals that both runs have, in the order of the first.

    Each `{signal, step, name, meaning, integer, kept, measured, histogram | null}`; `kept` and `measured` are
    `{documents [n, n], mean [x | null, x | null], ks | null, wasserstein | null}`; `histogram` is
    `{log, edges [n + 1], bounds [{edge, kind, bound, runs [first, second]}], first [n], second [n]}`: kept
    documents in bins that both share, those beyond the ends in the outer bins.
    """
    sides = [(run, read_rows(run)) for run in (first, second)]
    found: list[dict[str, Any]] = []
    documents = max(rows.total for _run, rows in sides)
    with ThreadPoolExecutor(THREADS if documents < MANY else 1) as pool:
        for signals in _groups(first, second, documents):
            names = [signal.column for signal in signals]
            columns = [rows.columns(names) for _run, rows in sides]
            pairs = [[of_run[signal.column] for of_run in columns] for signal in signals]
            jobs = [pool.submit(_signal, *one, sides) for one in zip(signals, pairs, strict=True)]
            found += [job.result() for job in jobs]
    return found


def _groups(first: RunFiles, second: RunFiles, documents: int) -> Iterator[list[SignalInfo]]:
    """Signals that both runs have as numbers of one type, so many at a time as `GROUP_BYTES` allows."""
    other = {signal.column: signal.type for step in second.steps for signal in step.signals}
    size = max(1, GROUP_BYTES // (16 * max(1, documents)))
    for step in first.steps:
        mine = [one for one in step.signals if one.type in NUMERIC and other.get(one.column) == one.type]
        for start in range(0, len(mine), size):
            yield mine[start : start + size]


def _signal(
    signal: SignalInfo, columns: list[pa.Array], sides: list[tuple[RunFiles, Rows]]
) -> dict[str, Any]:
    first, second = (typed(column, signal) for column in columns)
    both = _Both.of(first, second, (sides[0][1].kept, sides[1][1].kept))
    kept = _Both(both.values.filter(both.kept), both.first.filter(both.kept), both.kept)
    return {
        "signal": signal.column,
        "step": signal.step,
        "name": signal.name,
        "meaning": signal.meaning,
        "integer": signal.type == "int64",
        "kept": _population(kept),
        "measured": _population(both),
        "histogram": _histogram(signal, kept, [run for run, _rows in sides]),
    }


def _of_sides(both: _Both) -> list[pa.Array]:
    return [both.values.filter(mask) for mask in (both.first, pc.invert(both.first))]


def _population(both: _Both) -> dict[str, Any]:
    pair = _of_sides(both)
    return {
        "documents": [len(column) for column in pair],
        "mean": [pc.mean(column).as_py() for column in pair],
        **(_apart(both.values, both.first) or {"ks": None, "wasserstein": None}),
    }


def _histogram(signal: SignalInfo, kept: _Both, runs: list[RunFiles]) -> dict[str, Any] | None:
    if not len(kept.values):
        return None
    bounds = [
        {
            (key, float(bound))
            for rule in run.rules
            if rule.column == signal.column
            for key, bound in rule.numeric.items()
        }
        for run in runs
    ]
    integer = signal.type == "int64"
    axis = bins.axis_of(
        ascending_view(kept.values),
        integer=integer,
        low=signal.low,
        high=signal.high,
        bounds=sorted(bounds[0] | bounds[1]),
    )
    counts = [bins.histogram(ascending_view(column), axis) for column in _of_sides(kept)]
    drawn = [
        {"edge": index, "kind": kind, "bound": bound, "runs": [(kind, bound) in of_run for of_run in bounds]}
        for index, (kind, bound) in sorted(axis.at.items())
    ]
    return {
        "log": axis.log,
        "edges": [plain_number(edge) for edge in axis.edges],
        "bounds": drawn,
        "first": counts[0],
        "second": counts[1],
    }
