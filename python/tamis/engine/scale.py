"""What a run of very many documents would take: tasks, files, bytes, memory and processor time of each phase.

All amounts grow with the number of documents; the numbers of tasks and files follow from the engine's own rules. Each
figure tells its origin: `run` (the run of `--from`), `table` (measured by the benches), `formula`, `inputs`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tamis.engine.estimates import START_SECONDS, foretold
from tamis.engine.index import BLOCK, LEAST
from tamis.engine.scale_facts import ROWS, Facts, Stage
from tamis.plan import Phase, phases
from tamis.recipe import Recipe, Step

STORED = ("kept", "removed", "failed", "originals", "clusters", "statistics", "edges")
"""Roles that no later task reads."""
PASSING = "passing"
"""Lies below `work/`, which goes after success."""
OWN_FILES = 7
"""run.json, plan.parquet, lock, and four files of the report."""
MOST_NUMBERED = (1 << 32) - 2
"""Documents that a corpus step can number."""
REPORT_BYTES = 250_000_000
"""The report of few documents: programs, footers, and a group of columns."""
REPORT_DOCUMENT, REPORT_ROW, REPORT_MEMBER = 100, 16, 500
"""Bytes that the report holds: of a document while one signal is sorted; of a document all the time; of a document in a
cluster while clusters are counted (peaks of runs of 250,000, 1,000,000 and 2,000,000 documents of `bench/report.py`)."""

Figure = dict[str, Any]


def scaled(
    recipe: Recipe, documents: int, shards: Figure, facts: Facts, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """The plan of so many documents: `stages`, `total`, `documents`, `shards`; amounts in bytes and seconds."""
    growth = documents / facts.documents
    stages: list[dict[str, Any]] = []
    entering = float(documents)
    # What `--corpus drop` removes at the end.
    dropped = settings["corpus"] == "drop"
    for phase in phases(recipe):
        known = facts.stages.get(phase.number, {})
        if phase.kind == "rows":
            stages.append(_rows(recipe, phase, known[ROWS], growth, shards["value"], facts, dropped))
            entering = known[ROWS].rows.get("sketch", 0.0) * growth
        else:
            stages += _corpus(recipe, phase, known, growth, entering, shards["value"], facts, dropped)
    report = figure(facts.report_seconds * growth, facts.origin)
    held = figure(_report_memory(facts, growth), "formula")
    return {
        "documents": figure(documents, "given"),
        "bytes": figure(round(facts.input_bytes * growth), facts.origin),
        "shards": shards,
        "from": facts.origin,
        "stages": stages,
        "report_seconds": report,
        "report_memory": held,
        "total": _total(stages, report["value"], held["value"], settings["workers"]),
    }


def _report_memory(facts: Facts, growth: float) -> int:
    """Of the one process that reads kept and removed documents, whichever of its two large parts holds more."""
    rows = {
        role: sum(known[ROWS].rows.get(role, 0.0) for known in facts.stages.values() if ROWS in known)
        for role in ("kept", "removed", "clusters")
    }
    documents = (rows["kept"] + rows["removed"]) * growth
    clustered = REPORT_ROW * documents + REPORT_MEMBER * rows["clusters"] * growth
    return round(REPORT_BYTES + max(REPORT_DOCUMENT * documents, clustered))


def figure(value: float, origin: str) -> Figure:
    """A number with where it comes from."""
    return {"value": value, "origin": origin}


def _rows(
    recipe: Recipe, phase: Phase, stage: Stage, growth: float, shards: int, facts: Facts, dropped: bool
) -> dict[str, Any]:
    files = shards + _indexes(shards)
    for role, rows in stage.rows.items():
        if role != PASSING and not (dropped and role == "sketch"):
            files += _with_rows(rows * growth, shards)
    names = [step.name for step in recipe.steps[phase.first : phase.end]]
    return {
        "phase": phase.number,
        "steps": names or [step.name for step in recipe.steps if phase.join == recipe.steps.index(step)],
        "task": ROWS,
        "tasks": figure(shards, "formula"),
        "files": figure(files, "formula"),
        **_amounts(stage, growth, facts.origin),
        "memory": figure(stage.memory, facts.origin if facts.origin == "run" else "formula"),
    }


def _with_rows(rows: float, shards: int) -> int:
    """Of so many shards those that have a row, where rows lie among them by chance."""
    return round(shards * -math.expm1(-rows / shards)) if shards else 0


def _amounts(stage: Stage, growth: float, origin: str) -> dict[str, Figure]:
    exchanged = sum(size for role, size in stage.size.items() if role not in STORED)
    stored = sum(size for role, size in stage.size.items() if role in STORED)
    return {
        "exchanged": figure(round(exchanged * growth), origin),
        "stored": figure(round(stored * growth), origin),
        "core_seconds": figure(stage.seconds * growth, origin),
        "worker_seconds": figure(stage.wall * growth, origin),
    }


def _corpus(
    recipe: Recipe,
    phase: Phase,
    known: Mapping[str, Stage],
    growth: float,
    entering: float,
    shards: int,
    facts: Facts,
    dropped: bool,
) -> list[dict[str, Any]]:
    """A line for each of a corpus step's tasks; those of unknown operators are as many as there were, or as shards."""
    step = recipe.steps[phase.first]
    homes = _with_rows(entering, shards)
    laid = _laid(step, known, {"documents": entering, "shards": float(homes)}, growth)
    # What was measured holds the memory of the run's own documents; the table's were few.
    before = _laid(step, known, {"documents": entering / growth, "shards": float(facts.shards)}, 1.0)
    made: list[dict[str, Any]] = []
    for name in [*(one for one in laid if one in known), *(one for one in known if one not in laid)]:
        stage = known[name]
        tasks, held = laid.get(name) or (homes if stage.tasks == facts.shards else round(stage.tasks), 0.0)
        if held and facts.origin == "run":
            held -= before[name][1]
        made.append(
            {
                "phase": phase.number,
                "steps": [step.name],
                "task": name,
                "tasks": figure(tasks, "formula"),
                "files": figure(tasks if dropped else _corpus_files(stage, tasks, homes), "formula"),
                **_amounts(stage, growth, facts.origin),
                "memory": figure(round(stage.memory + held), "formula" if held else facts.origin),
            }
        )
    if made:
        # The phase's own manifest, its table of files, and the indexes.
        tasks = sum(one["tasks"]["value"] for one in made)
        made[-1]["files"]["value"] += (1 if dropped else 2) + _indexes(tasks + 1)
    return made


