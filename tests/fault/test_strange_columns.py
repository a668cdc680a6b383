"""Parquet columns as other programs write them: each travels, and none ends a run, its report or its export."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tamis
from tamis.cli import main
from tamis.python_values import records

TEXTS = [f"The wheel of the old mill turns in year {number}." for number in range(3)]
NAMES = [uuid.UUID(int=(1 << 127) + number) for number in range(3)]
RECIPE = """
name = "words"
title = "Words are counted"

[[step]]
op = "gopher_quality"
keep = [{ signal = "word_count", min = 1 }]
"""


def refined(folder: Path, columns: dict[str, pa.Array]) -> tamis.Run:
    pq.write_table(pa.table({"text": pa.array(TEXTS), **columns}), folder / "in.parquet")
    (folder / "words.toml").write_text(RECIPE)
    return tamis.run(str(folder / "words.toml"), str(folder / "in.parquet"), folder / "out", workers=1)


def rows(run: tamis.Run, side: str) -> list[dict[str, Any]]:
    return [row for _shard, path in run.files(side) for row in records(pq.read_table(path))]


def not_utf8(*contents: bytes) -> pa.Array:
    raw = pa.array(contents)
    return pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (pa.array([2**63 + 1] * 3, pa.uint64()), 2**63 + 1),
        (pa.array([-(2**62) - 1] * 3), -(2**62) - 1),
        (pa.array([1] * 3, pa.timestamp("ns")), "1970-01-01T00:00:00.000000001"),
        (pa.array([-1] * 3, pa.timestamp("ns", "Asia/Tokyo")), "1970-01-01T08:59:59.999999999+09:00"),
        (pa.array([1] * 3, pa.time64("ns")), "00:00:00.000000001"),
        (pa.array([[{"at": 1}]] * 3, pa.list_(pa.struct([("at", pa.timestamp("ns"))]))), [
            {"at": "1970-01-01T00:00:00.000000001"}
        ]),
        (pa.array([10**17] * 3, pa.timestamp("ms")), None),
        (pa.array([1] * 3, pa.timestamp("ms", "Mars/Phobos")), None),
        (pa.array([b"\xff"] * 3), None),
    ],
)  # fmt: skip
def test_a_column_of_any_type_travels(tmp_path: Path, column: pa.Array, shown: Any) -> None:
    run = refined(tmp_path, {"other": column})
    stored = pa.concat_tables([pq.read_table(path) for _shard, path in run.files("kept")])
    assert stored["other"].combine_chunks().equals(column)
    out = str(tmp_path / "out")
    assert main(["look", out, "--kept", "--json"]) == 0
    assert main(["explain", out, stored["id"][0].as_py()]) == 0
    export = tmp_path / "kept.jsonl"
    again = ["run", str(tmp_path / "words.toml"), str(tmp_path / "in.parquet"), "-o", out]
    assert main([*again, "--export", str(export)]) == 0
    found = [json.loads(line)["other"] for line in export.read_text().splitlines()]
    assert len(found) == 3
    assert found == [shown] * 3 if shown is not None else all(type(one) is str for one in found)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (pa.array([one.bytes for one in NAMES]), NAMES[1].hex),
        (pa.array([one.bytes for one in NAMES], pa.binary(16)), NAMES[1].hex),
        (
            pa.ExtensionArray.from_storage(pa.uuid(), pa.array([one.bytes for one in NAMES], pa.binary(16))),
            str(NAMES[1]),
        ),
        (pa.array([b"own-0", b"own-1", b"own-2"], pa.large_binary()), "own-1"),
        (pa.array([[(7, "a")]] * 3, pa.map_(pa.int64(), pa.string())), '{"7":"a"}'),
    ],
)
@pytest.mark.parametrize("name", ["id", "url", "date", "metadata"])
def test_a_known_column_of_another_type_is_text(
    tmp_path: Path, name: str, column: pa.Array, text: str
) -> None:
    kept = rows(refined(tmp_path, {name: column}), "kept")
    assert len(kept) == 3
    assert kept[1]["source_id" if name == "id" else name] == text


@pytest.mark.parametrize("form", ["plain", "list", "struct", "dictionary"])
@pytest.mark.parametrize("name", ["id", "url", "metadata", "other"])
def test_a_string_that_is_not_utf8_costs_its_row(tmp_path: Path, name: str, form: str) -> None:
    column = not_utf8(b"good", b"\xff\xfe bad", b"good")
    if form == "list":
        column = pa.ListArray.from_arrays(pa.array([0, 1, 2, 3], pa.int32()), column)
    elif form == "struct":
        column = pa.StructArray.from_arrays([column], ["inner"])
    elif form == "dictionary":
        column = column.dictionary_encode()
    run = refined(tmp_path, {name: column})
    assert [row["text"] for row in rows(run, "kept")] == [TEXTS[0], TEXTS[2]]
    [failed] = rows(run, "failed")
    assert (failed["kind"], failed["message"]) == ("encoding", f"column '{name}' is not UTF-8")


@pytest.mark.parametrize("name", ["url", "metadata", "other"])
def test_views_are_rows_like_others_in_a_corpus_step(tmp_path: Path, name: str) -> None:
    views = {
        "string": pa.array(["a", "b", "a"], pa.string_view()),
        "binary": pa.array([b"a", b"b", b"a"], pa.binary_view()),
        "list": pa.array([["a"], ["b"], ["a"]], pa.list_(pa.string_view())),
        "struct": pa.array([{"x": one} for one in "aba"], pa.struct([("x", pa.string_view())])),
        "map": pa.array([[("x", one)] for one in "aba"], pa.map_(pa.string_view(), pa.string_view())),
    }
    for form, column in views.items():
        table = pa.table({"text": pa.array([TEXTS[0], TEXTS[1], TEXTS[0]], pa.string_view()), name: column})
        pq.write_table(table, tmp_path / f"{form}.parquet")
        recipe = RECIPE + '\n[[step]]\nop = "exact"\nkeep = [{ signal = "rank", max = 0 }]\n'
        (tmp_path / "words.toml").write_text(recipe)
        inputs, out = str(tmp_path / f"{form}.parquet"), tmp_path / form
        run = tamis.run(str(tmp_path / "words.toml"), inputs, out, workers=1)
        assert [row["text"] for row in rows(run, "kept")] == TEXTS[:2], form
