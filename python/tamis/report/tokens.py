"""Tokens of kept and removed documents: from a stored signal, else estimated from a sample of them.

The sample are the documents with the smallest ids, which are hashes, half of them kept and half removed. Each side's
tokens are estimated as its characters times the sample's tokens per character (Cochran, Sampling Techniques, 3rd ed.,
6.3: ratio estimator without replacement), with that estimate's standard error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report.examples import fetch
from tamis.report.read import RunFiles
from tamis.report.rows import Rows

SAMPLE = 5_000


@dataclass(frozen=True)
class Tokenizer:
    """`count` says how many tokens each text has; `name` is what people call it."""

    name: str
    count: Callable[[pa.Array], Sequence[int]]


def tokens(run: RunFiles, rows: Rows, tokenizer: Tokenizer | None) -> dict[str, Any] | None:
    """The `tokens` of the summary; None where there is neither a signal nor a tokenizer."""
    signal = next((s.column for step in run.steps for s in step.signals if s.name == "token_count"), None)
    if signal is not None and rows.files:
        column = rows.columns([signal])[signal].cast(pa.int64())
        sides = [pc.sum(part).as_py() or 0 for part in (column.slice(0, rows.kept), column.slice(rows.kept))]
        return _plain({"signal": signal, "kept": sides[0], "removed": sides[1]})
    if tokenizer is None:
        return None
    stored = (run.info.get("options") or {}).get("removed") not in ("signals", "none")
    ends = [(0, rows.kept), (rows.kept, rows.total)] if stored else [(0, rows.kept)]
    sizes = _sizes([end - start for start, end in ends])
    found = [_side(rows, *ends[n], sizes[n], tokenizer) for n in range(len(ends))] + [(None, None)]
    (kept, kept_error), (removed, removed_error) = found[:2]
    errors = {"kept_error": kept_error, "removed_error": removed_error, "sample": sum(sizes)}
    return _plain({"tokenizer": tokenizer.name, "kept": kept, "removed": removed, **errors})


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    names = ("signal", "tokenizer", "kept", "removed", "kept_error", "removed_error", "sample")
    return {name: given.get(name) for name in names}


def _sizes(documents: list[int]) -> list[int]:
    """Half of the sample from each side; what one side lacks the other gives."""
    half = SAMPLE // len(documents)
    return [min(n, max(half, SAMPLE - (sum(documents) - n))) for n in documents]


def _side(rows: Rows, start: int, end: int, size: int, tokenizer: Tokenizer) -> tuple[int, int]:
    """The estimate of one side's tokens, and its standard error."""
    if not size:
        return 0, 0
    ids = rows.columns(["id"])["id"].slice(start, end - start)
    chosen = pc.add(pc.sort_indices(ids).slice(0, size).cast(pa.int64()), start).to_pylist()
    counts = _counted(rows, sorted(chosen), tokenizer)
    characters = [rows.characters[number].as_py() for number in sorted(chosen)]
    total = pc.sum(rows.characters.slice(start, end - start)).as_py() or 0
    ratio = sum(counts) / max(1, sum(characters))
    documents = end - start
    spread = sum((n - ratio * c) ** 2 for n, c in zip(counts, characters, strict=True)) / max(1, size - 1)
    error = documents * math.sqrt((1 - size / documents) * spread / size)
    return (sum(counts) if size == documents else round(ratio * total)), math.ceil(error)


def _counted(rows: Rows, numbers: list[int], tokenizer: Tokenizer) -> list[int]:
    """Tokens of the stored texts of these documents, in their order; a document without text has none."""
    by_file: dict[str, list[int]] = {}
    for number in numbers:
        file, at = rows.place(number)
        by_file.setdefault(file.path, []).append(at)
    found: list[int] = []
    for path, places in by_file.items():
        texts = fetch(path, places, ["text"])["text"].cast(pa.large_string())
        found += tokenizer.count(pc.fill_null(texts, "").combine_chunks())
    return found
