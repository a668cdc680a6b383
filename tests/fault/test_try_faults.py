"""`try` outlives what an operator does to its process, and says the same as a run of the same documents."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import tamis
from tamis.engine import attempt
from tamis.errors import RunFailed

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from run_inputs import RECIPE, write_texts

OPS = Path(__file__).resolve().parent.parent / "run_ops.py"
HANGING = '''import time
from tamis.op import Signal, operator

@operator(kind="signal", reads=["text"], writes=[Signal("n", "int64", "nothing", low=0)])
def run_asleep(text) -> dict[str, object]:
    """Never comes back, and never says with which document."""
    time.sleep(3600)
    return {"n": [0] * len(text)}
'''


def test_the_same_as_a_run(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE)
    paths = write_texts(tmp_path / "in", 90, special={40: "EXPLODE"})
    tried = tamis.try_(tmp_path / "r.toml", paths, ops=OPS)
    run = tamis.run(tmp_path / "r.toml", paths, tmp_path / "out", ops=OPS, workers=1, fsync=False)
    sides = {"kept": tried.applied.kept, "removed": tried.applied.removed, "failed": tried.applied.failed}
    for side, table in sides.items():
        rows = [
            row
            for _shard, path in run.files(side)
            for row in pq.read_table(path, partitioning=None).to_pylist()
        ]
        assert rows, side
        assert sorted(table["id"].to_pylist()) == sorted(row["id"] for row in rows)
    ours = {row["id"]: row["after.length"] for row in tried.applied.kept.to_pylist()}
    kept = [pq.read_table(path, partitioning=None) for _shard, path in run.files("kept")]
    assert ours == {row["id"]: row["after.length"] for table in kept for row in table.to_pylist()}
    assert sum(rule["documents"] for rule in tried.rules) == tried.applied.removed.num_rows
    assert tamis.try_(tmp_path / "r.toml", paths[0], ops=OPS, limit=7).documents == 7
    assert 0 < tamis.try_(tmp_path / "r.toml", paths[0], ops=OPS, sample=0.3).documents < 40


@pytest.mark.parametrize(("word", "kind"), [("SEGFAULT", "crash"), ("HANG", "timeout")])
def test_a_guilty_document_fails_and_its_neighbours_stay(
    tmp_path: Path, word: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "DOCUMENT_SECONDS", 1.0)
    monkeypatch.setattr(attempt, "GIVE_UP_AFTER", 60.0)
    (tmp_path / "r.toml").write_text(RECIPE + '[[step]]\nop = "run_poison"\n')
    paths = write_texts(tmp_path / "in", 60, files=1, special={40: word})
    tried = tamis.try_(tmp_path / "r.toml", paths, ops=str(OPS))
    [failed] = tried.applied.failed.to_pylist()
    assert (failed["kind"], failed["step"]) == (kind, "run_poison")
    assert tried.documents == 60


def test_a_batch_that_names_no_document_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "GIVE_UP_AFTER", 3.0)
    (tmp_path / "asleep.py").write_text(HANGING)
    (tmp_path / "r.toml").write_text('name = "r"\n[[step]]\nop = "run_asleep"\n')
    paths = write_texts(tmp_path / "in", 60, files=1)
    before, started = children(), time.monotonic()
    with pytest.raises(RunFailed, match="run_asleep came to no end with the first documents of part-0"):
        tamis.try_(tmp_path / "r.toml", paths, ops=tmp_path / "asleep.py", seconds=1.0)
    assert 3.0 < time.monotonic() - started < 30.0
    assert children() == before


def children() -> set[str]:
    """The processes that this one has started and that are still there."""
    return {pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()}
