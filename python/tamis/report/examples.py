"""Which documents stand as examples, and their texts: `report/examples.parquet`.

One row a document, in the order of the run (kept first, then removed, each by shard and row): `id`, `url`,
`date`, `source`, `input`, `offset`, `shard`, `row`, `language`, `side`, `removed_by`, `removed_value`,
`removed_bound`, `failed_rules`, `title`, `chars` (the whole text), `start` (where the stored 2,000
characters begin), `text`, and for documents that a transform changed `before`, `before_start`,
`before_chars`: the same of the text as it came, with what a step of the run hides (addresses) covered. `spans` are the pieces that made the value for which the
document was removed, where its operator declares `mark`; `numerator` and `denominator` make that value; the
text is then the one that this step saw. Spans count code points of the whole text; those that the stored
characters do not touch are left out. `elsewhere` names the documents that keep lines which are copies in this one
(`tamis.report.keepers`). `data.json` names documents by their row here.

Rules with the most removals get 10 random, 10 just past the bound and 10 extreme ones, others 3 of each; a
run with very many rules gets fewer, so that the file stays near 1.2 million characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report.keepers import ELSEWHERE, elsewhere, span_columns
from tamis.report.read import RunFile, RunFiles, batches, with_columns
from tamis.report.rows import KEPT, Rows
from tamis.report.signals import PICKED, Measured
from tamis.report.slices import language_column
from tamis.stores.files import open_parquet

CHARS = 2_000
LEAD = 300
"""Characters shown before the first difference of an edit."""
KEPT_EXAMPLES = 30
EDITED_EXAMPLES = 12
BUDGET = 450
FEW = 3
RULES = 400
"""Rules beyond this number (by removals) have no examples."""
TITLE_CHARS = 300
COLUMNS = ["id", "url", "date", "source", "origin.name", "origin.offset", "row", "title", "text",
           "removed_by", "removed_value", "removed_bound", "failed_rules"]  # fmt: skip

SCHEMA = pa.schema(
    [
        *[(name, pa.string()) for name in ("id", "url", "date", "source", "input")],
        *[(name, pa.int64()) for name in ("offset", "shard", "row")],
        *[
            (name, pa.string())
            for name in ("language", "side", "removed_by", "removed_value", "removed_bound")
        ],
        ("failed_rules", pa.list_(pa.string())),
        ("title", pa.string()),
        *[("chars", pa.int64()), ("start", pa.int64()), ("text", pa.string())],
        *[("before_chars", pa.int64()), ("before_start", pa.int64()), ("before", pa.string())],
        ("spans", pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64())]))),
        *[("numerator", pa.float64()), ("denominator", pa.float64()), ("elsewhere", ELSEWHERE)],
    ]
)


Marked = tuple[str, list[tuple[int, int]], float, float]
"""A text as the step that removed it saw it, the spans that made the value there, numerator and denominator."""


class Marker(Protocol):
    """What only the run's operators can say of documents: from their rows as stored, and by `row` texts before edits."""

    def __call__(self, rows: pa.Table, originals: Mapping[int, str], /) -> list[Marked | None]:
        """The marks of removed documents."""

    def cover(self, rows: pa.Table, originals: Mapping[int, str], /) -> dict[int, str]:
        """The texts of kept documents with covered what steps hide; those that could not be are left out."""


@dataclass
class Chosen:
    """Document numbers by purpose."""

    rules: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    kept: list[int] = field(default_factory=list)
    edited: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)

    def all(self) -> list[int]:
        found = {*self.kept, *self.edited, *self.others}
        for lists in self.rules.values():
            for numbers in lists.values():
                found.update(numbers)
        return sorted(found)


def choose(run: RunFiles, rows: Rows, measured: Measured, others: Iterable[int]) -> Chosen:
    """Pick by hash of id (ids are random hex: the smallest ones), and what lies at the bounds."""
    chosen = Chosen(others=list(others))
    randoms = _smallest_ids(rows)
    quotas = _quotas({rule: units.documents for rule, units in rows.in_order.items()})
    for rule, quota in quotas.items():
        chosen.rules[rule] = {
            "random": randoms.get(rows.code(rule), [])[:quota],
            "near": measured.near.get(rule, [])[:quota] if quota >= FEW else [],
            "extreme": measured.extreme.get(rule, [])[:quota] if quota >= FEW else [],
        }
    chosen.kept = randoms.get(KEPT, [])[:KEPT_EXAMPLES]
    chosen.edited = _edited(run, rows)
    return chosen


