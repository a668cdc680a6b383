"""Inputs at `hf://`, through a loopback server that speaks as the Hub: the run equals one on local copies, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub_server import REPOSITORY, Hub, serving_hub
from run_inputs import digests

THERE = f"hf://datasets/{REPOSITORY}"
RECIPE = """name = "hub"
[[step]]
op = "gopher_quality"
keep = [{ signal = "word_count", min = 8 }]
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
"""
WORDS = "the mill of a river and to see with that be have".split()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub") / "data"
    (folder / "deep" / "er").mkdir(parents=True)
    texts = [" ".join(WORDS[: 4 + number % 9]) + f" {number % 31}." for number in range(120)]
    pq.write_table(pa.table({"text": texts[:60]}), folder / "a.parquet", row_group_size=10)
    for name, part in (("deep/b.jsonl", texts[60:90]), ("deep/er/c d.jsonl", texts[90:])):
        (folder / name).write_text("".join(json.dumps({"text": text}) + "\n" for text in part))
    (folder / ".gitattributes").write_text("*.parquet binary\n")
    with serving_hub(folder) as found:
        yield found


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    (tmp_path / "r.toml").write_text(RECIPE)
    return tmp_path / "r.toml"


def refine(hub: Hub, recipe: Path, source: str, out: str) -> subprocess.CompletedProcess[str]:
    words = ["run", str(recipe), source, "-o", str(recipe.parent / out), "--workers", "1"]
    given = hub.environment(recipe.parent / "cache") | {"TAMIS_STORE_RETRY_SECONDS": "1"}
    return subprocess.run(
        [sys.executable, "-m", "tamis", *words, "--shard-bytes", "3000"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **given},
    )


@pytest.mark.parametrize(("pattern", "documents"), [("a.parquet", 60), ("**/*.jsonl", 60), ("", 120)])
def test_the_bytes_are_those_of_a_local_copy(hub: Hub, recipe: Path, pattern: str, documents: int) -> None:
    done = refine(hub, recipe, f"{THERE}/{pattern}".rstrip("/"), "there")
    assert done.returncode == 0, done.stderr
    assert f"{documents} documents in" in done.stdout
    assert ("GET", f"/datasets/{REPOSITORY}/resolve/main/a.parquet") in hub.seen
    assert refine(hub, recipe, f"{hub.folder}/{pattern}".rstrip("/"), "here").returncode == 0
    roles = ("kept", "removed", "clusters", "originals")
    found = digests(recipe.parent / "there", *roles)
    assert found
    assert found == digests(recipe.parent / "here", *roles)


def test_a_file_that_changed_there_is_another_input(hub: Hub, recipe: Path) -> None:
    done = refine(hub, recipe, f"{THERE}/deep/b.jsonl", "out")
    assert done.returncode == 0, done.stderr
    file = hub.folder / "deep" / "b.jsonl"
    before = file.read_bytes()
    file.write_bytes(before.replace(b"mill", b"will"))
    try:
        again = refine(hub, recipe, f"{THERE}/deep/b.jsonl", "out")
    finally:
        file.write_bytes(before)
    assert again.returncode == 0, again.stderr
    assert "changed since this run began: b.jsonl" in again.stderr


@pytest.mark.parametrize(
    ("url", "what"),
    [
        (f"{THERE}/none.parquet", "no such file"),
        (f"{THERE}/none/*.parquet", "no file matches"),
        (f"{THERE}@other/a.parquet", "there is no such revision of it"),
        ("hf://datasets/nobody/none/a.parquet", "there is no such repository, or it is private"),
        ("hf://datasets/nobody/none/*.parquet", "there is no such repository, or it is private"),
        ("hf://datasets/nobody", "Repository id must be 'namespace/name'"),
    ],
)
def test_what_is_not_there_is_said(hub: Hub, recipe: Path, url: str, what: str) -> None:
    done = refine(hub, recipe, url, "out")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {url}: ")
    assert what in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (recipe.parent / "out").exists()


def test_what_may_not_be_read_is_no_damaged_file(
    hub: Hub, recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "refused", (403, {"X-Error-Code": "GatedRepo"}))
    done = refine(hub, recipe, f"{THERE}/a.parquet", "out")
    assert done.returncode == 2
    assert f"{THERE}/a.parquet: the server refuses it: 403 Forbidden" in done.stderr
    assert "HF_TOKEN" in done.stderr