def _laid(
    step: Step, known: Mapping[str, Stage], counts: dict[str, float], growth: float
) -> dict[str, tuple[int, float]]:
    """Tasks and growing memory of each stage as the operator foretells them, where it does."""
    said = foretold(step)
    if said is None or said.stages is None:
        return {}
    for stage in known.values():
        for name, value in stage.sums.items():
            counts[name] = counts.get(name, 0.0) + value * growth
    return said.stages(counts)


def _corpus_files(stage: Stage, tasks: int, shards: int) -> int:
    """Manifests and files: each role is one a task, verdicts are one a shard."""
    return tasks + sum(shards if role == "verdicts" else tasks for role in stage.files)


def _indexes(tasks: int) -> int:
    return -(-tasks // BLOCK) if tasks >= LEAST else 0


def _total(stages: list[dict[str, Any]], report: float, held: int, workers: int) -> dict[str, Figure]:
    """Sums, the largest process, and the time on so many workers: a stage of few tasks keeps few of them busy."""
    sums = {
        name: sum(one[name]["value"] for one in stages)
        for name in ("tasks", "files", "exchanged", "stored", "core_seconds", "worker_seconds")
    }
    sums["files"] += OWN_FILES
    sums["core_seconds"] += report
    sums["seconds"] = START_SECONDS + report
    for one in stages:
        sums["seconds"] += one["worker_seconds"]["value"] / max(1, min(workers, one["tasks"]["value"]))
    sums["memory"] = max([held, *(one["memory"]["value"] for one in stages)])
    return {name: figure(value, "formula") for name, value in sums.items()} | {
        "workers": figure(workers, "given")
    }
