"""MinHash signatures from text, against datatrove and rensa: ratios on one core.

    python bench/minhash.py DATA --datatrove /path/to/python --rensa /path/to/python

DATA holds the unpacked shared inputs; the documents are English prose of about 5 kB from `gutenberg` and `wikitext2`.
The interpreters are those of environments with datatrove 0.10.1 and rensa. The engines take turns on the same core and
the same documents; what counts is CPU time, the median of the runs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DOCUMENT_BYTES = 5_000
DOCUMENTS = 600


def documents(data: Path) -> list[str]:
    found: list[str] = []
    for path in sorted(data.glob("gutenberg/**/*.txt")) + sorted(data.glob("wikitext2/**/*")):
        if not path.is_file() or len(found) >= DOCUMENTS:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        pieces = [
            text[at : at + DOCUMENT_BYTES] for at in range(0, len(text) - DOCUMENT_BYTES, DOCUMENT_BYTES)
        ]
        found += [piece for piece in pieces if " the " in piece][:60]
    return found[:DOCUMENTS]


def datatrove_pass(texts: list[str]) -> Any:
    from datatrove.pipeline.dedup.minhash import MinhashDedupSignature

    step = MinhashDedupSignature(tempfile.mkdtemp())

    def run() -> int:
        return sum(len(step.get_signature(step.get_shingles(text))) for text in texts)

    return run


def rensa_pass(texts: list[str]) -> Any:
    from rensa import RMinHash

    def run() -> int:
        shingles = []
        for text in texts:
            words = text.split()
            shingles.append([" ".join(words[at : at + 5]) for at in range(len(words) - 4)])
        made = RMinHash.from_token_sets(shingles, num_perm=128, seed=42)
        return sum(len(one.digest()) for one in made)

    return run


def tamis_pass(texts: list[str], **parameters: Any) -> Any:
    import pyarrow as pa

    from tamis import _core

    given = {"by": None, "seed": 1, "n": 5, "sets": False, "signatures": True, **parameters}

    def run() -> int:
        array = pa.array(texts, pa.large_string())
        return len(pa.array(_core.minhash_sketch(array, **given)["signature"]))

    return run


PRESET = {"normalise": "datatrove-0.10", "words": "spacy-en", "hash": "xxhash64", "bands": 14, "rows": 8}
PASSES = {
    "datatrove": datatrove_pass,
    "rensa": rensa_pass,
    "tamis-preset": lambda texts: tamis_pass(texts, **PRESET),
    "tamis-preset-with-sets": lambda texts: tamis_pass(texts, **{**PRESET, "sets": True}),
    "tamis-whitespace-32": lambda texts: tamis_pass(
        texts, normalise="none", words="whitespace", hash="xxhash32", bands=16, rows=8
    ),
}


def child(name: str, path: str) -> None:
    texts = json.loads(Path(path).read_text())
    run = PASSES[name](texts)
    run()  # warm: imports, tables, caches
    print("ready", flush=True)
    for _line in sys.stdin:
        start = time.process_time()
        run()
        print(time.process_time() - start, flush=True)


class Engine:
    def __init__(self, name: str, python: str, path: str, core: int) -> None:
        command = [python, __file__, "--child", name, path]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        self.seconds: list[float] = []
        assert self.read() == "ready"

    def read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def turn(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        self.seconds.append(float(self.read()))


def main() -> None:
    if sys.argv[1] == "--child":
        child(sys.argv[2], sys.argv[3])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--datatrove", help="python of an environment with datatrove 0.10.1")
    parser.add_argument("--rensa", help="python of an environment with rensa")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    texts = documents(options.data)
    size = sum(len(text.encode()) for text in texts) / 1e6
    print(f"{len(texts)} documents, {size:.2f} MB")
    core = min(os.sched_getaffinity(0))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(texts, file)
        file.flush()
        pythons = {"datatrove": options.datatrove, "rensa": options.rensa}
        engines = {
            name: Engine(name, pythons.get(name, sys.executable), file.name, core)
            for name in PASSES
            if pythons.get(name, "own")
        }
        for _run in range(options.runs):
            for engine in engines.values():
                engine.turn()
    medians = {name: statistics.median(engine.seconds) for name, engine in engines.items()}
    for name, seconds in medians.items():
        print(f"{name:24} {len(texts) / seconds:8.0f} docs/s {size / seconds:8.2f} MB/s")
    for ours, theirs in [
        ("tamis-preset", "datatrove"),
        ("tamis-preset-with-sets", "datatrove"),
        ("tamis-whitespace-32", "rensa"),
    ]:
        if theirs in medians:
            print(f"{ours} / {theirs}: {medians[theirs] / medians[ours]:.1f} times")


if __name__ == "__main__":
    main()
