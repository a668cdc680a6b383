"""JSON lines and Parquet."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamis.errors import InputError
from tamis.sources import Input, Range, ReadOptions, check, expand, ingest, read, split

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from table_inputs import every, lines, put, rows

COMPRESS = {
    "": lambda data: data,
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".zst": zstandard.ZstdCompressor().compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
}


def test_the_forms_of_datatrove_and_dolma(tmp_path: Path) -> None:
    found = put(
        tmp_path,
        "a.jsonl",
        lines(
            {
                "text": "a",
                "id": "x1",
                "metadata": {"url": "http://e.org/", "date": "2024-01-01", "score": 1.5},
            },
            {
                "id": 7,
                "text": "b",
                "source": "reddit",
                "added": "2023",
                "created": "2022",
                "metadata": {"n": [1]},
            },
            {"text": "c", "url": "http://f.org/", "metadata": {"k": 1}, "k": 2},
            {"text": "d", "metadata": "free"},
        ),
    )
    first, second, third, fourth = rows(found)
    assert (first["source_id"], first["url"], first["date"], first["source"]) == (
        "x1",
        "http://e.org/",
        "2024-01-01",
        "a.jsonl",
    )
    assert json.loads(first["metadata"]) == {"url": "http://e.org/", "date": "2024-01-01", "score": 1.5}
    assert (second["source_id"], second["source"], second["date"]) == ("7", "reddit", "2022")
    assert json.loads(second["metadata"]) == {"n": [1], "added": "2023"}
    assert json.loads(third["metadata"]) == {"metadata": {"k": 1}, "k": 2}
    assert json.loads(fourth["metadata"]) == {"metadata": "free"}
    assert len({row["id"] for row in (first, second, third, fourth)}) == 4


def test_bad_lines_cost_one_row_each(tmp_path: Path) -> None:
    content = b"\n".join(
        [
            b'\xef\xbb\xbf{"text": "good"}',
            b"not json",
            b'{"text": "\xff"}',
            rb'{"text": "half \ud800"}',
            b"[1, 2]",
            b'{"text": 5}',
            b'{"body": "x"}',
            b"",
            b"  ",
            b'{"text": "' + b"x" * 3000 + b'"}',
            b'{"text": "last"}\r',
        ]
    )
    found = put(tmp_path, "a.jsonl", content)
    made = rows(found, max_document=2000)
    kinds = [row["failure_kind"] for row in made]
    assert kinds == [None, "record", "encoding", "encoding", "record", "record", "record", "size", None]
    assert [row["text"] for row in made if row["text"]] == ["good", "last"]
    for row in made:
        at, length = row["origin"]["offset"], row["origin"]["length"]
        line = content[at : at + length]
        if row["failure_kind"]:
            assert line.startswith(row["failure_raw"])
            assert len(row["failure_raw"]) >= min(len(line), 2000)
            assert row["failure_message"]
        else:
            assert line.removeprefix(b"\xef\xbb\xbf").startswith(b'{"text": "')
    assert every(found, 37, max_document=2000) == made


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=40), max_size=20), target=st.integers(1, 400), end=st.booleans())
def test_every_split_reads_the_same(tmp_path: Path, texts: list[str], target: int, end: bool) -> None:
    content = lines(*({"text": text} for text in texts))
    found = put(tmp_path, "a.jsonl", content if end else content[:-1])
    whole = rows(found)
    assert [row["text"] for row in whole] == texts
    assert every(found, target) == whole


@pytest.mark.parametrize("suffix", COMPRESS)
def test_compressed_lines_and_their_breaks(tmp_path: Path, suffix: str) -> None:
    texts = [f"line {n} " + "x" * 500 for n in range(400)]
    content = COMPRESS[suffix](lines(*({"text": text} for text in texts)))
    found = put(tmp_path, f"a.jsonl{suffix}", content)
    assert [row["text"] for row in rows(found)] == texts
    if suffix:
        assert split(found, 100) is None
        got: list[str] = []
        ingest(
            found, check([found], ReadOptions()), lambda _chunk, batch: got.extend(batch["text"].to_pylist())
        )
        assert got == texts
        cut = rows(put(tmp_path, f"b.jsonl{suffix}", content[: len(content) * 2 // 3]))
        assert [row["failure_kind"] for row in cut].count("record") >= 1
        assert [row["text"] for row in cut if row["text"]] == texts[
            : len([row for row in cut if row["text"]])
        ]
    # A server may have unpacked the file under its old name.
    plain = put(tmp_path, f"c.jsonl{suffix}", lines(*({"text": text} for text in texts)))
    assert [row["text"] for row in rows(plain)] == texts


def test_a_large_line_needs_little_memory(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "a"}\n{"text": "')
        for _piece in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n{"text": "b"}\n')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = rows(expand([path])[0], max_document=1_000_000)
    assert [row["failure_kind"] for row in made] == [None, "size", None]
    assert made[1]["origin"]["length"] == 100_000_012
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_lines_without_text_fail_one_by_one(tmp_path: Path) -> None:
    records = [*({"txt": "a"} for _ in range(1200)), *({"text": "b"} for _ in range(3))]
    made = rows(put(tmp_path, "a.jsonl", lines(*records)))
    assert [row["failure_kind"] for row in made] == ["record"] * 1200 + [None] * 3


def test_no_text_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column 'text' \(there are: body, n\)\nhint: .*--text"):
        rows(put(tmp_path, "a.jsonl", lines({"body": "x", "n": 1})))
    assert rows(put(tmp_path, "b.jsonl", lines({"body": "x"})), text_column="body")[0]["text"] == "x"
    pq.write_table(pa.table({"body": ["x"], "n": [1]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"no column 'text' \(there are: body, n\)"):
        rows(expand([tmp_path / "a.parquet"])[0])
    with pytest.raises(InputError, match="one JSON array"):
        rows(put(tmp_path, "c.json", b'[{"text": "x"}]'))
    pq.write_table(pa.table({"text": ["x" * 5000] * 50}), tmp_path / "flip.parquet", compression="zstd")
    content = bytearray((tmp_path / "flip.parquet").read_bytes())
    content[40:60] = bytes(20)
    (tmp_path / "flip.parquet").write_bytes(content)
    with pytest.raises(InputError, match="damaged near row 0"):
        rows(expand([tmp_path / "flip.parquet"])[0], Range(0, 1))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(InputError, match="not a Parquet file"):
        rows(expand([tmp_path / "bad.parquet"])[0])


def parquet(folder: Path, groups: int = 4) -> Input:
    count = 40
    table = pa.table(
        {
            "id": [f"d{n}" for n in range(count)],
            "text": [f"text {n} " + "y" * n for n in range(count)],
            "meta": [{"a": n} for n in range(count)],
            "score": [n / 2 for n in range(count)],
            "text_chars": [0] * count,
            "step.signal": [1] * count,
            "date": pa.array([0] * count, pa.timestamp("s")),
        }
    )
    pq.write_table(table, folder / "a.parquet", row_group_size=count // groups)
    return expand([folder / "a.parquet"])[0]


def test_parquet_rows_do_not_depend_on_ranges(tmp_path: Path) -> None:
    found = parquet(tmp_path)
    whole = rows(found, Range(0, 4))
    assert [row["source_id"] for row in whole] == [f"d{n}" for n in range(40)]
    assert [row["origin"]["offset"] for row in whole] == list(range(40))
    assert whole[3]["score"] == 1.5
    assert whole[3]["meta"] == {"a": 3}
    assert whole[3]["date"] == "1970-01-01T00:00:00"
    assert not {"text_chars", "step.signal"} & set(whole[0])
    assert len(split(found, 1) or []) == 4
    assert every(found, 1) == whole
    assert every(found, 1 << 30) == whole
    chosen = rows(found, Range(0, 4), columns=("score",))
    assert set(whole[0]) - set(chosen[0]) == {"meta"}


def test_parquet_texts_that_cannot_be(tmp_path: Path) -> None:
    texts = pa.array(["a", None, "b" * 100, "c"], pa.string())
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet")
    made = rows(expand([tmp_path / "a.parquet"])[0], Range(0, 1), max_document=50)
    assert [row["failure_kind"] for row in made] == [None, "record", "size", None]
    binary = pa.array([b"a", b"\xff", b"c"], pa.binary())
    pq.write_table(pa.table({"text": binary}), tmp_path / "b.parquet")
    made = rows(expand([tmp_path / "b.parquet"])[0], Range(0, 1))
    assert [(row["text"], row["failure_kind"]) for row in made] == [
        ("a", None),
        (None, "encoding"),
        ("c", None),
    ]
    dictionary = pa.array(["x", "y", "x"]).dictionary_encode()
    pq.write_table(pa.table({"text": dictionary}), tmp_path / "c.parquet")
    assert [row["text"] for row in rows(expand([tmp_path / "c.parquet"])[0], Range(0, 1))] == ["x", "y", "x"]
    pq.write_table(pa.table({"text": [1, 2]}), tmp_path / "d.parquet")
    with pytest.raises(InputError, match="is int64, not text"):
        rows(expand([tmp_path / "d.parquet"])[0], Range(0, 1))


def test_rows_of_a_run_keep_their_ids(tmp_path: Path) -> None:
    found = parquet(tmp_path)
    first = next(iter(read(found, Range(0, 4), check([found], ReadOptions()))))
    pq.write_table(pa.Table.from_batches([first]), tmp_path / "kept.parquet")
    [plain] = expand([tmp_path / "kept.parquet"])
    kept = Input(plain.name, plain.path, plain.size, plain.identity, "run")
    made = rows(kept, Range(0, 1))
    assert [row["id"] for row in made] == first.column("id").to_pylist()
    assert [row["origin"] for row in made] == first.column("origin").to_pylist()
    assert rows(plain, Range(0, 1))[0]["id"] != made[0]["id"]


def test_chunks_are_read_as_they_were_ingested(tmp_path: Path) -> None:
    found = put(tmp_path, "a.jsonl.gz", COMPRESS[".gz"](lines(*({"text": str(n)} for n in range(50)))))
    options = check([found], ReadOptions(batch_rows=7))
    batches: list[pa.RecordBatch] = []
    ingest(found, options, lambda _chunk, batch: batches.append(batch))
    path = tmp_path / "chunk.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    size = path.stat().st_size
    chunk = Input("a.jsonl.gz", str(path), size, "", "chunk")
    parts = split(chunk, size // 3) or []
    assert len(parts) > 1
    made = [row for part in parts for batch in read(chunk, part) for row in batch.to_pylist()]
    assert made == rows(found)


def test_real_lines_are_all_accounted_for(shared_data: Callable[[str], Path]) -> None:
    paths = sorted((shared_data("posttrain") / "posttrain").rglob("*.jsonl"))
    assert len(paths) > 10
    for path in paths:
        content = path.read_bytes().split(b"\n")
        column = next(iter(json.loads(content[0])), "text")
        [found] = expand([path])
        options = check([found], ReadOptions(text_column=column))
        made = sum(
            batch.num_rows for part in split(found, 1 << 20) or [] for batch in read(found, part, options)
        )
        assert made == sum(bool(line.strip()) for line in content)


def test_a_map_of_metadata_is_an_object(tmp_path: Path) -> None:
    kind = pa.map_(pa.string(), pa.string())
    table = pa.table(
        {"text": ["x", "y"], "metadata": pa.array([[("license", "mit"), ("k", "v")], None], kind)}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    [one] = expand([tmp_path / "a.parquet"])
    settled = check([one], ReadOptions())
    made = [row["metadata"] for batch in read(one, Range(0, 1), settled) for row in batch.to_pylist()]
    assert made == ['{"license":"mit","k":"v"}', None]
