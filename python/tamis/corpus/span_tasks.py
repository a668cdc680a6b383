"""The tasks of a step that finds parts of texts again in other documents: pure functions of files, run by the pool.

A sketch holds for each document its parts in order: both halves of a part's hash, and `start << 32 | end` in code
points. A document is one number here, over all sketches in the engine's order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Numbers = npt.NDArray[Any]

RUN_PARTS = 1 << 20
"""Parts that are sorted at once: 24 MB, and about 100 MB while it is done."""
SPANS = pa.list_(
    pa.struct([("start", pa.int64()), ("end", pa.int64()), ("score", pa.float64()), ("label", pa.string())])
)
RUNS = pa.schema(
    [
        ("high", pa.uint64()),
        ("low", pa.uint64()),
        ("order", pa.uint64()),
        ("position", pa.uint32()),
        ("copies", pa.int64()),
    ]
)
ANSWERS = pa.schema(
    [
        ("run", pa.int64()),
        ("high", pa.uint64()),
        ("low", pa.uint64()),
        ("keeper", pa.int64()),
        ("copies", pa.int64()),
    ]
)
VERDICT = pa.schema(
    [
        ("row", pa.int64()),
        ("line_count", pa.int64()),
        ("duplicate_line_count", pa.int64()),
        ("duplicate_line_char_ratio", pa.float64()),
        ("spans", SPANS),
    ]
)


@dataclass(frozen=True)
class Run:
    """Some documents of a sketch that follow each other: `first` is the position of the first, `parts` n x 3."""

    first: int
    table: pa.Table
    parts: Numbers
    lengths: Numbers

    @property
    def positions(self) -> Numbers:
        """Of each part's document."""
        return np.repeat(np.arange(self.first, self.first + len(self.lengths)), self.lengths)


def runs_of(reader: Any) -> Iterator[Run]:
    """A sketch file in runs of at most `RUN_PARTS` parts; a document of more is one alone."""
    held: list[pa.RecordBatch] = []
    count = first = 0
    for number in range(reader.num_record_batches):
        for piece, parts in _pieces(reader.get_batch(number)):
            if held and count + parts > RUN_PARTS:
                yield _run(first, held)
                first += sum(one.num_rows for one in held)
                held, count = [], 0
            held.append(piece)
            count += parts
    if held:
        yield _run(first, held)


