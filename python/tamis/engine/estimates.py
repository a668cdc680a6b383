"""What a run would cost: time, memory and disk, foretold from the sizes of inputs and a table of measurements.

`costs.csv` is what `scripts/step_costs.py` measured on real pages: processor seconds for a megabyte (of file for
`read`, of page for `extract`, of text else), and what comes out of a byte.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tamis.engine import store
from tamis.op import Foretold
from tamis.recipe import Recipe, Step
from tamis.sources import Input

UNMEASURED = {"heavy": 2.0, "model": 10.0}
"""Seconds a megabyte for operators of these costs: assumed, since none that comes with tamis is of that kind."""
KEPT_SHARE = 0.2
"""A crawl's removed text is four to five times what it keeps."""
DOCUMENT_BYTES, DOCUMENT_WORDS = 3_000, 500
"""A page's main text, as web corpora have it on average."""
START_SECONDS = 2.0
"""Of a processor, whatever the input: the start of driver and worker, and the report
(`time tamis run gopher one-document.jsonl -o out --workers 1`, with its worker: 1.2 to 2 s).
"""
SIGNALS_SHARE = 0.03
"""Of a text's bytes: the columns of a removed document without its text, compressed."""


@dataclass(frozen=True)
class Cost:
    """Seconds for a megabyte, and bytes that come out of one."""

    seconds: float
    ratio: float


@cache
def costs() -> dict[tuple[str, str, str], Cost]:
    """The table, by part, name and setting."""
    lines = store.read(Path(__file__).with_name("costs.csv")).decode().splitlines()
    return {
        (row["part"], row["name"], row["setting"]): Cost(
            float(row["seconds_per_mb"]), float(row["ratio"] or 1)
        )
        for row in csv.DictReader(lines)
    }


def step_cost(step: Step) -> Cost:
    """What a step's row part costs: measured with this setting, by name, else the median of its declared cost."""
    settings = [f"{name}={value}" for name, value in step.parameters.items()]
    found = [costs().get(("step", step.op.name, setting)) for setting in [*settings, ""]]
    known = next((cost for cost in found if cost is not None), None)
    if known is not None:
        return known
    measured = costs().get(("cost", step.op.cost, ""))
    return measured or Cost(UNMEASURED.get(step.op.cost, 0.0), 1.0)


def foretold(step: Step) -> Foretold | None:
    """What a corpus step says of a document of average size."""
    return step.op.foretell(step.parameters, DOCUMENT_WORDS) if step.op.foretell is not None else None


def estimates(recipe: Recipe, inputs: Sequence[Input], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Time, memory and disk of a run; `assumed` names what no measurement can tell before the data is read."""
    seconds, content = _reading(inputs)
    extracts = next((step for step in recipe.steps if step.op.makes_text), None)
    text = content * (step_cost(extracts).ratio if extracts is not None and _pages(inputs) else 1.0)
    reach, sketches, sets = 1.0, 0.0, 0.0
    for step in recipe.steps:
        reads_pages = "content" in step.op.reads
        amount = content if reads_pages else text * reach
        if reads_pages and not _pages(inputs):
            continue
        if step.op.scope == "corpus":
            amount = text * _passed(recipe, step)
            seconds += costs().get(("merge", step.op.name, ""), Cost(0.0, 1.0)).seconds * amount / 1e6
            said = foretold(step)
            if said is not None:
                sketches += said.document_bytes * amount / DOCUMENT_BYTES
                sets += said.set_bytes * amount / DOCUMENT_BYTES
        seconds += step_cost(step).seconds * amount / 1e6
        if step.op.scope == "corpus" or step.op.cost in UNMEASURED:
            reach = _passed(recipe, step)
    written = costs()["write", "parquet", ""]
    seconds += written.seconds * text / 1e6
    workers = settings["workers"]
    kept = _passed(recipe, None)
    return {
        "bytes": sum(one.size for one in inputs),
        "text": int(text),
        "documents": int(text / DOCUMENT_BYTES),
        "seconds": START_SECONDS + seconds / workers,
        "workers": workers,
        "memory": settings["memory"],
        "worker_memory": min(600 << 20, (settings["memory"] - (200 << 20)) // workers),
        "disk": {
            "kept": int(text * kept * written.ratio),
            "removed": int(text * (1 - kept) * written.ratio),
            "removed_signals": int(text * (1 - kept) * SIGNALS_SHARE),
            "sketches": int(sketches),
            "sets": int(sets),
        },
        "assumed": {"kept_share": kept, "document_bytes": DOCUMENT_BYTES},
    }


def _passed(recipe: Recipe, until: Step | None) -> float:
    """The share that is still kept before a step: rules of row steps decide how much a crawl loses."""
    before = recipe.steps if until is None else recipe.steps[: recipe.steps.index(until)]
    return KEPT_SHARE if any(step.rules for step in before) else 1.0


def _pages(inputs: Sequence[Input]) -> bool:
    return any(_kind(one) in ("warc", "arc", "html") for one in inputs)


def _kind(one: Input) -> str:
    """The format, with WET and WAT told from pages: they hold text."""
    return (
        "wet" if one.format == "warc" and any(mark in one.name for mark in (".wet", ".wat")) else one.format
    )


def _reading(inputs: Sequence[Input]) -> tuple[float, float]:
    """Seconds to read all inputs, and the bytes of pages or texts in them."""
    seconds = content = 0.0
    for one in inputs:
        packed = one.path.lower().endswith((".gz", ".zst", ".xz", ".bz2"))
        cost = _read_cost(_kind(one), packed)
        seconds += cost.seconds * one.size / 1e6
        content += cost.ratio * one.size
    return seconds, content


def _read_cost(kind: str, packed: bool) -> Cost:
    table = costs()
    archive, lines = table["read", "warc", "packed"], table["read", "jsonl", "packed" if packed else ""]
    if kind in ("warc", "arc", "html"):
        return archive if packed else Cost(archive.seconds / archive.ratio, 1.0)
    if kind in ("parquet", "run", "chunk"):
        return table["read", "parquet", ""]
    return lines


def loaded(step: Step) -> int:
    """Bytes of the models and lists that a step loads; 0 where it names none, or they are not there."""
    files = getattr(step.op.load, "files", None)
    if files is None:
        return 0
    return sum(store.size(path) or 0 for path in files(step.parameters))
