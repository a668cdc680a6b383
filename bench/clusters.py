"""Clusters of a million documents: the corpus, the run, its time and memory.

    python bench/clusters.py FOLDER [--documents 1000000] [--memory 2GB] [--workers 2] [--mode checked]

Writes FOLDER/corpus once: Parquet of documents of 3 kB on average, made by a seeded word model (a Zipf distribution over
invented words, sentences with punctuation), 30 % of them near-duplicates of others with a share of words changed from
none to a third. Then it runs `minhash` alone over it, from Parquet to kept documents, and prints what was found.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

WORDS = 60_000
MEAN_WORDS = 417
FILE_DOCUMENTS = 50_000
NEAR_DUPLICATES = 0.3
RECIPE = """name = "clusters"
title = "Near-duplicates of a million documents"

[[step]]
op = "minhash"
mode = "{mode}"
keep = [{{ signal = "rank", max = 0 }}]
"""


def vocabulary(drawn: np.random.Generator) -> np.ndarray:
    consonants, vowels = np.array(list("bcdfghjklmnpqrstvwz")), np.array(list("aeiou"))
    made: dict[str, None] = {}
    while len(made) < WORDS:
        syllables = int(drawn.integers(1, 5))
        parts = zip(drawn.choice(consonants, syllables), drawn.choice(vowels, syllables), strict=True)
        made.setdefault("".join(c + v for c, v in parts))
    return np.array(list(made), dtype=object)


def word_pool(drawn: np.random.Generator) -> np.ndarray:
    """2^20 words by Zipf's law, one in twelve the end of a sentence, one in fifteen before a comma."""
    words = vocabulary(drawn)
    weights = 1 / np.arange(1, WORDS + 1) ** 1.05
    pool = words[drawn.choice(WORDS, 1 << 20, p=weights / weights.sum())]
    for place in np.flatnonzero(drawn.random(1 << 20) < 1 / 12):
        pool[place] += "."
    for place in np.flatnonzero(drawn.random(1 << 20) < 1 / 15):
        pool[place] = pool[place].rstrip(".") + ","
    return pool


def documents(count: int) -> Iterator[list[str]]:
    """Texts, a file's worth at a time; near-duplicates have their originals anywhere before them."""
    drawn = np.random.default_rng(20240501)
    pool = word_pool(drawn)
    originals: list[np.ndarray] = []
    made: list[str] = []
    for _number in range(count):
        if originals and drawn.random() < NEAR_DUPLICATES:
            places = originals[int(drawn.integers(len(originals)))].copy()
            changed = drawn.random(len(places)) < drawn.choice([0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.33])
            places[changed] = drawn.integers(0, len(pool), int(changed.sum()))
        else:
            places = drawn.integers(0, len(pool), int(drawn.gamma(2.0, MEAN_WORDS / 2)) + 20, dtype=np.int32)
            if drawn.random() < 0.2:
                originals.append(places)
        made.append(" ".join(pool[places].tolist()))
        if len(made) == FILE_DOCUMENTS:
            yield made
            made = []
    if made:
        yield made


def write_corpus(folder: Path, count: int) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for number, texts in enumerate(documents(count)):
        table = pa.table({"text": pa.array(texts, pa.large_string())})
        pq.write_table(
            table,
            part / f"{number:04d}.parquet",
            row_group_size=5_000,
            compression="zstd",
            compression_level=1,
        )
    part.rename(folder)


def tree_memory(root: int) -> int:
    """Proportional memory in bytes of a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry))
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


def watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], tree_memory(process.pid))
        time.sleep(0.25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--workers", default="2")
    parser.add_argument("--mode", default="checked", choices=["checked", "components"])
    options = parser.parse_args()
    corpus, out = options.folder / f"corpus-{options.documents}", options.folder / "run"
    if not corpus.exists():
        start = time.perf_counter()
        write_corpus(corpus, options.documents)
        print(f"corpus made in {time.perf_counter() - start:.0f} s")
    recipe = options.folder / "clusters.toml"
    recipe.write_text(RECIPE.format(mode=options.mode))
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "tamis", "run", str(recipe), str(corpus), "-o", str(out)]
    command += ["--memory", options.memory, "--workers", options.workers]
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen(command)
    peak = [0]
    watcher = threading.Thread(target=watch, args=(process, peak))
    watcher.start()
    code = process.wait()
    watcher.join()
    used = os.times()
    cpu = used.children_user + used.children_system - before.children_user - before.children_system
    print(f"exit {code}; {time.perf_counter() - start:.0f} s, {cpu:.0f} CPU s, peak {peak[0] / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
