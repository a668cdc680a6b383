"""What was wrong with the input or the run, apart from what the rules removed on purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core
from tamis.report.accounting import of_reading
from tamis.report.read import RunFile, RunFiles, batches

UNSTABLE = ("timeout", "memory", "crash")
MESSAGE_CHARS = 300
IDS_AT_ONCE = 500_000
DETECTED = "detector"
"""How a charset was found, in `charset` as in `shift_jis (detector)`, where the page did not declare it."""


def failures(run: RunFiles) -> tuple[Counter[str], list[dict[str, Any]]]:
    """Failed documents by step, and the list of (step, kind) with their first message."""
    by_step: Counter[str] = Counter()
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for _file, table in run.tables("failed", ["step", "kind", "message", "id", "origin.name"]):
        for row in table.to_pylist():
            step, kind = row["step"] or "source", row["kind"] or "exception"
            by_step[step] += 1
            first = {"step": step, "kind": kind, "documents": 0, "id": row["id"], "input": row["origin.name"]}
            first["message"] = (row["message"] or "")[:MESSAGE_CHARS]
            groups.setdefault((step, kind), first)["documents"] += 1
    listed = sorted(groups.values(), key=lambda row: (-row["documents"], row["step"], row["kind"]))
    return by_step, listed


def problems(run: RunFiles, failed: list[dict[str, Any]]) -> dict[str, Any]:
    """The `problems` part of `data.json`."""
    charsets, without_text = _charsets(run)
    return {
        "failed": failed,
        "unstable": sum(row["documents"] for row in failed if row["kind"] in UNSTABLE),
        "charsets": charsets,
        "detected": sum(row["documents"] for row in charsets if row["how"] == DETECTED),
        "duplicate_ids": duplicate_ids(run),
        "without_text": without_text,
        "skipped": of_reading(run, "skipped"),
        "misfits": of_reading(run, "misfits"),
    }


def _charsets(run: RunFiles) -> tuple[list[dict[str, Any]], int]:
    counts: Counter[str | None] = Counter()
    empty = 0
    for role in ("kept", "removed"):
        for _file, table in run.tables(role, ["charset", "text_chars"]):
            charset = table["charset"].cast(pa.string()).combine_chunks()
            for entry in pc.value_counts(charset).to_pylist():
                counts[entry["values"]] += entry["counts"]
            empty += pc.sum(pc.equal(pc.fill_null(table["text_chars"].cast(pa.int64()), 0), 0)).as_py() or 0
    listed = []
    for text, documents in sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))):
        if text is not None:
            name, _space, how = text.partition(" ")
            how = how.strip("()")
            listed.append({"charset": name[:60], "how": how[:60], "documents": documents})
    return listed[:200], empty


def duplicate_ids(run: RunFiles) -> dict[str, int]:
    """Ids that two or more documents carry, and how many documents carry such an id.

    Found by a number of 53 bits that is made of each id, some 30 bytes a document; only ids that share one are compared.
    """
    files = [file for role in ("kept", "removed", "failed") for file in run.files(role)]
    drawn = pa.concat_arrays([pa.array([], pa.float64()), *(numbers for _names, numbers in _numbered(files))])
    drawn = drawn.take(pc.array_sort_indices(drawn))
    shared = drawn[1:].filter(pc.equal(drawn[1:], drawn[:-1])).unique()
    del drawn
    ids = documents = 0
    for start in range(0, len(shared), IDS_AT_ONCE):
        wanted = shared[start : start + IDS_AT_ONCE]
        parts = [names.filter(pc.is_in(numbers, wanted)) for names, numbers in _numbered(files)]
        counts = pc.value_counts(pa.chunked_array(parts)).field("counts")
        twice = pc.filter(counts, pc.greater(counts, 1))
        ids += len(twice)
        documents += pc.sum(twice).as_py() or 0
    return {"ids": ids, "documents": documents}


def _numbered(files: list[RunFile]) -> Iterator[tuple[pa.Array, pa.Array]]:
    for file in files:
        for table in batches(file.path, ["id"]):
            names = table["id"].cast(pa.string()).combine_chunks().drop_null()
            yield names, pa.array(_core.random(names, seed=0))
