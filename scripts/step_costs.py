"""Measure what steps cost and write the table that `tamis plan` estimates with.

    python scripts/step_costs.py DATA > python/tamis/engine/costs.csv

DATA is a folder of real pages (its `html_*` folders); 600 of them are packed as a `.warc.gz`, their main texts as JSON
lines and Parquet. All numbers are processor seconds of one core for a megabyte: of file for `read`, of page for
`extract`, of text else. `ratio` is what comes out of a byte: content of a file, main text of a page, Parquet of a text.
Operators that need files which are not shipped (lists, a tokenizer) get small ones, or have no line and count by
their declared cost, whose lines are the medians of the measured ones.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tamis.catalogue import operator_names
from tamis.corpus.span_tasks import SPANS
from tamis.engine import calling
from tamis.engine.incoming import SourceRows
from tamis.engine.spec import RowSpec, recipe_spec, runless_spec
from tamis.extractors import ENGINES
from tamis.op import Operator, Sketch, find
from tamis.recipe import Step, parse_recipe
from tamis.sources import ReadOptions, expand, split

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from pipeline import pages, write_warc

PAGES, SLOW_PAGES, ROUNDS = 600, 60, 3
COLUMNS = ("part", "name", "setting", "seconds_per_mb", "ratio")
Line = tuple[str, str, str, float, float | None]


def seconds(body: Callable[[], Any]) -> float:
    taken = []
    for _round in range(ROUNDS):
        start = time.process_time()
        body()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def rows_of(path: Path) -> pa.Table:
    """All columns of one input, as a run's worker reads them."""
    recipe = parse_recipe('name = "r"\n[[step]]\nop = "random"\n', "r.toml")
    [one] = expand([str(path)])
    ranges = split(one, 1 << 40, ReadOptions()) or []
    spec = runless_spec(recipe_spec(recipe), one, ranges, ReadOptions())
    return pa.concat_tables([pa.table(batch.columns) for batch in SourceRows(RowSpec(spec))])


def called(step: Step, table: pa.Table) -> dict[str, pa.Array]:
    arrays = [table[name].combine_chunks() for name in step.reads]
    return calling.call(step, 0, arrays, np.arange(table.num_rows))[0]


def step_of(name: str, **parameters: Any) -> Step:
    given = "".join(f"{key} = {json.dumps(value)}\n" for key, value in parameters.items())
    # Its spans are those of an earlier step.
    before = '[[step]]\nop = "line"\n' if name == "cut" else ""
    step = parse_recipe(f'name = "r"\n{before}[[step]]\nop = "{name}"\n{given}', "r.toml").steps[-1]
    calling.state_of(step)
    return step


def size_of(column: Any) -> float:
    """Bytes of the values of a column, in MB."""
    return float(pc.sum(pc.binary_length(column)).as_py() or 0) / 1e6


def extracted(pages: pa.Table) -> tuple[pa.Table, list[Line]]:
    """The documents with text, and a line for each engine: the slow ones see fewer pages."""
    lines: list[Line] = []
    for engine in ENGINES:
        part = pages if engine == "resiliparse" else pages.slice(0, SLOW_PAGES)
        step, amount = step_of("extract", engine=engine), size_of(part["content"])
        made = called(step, part)
        spent = seconds(lambda step=step, part=part: called(step, part))
        lines.append(("step", "extract", f"engine={engine}", spent / amount, size_of(made["text"]) / amount))
        if engine == "resiliparse":
            kept = {name: part[name] for name in ("id", "url", "date")} | {"text": made["text"]}
    step = step_of("hidden_text")
    spent = seconds(lambda: called(step, pages)) / size_of(pages["content"])
    lines.append(("step", "hidden_text", "", spent, None))
    table = pa.table(kept)
    return table.filter(pc.greater(pc.binary_length(table["text"]), 500)), lines


def with_spans(documents: pa.Table) -> pa.Table:
    """With every third line of each text as spans to cut."""
    found = []
    for text in documents["text"].to_pylist():
        ends = list(accumulate(len(line) + 1 for line in text.split("\n")))
        places = list(pairwise([0, *ends]))[::3]
        found.append([{"start": start, "end": end - 1, "score": 2.0, "label": "x"} for start, end in places])
    return documents.append_column("line.spans", pa.array(found, SPANS))