def _pieces(batch: pa.RecordBatch) -> Iterator[tuple[pa.RecordBatch, int]]:
    ends = np.cumsum(pc.list_value_length(batch.column("units")).to_numpy() // 3)
    start = before = 0
    while start < batch.num_rows:
        end = max(start + 1, int(np.searchsorted(ends, before + RUN_PARTS, side="right")))
        yield batch.slice(start, end - start), int(ends[end - 1] - before)
        start, before = end, ends[end - 1]


def _run(first: int, batches: Sequence[pa.RecordBatch]) -> Run:
    table = pa.Table.from_batches(batches)
    units = [batch.column("units") for batch in batches]
    parts = np.concatenate([one.flatten().to_numpy() for one in units]).reshape(-1, 3)
    lengths = np.concatenate([pc.list_value_length(one).to_numpy() for one in units]) // 3
    return Run(first, table, parts, lengths)


def combine(spec: dict[str, Any]) -> dict[str, Any]:
    """The distinct parts of each run, sorted by hash: how often, and the document that comes first there."""
    summary = {"parts": 0, "records": 0, "runs": 0}
    with (
        pa.memory_map(spec["sketch"]) as source,
        pa.ipc.new_file(str(Path(spec["folder"]) / "runs.arrow"), RUNS) as writer,
    ):
        for run in runs_of(pa.ipc.open_file(source)):
            batch = _combined(run)
            writer.write_batch(batch)
            summary["parts"] += len(run.parts)
            summary["records"] += batch.num_rows
            summary["runs"] += 1
    return {"files": {"runs": "runs.arrow"}, "summary": summary}


def _combined(run: Run) -> pa.RecordBatch:
    high, low, positions = run.parts[:, 0], run.parts[:, 1], run.positions
    orders = np.zeros(len(run.lengths), dtype=np.uint64)
    if "order" in run.table.column_names:
        orders = run.table["order"].to_numpy()
    order = np.repeat(orders, run.lengths)
    sorted_by = np.lexsort((order, low, high))
    starts = _starts(high[sorted_by], low[sorted_by])
    first = sorted_by[starts]
    copies = np.diff(np.append(starts, len(sorted_by)))
    columns = (high[first], low[first], order[first], positions[first].astype(np.uint32), copies)
    return pa.record_batch([pa.array(one) for one in columns], schema=RUNS)


def _starts(high: Numbers, low: Numbers) -> Numbers:
    """Where another hash begins, of hashes in order."""
    another = np.ones(len(high), dtype=bool)
    another[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    return np.flatnonzero(another)


def choose(spec: dict[str, Any]) -> dict[str, Any]:
    """One range of hashes over all runs: which document keeps each part that stands more than once.

    Documents of older runs come first, then those of the least order, then the earliest.
    """
    columns = _range(spec)
    run, high, low, order, document, copies = columns
    newer = run >= spec["first_runs"][spec["own_from"]]
    sorted_by = np.lexsort((document, order, newer, low, high))
    run, high, low, _order, document, copies = (one[sorted_by] for one in columns)
    starts = _starts(high, low)
    totals = np.add.reduceat(copies, starts) if len(starts) else copies
    sizes = np.diff(np.append(starts, len(run)))
    total, keeper = np.repeat(totals, sizes), np.repeat(document[starts], sizes)
    told = np.flatnonzero((total > 1) & newer[sorted_by])
    told = told[np.argsort(run[told], kind="stable")]
    answers = [pa.array(one[told]) for one in (run, high, low, keeper, total)]
    with pa.ipc.new_file(str(Path(spec["folder"]) / "answers.arrow"), ANSWERS) as writer:
        writer.write_batch(pa.record_batch(answers, schema=ANSWERS))
    return {"files": {"answers": "answers.arrow"}, "summary": {"records": len(run), "answers": len(told)}}


def _range(spec: dict[str, Any]) -> list[Numbers]:
    """The records of one partition of all runs: run, high, low, order, document, copies."""
    width = 1 << (64 - spec["bits"])
    bounds = np.array([spec["partition"] * width, (spec["partition"] + 1) * width - 1], dtype=np.uint64)
    found: list[list[Numbers]] = [[] for _column in range(6)]
    for number, path in enumerate(spec["runs"]):
        with pa.memory_map(path) as source:
            reader = pa.ipc.open_file(source)
            for place in range(reader.num_record_batches):
                batch = reader.get_batch(place)
                high = batch.column("high").to_numpy()
                low_at = int(np.searchsorted(high, bounds[0], side="left"))
                high_at = int(np.searchsorted(high, bounds[1], side="right"))
                part = batch.slice(low_at, high_at - low_at)
                run = np.full(part.num_rows, spec["first_runs"][number] + place, dtype=np.int64)
                columns = [run, *(part.column(name).to_numpy() for name in ("high", "low", "order"))]
                columns.append(part.column("position").to_numpy().astype(np.int64) + spec["starts"][number])
                columns.append(part.column("copies").to_numpy())
                for into, column in zip(found, columns, strict=True):
                    into.append(np.array(column))
    kinds = (np.int64, np.uint64, np.uint64, np.uint64, np.int64, np.int64)
    return [np.concatenate([np.zeros(0, kind), *some]) for kind, some in zip(kinds, found, strict=True)]


def home(spec: dict[str, Any]) -> dict[str, Any]:
    """Send the answers home: the spans of each document, one file for each of some shards."""
    files, duplicates = {}, 0
    for one in spec["shards"]:
        name = f"verdicts-{one['shard']:06d}"
        with (
            pa.memory_map(spec["sketches"][one["sketch"]]) as source,
            pa.ipc.new_file(str(Path(spec["folder"]) / f"{name}.arrow"), VERDICT) as writer,
        ):
            number = spec["first_runs"][one["sketch"]]
            for place, run in enumerate(runs_of(pa.ipc.open_file(source))):
                start = spec["starts"][one["sketch"]]
                batch = _verdicts(spec, run, run.positions + start, _answers(spec, number + place))
                duplicates += pc.sum(batch.column("duplicate_line_count")).as_py() or 0
                writer.write_batch(batch)
        files[name] = f"{name}.arrow"
    return {"files": files, "summary": {"duplicates": duplicates}}


def _answers(spec: dict[str, Any], run: int) -> dict[str, Numbers]:
    """What is known of the parts of one run, by hash."""
    found: dict[str, list[Numbers]] = {name: [] for name in ANSWERS.names[1:]}
    for path in spec["answers"]:
        with pa.memory_map(path) as source:
            batch = pa.ipc.open_file(source).get_batch(0)
            start, end = np.searchsorted(batch.column("run").to_numpy(), [run, run + 1])
            for name, columns in found.items():
                columns.append(np.array(batch.column(name).slice(start, end - start).to_numpy()))
    return {name: np.concatenate(columns) for name, columns in found.items()}


def _verdicts(
    spec: dict[str, Any], run: Run, documents: Numbers, answers: dict[str, Numbers]
) -> pa.RecordBatch:
    known = _matched(run.parts[:, 0], run.parts[:, 1], answers)
    cut = known >= 0
    if spec["keep"] == "one":
        mine = np.flatnonzero(cut)
        mine = mine[answers["keeper"][known[mine]] == documents[mine]]
        # Of copies within the document that keeps the part, the first stays.
        cut[mine[np.unique(known[mine], return_index=True)[1]]] = False
    starts, ends = run.parts[:, 2] >> np.uint64(32), run.parts[:, 2] & np.uint64(0xFFFFFFFF)
    owner = np.repeat(np.arange(len(run.lengths)), run.lengths)
    size = len(run.lengths)
    counts = np.bincount(owner[cut], minlength=size)
    sizes = (ends - starts).astype(np.float64)
    gone, whole = (np.bincount(owner[some], sizes[some], size) for some in (cut, np.ones_like(cut)))
    ratios = np.divide(gone, whole, out=np.zeros(size), where=whole > 0)
    spans = pa.StructArray.from_arrays(
        [
            pa.array(starts[cut].astype(np.int64)),
            pa.array(ends[cut].astype(np.int64)),
            pa.array(answers["copies"][known[cut]].astype(np.float64)),
            _ids(spec, answers["keeper"][known[cut]]),
        ],
        fields=list(SPANS.value_type),
    )
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    columns = [
        run.table["row"].combine_chunks(),
        pa.array(run.lengths.astype(np.int64)),
        pa.array(counts.astype(np.int64)),
        pa.array(ratios),
        pa.ListArray.from_arrays(offsets, spans),
    ]
    return pa.record_batch([_whole(one) for one in columns], schema=VERDICT)


def _whole(column: Any) -> pa.Array:
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def _matched(high: Numbers, low: Numbers, answers: dict[str, Numbers]) -> Numbers:
    """Where each part stands among the answers, -1 for one that stands once in the corpus."""
    found = np.full(len(high), -1, dtype=np.int64)
    places = np.searchsorted(answers["high"], high)
    left = np.arange(len(high))
    while len(left):
        inside = places[left] < len(answers["high"])
        left = left[inside]
        left = left[answers["high"][places[left]] == high[left]]
        hit = answers["low"][places[left]] == low[left]
        found[left[hit]] = places[left[hit]]
        # The upper halves of two hashes may be equal by chance: the next answer is looked at too.
        left = left[~hit]
        places[left] += 1
    return found


def _ids(spec: dict[str, Any], documents: Numbers) -> pa.Array:
    """The ids of documents, from the sketches in which they stand."""
    wanted, back = np.unique(documents, return_inverse=True)
    files = np.searchsorted(spec["starts"], wanted, side="right") - 1
    parts = [pa.array([], pa.string())]
    for file in np.unique(files).tolist():
        with pa.memory_map(spec["sketches"][file]) as source:
            ids = pa.ipc.open_file(source).read_all().column("id")
            mine = ids.take(pa.array(wanted[files == file] - spec["starts"][file]))
            parts.append(_whole(mine).cast(pa.string()))
    return pa.concat_arrays(parts).take(pa.array(back))


TASKS = {"combine": combine, "choose": choose, "home": home}
