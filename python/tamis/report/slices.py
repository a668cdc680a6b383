"""Who gains and who loses: documents and characters, in and kept, by language, domain, month and so on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report.domains import hosts, mapped, registrable, top_level
from tamis.report.intervals import over_representation
from tamis.report.quarters import Parts, as_numbers
from tamis.report.read import RunFiles, batches
from tamis.stores.files import open_parquet

GROUPS = 200
NAME_CHARS = 200
LEAST = 20
"""A group of fewer documents has no ratio: its interval would say nothing."""
DISTINCT = 1_000
"""An extra column with more distinct values than this is no slice (a title, a number)."""
AT_ONCE = 16
"""Numeric columns that are read together: opening a file with thousands of columns takes long."""
KNOWN = frozenset(
    [
        "id",
        "origin",
        "text",
        "content",
        "content_type",
        "charset",
        "headers",
        "url",
        "date",
        "source",
        "source_id",
        "metadata",
        "text_chars",
        "text_words",
        "row",
        "removed_by",
        "removed_value",
        "removed_bound",
        "failed_rules",
        "last_step",
        "parent_id",
        "title",
    ]
)

Counts = dict[Any, list[int]]
"""value -> [documents in, characters in, documents kept, characters kept]"""


def slices(run: RunFiles) -> dict[str, Any]:
    """The `slices` part of `data.json`: one pass over the few columns that it needs."""
    language = language_column(run)
    types = _extra_columns(run)
    extra = list(types)
    parts_of = _parts(run, [name for name, kind in types.items() if _numeric(kind)])
    columns = ["url", "date", "source", "origin.name", "text_chars", language, *extra]
    found: dict[str, Counts] = {}
    for side, table in _tables(run, columns):
        for name, values in _keys(table, language, extra):
            if name in parts_of:
                values = parts_of[name].place(values)
            _count(found.setdefault(name, {}), values, table["text_chars"], side == "kept")
    named = {"language": language, "domain": "url", "tld": "url", "month": "date", "input": "origin.name"}
    parts: dict[str, dict[str, Any]] = {}
    for name in ("language", "domain", "tld", "month", "source", "input", "length", *extra):
        counts = found.get(name, {})
        if name in extra and len(counts) > DISTINCT:
            continue
        if set(counts) - {None}:
            parts[name] = {
                "column": named.get(name, name),
                **_part(counts, by_value=name in ("month", "length") or name in parts_of),
            }
            if name in parts_of:
                _name_numbers(parts[name], parts_of[name])
            elif name in types and pa.types.is_boolean(types[name]):
                parts[name]["flags"] = True
    return parts


def language_column(run: RunFiles) -> str:
    """The label of the first step that tells languages, else a document column of that name."""
    for step in run.steps:
        for signal in step.signals:
            if step.op == "language" and signal.type == "label":
                return signal.column
    return "language"


def _extra_columns(run: RunFiles) -> dict[str, pa.DataType]:
    files = run.files("kept") or run.files("removed")
    if not files:
        return {}
    with open_parquet(files[0].path) as opened:
        schema = opened.schema_arrow
    steps = {step.step for step in run.steps}
    return {
        field.name: field.type
        for field in schema
        if field.name not in KNOWN | {"language"}
        and field.name.split(".")[0] not in steps
        and (pa.types.is_string(field.type) or pa.types.is_boolean(field.type) or _numeric(field.type))
    }


def _numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _parts(run: RunFiles, names: list[str]) -> dict[str, Parts]:
    """The parts of each numeric column, of all documents that came."""
    parts = {}
    for start in range(0, len(names), AT_ONCE):
        found: dict[str, list[pa.Array]] = {name: [] for name in names[start : start + AT_ONCE]}
        for _side, table in _tables(run, list(found)):
            for name, columns in found.items():
                columns.append(as_numbers(table[name].combine_chunks()))
        for name, columns in found.items():
            parts[name] = Parts.of(pa.concat_arrays([pa.array([], pa.float64()), *columns]))
    return parts


def _name_numbers(part: dict[str, Any], parts: Parts) -> None:
    part["numbers"] = True
    for group in part["groups"]:
        if group["value"] is not None:
            group["value"], group["to"] = parts.named[group["value"]]


def _tables(run: RunFiles, columns: list[str]) -> Iterator[tuple[str, pa.Table]]:
    for role in ("kept", "removed", "failed"):
        for file in run.files(role):
            for table in batches(file.path, columns):
                yield role, table


def _keys(table: pa.Table, language: str, extra: list[str]) -> Iterator[tuple[str, Any]]:
    yield "language", table[language]
    host = hosts(table["url"])
    yield "domain", mapped(host, registrable)
    yield "tld", mapped(host, top_level)
    yield "month", pc.utf8_slice_codeunits(table["date"].cast(pa.string()), 0, 7)
    yield "source", table["source"]
    yield "input", table["origin.name"]
    yield "length", _octave(table["text_chars"].cast(pa.int64()))
    for name in extra:
        yield name, table[name]


def _octave(chars: Any) -> Any:
    """The largest power of two that is not above the length; 0 for empty texts."""
    power = pc.floor(pc.log2(pc.max_element_wise(chars, 1).cast(pa.float64()))).cast(pa.int64())
    octave = pc.shift_left(pa.scalar(1, pa.int64()), power)
    return pc.if_else(pc.is_valid(chars), pc.if_else(pc.equal(chars, 0), 0, octave), None).cast(pa.int64())


def _count(counts: Counts, values: Any, chars: Any, kept: bool) -> None:
    table = pa.table({"value": values, "chars": chars.cast(pa.int64())})
    grouped = table.group_by("value", use_threads=False).aggregate([([], "count_all"), ("chars", "sum")])
    names, documents, sums = (grouped[name].to_pylist() for name in ("value", "count_all", "chars_sum"))
    for value, n, total in zip(names, documents, sums, strict=True):
        row = counts.setdefault(value, [0, 0, 0, 0])
        row[0] += n
        row[1] += total or 0
        if kept:
            row[2] += n
            row[3] += total or 0


def _part(counts: Counts, by_value: bool) -> dict[str, Any]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1][0], item[0] is None, str(item[0])))
    listed, rest = ordered[:GROUPS], ordered[GROUPS:]
    small = [item for item in listed if item[1][0] < LEAST]
    whole = _summed(ordered)
    if by_value:
        listed.sort(key=lambda item: (item[0] is None, item[0] if isinstance(item[0], int) else str(item[0])))
    groups = [
        {"value": _name(value), **_sides(row), "ratio": _over(row, whole) if row[0] >= LEAST else None}
        for value, row in listed
    ]
    return {
        "groups": groups,
        "rest": {"groups": len(rest), **_sides(_summed(rest))},
        "least": LEAST,
        "others": {
            "groups": len(small) + len(rest),
            **_sides(_summed([*small, *rest])),
            "ratio": _over(_summed([*small, *rest]), whole),
        },
    }


def _summed(items: list[tuple[Any, list[int]]]) -> list[int]:
    return [sum(row[k] for _value, row in items) for k in range(4)]


def _over(row: list[int], whole: list[int]) -> list[float] | None:
    return over_representation(row[2], row[0], whole[2], whole[0])


def _name(value: Any) -> Any:
    return value[:NAME_CHARS] if isinstance(value, str) else value


def _sides(row: list[int]) -> dict[str, Any]:
    return {
        "in": {"documents": row[0], "characters_before_edits": row[1]},
        "kept": {"documents": row[2], "characters_before_edits": row[3]},
    }
