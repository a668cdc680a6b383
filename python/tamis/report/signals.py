"""What each signal's values look like, how its rules cut them, and which documents lie at the bounds.

One signal at a time: its column is sorted once (with the documents' numbers), and every count after that is
a binary search in a sorted view. A group of columns is read at a time, 32 MB of them at most or a single one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report import bins
from tamis.report.bound_rows import bound_documents, one_bound
from tamis.report.read import RunFiles
from tamis.report.rows import KEPT, Rows, Units
from tamis.report.rules import Rule, SignalInfo, Step

GROUP_BYTES = 32 << 20
EXACT = 10_000
"""Up to so many measured documents every value is kept; beyond, counts at 1,000 round bounds."""
THREADS = 2
"""Sorting is most of the time and leaves Python's lock free; a thread holds about 40 bytes a document."""
MANY = 5_000_000
"""From so many documents on, one signal at a time is looked at."""
SPIKE_SHARE = 0.05
LABELS = 100
DISTINCT = 100_000
"""A label with more distinct values than this is an identifier (of a cluster, say), and no table is made of it."""
NUMERIC = {"int64": pa.int64(), "float64": pa.float64()}
PICKED = 10
QUANTILES = {
    "p001": 0.001, "p01": 0.01, "p05": 0.05, "p25": 0.25, "p50": 0.5,
    "p75": 0.75, "p95": 0.95, "p99": 0.99, "p999": 0.999,
}  # fmt: skip
CLASSES = ("kept", "later", "only", "other")


@dataclass
class Measured:
    """The `signals` part, denominators by step, and documents at the bounds."""

    signals: list[dict[str, Any]] = field(default_factory=list)
    ran: dict[str, Units] = field(default_factory=dict)
    near: dict[str, list[int]] = field(default_factory=dict)
    extreme: dict[str, list[int]] = field(default_factory=dict)


def measure(run: RunFiles, rows: Rows) -> Measured:
    """Go through all signals of all steps, step by step in recipe order."""
    found = Measured()
    base = _base_classes(run, rows)
    ran: dict[str, Any] = {}
    with ThreadPoolExecutor(THREADS if rows.total < MANY else 1) as pool:
        for group in _columns(rows, run.steps):
            passes = []
            for signal, column in group:
                rules = [rule for rule in run.rules if rule.column == signal.column]
                passes.append(pool.submit(_Pass(signal, rules, rows, base, found).part, column))
            for (signal, _column), one in zip(group, passes, strict=True):
                part, valid = one.result()
                found.signals.append(part)
                for step in ran.keys() - {signal.step}:
                    found.ran[step] = _units(rows, step, ran.pop(step))
                ran[signal.step] = pc.or_(ran[signal.step], valid) if ran else valid
    for step, measured in ran.items():
        found.ran[step] = _units(rows, step, measured)
    return found


def _units(rows: Rows, step: str, measured: pa.Array) -> Units:
    units = rows.units(measured)
    if step in rows.unstored_ran:
        units.add(**rows.unstored_ran[step].plain())
    return units


def _base_classes(run: RunFiles, rows: Rows) -> pa.Array:
    """0 kept, 1 removed by a corpus step (so it passed all row rules before), 3 removed otherwise."""
    corpus = {step.step for step in run.steps if step.scope == "corpus"}
    codes = [code for code, rule in enumerate(rows.ids) if rule.rpartition(".")[0] in corpus]
    later = pc.is_in(rows.removed_by, pa.array(codes, pa.int32()))
    kept = pc.equal(rows.removed_by, KEPT)
    zero, one, three = (pa.scalar(n, pa.int8()) for n in (0, 1, 3))
    return pc.if_else(kept, zero, pc.if_else(later, one, three))


