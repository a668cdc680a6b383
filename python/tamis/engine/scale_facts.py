"""What a document costs in each stage of a run, for `tamis plan --assume-documents`: of a finished run or of the tables.

`scale.csv` is what `bench/scale.py --table` measured of corpus steps, a document that came to the step; row phases
take the costs of `costs.csv`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from tamis.engine import keys, store
from tamis.engine import manifest as manifests
from tamis.engine.corpus import corpus_files
from tamis.engine.estimates import DOCUMENT_BYTES, KEPT_SHARE, SIGNALS_SHARE, costs, foretold, step_cost
from tamis.engine.rundir import Run
from tamis.errors import RunError
from tamis.messages import _
from tamis.plan import Phase, phases
from tamis.recipe import Recipe

ROWS = "rows"
"""The stage of a row phase; those of a corpus phase have the names of its tasks."""

COUNTED = ("keys", "candidates", "members", "records")
"""What an operator's `stages` counts tasks by, of what the summaries of its tasks tell."""


@dataclass
class Stage:
    """Sums over the tasks of a stage; of facts a document where `documents` of its `Facts` is 1.

    `seconds` of a processor, `wall` of a worker; `size`, `files` and `rows` are by role: bytes, files, rows in them.
    """

    tasks: float = 0
    seconds: float = 0.0
    wall: float = 0.0
    memory: int = 0
    came: float = 0.0
    size: dict[str, float] = field(default_factory=dict)
    files: dict[str, float] = field(default_factory=dict)
    rows: dict[str, float] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)

    def add(self, manifest: Mapping[str, Any]) -> None:
        """Count one task."""
        told, ran = manifest["deterministic"], manifest["run"]
        self.tasks += 1
        self.seconds += ran["cpu_seconds"]
        self.wall += ran["seconds"]
        self.memory = max(self.memory, ran["peak_rss"])
        self.came += told.get("counts", {}).get("in", 0)
        for output in told["outputs"]:
            role = re.sub(r"-\d{6,}$", "", output["role"])
            for into, amount in ((self.size, output["size"]), (self.files, 1), (self.rows, output["rows"])):
                into[role] = into.get(role, 0) + amount
        for name, value in told.get("summary", {}).items():
            if name in COUNTED:
                self.sums[name] = self.sums.get(name, 0) + value


@dataclass(frozen=True)
class Facts:
    """`origin`: `run` or `table`; `documents` of the input, its bytes, seconds of the report, stages by phase."""

    origin: str
    documents: float
    input_bytes: float
    report_seconds: float
    shards: int
    stages: dict[int, dict[str, Stage]]


def run_facts(path: str | Path, recipe: Recipe, asked: Mapping[str, Any] | None = None) -> Facts:
    """What a finished run of this recipe took; `asked` are the options that were given.

    Raises RunError: it is not finished, of another recipe or made with other options, read only a part of its inputs, or
    did not measure all.
    """
    run = Run(path)
    _check(run, recipe)
    _check_options(run, asked or {})
    stages: dict[int, dict[str, Stage]] = {}
    for phase in phases(run.recipe):
        found = stages.setdefault(phase.number, {} if phase.kind == "corpus" else {ROWS: Stage()})
        for task, manifest in _tasks(run, phase):
            if "cpu_seconds" not in manifest["run"] or manifest["run"].get("reused"):
                raise RunError(
                    str(path), _("it did not measure all itself"), _("give a run without --reuse or retune")
                )
            found.setdefault(task, Stage()).add(manifest)
    documents = stages[0][ROWS].came
    if not documents:
        raise RunError(str(path), _("no document came to it, so it tells nothing of others"))
    size = sum(int(piece["range"][2]) for shard in run.info["shards"] for piece in shard["pieces"])
    return Facts("run", documents, size, run.info["times"].get("report_cpu", 0.0), run.shards, stages)


def _check(run: Run, recipe: Recipe) -> None:
    if not run.complete:
        raise RunError(str(run.path), _("it is not finished"), _("give its command again"))
    if keys.recipe_digest(run.recipe) != keys.recipe_digest(recipe):
        what = _("made by another recipe, or with other changes to it")
        raise RunError(str(run.path), what, _("give the same RECIPE, --set and --without"))
    if run.info["options"]["corpus"] == "drop":
        what = _("it dropped what its corpus steps exchanged")
        raise RunError(str(run.path), what, _("give a run without --corpus drop"))
    for name in ("limit", "sample"):
        if run.info["options"][name] is not None:
            what = _("it read a part of its inputs only (--{option})").format(option=name)
            raise RunError(str(run.path), what, _("give a run of whole files"))


def _check_options(run: Run, asked: Mapping[str, Any]) -> None:
    """What was stored and measured is that of the run; nobody knows what another choice would have taken."""
    for name in ("measure", "removed", "originals"):
        made = run.info["options"][name]
        if asked.get(name) not in (None, made):
            what = _("made with --{option} {value}").format(option=name, value=made)
            hint = _("give a run made with --{option} {value}, or leave --{option} out")
            raise RunError(str(run.path), what, hint.format(option=name, value=asked[name]))


def _tasks(run: Run, phase: Phase) -> Iterator[tuple[str, manifests.Manifest]]:
    """The stage and manifest of each task of a phase."""
    if phase.kind == "rows":
        numbers = dict.fromkeys(range(run.shards), ROWS)
    else:
        final = run.manifest(phase.number, 0)
        parts = [Path(one["path"]).parts for one in corpus_files(run.path, final)] if final else []
        numbers = {int(part[-1].split("-")[0]): part[-2] for part in parts}
    for task, stage in sorted(numbers.items()):
        manifest = run.manifest(phase.number, task)
        if manifest is not None:
            yield stage, manifest


