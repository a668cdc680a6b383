"""A corpus step run without the engine: sketch files and tasks in a folder, one process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tamis.op import Operator, Sketch, find
from tamis.plan import arrow_type


class LocalContext:
    """What a merge asks of the engine; specs are run backwards, since their order must not matter."""

    def __init__(
        self, operator: Operator, sketches: Sequence[Sketch], parameters: dict[str, Any], folder: Path
    ) -> None:
        self.step = operator.name
        self.operator, self.sketches, self.parameters = operator, sketches, parameters
        self.memory, self.workers, self.seed = 1 << 30, 1, 0
        self.folder = folder
        self.summary: dict[str, int] = {}
        self.results: dict[str, list[dict[str, Any]]] = {}

    def run(self, task: str, specs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        done: dict[int, dict[str, Any]] = {}
        for number in reversed(range(len(specs))):
            folder = self.folder / f"{task}-{number}"
            folder.mkdir(parents=True)
            made = self.operator.tasks[task]({**specs[number], "folder": str(folder)})
            files, digests = {}, {}
            for role, name in made["files"].items():
                digests[role] = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:8]
                target = self.folder / f"{task}-{number}-{role}-{digests[role]}"
                (folder / name).rename(target)
                files[role] = str(target)
            folder.rmdir()  # a task leaves nothing behind but what it names
            done[number] = {"files": files, "digests": digests, "summary": made["summary"]}
        self.results[task] = [done[number] for number in range(len(specs))]
        return self.results[task]


class Deduplicated:
    """Verdicts of all documents in input order, with the tasks' summaries and edges."""

    def __init__(self, table: pa.Table, context: LocalContext) -> None:
        self.table, self.context = table, context

    def column(self, name: str) -> list[Any]:
        return self.table.column(name).to_pylist()

    @property
    def kept(self) -> list[str]:
        return [id for id, rank in zip(self.column("id"), self.column("rank"), strict=True) if rank == 0]

    def summed(self, name: str) -> int:
        return sum(result["summary"][name] for result in self.context.results["decide"])

    def edges(self) -> list[dict[str, Any]]:
        files = [result["files"]["edges"] for result in self.context.results["decide"]]
        return [row for path in files for row in pa.ipc.open_file(path).read_all().to_pylist()]


def write_sketches(
    operator: Operator, shards: Iterable[pa.Table], parameters: dict[str, Any], folder: Path, against: int = 0
) -> list[Sketch]:
    folder.mkdir(parents=True)
    sketches = []
    assert operator.sketch is not None
    for shard, table in enumerate(shards):
        path, writer = folder / f"{shard:06d}.arrow", None
        # small batches, so that files of several are the rule
        for batch in table.combine_chunks().to_batches(max_chunksize=50):
            made = operator.sketch(batch, **parameters)
            rows = pa.record_batch({"row": batch.column("row"), **made})
            writer = writer or pa.ipc.new_file(str(path), rows.schema)
            writer.write_batch(rows)
        if writer is None:
            continue
        writer.close()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        sketches.append(Sketch(shard, str(path), table.num_rows, digest, against))
    return sketches


def in_shards(table: pa.Table, count: int) -> list[pa.Table]:
    size = -(-table.num_rows // count)
    shards = [table.slice(number * size, size) for number in range(count)]
    # rows are positions before any removal: leave gaps
    return [
        shard.append_column("row", pa.array([3 * row + 1 for row in range(shard.num_rows)], pa.int64()))
        for shard in shards
    ]


@pytest.fixture
def dedup(tmp_path: Path) -> Callable[..., Deduplicated]:
    """`dedup(operator, table, shards=1, against=(), **parameters)`: the operator run on a table of documents."""
    runs = iter(range(1000))

    def run(
        name: str, table: pa.Table, *, shards: int = 1, against: Sequence[pa.Table] = (), **parameters: Any
    ) -> Deduplicated:
        operator = find(name)
        assert operator is not None
        assert operator.merge is not None
        assert operator.absent is not None
        folder = tmp_path / f"run-{next(runs)}"
        parts = in_shards(table, shards)
        sketches = write_sketches(operator, parts, parameters, folder / "sketch")
        for number, older in enumerate(against, 1):
            sketches += write_sketches(
                operator, in_shards(older, 2), parameters, folder / f"older-{number}", number
            )
        context = LocalContext(operator, sketches, parameters, folder)
        verdicts = operator.merge(context)
        joined = [joined_back(part, operator, verdicts.get(shard)) for shard, part in enumerate(parts)]
        return Deduplicated(pa.concat_tables(joined), context)

    return run


def joined_back(part: pa.Table, operator: Operator, path: str | None) -> pa.Table:
    schema = pa.schema({"id": pa.string()} | {one.name: arrow_type(one) for one in operator.signals})
    if not part.num_rows:
        return schema.empty_table()
    assert operator.absent is not None
    made = operator.absent(part.combine_chunks().to_batches()[0])
    columns = {name: values.to_pylist() for name, values in made.items()}
    place = {row: at for at, row in enumerate(part.column("row").to_pylist())}
    verdicts = pa.ipc.open_file(path).read_all().to_pylist() if path else []
    for verdict in verdicts:
        for name, values in columns.items():
            values[place[verdict["row"]]] = verdict[name]
    return pa.table({"id": part.column("id"), **columns}, schema=schema)
