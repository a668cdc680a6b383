"""The text rules of `fineweb-head`, language to fineweb_quality, beside datatrove's four filters; and by operator.

    python bench/rules.py [SET] [--reference PYTHON] [--rounds 5]

SET is a name of harness.documents (english-web). PYTHON is an interpreter with datatrove 0.10.1, spaCy 3.8.18 and
fasttext; without it only tamis is measured. Both sides run in turn on one core, measured in processor time. tamis
computes all signals on every document; datatrove stops at the first rule that fails, as its users run it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
from harness import documents, machine, pin

from tamis import _core
from tamis.op import find

STEPS = ("language", "gopher_repetition", "gopher_quality", "c4_lines", "fineweb_quality")
BATCH = 4 << 20
REFERENCE = """
import json, sys, time
from datatrove.data import Document
from datatrove.pipeline.filters import (C4QualityFilter, FineWebQualityFilter, GopherQualityFilter,
    GopherRepetitionFilter)
import fasttext
texts = json.load(open(sys.argv[1], encoding="utf-8"))
model = fasttext.load_model(sys.argv[2])
chain = [GopherRepetitionFilter(), GopherQualityFilter(), C4QualityFilter(filter_no_terminal_punct=False),
    FineWebQualityFilter()]
def run(some):
    kept = 0
    for text in some:
        document = Document(text=text, id="")
        model.predict(text.replace("\\n", " "), k=-1)
        kept += all(step.filter(document) is True for step in chain)
    return kept
run(texts[:5])
start = time.process_time()
kept = run(texts)
print(json.dumps([time.process_time() - start, kept]))
"""


def batches(texts: list[str]) -> list[pa.Array]:
    """As the engine cuts them: by bytes."""
    made: list[list[str]] = [[]]
    size = 0
    for text in texts:
        if size > BATCH:
            made, size = [*made, []], 0
        made[-1].append(text)
        size += len(text.encode())
    return [pa.array(some, pa.large_string()) for some in made]


def steps() -> list[tuple[str, Any, dict[str, Any]]]:
    """Operators with the recipe's parameters, models loaded."""
    parsed = tomllib.loads((files("tamis") / "recipes" / "fineweb-head.toml").read_text("utf-8"))
    chosen = {step["op"]: step for step in parsed["step"]}
    found = []
    for name in STEPS:
        op = find(name)
        assert op is not None
        given = {**op.defaults(), **{k: v for k, v in chosen[name].items() if k in op.defaults()}}
        keywords = {**given, "state": op.load(given)} if op.load else given
        found.append((name, op.function, keywords))
    return found


def ours(arrays: list[pa.Array], chain: list[tuple[str, Any, dict[str, Any]]]) -> dict[str, float]:
    """Processor seconds of each operator; the words are split by the first that asks for them."""
    taken: dict[str, float] = defaultdict(float)
    for array in arrays:
        text = array
        _core.forget_texts()
        for name, function, keywords in chain:
            start = time.process_time()
            if name == "gopher_repetition":
                _core.count_words(text, words=keywords["words"])
                taken["words"] += time.process_time() - start
                start = time.process_time()
            text = function(text, **keywords).get("text", text)
            taken[name] += time.process_time() - start
    return taken


def theirs(python: str, texts: Path, model: str) -> tuple[float, int]:
    done = subprocess.run(
        [python, "-c", REFERENCE, str(texts), model], check=True, capture_output=True, text=True
    )
    seconds, kept = json.loads(done.stdout.splitlines()[-1])
    return seconds, kept


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("set", nargs="?", default="english-web")
    parser.add_argument("--reference")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    from tamis.models.fasttext import model_path

    pin()
    texts = documents(given.set)
    size = sum(len(text.encode()) for text in texts) / 1e6
    print(machine().replace("wall time", "processor time"))
    arrays, chain = batches(texts), steps()
    ours(arrays, chain)
    rounds, reference = [], []
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(texts, file)
        file.flush()
        for _ in range(given.rounds):
            rounds.append(ours(arrays, chain))
            if given.reference:
                reference.append(theirs(given.reference, Path(file.name), str(model_path("lid.176.ftz"))))
    total = statistics.median(sum(taken.values()) for taken in rounds)
    print(f"{'tamis':20} {len(texts) / total:10,.0f} docs/s {size / total:8.2f} MB/s")
    for name in rounds[0]:
        seconds = statistics.median(taken[name] for taken in rounds)
        print(f"  {name:18} {size / max(seconds, 1e-9):10.1f} MB/s {seconds / total:8.0%}")
    if reference:
        median = statistics.median(seconds for seconds, _ in reference)
        print(f"{'datatrove':20} {len(texts) / median:10,.0f} docs/s {size / median:8.2f} MB/s")
        print(f"tamis is {median / total:.0f} times as fast")


if __name__ == "__main__":
    sys.exit(main())