@cache
def corpus_table() -> dict[str, dict[str, Stage]]:
    """Stages of each measured corpus operator, a document that came to it; stage `rows` is the row phase behind it."""
    found: dict[str, dict[str, Stage]] = {}
    lines = store.read(Path(__file__).with_name("scale.csv")).decode().splitlines()
    for row in csv.DictReader(lines):
        stage = found.setdefault(row["operator"], {}).setdefault(row["stage"], Stage())
        value = float(row["value"])
        if row["figure"] in ("seconds", "tasks"):
            setattr(stage, row["figure"], value)
        elif row["figure"] == "memory":
            stage.memory = int(value)
        else:
            getattr(stage, row["figure"])[row["name"]] = value
        stage.wall = stage.seconds
    return found


def table_facts(recipe: Recipe, worker_memory: int, removed: str) -> Facts:
    """What the tables tell of a recipe: texts of average size, a crawl's share kept where row steps have rules.

    `removed`: what is stored of removed documents, as `--removed` has it.
    """
    table, laid = corpus_table(), phases(recipe)
    made: dict[int, dict[str, Stage]] = {}
    size, page, reading = _source(recipe)
    reach, join = 1.0, None
    for phase in laid:
        if phase.kind == "corpus":
            join = table.get(recipe.steps[phase.first].op.name, {})
            made[phase.number] = {name: _scaled(one, reach) for name, one in join.items() if name != ROWS}
            continue
        stage = Stage(came=reach, memory=worker_memory)
        left, behind = _left(recipe, phase, reach, join)
        last = phase is laid[-1]
        _put(stage, "kept" if last else "passing", left, DOCUMENT_BYTES * _parquet())
        if removed == "none":
            _put(stage, "statistics", reach - left, 0.0)
        else:
            part = _parquet() if removed == "text" else SIGNALS_SHARE
            _put(stage, "removed", reach - left, DOCUMENT_BYTES * part)
        if behind is not None:
            rows = behind.rows.get("clusters", 0.0)
            _put(stage, "clusters", rows * reach, behind.size.get("clusters", 0.0) / (rows or 1.0))
        stage.seconds = reach * _row_seconds(recipe, phase, page) + (0.0 if phase.number else reading)
        if not last and laid[phase.number + 1].kind == "corpus":
            stage.seconds += _sketch(stage, recipe, laid[phase.number + 1], left, table)
        stage.wall = stage.seconds
        made[phase.number] = {ROWS: stage}
        reach, join = left, None
    return Facts("table", 1.0, size, table["report"]["report"].seconds, 0, made)


def _source(recipe: Recipe) -> tuple[float, float, float]:
    """Bytes of a document in a file (packed archives where text is extracted, else JSON lines), of its page, seconds."""
    extracts = next((step for step in recipe.steps if step.op.makes_text), None)
    read = costs()["read", "jsonl", ""] if extracts is None else costs()["read", "warc", "packed"]
    page = DOCUMENT_BYTES / (step_cost(extracts).ratio if extracts is not None else 1.0)
    size = page / read.ratio
    return size, page, size / 1e6 * read.seconds


def _row_seconds(recipe: Recipe, phase: Phase, page: float) -> float:
    """Steps and writing, of a document that comes to the phase; later phases read Parquet too."""
    seconds = DOCUMENT_BYTES / 1e6 * costs()["write", "parquet", ""].seconds
    if phase.number:
        seconds += DOCUMENT_BYTES * _parquet() / 1e6 * costs()["read", "parquet", ""].seconds
    for step in recipe.steps[phase.first : phase.end]:
        seconds += (page if "content" in step.op.reads else DOCUMENT_BYTES) / 1e6 * step_cost(step).seconds
    return seconds


def _parquet() -> float:
    return costs()["write", "parquet", ""].ratio


def _left(
    recipe: Recipe, phase: Phase, reach: float, join: Mapping[str, Stage] | None
) -> tuple[float, Stage | None]:
    """The share of all documents that a row phase passes on, and what the table tells of the rows behind a corpus step."""
    behind = join.get(ROWS) if join else None
    if behind is not None:
        reach *= 1 - behind.rows.get("removed", 0.0)
    own = any(step.rules for step in recipe.steps[phase.first : phase.end])
    before = any(step.rules for step in recipe.steps[: phase.first] if step.op.scope == "row")
    return (reach * KEPT_SHARE if own and not before else reach), behind


def _sketch(
    stage: Stage, recipe: Recipe, following: Phase, left: float, table: Mapping[str, Mapping[str, Stage]]
) -> float:
    """The signatures that a row phase writes for the corpus step behind it; the seconds that they take."""
    step = recipe.steps[following.first]
    said = foretold(step)
    if said is not None:
        # What the operator foretells holds the packed keys and index of the first stage too.
        first = table.get(step.op.name, {}).get("pack") or table.get(step.op.name, {}).get("combine")
        packed = sum(first.size.values()) if first is not None else 0.0
        _put(stage, "sketch", left, max(0.0, said.document_bytes - packed))
    return DOCUMENT_BYTES * left / 1e6 * step_cost(step).seconds


def _put(stage: Stage, role: str, rows: float, size: float) -> None:
    if rows > 0:
        stage.rows[role], stage.size[role] = rows, rows * size


def _scaled(stage: Stage, share: float) -> Stage:
    seconds = stage.seconds * share

    def part(amounts: Mapping[str, float]) -> dict[str, float]:
        return {name: value * share for name, value in amounts.items()}

    return replace(
        stage,
        seconds=seconds,
        wall=seconds,
        size=part(stage.size),
        rows=part(stage.rows),
        sums=part(stage.sums),
    )
