"""Documents written and read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tamis.errors import TamisError
from tamis.sinks import write
from tamis.sources import Range, ReadOptions, check, expand, read

BATCHES = [
    pa.RecordBatch.from_pydict(
        {
            "id": [f"{part}-{row}" for row in range(3)],
            "text": pa.array(["a", "ü\n", ""], pa.large_string()),
            "metadata": ['{"k": 1}', None, "no JSON"],
            "language.score": [0.5, None, 1.0],
        }
    )
    for part in range(2)
]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst", ".xz", ".bz2"])
@pytest.mark.parametrize("form", ["jsonl", "datatrove"])
def test_lines_come_back(tmp_path: Path, form: Literal["jsonl", "datatrove"], suffix: str) -> None:
    target = tmp_path / f"a.jsonl{suffix}"
    assert write(BATCHES, target, form) == 6
    first = target.read_bytes()
    assert write(BATCHES, target, form) == 6
    assert target.read_bytes() == first
    [found] = expand([target])
    rows: list[dict[str, Any]] = []
    for batch in read(found, Range(0, found.size), check([found], ReadOptions())):
        rows += batch.to_pylist()
    assert [row["text"] for row in rows] == ["a", "ü\n", ""] * 2
    assert [row["source_id"] for row in rows] == [f"{part}-{row}" for part in range(2) for row in range(3)]
    assert json.loads(rows[0]["metadata"]) == {"k": 1, "language.score": 0.5}


@pytest.mark.parametrize("form", ["jsonl", "datatrove"])
def test_integers_beyond_64_bits_keep_their_digits(
    tmp_path: Path, form: Literal["jsonl", "datatrove"]
) -> None:
    number = 10**30 + 1
    batch = pa.RecordBatch.from_pydict({"id": ["a"], "text": ["b"], "metadata": [f'{{"n": {number}}}']})
    assert write([batch], tmp_path / "a.jsonl", form) == 1
    assert json.loads((tmp_path / "a.jsonl").read_text())["metadata"] == {"n": number}


def test_parquet_depends_on_rows_only(tmp_path: Path) -> None:
    table = pa.Table.from_batches(BATCHES)
    assert write(BATCHES, tmp_path / "a.parquet") == 6
    assert write(table.to_batches(), tmp_path / "b.parquet") == 6
    assert write([table.combine_chunks().to_batches()[0]], tmp_path / "c.parquet") == 6
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "c.parquet").read_bytes()
    assert pq.read_table(tmp_path / "b.parquet").equals(table)
    assert write([], tmp_path / "empty.parquet") == 0
    assert pq.read_table(tmp_path / "empty.parquet").num_rows == 0


def test_nothing_is_left_of_a_failed_write(tmp_path: Path) -> None:
    def broken() -> Any:
        yield BATCHES[0]
        raise KeyError("stop")

    with pytest.raises(KeyError):
        write(broken(), tmp_path / "a.jsonl", "jsonl")
    with pytest.raises(TamisError, match="cannot be written"):
        write(BATCHES, tmp_path / "none" / "a.jsonl", "jsonl")
    assert list(tmp_path.iterdir()) == []
