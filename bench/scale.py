"""Whether `tamis plan --assume-documents` foretells what larger runs take, and how their cost grows.

    python bench/scale.py FOLDER [--documents 100000,200000,500000,1000000,2000000] [--workers 2]
    python bench/scale.py FOLDER --table [--documents 100000] > python/tamis/engine/scale.csv

Synthetic documents of 40 to 400 words are made from a seed, three in ten as a copy of an earlier one with one word
changed. The first size is run and gives the plans of the others. Wanted: files exact, bytes within 10 %, time within
30 %, and an exponent of each phase's cost of at most 1.05, fitted on processor seconds less those of a run of one
document. FOLDER needs about 9 kB a document of the largest size. With --table each corpus step is run alone and what a
document took in its stages is printed.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from harness import machine
from signatures import originals

import tamis
from tamis.engine.rundir import Run
from tamis.engine.scale_facts import ROWS, Facts, Stage, run_facts
from tamis.plan import phases

WORDS = 50_000
BLOCK = 10_000
RECIPE = """name = "scale"
[[step]]
op = "gopher_repetition"
[[step]]
op = "gopher_quality"
keep = [{ signal = "text_words", min = 60 }]
[[step]]
op = "minhash"
keep = [{ signal = "rank", max = 0 }]
"""
STEPS = {
    "duplicate_id": "",
    "exact": "",
    "line": None,
    "minhash": "",
    "url": "",
}
"""Corpus steps that the table tells of; all but `line` have the rule that removes copies."""
RANK = "keep = [{ signal = 'rank', max = 0 }]\n"


def vocabulary() -> list[str]:
    drawn = np.random.default_rng(3)
    letters = np.array(list("abcdefghijklmnoprstuvw"))
    return ["".join(drawn.choice(letters, size)) for size in drawn.integers(3, 10, WORDS)]


def texts(count: int) -> Iterator[tuple[int, int, str]]:
    """Number, number of the original, and text of each document."""
    known, sources = vocabulary(), originals(count)
    for number, source in enumerate(sources.tolist()):
        drawn = np.random.default_rng(source)
        words = [known[one] for one in drawn.integers(0, WORDS, drawn.integers(40, 400))]
        if source != number:
            words[number % len(words)] = "copy"
        lines = [" ".join(words[first : first + 12]) for first in range(0, len(words), 12)]
        yield number, source, "\n".join(lines) + "."


def write(path: Path, count: int) -> Path:
    with path.open("w") as file:
        for number, source, text in texts(count):
            row = {
                "id": f"{number:09}",
                "url": f"https://site{source % 999}.example/{source:09}",
                "text": text,
            }
            file.write(json.dumps(row) + "\n")
    return path


def refined(
    folder: Path, recipe: Path, source: Path, name: str, workers: int, rounds: int = 1
) -> tuple[Run, float]:
    """The fastest of some runs and the seconds that it took."""
    taken: list[tuple[float, Run]] = []
    for number in range(rounds):
        started = time.perf_counter()
        run = tamis.run(recipe, str(source), folder / f"{name}-{number}", workers=workers, fsync=False)
        taken.append((time.perf_counter() - started, run))
    taken.sort(key=lambda one: one[0])
    for _took, run in taken[1:]:
        shutil.rmtree(run.path)
    return taken[0][1], taken[0][0]


def costs(run: Run) -> dict[str, float]:
    """Processor seconds of each phase and of the report."""
    facts = run_facts(run.path, run.recipe)
    names = {phase.number: "rows" if phase.kind == "rows" else "corpus" for phase in phases(run.recipe)}
    found = {
        f"{number} {names[number]}": sum(stage.seconds for stage in stages.values())
        for number, stages in facts.stages.items()
    }
    return found | {"report": facts.report_seconds}


def sizes(run: Run) -> tuple[int, int]:
    """Files that lie in the directory, and the bytes of all files that manifests name."""
    facts = run_facts(run.path, run.recipe)
    told = sum(sum(stage.size.values()) for stages in facts.stages.values() for stage in stages.values())
    files = sum(
        sum(v for k, v in stage.size.items() if k == "files")
        for stages in facts.stages.values()
        for stage in stages.values()
    )
    return sum(1 for path in run.path.rglob("*") if path.is_file()), round(told - files)


def exponent(points: list[tuple[int, float]]) -> float:
    """The slope of a line through logarithms, by least squares."""
    xs, ys = ([math.log(pair[place]) for pair in points] for place in (0, 1))
    return float(np.polyfit(xs, ys, 1)[0])


def compare(given: argparse.Namespace, counts: list[int]) -> bool:
    folder = given.folder
    recipe = folder / "scale.toml"
    recipe.write_text(RECIPE)
    empty, _seconds = refined(
        folder, recipe, write(folder / "empty.jsonl", 1), "empty", given.workers, given.rounds
    )
    nothing = costs(empty)
    measured: dict[str, list[tuple[int, float]]] = {}
    good, first = True, None
    print(machine())
    print("| documents | shards | files, planned / actual | bytes, MB | off | time, s | off |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for count in counts:
        source = write(folder / f"{count}.jsonl", count)
        run, took = refined(folder, recipe, source, f"run-{count}", given.workers, given.rounds)
        for name, value in costs(run).items():
            measured.setdefault(name, []).append((count, max(1e-6, value - nothing[name])))
        if first is not None:
            good &= row(
                tamis.plan(
                    recipe, str(source), assume_documents=count, from_run=first.path, workers=given.workers
                ),
                run,
                took,
            )
            shutil.rmtree(run.path)
        first = first or run
        source.unlink()
    print("\n| phase | processor seconds | exponent |\n| --- | ---: | ---: |")
    for name, points in measured.items():
        slope = exponent(points)
        good &= slope <= 1.05
        print(f"| {name} | {', '.join(f'{value:.2f}' for _count, value in points)} | {slope:.3f} |")
    return good


def row(planned: Any, run: Run, took: float) -> bool:
    """One line of the table; whether all that is wanted holds."""
    scale = planned.scale
    files, told = sizes(run)
    total = {name: one["value"] for name, one in scale["total"].items()}
    foretold = total["exchanged"] + total["stored"]
    off, late = foretold / told - 1, total["seconds"] / took - 1
    print(
        f"| {scale['documents']['value']:,} | {scale['shards']['value']} | {total['files']:,} / {files:,} "
        f"| {foretold / 1e6:.1f} / {told / 1e6:.1f} | {off:+.1%} | {total['seconds']:.1f} / {took:.1f} | {late:+.1%} |",
        flush=True,
    )
    return bool(total["files"] == files and abs(off) <= 0.1 and abs(late) <= 0.3)


def table(given: argparse.Namespace, count: int) -> None:
    """What a document that comes to a corpus step takes there."""
    source = write(given.folder / "table.jsonl", count)
    lines: list[tuple[str, str, str, str, float]] = []
    for name in STEPS:
        recipe = given.folder / f"{name}.toml"
        recipe.write_text(f'name = "{name}"\n[[step]]\nop = "{name}"\n{"" if name == "line" else RANK}')
        run, _took = refined(given.folder, recipe, source, f"table-{name}", given.workers)
        facts = run_facts(run.path, run.recipe)
        lines += step_lines(name, facts)
        if name == "minhash":
            lines.append(("report", "report", "seconds", "", facts.report_seconds / count))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("operator", "stage", "figure", "name", "value"))
    for operator, stage, figure, label, value in sorted(line for line in lines if line[-1]):
        writer.writerow((operator, stage, figure, label, f"{value:.4g}"))


def step_lines(name: str, facts: Facts) -> Iterator[tuple[str, str, str, str, float]]:
    behind = facts.stages[2][ROWS]
    for role in ("clusters", "removed"):
        yield name, ROWS, "rows", role, behind.rows.get(role, 0.0) / facts.documents
    yield name, ROWS, "size", "clusters", behind.size.get("clusters", 0.0) / facts.documents
    for label, stage in facts.stages[1].items():
        yield from stage_lines(name, label, stage, facts.documents)


def stage_lines(
    name: str, label: str, stage: Stage, documents: float
) -> Iterator[tuple[str, str, str, str, float]]:
    yield name, label, "seconds", "", stage.seconds / documents
    yield name, label, "memory", "", float(stage.memory)
    for role, value in stage.size.items():
        yield name, label, "size", role, value / documents
        yield name, label, "files", role, 1.0
    for role, value in stage.sums.items():
        yield name, label, "sums", role, value / documents


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", default="")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1, help="runs of each size; the fastest counts")
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    default = "100000" if given.table else "100000,200000,500000,1000000,2000000"
    counts = [int(one) for one in (given.documents or default).split(",")]
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    if given.table:
        table(given, counts[0])
        return 0
    held = compare(given, counts)
    print("\nenough" if held else "\nNOT AS PLANNED")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
