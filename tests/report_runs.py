"""Small run directories made by hand, per the run directory's schema: what the report's tests read.

The builder decides with the rules that it is given, as the engine does: a gate ends the measuring of a
document, a corpus step sees only what is still kept, `removed_by` is the first failing rule and
`failed_rules` all of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TYPES = {"bool": pa.bool_(), "int64": pa.int64(), "float64": pa.float64(), "label": pa.string()}
ORIGIN = pa.struct([("name", pa.string()), ("offset", pa.int64()), ("length", pa.int64())])


@dataclass
class Doc:
    """One document: `values` holds signal columns by `step.name`; `failed` is (step, kind, message)."""

    text: str = "Some words of a text."
    values: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    url: str | None = None
    date: str | None = None
    source: str | None = None
    charset: str | None = None
    title: str | None = None
    original: str | None = None
    failed: tuple[str, str, str] | None = None
    removed_by: str | None = None
    removed_by_source: str | None = None


def step(name: str, *signals: tuple[Any, ...], **facts: Any) -> dict[str, Any]:
    """A step of `run.json`; signals are (name, type, low, high)."""
    listed = [
        {
            "name": s[0],
            "type": s[1],
            "low": s[2] if len(s) > 2 else None,
            "high": s[3] if len(s) > 3 else None,
            "meaning": s[4] if len(s) > 4 else f"the {s[0]} of a text",
        }
        for s in signals
    ]
    return {
        "step": name,
        "op": facts.pop("op", name),
        "kind": "signal",
        "scope": "row",
        "cost": "cheap",
        "gate": False,
        "signals": listed,
        **facts,
    }


def rule(step_name: str, signal: str, **bounds: Any) -> dict[str, Any]:
    return {"step": step_name, "rule": bounds.pop("name", signal), "signal": signal, **bounds}


def build(
    out: Path,
    docs: Sequence[Doc],
    steps: Sequence[dict[str, Any]],
    rules: Sequence[dict[str, Any]],
    *,
    shard_rows: int = 100,
    info: Mapping[str, Any] | None = None,
    edited: Mapping[str, int] | None = None,
    row_group: int = 64,
) -> Path:
    """Write a complete run directory of these documents and return its path."""
    out.mkdir(parents=True, exist_ok=True)
    shards = [docs[k : k + shard_rows] for k in range(0, len(docs), shard_rows)] or [[]]
    for number, shard in enumerate(shards):
        _shard(out, number, shard, steps, rules, edited if number == 0 else None, row_group)
    plan = pa.table({"shard": pa.array(range(len(shards)), pa.int64())})
    pq.write_table(plan, out / "plan.parquet")
    run = {
        "v": 1,
        "tamis": "0.1.0",
        "status": "complete",
        "recipe": {
            "name": "by-hand",
            "title": "Made by hand",
            "text": "",
            "digest": "0" * 16,
            "overrides": {},
            "without": [],
        },
        "inputs": [{"name": "a.jsonl", "path": "/data/a.jsonl", "size": 1234, "format": "jsonl"}],
        "options": {"measure": "all", "seed": 0},
        "phases": [{"number": 0, "kind": "rows", "steps": []}],
        "steps": list(steps),
        "rules": list(rules),
    }
    for key, value in (info or {}).items():
        run[key] = {**run[key], **value} if isinstance(run.get(key), dict) else value
    (out / "run.json").write_text(json.dumps(run))
    return out


def admits(given: Mapping[str, Any], value: Any) -> bool:
    """The verdict of one rule, written out again so that the tests do not ask the code under test."""
    if value is None:
        return given.get("null") == "keep"
    checks = {
        "min": lambda b: value >= b,
        "max": lambda b: value <= b,
        "above": lambda b: value > b,
        "below": lambda b: value < b,
        "in": lambda b: value in b,
        "not_in": lambda b: value not in b,
    }
    return all(check(given[key]) for key, check in checks.items() if key in given)


def decide(doc: Doc, steps: Sequence[dict[str, Any]], rules: Sequence[dict[str, Any]]) -> list[str]:
    """Set what was not measured to None, and return the ids of the rules that the document fails."""
    failed: list[str] = []
    ended = doc.removed_by_source is not None
    for entry in steps:
        name = entry["step"]
        stop = ended or (entry["scope"] == "corpus" and bool(failed))
        for signal in entry["signals"]:
            doc.values[f"{name}.{signal['name']}"] = (
                None if stop else doc.values.get(f"{name}.{signal['name']}")
            )
        if stop:
            continue
        for given in rules:
            if given["step"] == name and not admits(given, doc.values[f"{name}.{given['signal']}"]):
                failed.append(f"{name}.{given['rule']}")
        ended = ended or (entry["gate"] and bool(failed))
    return failed


def _shard(
    out: Path,
    number: int,
    docs: Sequence[Doc],
    steps: Sequence[dict[str, Any]],
    rules: Sequence[dict[str, Any]],
    edited: Mapping[str, int] | None,
    row_group: int,
) -> None:
    kept, removed, failed, originals = [], [], [], []
    for row, doc in enumerate(docs):
        doc.id = doc.id or hashlib.blake2b(f"{number}:{row}".encode(), digest_size=16).hexdigest()
        record = _record(doc, number, row)
        if doc.failed is not None:
            step_name, kind, message = doc.failed
            failed.append(record | {"step": step_name, "kind": kind, "message": message, "raw": b"raw"})
            continue
        fails = decide(doc, steps, rules)
        record |= doc.values
        if doc.original is not None:
            originals.append({"row": row, "text": doc.original})
        if doc.removed_by_source is not None:
            fails = []
        first = doc.removed_by_source or (fails[0] if fails else None)
        doc.removed_by = first
        if first is None:
            kept.append(record)
            continue
        given = next((g for g in rules if f"{g['step']}.{g['rule']}" == first), None)
        value = None if given is None else record[f"{given['step']}.{given['signal']}"]
        ran = [
            s["step"]
            for s in steps
            if any(record.get(f"{s['step']}.{one['name']}") is not None for one in s["signals"])
        ]
        removed.append(
            record
            | {
                "removed_by": first,
                "removed_value": None if value is None else str(value),
                "removed_bound": "bound",
                "failed_rules": fails or [first],
                "last_step": ran[-1] if ran else None,
            }
        )
    columns = _columns(steps)
    more = [
        ("removed_by", pa.string()),
        ("removed_value", pa.string()),
        ("removed_bound", pa.string()),
        ("failed_rules", pa.list_(pa.string())),
        ("last_step", pa.string()),
    ]
    base = [("id", pa.string()), ("url", pa.string()), ("origin", ORIGIN), ("row", pa.int64())]
    fail = [("step", pa.string()), ("kind", pa.string()), ("message", pa.string()), ("raw", pa.binary())]
    outputs = [
        _write(out, "kept", number, kept, columns, row_group),
        _write(out, "removed", number, removed, columns + more, row_group),
        _write(out, "failed", number, failed, base + fail, row_group),
        _write(
            out, "originals", number, originals, [("row", pa.int64()), ("text", pa.large_string())], row_group
        ),
    ]
    counts = {"in": len(docs), "made": 0, "kept": len(kept), "removed": len(removed), "failed": len(failed)}
    part: dict[str, Any] = {"counts": counts, "skipped": {"request": 1}, "outputs": [o for o in outputs if o]}
    if edited is not None:
        part["edited"] = dict(edited)
    folder = out / "phases" / "0"
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {"v": 1, "phase": 0, "task": number, "deterministic": part, "run": {"seconds": 1.0}}
    (folder / f"{number:06d}.json").write_text(json.dumps(manifest))


def _record(doc: Doc, shard: int, row: int) -> dict[str, Any]:
    whole = doc.original if doc.original is not None else doc.text
    return {
        "id": doc.id,
        "origin": {"name": "a.jsonl", "offset": 100 * row, "length": 100},
        "text": doc.text,
        "url": doc.url,
        "date": doc.date,
        "source": doc.source,
        "charset": doc.charset,
        "title": doc.title,
        "text_chars": len(whole),
        "text_words": len(whole.split()),
        "row": row,
    }


def _columns(steps: Iterable[dict[str, Any]]) -> list[tuple[str, pa.DataType]]:
    texts = [(name, pa.string()) for name in ("url", "date", "source", "charset", "title")]
    found = [("id", pa.string()), ("origin", ORIGIN), ("text", pa.large_string()), *texts]
    found += [(name, pa.int64()) for name in ("text_chars", "text_words", "row")]
    for entry in steps:
        for signal in entry["signals"]:
            found.append((f"{entry['step']}.{signal['name']}", TYPES[signal["type"]]))
    return found


def _write(
    out: Path,
    role: str,
    shard: int,
    records: list[dict[str, Any]],
    columns: list[tuple[str, pa.DataType]],
    row_group: int,
) -> dict[str, Any] | None:
    if not records and role not in ("kept",):
        return None
    table = pa.Table.from_pylist(records, pa.schema(columns))
    folder = out / role
    folder.mkdir(exist_ok=True)
    digest = hashlib.blake2b(repr(records).encode(), digest_size=4).hexdigest()
    path = folder / f"{shard:06d}-{digest}.parquet"
    pq.write_table(table, path, compression="zstd", row_group_size=row_group)
    return {
        "role": role,
        "path": f"{role}/{path.name}",
        "rows": table.num_rows,
        "size": path.stat().st_size,
        "digest": digest,
    }


QUALITY = [
    step("language", ("label", "label"), gate=True),
    step("quality", ("word_count", "int64", 0), ("mark_ratio", "float64", 0, 1)),
]
QUALITY_RULES = [
    rule("language", "label", **{"in": ["en"]}),
    rule("quality", "word_count", min=50, max=1_000),
    rule("quality", "mark_ratio", max=0.3),
]


def english(words: int, marks: float, **more: Any) -> Doc:
    values = {"language.label": "en", "quality.word_count": words, "quality.mark_ratio": marks}
    return Doc(values=values, **more)


def german() -> Doc:
    return Doc(values={"language.label": "de"})