def _columns(rows: Rows, steps: Sequence[Step]) -> Iterator[list[tuple[SignalInfo, pa.Array | None]]]:
    """All scalar signals with their columns, so many at a time as `GROUP_BYTES` allows; labels without."""
    scalars = [signal for step in steps for signal in step.signals if signal.type != "spans"]
    size = max(1, GROUP_BYTES // (8 * max(1, rows.total)))
    for start in range(0, len(scalars), size):
        group = scalars[start : start + size]
        columns = rows.columns([signal.column for signal in group if signal.type in NUMERIC])
        yield [(signal, typed(columns.get(signal.column), signal)) for signal in group]


def typed(column: pa.Array | None, signal: SignalInfo) -> pa.Array | None:
    if column is None:
        return None
    typed = column.cast(NUMERIC[signal.type])
    if signal.type == "float64" and len(typed):
        return pc.if_else(pc.is_finite(typed), typed, pa.scalar(None, pa.float64()))
    return typed


class _Pass:
    """One signal's column, taken apart."""

    def __init__(
        self, signal: SignalInfo, rules: Sequence[Rule], rows: Rows, base: pa.Array, found: Measured
    ) -> None:
        self.signal, self.rules, self.rows, self.found = signal, rules, rows, found
        self.integer = signal.type == "int64"
        codes = pa.array([rows.code(rule.id) for rule in rules], pa.int32())
        only = pc.and_(pc.is_in(rows.sole, codes), pc.equal(base, 3))
        self.classes = pc.if_else(only, pa.scalar(2, pa.int8()), base)

    def part(self, column: pa.Array | None) -> tuple[dict[str, Any], pa.Array]:
        """The signal's part, and for each document whether it was measured."""
        signal = self.signal
        labels, valid = self._labels() if column is None else (None, pc.is_valid(column))
        measured = pc.sum(valid).as_py() or 0
        part: dict[str, Any] = {
            "signal": signal.column, "step": signal.step, "name": signal.name, "type": signal.type,
            "meaning": signal.meaning, "low": signal.low, "high": signal.high, "integer": self.integer,
            "measured": measured, "absent": len(valid) - measured, "rules": [rule.id for rule in self.rules],
            "stats": None, "histogram": None, "values": None, "labels": labels,
        }  # fmt: skip
        if measured and column is not None:
            self._numeric(column, part)
        return part, valid

    def _labels(self) -> tuple[list[dict[str, Any]] | None, pa.Array]:
        """The most frequent values; None where nothing was measured, or where they are no labels."""
        counts: dict[str, list[int]] = {}
        only: Counter[tuple[str, str]] = Counter()
        valid = [pa.array([], pa.bool_())]
        listing = [rule.id for rule in self.rules if not rule.conditional and not rule.numeric]
        for (file, column), start in zip(self.rows.parts(self.signal.column), self.rows.starts, strict=True):
            valid.append(pc.is_valid(column))
            if len(counts) <= DISTINCT:
                values = column.cast(pa.string())
                for value, n in _counted(values):
                    both = counts.setdefault(value, [0, 0])
                    both[0] += n
                    both[1] += n if file.role == "kept" else 0
                sole = self.rows.sole.slice(start, len(column))
                for rule in listing if file.role == "removed" else []:
                    for value, n in _counted(values.filter(pc.equal(sole, self.rows.code(rule)))):
                        only[rule, value] += n
        most = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))[:LABELS]
        listed = [
            {"value": value[:200], "documents": n, "kept": kept, "only": {r: only[r, value] for r in listing}}
            for value, (n, kept) in most
        ]
        return listed if 0 < len(counts) <= DISTINCT else None, pa.concat_arrays(valid)

    def _numeric(self, column: pa.Array, part: dict[str, Any]) -> None:
        # Nulls come last, so the order of the column is that of its values.
        numbers = pc.array_sort_indices(column)[: len(column) - column.null_count].cast(pa.uint32())
        values = column.take(numbers)
        del column
        view = ascending_view(values)
        classes = self.classes.take(numbers)
        bounds = [(key, float(bound)) for rule in self.rules for key, bound in rule.numeric.items()]
        axis = bins.axis_of(
            view, integer=self.integer, low=self.signal.low, high=self.signal.high, bounds=bounds
        )
        part["stats"] = _stats(view, values)
        part["histogram"] = self._histogram(values, classes, axis, view)
        part["values"] = self._values(values, numbers, axis, view, [bound for _key, bound in bounds])
        for rule in self.rules:
            self._pick(rule, values, numbers)

    def _histogram(
        self, values: pa.Array, classes: pa.Array, axis: bins.Axis, view: Sequence[float]
    ) -> dict[str, Any]:
        by_class = {
            name: ascending_view(values.filter(pc.equal(classes, number)))
            for number, name in enumerate(CLASSES)
        }
        spike = _spike(values, axis, self.integer)
        edge_rules = {}
        for index, (key, bound) in sorted(axis.at.items()):
            rule = next(rule for rule in self.rules if rule.numeric.get(key) == bound)
            edge_rules[str(index)] = [rule.id, key, bound]
        part: dict[str, Any] = {
            "log": axis.log,
            "edges": [plain_number(edge) for edge in axis.edges],
            "edge_rules": edge_rules,
        }
        alone: dict[str, Any] | None = None if spike is None else {"value": plain_number(spike)}
        for name, ascending in by_class.items():
            counts = bins.histogram(ascending, axis)
            if alone is not None and spike is not None:
                alone[name] = bisect_right(ascending, spike) - bisect_left(ascending, spike)
                counts[_bin_of(spike, axis)] -= alone[name]
            part[name] = counts
        part["spike"] = alone
        past = len(view) - bisect_right(view, axis.edges[-1])
        part["beyond"] = {"count": past, "max": plain_number(view[-1])} if past else None
        before = bisect_left(view, axis.edges[0])
        part["under"] = {"count": before, "min": plain_number(view[0])} if before else None
        return part

    def _values(
        self, values: pa.Array, numbers: pa.Array, axis: bins.Axis, view: Sequence[float], bounds: list[float]
    ) -> dict[str, Any]:
        removed_by, sole = self.rows.removed_by.take(numbers), self.rows.sole.take(numbers)
        kept = pc.equal(removed_by, KEPT)
        grid = bins.round_bounds(view, axis, bounds, self.integer)
        exact = len(view) <= EXACT
        at = sorted(set(view)) if exact else grid
        free, some, table = {}, {}, {}
        for rule in self.rules:
            single = one_bound(rule)
            if single is None and (not rule.numeric or "table" in rule.bounds):
                continue
            mask = pc.or_(kept, pc.equal(sole, self.rows.code(rule.id)))
            binds = bound_documents(rule, self.rows)
            if binds is not None:
                binds = binds.take(numbers)
                mask = pc.and_(mask, binds)
                bound = values.filter(binds)
                some[rule.id] = {
                    **_cumulative(ascending_view(bound), at, ""),
                    "others": len(values) - len(bound),
                }
            free[rule.id] = _cumulative(ascending_view(values.filter(mask)), at, "")
            if single is not None:
                table[rule.id] = {"kind": single[0], "start": single[1]}
        told = _shortened(at, grid) if exact else [plain_number(bound) for bound in grid]
        stops = [plain_number(bound) for bound in grid] if exact and free else None
        counts = {**_cumulative(view, at, "all_"), "free": free, "some": some, "table": table}
        return {"exact": exact, "stops": stops, "at": told, **counts}

    def _pick(self, rule: Rule, values: pa.Array, numbers: pa.Array) -> None:
        """Documents that this rule removed, nearest to its bounds and farthest from them."""
        if not rule.numeric:
            return
        mask = pc.equal(self.rows.removed_by.take(numbers), self.rows.code(rule.id))
        values, numbers = values.filter(mask), numbers.filter(mask)
        view = ascending_view(values)
        low = [b for key, b in rule.numeric.items() if key in ("min", "above")]
        split = bisect_right(view, max(low)) if low else 0
        ends = (slice(0, min(split, PICKED)), slice(max(0, split - PICKED), split))
        tops = (slice(split, split + PICKED), slice(max(split, len(view) - PICKED), len(view)))
        near = _ranked(rule, values, numbers, (ends[1], tops[0]), nearest=True)
        extreme = _ranked(rule, values, numbers, (ends[0], tops[1]), nearest=False)
        self.found.near[rule.id], self.found.extreme[rule.id] = near, extreme