def _quotas(removed: dict[str, int]) -> dict[str, int]:
    ordered = sorted((rule for rule in removed if removed[rule]), key=lambda rule: (-removed[rule], rule))[
        :RULES
    ]
    if 3 * FEW * len(ordered) > BUDGET:
        return dict.fromkeys(ordered, 1)
    spare = BUDGET - 3 * FEW * len(ordered)
    quotas = dict.fromkeys(ordered, FEW)
    for rule in ordered:
        more = 3 * (PICKED - FEW)
        if spare >= more:
            quotas[rule], spare = PICKED, spare - more
    return quotas


def _smallest_ids(rows: Rows) -> dict[int, list[int]]:
    """For kept documents and for each rule, the numbers of the documents with the smallest ids."""
    best: dict[int, list[tuple[str, int]]] = {}
    limits = {KEPT: KEPT_EXAMPLES}
    for file, start in zip(rows.files, rows.starts, strict=True):
        ids = pa.chunked_array(
            [chunk for table in batches(file.path, ["id"]) for chunk in table["id"].cast(pa.string()).chunks],
            pa.string(),
        )
        codes = rows.removed_by.slice(start, len(ids))
        table = pa.table(
            {"code": codes, "id": ids, "number": pa.array(range(start, start + len(ids)), pa.int64())}
        )
        for code, entries in _heads(table, limits).items():
            limit = limits.get(code, PICKED)
            best[code] = sorted(best.get(code, []) + entries)[:limit]
    return {code: [number for _id, number in entries] for code, entries in best.items()}


def _heads(table: pa.Table, limits: dict[int, int]) -> dict[int, list[tuple[str, int]]]:
    order = pc.sort_indices(table, [("code", "ascending"), ("id", "ascending"), ("number", "ascending")])
    codes = table["code"].combine_chunks().take(order)
    runs = pc.run_end_encode(codes)
    heads, start = {}, 0
    for code, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        first = order.slice(start, min(end - start, limits.get(code, PICKED)))
        part = table.take(first)
        heads[code] = list(zip(part["id"].to_pylist(), part["number"].to_pylist(), strict=True))
        start = end
    return heads


def _edited(run: RunFiles, rows: Rows) -> list[int]:
    """Kept documents with the smallest ids among those that a transform changed."""
    originals = originals_of(run)
    best: list[tuple[str, int]] = []
    for file, start in zip(rows.files, rows.starts, strict=True):
        paths = originals.get(file.shard)
        if file.role != "kept" or not paths:
            continue
        known = [chunk for path in paths for t in batches(path, ["row"]) for chunk in t["row"].chunks]
        changed = pa.concat_arrays(known) if known else pa.array([], pa.int64())
        for table in batches(file.path, ["id", "row"]):
            where = pc.indices_nonzero(pc.is_in(table["row"], changed))
            ids = table["id"].take(where).to_pylist()
            best += [(name, start + at) for name, at in zip(ids, where.to_pylist(), strict=True)]
            best = sorted(best)[:EDITED_EXAMPLES]
            start += table.num_rows
    return [number for _id, number in best]


def originals_of(run: RunFiles) -> dict[int, list[str]]:
    """The files of `originals/`, by shard."""
    found: dict[int, list[str]] = {}
    for file in run.files("originals"):
        found.setdefault(file.shard, []).append(file.path)
    return found


