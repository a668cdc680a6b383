"""How long a person waits for a verb: cold processes by wall clock, the median and the worst of several.

    python bench/verbs.py FOLDER [--runs 5]

FOLDER is that of `bench/clusters.py`, whose run of a million documents `explain` looks into; run that one first. The
sweeps take nine values of a bound in runs of a million (the one of `gopher`'s rules is made once), the retune is of 100,000 of its documents under `gopher`'s rules, corpus steps left
out; the new bound changes what is kept. `plan` and `try` take the input that `tamis sample` writes.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
from harness import machine

TAMIS = [sys.executable, "-m", "tamis"]
RETUNED_FILES = 2
"""Files of the corpus, 50,000 documents each."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    folder, work = options.folder, options.folder / "verbs"
    corpus = sorted(folder.glob("corpus-*/*.parquet"))[:RETUNED_FILES]
    if not (folder / "run" / "run.json").exists() or len(corpus) < RETUNED_FILES:
        sys.exit(
            f"error: {folder}: no run of a million documents lies here\nhint: python bench/clusters.py {folder}"
        )
    shutil.rmtree(work, ignore_errors=True)
    print(machine())
    quiet("sample", work / "sample")
    pages = sorted((work / "sample").glob("*.warc.gz"))
    fineweb = ["fineweb", *pages, "--without", "url_blocklist"]
    rules = ["gopher", "--without", "exact", "--without", "minhash"]
    quiet("run", *rules, *corpus, "-o", work / "run")
    bound = ["--set", "gopher_quality.stop_word_count.min=0", "--set", "gopher_quality.word_count.min=300"]

    def retune() -> None:
        shutil.rmtree(work / "again", ignore_errors=True)
        quiet("retune", work / "run", *bound, "-o", work / "again")

    clustered = members(folder / "run", options.runs)
    if not (folder / "rules" / "report" / "index.html").exists():
        quiet("run", *rules, *sorted(folder.glob("corpus-*/*.parquet")), "-o", folder / "rules")

    def sweep(run: str, values: str) -> Callable[[], None]:
        return lambda: quiet("retune", folder / run, "--sweep", values)

    fast = [
        measured(options.runs, "--help", 0.2, lambda: quiet("--help")),
        measured(options.runs, "plan", 1, lambda: quiet("plan", *fineweb)),
        measured(options.runs, "try", 10, lambda: quiet("try", *fineweb)),
        measured(options.runs, "retune", 5, retune),
        measured(options.runs, "sweep, corpus", 3, sweep("run", "minhash.rank.max=0:8:1")),
        measured(options.runs, "sweep, row", 3, sweep("rules", "gopher_quality.word_count.min=40:120:10")),
        measured(options.runs, "explain", 1, lambda: quiet("explain", folder / "run", clustered.pop())),
    ]
    return 0 if all(fast) else 1


def quiet(*arguments: object) -> None:
    subprocess.run(
        [*TAMIS, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def members(run: Path, count: int) -> list[str]:
    """Ids of documents that were removed as duplicates, from as many places of the run."""
    files = sorted((run / "removed").glob("*.parquet"))
    return [
        pq.read_table(files[len(files) * n // count], columns=["id"])["id"][0].as_py() for n in range(count)
    ]


def measured(runs: int, name: str, goal: float, call: Callable[[], None]) -> bool:
    """Whether the median is within the goal, seconds."""
    taken = []
    for _run in range(runs):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    print(f"{name:14} {statistics.median(taken):6.2f} s, at most {max(taken):6.2f} s, goal {goal} s")
    return statistics.median(taken) <= goal


if __name__ == "__main__":
    sys.exit(main())