def _counted(values: pa.Array) -> list[tuple[str, int]]:
    return [(entry["values"], entry["counts"]) for entry in pc.value_counts(values.drop_null()).to_pylist()]


def _ranked(
    rule: Rule, values: pa.Array, numbers: pa.Array, parts: tuple[slice, slice], *, nearest: bool
) -> list[int]:
    pairs: list[tuple[float, int]] = []
    for part in parts:
        pairs += zip(values[part].to_pylist(), numbers[part].to_pylist(), strict=True)
    sign = 1 if nearest else -1
    pairs.sort(key=lambda pair: (sign * rule.distance(pair[0]), pair[1]))
    return [number for _value, number in pairs[:PICKED]]


def ascending_view(values: pa.Array) -> Sequence[float]:
    """Ascending values as a sequence over Arrow's own memory (bisect reads it, nothing is copied)."""
    kind = "q" if pa.types.is_int64(values.type) else "d"
    if not len(values):
        return []
    whole: Any = memoryview(values.buffers()[1]).cast("B")
    part: Sequence[float] = whole.cast(kind)[values.offset : values.offset + len(values)]
    return part


def plain_number(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)


def _stats(view: Sequence[float], values: pa.Array) -> dict[str, Any]:
    stats: dict[str, Any] = {
        "min": plain_number(view[0]),
        "max": plain_number(view[-1]),
        "mean": pc.mean(values).as_py(),
    }
    for name, share in QUANTILES.items():
        stats[name] = plain_number(bins.quantile(view, share))
    return stats


def _spike(values: pa.Array, axis: bins.Axis, integer: bool) -> float | None:
    """The value that more than 5 % of the documents share, where its bin holds other values too."""
    if integer and all(b - a == 1 for a, b in pairwise(axis.edges)):
        return None
    most = pc.mode(values, n=1)[0].as_py()
    return most["mode"] if most["count"] > SPIKE_SHARE * len(values) else None


def _bin_of(value: float, axis: bins.Axis) -> int:
    one = bins.histogram([value], axis)
    return one.index(1)


def _cumulative(view: Sequence[float], grid: list[float], prefix: str) -> dict[str, list[int]]:
    return {
        f"{prefix}below": [bisect_left(view, bound) for bound in grid],
        f"{prefix}up_to": [bisect_right(view, bound) for bound in grid],
    }


def _shortened(distinct: list[float], grid: list[float]) -> list[float | int]:
    """The values with as few digits as leave each on its side of each other value and of each round bound."""
    sides = [(bisect_left(grid, v), bisect_right(grid, v)) for v in distinct]
    for digits in (4, 6, 8, 11, 14):
        short = [float(f"{value:.{digits}g}") for value in distinct]
        apart = all(a < b for a, b in pairwise(short))
        if apart and [(bisect_left(grid, v), bisect_right(grid, v)) for v in short] == sides:
            return [plain_number(value) for value in short]
    return [plain_number(value) for value in distinct]
