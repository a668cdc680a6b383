"""Signatures and survivors of datatrove on real texts of many languages, as recorded from it."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tamis import _core
from tamis.models.splittings import load_splittings

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/minhash"
ERA = {"normalise": "datatrove-2024", "words": "nltk-3.8.1"}
HEAD = {"normalise": "datatrove-0.10", "words": "spacy-en"}


def load_texts() -> Any:
    spec = importlib.util.spec_from_file_location("minhash_texts", ROOT / "scripts/minhash_texts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def data(shared_data: Callable[[str], Path]) -> Path:
    archives = ["languages", "code", "docs", "sources", "lists", "benchmarks", "html", "posttrain"]
    return [shared_data(archive) for archive in archives][-1]


def recorded(name: str) -> Any:
    with gzip.open(GOLDEN / f"{name}.json.gz") as file:
        return json.load(file)


@pytest.mark.parametrize("name", ["head", "era"])
def test_signatures(data: Path, name: str) -> None:
    golden = recorded(name)
    assert golden["datatrove"] == {"head": "0.10.1", "era": "0.2.0"}[name]
    texts = load_texts().texts(data)
    assert len(texts) >= 2000
    assert list(texts) == list(golden["signatures"])
    array = pa.array(texts.values(), pa.large_string())
    dialect = HEAD if name == "head" else ERA
    load_splittings(dialect)
    for column, kind in enumerate(golden["kinds"]):
        made = _core.minhash_sketch(
            array, by=None, **dialect, n=5, hash=kind, bands=14, rows=8, seed=1, sets=False, signatures=True
        )
        form = f"<112{'Q' if kind.endswith('64') else 'I'}"
        ours = [
            "" if values is None else hashlib.sha256(struct.pack(form, *values)).hexdigest()[:16]
            for values in pa.array(made["signature"]).to_pylist()
        ]
        theirs = [row[column] for row in golden["signatures"].values()]
        different = [key for key, one, two in zip(texts, ours, theirs, strict=True) if one != two]
        assert different == [], kind


@pytest.mark.parametrize(("name", "kind"), [("head", "xxhash64"), ("head", "sha1-64"), ("era", "sha1-64")])
def test_survivors_of_the_four_stages(data: Path, dedup: Callable[..., Any], name: str, kind: str) -> None:
    golden, module = recorded(name), load_texts()
    removed = golden["removed"][kind]
    files = module.corpus(data, len(removed))
    assert module.digest_of(files) == golden["corpus"]
    texts = [text for file in files for text in file]
    table = pa.table(
        {"id": [f"{at:032x}" for at in range(len(texts))], "text": pa.array(texts, pa.large_string())}
    )
    found = dedup(
        "minhash",
        table,
        shards=4,
        mode="components",
        evidence=False,
        hash=kind,
        survivor="reference" if name == "head" else "reference-2024",
        **(HEAD if name == "head" else ERA),
    )
    start, expected = 0, []
    for file, places in zip(files, removed, strict=True):
        expected += [start + place for place in places]
        start += len(file)
    assert len(expected) > 1000
    assert [at for at, rank in enumerate(found.column("rank")) if rank > 0] == expected
