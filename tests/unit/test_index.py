"""Indexes of manifests: they save reading many files, and never tell of a manifest that was replaced."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tamis.engine import index, manifest, store
from tamis.report.read import _indexed


def fill(run: Path, tasks: int, phase: int = 0) -> None:
    for task in range(tasks):
        write(run, phase, task, 10)


def write(run: Path, phase: int, task: int, kept: int) -> None:
    facts = {"counts": {"in": 10, "made": 0, "kept": kept, "removed": 10 - kept, "failed": 0}, "outputs": []}
    manifest.write_manifest(
        run,
        {"v": 1, "phase": phase, "task": task, "measured": f"m{task}", "decided": f"d{task}",
         "deterministic": facts, "run": {"attempt": f"{task:x}"}},
    )  # fmt: skip


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read."""
    seen: list[str] = []

    def noted(plain: Callable[..., Any]) -> Callable[..., Any]:
        def read(path: Any, *rest: Any) -> Any:
            seen.append(Path(path).name)
            return plain(path, *rest)

        return read

    for name in ("read", "read_table"):
        monkeypatch.setattr(store, name, noted(getattr(store, name)))
    return seen


def kept(run: Path, tasks: int) -> list[int]:
    found = [manifest.read_manifest(run, 0, task) for task in range(tasks)]
    return [one["deterministic"]["counts"]["kept"] for one in found if one is not None]


def test_many_manifests_are_read_from_a_few_files(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.set_fsync(False)
    monkeypatch.setattr(index, "BLOCK", 100)
    fill(tmp_path, 250)
    index.write_indexes(tmp_path, 0, 250)
    reads.clear()
    assert kept(tmp_path, 250) == [10] * 250
    assert reads == ["_index-000.parquet", "_index-001.parquet", "_index-002.parquet"]
    # One that was written since is read itself, and the index is brought up to date.
    write(tmp_path, 0, 170, 3)
    reads.clear()
    assert kept(tmp_path, 250) == [10] * 170 + [3] + [10] * 79
    assert "000170.json" in reads
    before = index.index_path(tmp_path, 0, 0).stat().st_mtime_ns
    index.write_indexes(tmp_path, 0, 250)
    assert index.index_path(tmp_path, 0, 0).stat().st_mtime_ns == before
    reads.clear()
    assert kept(tmp_path, 250)[170] == 3
    assert "000170.json" not in reads
    table = pq.read_table(index.index_path(tmp_path, 0, 1), partitioning=None)
    assert table.column("decided").to_pylist()[70] == "d170"
    assert index.index_path(tmp_path, 0, 1).stat().st_size < 100 * 217
    store.set_fsync(True)


def test_what_is_gone_is_not_done_and_a_damaged_index_costs_only_time(tmp_path: Path) -> None:
    store.set_fsync(False)
    fill(tmp_path, 80)
    index.write_indexes(tmp_path, 0, 80)
    index.manifest_path(tmp_path, 0, 7).unlink()
    assert manifest.read_manifest(tmp_path, 0, 7) is None
    assert len(kept(tmp_path, 80)) == 79
    index.index_path(tmp_path, 0, 0).write_bytes(b"PAR1 no more")
    assert len(kept(tmp_path, 80)) == 79
    assert _indexed(tmp_path / "phases" / "0") == {}
    store.set_fsync(True)


def test_few_manifests_have_no_index(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    index.write_indexes(tmp_path, 0, 3)
    assert [path.suffix for path in (tmp_path / "phases" / "0").iterdir()] == [".json"] * 3


def test_the_report_reads_the_same_manifests(tmp_path: Path) -> None:
    store.set_fsync(False)
    fill(tmp_path, 70)
    index.write_indexes(tmp_path, 0, 70)
    found = _indexed(tmp_path / "phases" / "0")
    assert len(found) == 70
    for name, (size, modified, data) in found.items():
        file = tmp_path / "phases" / "0" / name
        assert (size, modified) == (os.stat(file).st_size, os.stat(file).st_mtime_ns)
        assert json.loads(data) == json.loads(file.read_text())
    store.set_fsync(True)