def steps(documents: pa.Table, folder: Path) -> Iterator[Line]:
    """A line for each other operator that can be measured: bodies of row steps, sketches and merges of corpus steps."""
    (folder / "domains").write_text("".join(f"site{n}.example\n" for n in range(100_000)))
    settings: dict[str, dict[str, Any]] = {
        "url_blocklist": {"lists": str(folder)},
        "drop_columns": {"columns": ["date"]},
        "cut": {"spans": "line.spans"},
    }
    documents = with_spans(documents)
    amount = size_of(documents["text"])
    for name in operator_names():
        op = find(name)
        if op is None or name in ("extract", "hidden_text", "token_count"):
            continue
        if op.scope == "row":
            step = step_of(name, **settings.get(name, {}))
            yield "step", name, "", seconds(lambda step=step: called(step, documents)) / amount, None
            if name == "language":
                yield langdetected(documents.slice(0, SLOW_PAGES))
        elif op.sketch is not None:
            batch = documents.combine_chunks().to_batches()[0]
            made = op.sketch(batch)
            yield "step", name, "", seconds(lambda op=op, batch=batch: op.sketch(batch)) / amount, None
            spent = seconds(lambda op=op, made=made: merged(op, made, documents.num_rows, folder))
            yield "merge", name, "", spent / amount, None


def langdetected(documents: pa.Table) -> Line:
    """The line of a model that is a hundred times slower than the default."""
    step = step_of("language", model="langdetect")
    spent = seconds(lambda: called(step, documents))
    return "step", "language", "model=langdetect", spent / size_of(documents["text"]), None


def merged(op: Operator, made: Mapping[str, pa.Array], rows: int, folder: Path) -> None:
    """The tasks of a merge over one sketch file, in this process."""
    shutil.rmtree(folder / "merge", ignore_errors=True)
    context = LocalContext(op, made, rows, folder / "merge")
    assert op.merge is not None
    op.merge(context)


class LocalContext:
    """What a merge asks of the engine; see `tamis.op.MergeContext`."""

    def __init__(self, op: Operator, made: Mapping[str, pa.Array], rows: int, folder: Path) -> None:
        self.step, self.parameters, self.folder, self.op = op.name, op.defaults(), folder, op
        self.memory, self.workers, self.seed = 1 << 30, 1, 0
        self.summary: dict[str, int] = {}
        folder.mkdir()
        sketch = pa.record_batch({"row": pa.array(range(rows), pa.int64()), **made})
        with pa.ipc.new_file(str(folder / "sketch.arrow"), sketch.schema) as writer:
            writer.write_batch(sketch)
        self.sketches = [Sketch(0, str(folder / "sketch.arrow"), rows, "0")]

    def run(self, task: str, specs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        results = []
        for number, spec in enumerate(specs):
            folder = self.folder / f"{task}-{number}"
            folder.mkdir()
            made = self.op.tasks[task]({**spec, "folder": str(folder)})
            files = {role: str(folder / name) for role, name in made["files"].items()}
            results.append({"files": files, "digests": dict.fromkeys(files, "0"), "summary": made["summary"]})
        return results


def files(documents: pa.Table, pages: Path, folder: Path) -> Iterator[Line]:
    """Reading each kind of file, and writing Parquet as a run does."""
    texts = [json.dumps({"id": row["id"], "text": row["text"]}) for row in documents.to_pylist()]
    content, amount = ("".join(line + "\n" for line in texts)).encode(), size_of(documents["text"])
    plain, packed, parquet = folder / "a.jsonl", folder / "b.jsonl.gz", folder / "c.parquet"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content, 6))
    pq.write_table(documents, parquet, compression="zstd", compression_level=3)
    for path, name, setting in [(pages, "warc", "packed"), (plain, "jsonl", ""), (packed, "jsonl", "packed")]:
        size = path.stat().st_size / 1e6
        came = size_of(rows_of(path)["content"]) if name == "warc" else amount
        yield "read", name, setting, seconds(lambda path=path: rows_of(path)) / size, came / size
    size = parquet.stat().st_size / 1e6
    yield "read", "parquet", "", seconds(lambda: rows_of(parquet)) / size, amount / size
    spent = seconds(lambda: pq.write_table(documents, parquet, compression="zstd", compression_level=3))
    yield "write", "parquet", "", spent / amount, size / amount


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warc = folder / "pages.warc.gz"
        write_warc(pages(given.data, PAGES), warc)
        documents, lines = extracted(rows_of(warc))
        lines += steps(documents, folder)
        lines += files(documents, warc, folder)
    for cost in ("cheap", "medium"):
        known = [line[3] for line in lines if line[0] == "step" and declared(line[1]) == cost]
        lines.append(("cost", cost, "", statistics.median(known), None))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for part, label, setting, spent, ratio in sorted(lines, key=lambda line: line[:3]):
        writer.writerow([part, label, setting, f"{spent:.3g}", "" if ratio is None else f"{ratio:.3g}"])


def declared(name: str) -> str:
    op = find(name)
    return op.cost if op is not None and name != "extract" else ""


if __name__ == "__main__":
    main()
