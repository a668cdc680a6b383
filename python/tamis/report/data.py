"""Make `report/data.json` and `report/examples.parquet` of a run directory (shape: `tamis.report.shape`).

Examples:
    >>> from tamis.report.data import data
    >>> report, examples = data("out")                                    # doctest: +SKIP
    >>> report["summary"]["documents"]                                    # doctest: +SKIP
    {'in': 412, 'made': 0, 'kept': 47, 'removed': 363, 'failed': 2}
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tamis.report import examples as stored
from tamis.report.accounting import edited, funnel, summary, without_steps
from tamis.report.alerts import alerts
from tamis.report.duplicates import Duplicates, duplicates
from tamis.report.problems import failures, problems
from tamis.report.read import RunFiles
from tamis.report.rows import Rows, read_rows
from tamis.report.shape import VERSION
from tamis.report.signals import measure
from tamis.report.slices import slices
from tamis.report.tokens import Tokenizer
from tamis.report.writing import write
from tamis.stores import files
from tamis.stores.addresses import place

REASONS = 1_000
INPUTS = 20


def data(
    path: str | os.PathLike[str], marker: stored.Marker | None = None, tokenizer: Tokenizer | None = None
) -> tuple[dict[str, Any], pa.Table]:
    """The report's data and table of examples; nothing is written. Raises `RunError` for a damaged run.

    `marker` says in a removed document what made its value; without it examples have no spans.
    `tokenizer` counts the tokens of a sample where no step counted those of all.
    """
    run = RunFiles(path)
    rows = read_rows(run)
    by_step, failed = failures(run)
    measured = measure(run, rows)
    found = duplicates(run)
    counted = summary(run, rows, sum(by_step.values()), edited(run), tokenizer)
    steps, rules = funnel(run, rows, by_step, measured)
    chosen = stored.choose(run, rows, measured, (number for _entry, _key, number in found.wanted))
    table, at = stored.store(run, rows, chosen, marker)
    _point(found, at)
    parts: dict[str, Any] = {
        "v": VERSION,
        "run": _run(run),
        "summary": counted,
        "steps": steps,
        "rules": rules,
        **_reasons(rows),
        "alerts": [],
        "signals": measured.signals,
        # Without the removed documents nobody knows what a slice was a share of.
        "slices": {} if rows.unstored.documents else slices(run),
        "duplicates": found.parts,
        "examples": _examples(chosen, at),
        "problems": problems(run, failed),
    }
    parts["alerts"] = alerts(parts, complete=run.complete)
    return parts, table


def write_data(
    path: str | os.PathLike[str], marker: stored.Marker | None = None, tokenizer: Tokenizer | None = None
) -> dict[str, Any]:
    """Make both files in `RUN/report/` and return the data. An estimate of tokens stays without a tokenizer."""
    parts, table = data(path, marker, tokenizer)
    folder = place(path) / "report"
    if parts["summary"]["tokens"] is None:
        parts["summary"]["tokens"] = _estimated_before(folder, parts["summary"])
    write(folder / "data.json", dumps(parts).encode("ascii"))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write(folder / "examples.parquet", sink.getvalue().to_pybytes())
    return parts


def _estimated_before(folder: Path, summary: dict[str, Any]) -> dict[str, Any] | None:
    """The estimate of tokens that the report held, where its documents were the same; None where it held none."""
    try:
        before = json.loads(files.read_bytes(folder / "data.json"))["summary"]
        same = all(before[key] == summary[key] for key in ("documents", "characters", "words"))
        found: dict[str, Any] | None = before["tokens"] if same else None
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found


def load_data(path: str | os.PathLike[str]) -> tuple[dict[str, Any], pa.Table]:
    """What `write_data` wrote, else made anew; also where the files are of another version or damaged."""
    folder = place(path) / "report"
    try:
        parts = json.loads(files.read_bytes(folder / "data.json"))
        if parts.get("v") == VERSION:
            return parts, files.read_table(folder / "examples.parquet")
    except (OSError, ValueError, AttributeError):
        pass
    return data(path)


def dumps(parts: dict[str, Any]) -> str:
    """The bytes of `data.json`: compact ASCII JSON; NaN and infinity are errors."""
    return json.dumps(parts, ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n"


def _run(run: RunFiles) -> dict[str, Any]:
    recipe, options = run.info.get("recipe") or {}, run.info.get("options") or {}
    inputs = run.info.get("inputs") or []
    return {
        "recipe": recipe.get("name"),
        "title": recipe.get("title"),
        "digest": recipe.get("digest"),
        "tamis": run.info.get("tamis"),
        "status": "complete" if run.complete else run.info.get("status"),
        **{key: options.get(key) for key in ("measure", "removed", "originals", "seed", "limit", "sample")},
        "without": without_steps(run),
        "overrides": recipe.get("overrides") or {},
        "inputs": {
            "count": len(inputs),
            "bytes": sum(item.get("size") or 0 for item in inputs),
            "names": [str(item.get("name"))[:300] for item in inputs[:INPUTS]],
        },
        "domains": "registrable",
    }


def _reasons(rows: Rows) -> dict[str, Any]:
    counts = Counter({rule: units.documents for rule, units in rows.in_order.items()})
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {
        "removed_by": dict(ordered[:REASONS]),
        "removed_by_rest": sum(documents for _rule, documents in ordered[REASONS:]),
    }


def _point(found: Duplicates, at: dict[int, int]) -> None:
    for entry, key, number in found.wanted:
        entry[key] = at.get(number)


def _examples(chosen: stored.Chosen, at: dict[int, int]) -> dict[str, Any]:
    return {
        "rules": {
            rule: {purpose: [at[number] for number in numbers] for purpose, numbers in lists.items()}
            for rule, lists in chosen.rules.items()
        },
        "kept": [at[number] for number in chosen.kept],
        "edited": [at[number] for number in chosen.edited],
    }
