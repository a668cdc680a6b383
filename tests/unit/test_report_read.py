"""Run directories that cannot be read, and orphans that must not be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from report_runs import Doc, build, rule, step
from tamis.errors import RunError
from tamis.report.data import data, load_data, write_data
from tamis.report.read import RunFiles

STEPS = [step("s", ("n", "int64", 0))]
RULES = [rule("s", "n", min=5)]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    docs = [Doc(values={"s.n": n}) for n in range(20)]
    return build(tmp_path / "run", docs, STEPS, RULES, shard_rows=6)


def test_no_such_directory(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such run directory"):
        RunFiles(tmp_path / "nothing")
    with pytest.raises(RunError, match=r"no run directory: it has no run\.json"):
        RunFiles(tmp_path)


def test_another_version(run: Path) -> None:
    info = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**info, "v": 2, "tamis": "9.0"}))
    with pytest.raises(RunError, match="version 2; this tamis reads version 1") as caught:
        RunFiles(run)
    assert "tamis 9.0" in caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_broken_run_json(run: Path, text: str) -> None:
    (run / "run.json").write_text(text)
    with pytest.raises(RunError):
        RunFiles(run)


def test_a_file_that_a_manifest_names_is_gone(run: Path) -> None:
    shutil.rmtree(run / "removed")
    with pytest.raises(RunError, match=r"damaged: removed/000000-[0-9a-f]+\.parquet is missing") as caught:
        data(run)
    assert "tamis run" in caught.value.hint


def test_a_manifest_is_gone(run: Path) -> None:
    (run / "phases" / "0" / "000002.json").unlink()
    with pytest.raises(RunError, match=r"phases/0/000002\.json is missing"):
        data(run)


def test_an_unfinished_run_shows_what_is_done(run: Path) -> None:
    (run / "phases" / "0" / "000002.json").unlink()
    info = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**info, "status": "running"}))
    report, _ = data(run)
    assert report["summary"]["documents"]["in"] == 14
    assert report["alerts"][0]["kind"] == "incomplete"


def test_orphans_are_never_looked_at(run: Path) -> None:
    before = data(run)[0]
    for name in ("kept", "removed"):
        first = next((run / name).iterdir())
        shutil.copy(first, first.with_name("000001-deadbeef.parquet"))
    (run / "kept" / "000099-garbage.parquet").write_bytes(b"not parquet")
    assert data(run)[0] == before


def test_a_manifest_that_points_outside(run: Path) -> None:
    path = run / "phases" / "0" / "000000.json"
    manifest = json.loads(path.read_text())
    manifest["deterministic"]["outputs"][0]["path"] = "../../etc/passwd"
    path.write_text(json.dumps(manifest))
    with pytest.raises(RunError, match="names a file outside"):
        data(run)


def test_numbers_that_do_not_add_up_are_said(run: Path) -> None:
    path = run / "phases" / "0" / "000000.json"
    manifest = json.loads(path.read_text())
    manifest["deterministic"]["counts"]["in"] += 1
    path.write_text(json.dumps(manifest))
    report, _ = data(run)
    assert [alert["kind"] for alert in report["alerts"]] == ["unbalanced"]


def test_stored_data_is_read_again_and_made_anew_where_broken(run: Path) -> None:
    written = write_data(run)
    assert load_data(run)[0] == written
    (run / "report" / "data.json").write_text("{")
    assert load_data(run)[0] == written


def test_phases_after_a_corpus_step(run: Path) -> None:
    """Removed documents of two row phases count together; what the last phase kept is kept."""
    info = json.loads((run / "run.json").read_text())
    info["phases"] = [{"number": n, "kind": k} for n, k in ((0, "rows"), (1, "corpus"), (2, "rows"))]
    (run / "run.json").write_text(json.dumps(info))
    (run / "phases" / "2").mkdir()
    for path in sorted((run / "phases" / "0").iterdir()):
        manifest = json.loads(path.read_text())
        outputs = manifest["deterministic"]["outputs"]
        later = {**manifest, "phase": 2}
        later["deterministic"] = {"counts": {"in": 0}, "outputs": [o for o in outputs if o["role"] == "kept"]}
        manifest["deterministic"]["outputs"] = [o for o in outputs if o["role"] != "kept"]
        path.write_text(json.dumps(manifest))
        (run / "phases" / "2" / path.name).write_text(json.dumps(later))
    report, _ = data(run)
    assert report["summary"]["documents"] == {"in": 20, "made": 0, "kept": 15, "removed": 5, "failed": 0}
    assert report["summary"]["balanced"]