def store(
    run: RunFiles, rows: Rows, chosen: Chosen, marker: Marker | None = None
) -> tuple[pa.Table, dict[int, int]]:
    """The table of examples, and its row for each document number."""
    numbers = chosen.all()
    edited = set(chosen.edited)
    originals = originals_of(run)
    hiding = any(step.hides for step in run.steps)
    by_file: dict[int, list[tuple[int, int]]] = {}
    files: dict[int, RunFile] = {}
    for number in numbers:
        file, at = rows.place(number)
        key = rows.files.index(file)
        files[key] = file
        by_file.setdefault(key, []).append((number, at))
    language, copies = language_column(run), span_columns(run.steps)
    made: list[dict[str, Any]] = []
    for key in sorted(by_file):
        file = files[key]
        marking = marker if file.role == "removed" else None
        columns = [*COLUMNS, language, *copies]
        whole = marking or (hiding and marker)
        table = fetch(file.path, [at for _number, at in by_file[key]], None if whole else columns)
        records = with_columns(table, columns).to_pylist()
        changed = [
            record["row"]
            for (number, _at), record in zip(by_file[key], records, strict=True)
            if marking or number in edited
        ]
        before = texts_of(originals.get(file.shard, []), changed) if changed else {}
        if hiding and not marking:
            # Without the operators nobody knows what was hidden: the text before stays away.
            before = marker.cover(table, before) if marker else {}
        marks = marking(table, before) if marking else [None] * len(records)
        for record, mark in zip(records, marks, strict=True):
            original = None if marking else before.get(record["row"])
            more = {"language": _short(record[language], 40), "elsewhere": elsewhere(record, copies)}
            made.append(_row(file, record, original, mark) | more)
    return pa.Table.from_pylist(made, SCHEMA), {number: row for row, number in enumerate(numbers)}


def fetch(path: str, at: list[int], columns: list[str] | None) -> pa.Table:
    """These rows (ascending) of one file; only row groups that hold one of them are read, in slices."""
    found: list[pa.Table] = []
    with open_parquet(path) as opened:
        known = set(opened.schema_arrow.names)
        wanted = columns and [name for name in columns if name in known or name.split(".")[0] in known]
        start = 0
        for group in range(opened.metadata.num_row_groups):
            rows = opened.metadata.row_group(group).num_rows
            if any(start <= row < start + rows for row in at):
                for batch in opened.iter_batches(1_024, row_groups=[group], columns=wanted):
                    mine = [row - start for row in at if start <= row < start + batch.num_rows]
                    if mine:
                        found.append(pa.Table.from_batches([batch.take(pa.array(mine))]))
                    start += batch.num_rows
            else:
                start += rows
    return pa.concat_tables(found)


def texts_of(paths: list[str], rows: list[int]) -> dict[int, str]:
    """Texts before edits from these files of `originals/`, by row; rows that no transform changed are left out."""
    found: dict[int, str] = {}
    for path in paths:
        for table in batches(path, ["row", "text"], 1_024):
            mine = table.filter(pc.is_in(table["row"], pa.array(rows, pa.int64())))
            found |= dict(zip(mine["row"].to_pylist(), mine["text"].to_pylist(), strict=True))
    return found


def _row(file: RunFile, record: dict[str, Any], before: str | None, mark: Marked | None) -> dict[str, Any]:
    marked, found, numerator, denominator = mark if mark is not None else (None, [], None, None)
    text = (record["text"] or "") if marked is None else marked
    start = before_start = 0
    if before is not None:
        same = _common(before, text)
        start = before_start = max(0, same - LEAD)
    spans = sorted(found)
    if spans and spans[0][0] >= CHARS:
        start = spans[0][0] - LEAD
    row = {
        name: _short(record[name])
        for name in ("id", "url", "date", "source", "removed_value", "removed_bound")
    }
    return row | {
        "input": _short(record["origin.name"]),
        "offset": record["origin.offset"],
        "shard": file.shard,
        "row": record["row"],
        "side": file.role,
        "removed_by": record["removed_by"],
        "failed_rules": record["failed_rules"] or [],
        "title": _short(record["title"], TITLE_CHARS),
        "chars": len(text),
        "start": start,
        "text": text[start : start + CHARS],
        "before_chars": None if before is None else len(before),
        "before_start": None if before is None else before_start,
        "before": None if before is None else before[before_start : before_start + CHARS],
        "spans": None if mark is None else [_span(span) for span in spans if _touches(span, start)],
        "numerator": numerator,
        "denominator": denominator,
    }


def _span(span: tuple[int, int]) -> dict[str, int]:
    return {"start": span[0], "end": span[1]}


def _touches(span: tuple[int, int], start: int) -> bool:
    return span[0] < start + CHARS and span[1] > start


def _short(value: Any, chars: int = 1_000) -> str | None:
    return None if value is None else str(value)[:chars]


def _common(a: str, b: str) -> int:
    """How many characters two texts begin with in common."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
