"""`language` against values recorded from fastText's library by scripts/record_language.py."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tamis import _core
from tamis.models.fasttext import model_path, open_model
from tamis.ops.language import language

HERE = Path(__file__).resolve().parent
ARCHIVES = ["languages", "docs", "sources", "web", "html", "code", "benchmarks"]
CLOSE = 1e-5

Best = list[str | float]


def golden(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress((HERE / f"{name}.json.gz").read_bytes()))
    return loaded


def large(texts: list[str]) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def assert_equal(ours: Best, library: Best, text: object) -> None:
    assert ours[::2] == library[::2], text
    assert ours[1::2] == pytest.approx(library[1::2], abs=CLOSE), text


def two_best(model: _core.FastText, texts: list[str], newlines: str) -> list[Best]:
    found = language(large(texts), newlines=newlines, state=model)
    names = ("label", "score", "runner_up", "runner_up_score")
    rows = zip(*(found[name].to_pylist() for name in names), strict=True)
    return [[*row[:2], *(row[2:] if row[2] is not None else ())] for row in rows]


@pytest.fixture(scope="module")
def model() -> _core.FastText:
    return open_model("lid.176.ftz")


def compare(model: _core.FastText, texts: list[str], rows: list[list[Best]]) -> None:
    spaces = two_best(model, texts, "space")
    deleted = two_best(model, texts, "delete")
    for text, values, space, delete in zip(texts, rows, spaces, deleted, strict=True):
        assert_equal(space, values[0], text[:100])
        assert_equal(delete, values[-1], text[:100])


def test_the_model_is_the_recorded_one() -> None:
    digest = hashlib.sha256(model_path("lid.176.ftz").read_bytes()).hexdigest()
    assert digest == golden("own")["model"] == golden("shared")["model"]


def test_texts_of_our_own(model: _core.FastText) -> None:
    rows = golden("own")["rows"]
    assert len(rows) > 300
    compare(model, [row[0] for row in rows], [row[1:] for row in rows])


def test_texts_of_the_shared_data(model: _core.FastText, shared_data: Callable[[str], Path]) -> None:
    rows = golden("shared")["rows"]
    assert len(rows) > 3000
    folders = [shared_data(archive) for archive in ARCHIVES]
    texts, values, lines = [], [], {}
    for name, number, digest, *value in rows:
        if name not in lines:
            path = next(folder / name for folder in folders if (folder / name).exists())
            lines = {name: path.read_bytes().decode("utf-8")}
        text = lines[name] if number is None else lines[name].split("\n")[number]
        assert hashlib.blake2b(text.encode(), digest_size=8).hexdigest() == digest, name
        texts.append(text)
        values.append(value)
    compare(model, texts, values)
    labels = {value[0][0] for value in values}
    assert len(labels) > 100


@pytest.mark.parametrize("recorded", golden("forms")["models"], ids=lambda recorded: recorded["file"])
def test_every_form_of_model(recorded: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / recorded["file"].removesuffix(".gz")
    path.write_bytes(gzip.decompress((HERE / recorded["file"]).read_bytes()))
    model = _core.FastText(str(path))
    assert len(recorded["rows"]) > 30
    for place, count in enumerate((1, 2, 5, len(model.labels()))):
        rows = [row for row in recorded["rows"] if len(row) > 1 + place]
        found = model.best(large([row[0] for row in rows]), newlines="space", count=count)
        labels, scores = (pa.array(found[name]).to_pylist() for name in ("labels", "scores"))
        for row, names, values in zip(rows, labels, scores, strict=True):
            ours = [value for pair in zip(names, values, strict=True) for value in pair]
            assert_equal(ours, row[1 + place], row[0])
