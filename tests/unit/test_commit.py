"""Files named by digest and the manifest written last: bytes, crashes, lies, full disks."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tamis import _core
from tamis.engine import store, writers
from tamis.engine.commit import Outputs
from tamis.engine.manifest import manifest_path, outputs, problems, read_manifest
from tamis.engine.writers import ArrowFile, ParquetFile
from tamis.errors import RunFailed

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.large_string()),
        ("origin", pa.struct([("name", pa.string()), ("offset", pa.int64())])),
        ("gopher.words", pa.int64()),
        ("gopher.ratio", pa.float64()),
        ("gopher.ok", pa.bool_()),
        ("failed_rules", pa.list_(pa.string())),
        ("content", pa.large_binary()),
    ]
)


def table(rows: int, seed: int = 1, scale: int = 40) -> pa.Table:
    chance = random.Random(seed)

    def maybe(value: Any) -> Any:
        return value if chance.random() > 0.2 else None

    return pa.table(
        {
            "id": [f"{row:032x}" for row in range(rows)],
            "text": [maybe("wörd " * chance.randrange(scale)) for _row in range(rows)],
            "origin": [maybe({"name": "a.warc", "offset": row}) for row in range(rows)],
            "gopher.words": [maybe(chance.randrange(100)) for _row in range(rows)],
            "gopher.ratio": [maybe(chance.random()) for _row in range(rows)],
            "gopher.ok": [maybe(chance.random() > 0.5) for _row in range(rows)],
            "failed_rules": [maybe(["a"] * chance.randrange(3)) for _row in range(rows)],
            "content": [maybe(b"\0" * chance.randrange(9)) for _row in range(rows)],
        },
        schema=SCHEMA,
    )


def cuts(whole: pa.Table, size: int | None, seed: int = 2) -> list[pa.RecordBatch]:
    """The same rows in batches of `size`, or of random sizes, some empty, some filtered out of larger ones."""
    chance = random.Random(seed)
    found: list[pa.RecordBatch] = []
    start = 0
    combined = whole.combine_chunks()
    while start < whole.num_rows:
        count = size or chance.choice([0, 1, 3, 7, 100, 1000, 4000])
        found += combined.slice(start, count).to_batches() or [pa.RecordBatch.from_pylist([], SCHEMA)]
        start += count
    if size is None:
        half = pc.less(pa.array(range(found[-1].num_rows), pa.int64()), found[-1].num_rows // 2)
        last = found.pop()
        found += [last.filter(half), last.filter(pc.invert(half))]
    return found


@pytest.mark.parametrize("form", [ParquetFile, ArrowFile])
def test_bytes_do_not_depend_on_the_batches(
    tmp_path: Path, form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "ARROW_ROWS", 3000)
    monkeypatch.setattr(writers, "ROW_GROUP_BYTES", 400_000)
    whole = table(10_000)
    digests, sizes = set(), set()
    for number, size in enumerate([None, 10_000, 3, 7, 1000, 8192, 8193]):
        writer = form(tmp_path / str(number), SCHEMA)
        for batch in cuts(whole, size, number):
            writer.write(batch)
        file = writer.close()
        digests.add(file.digest())
        sizes.add((tmp_path / str(number)).stat().st_size)
        assert file.digest() == _core.digest_file(str(tmp_path / str(number)))
        assert writer.rows == 10_000
    assert len(digests) == 1
    assert len(sizes) == 1
    if form is ParquetFile:
        assert pq.read_table(tmp_path / "0").equals(whole)
        assert pq.ParquetFile(tmp_path / "0").num_row_groups > 2
    else:
        assert pa.ipc.open_file(tmp_path / "0").read_all().equals(whole)
        assert pa.ipc.open_file(tmp_path / "0").num_record_batches == 4


def test_row_groups_close_at_rows_or_at_bytes(tmp_path: Path) -> None:
    writer = ParquetFile(tmp_path / "rows", SCHEMA)
    writer.write(table(20_000, scale=2))
    writer.close()
    found = pq.ParquetFile(tmp_path / "rows").metadata
    assert [found.row_group(i).num_rows for i in range(found.num_row_groups)] == [8192, 8192, 3616]
    schema = pa.schema([("text", pa.large_string())])
    writer = ParquetFile(tmp_path / "bytes", schema)
    writer.write(pa.table({"text": ["x" * (10 << 20)] * 10}, schema=schema))
    writer.close()
    found = pq.ParquetFile(tmp_path / "bytes").metadata
    assert [found.row_group(i).num_rows for i in range(found.num_row_groups)] == [4, 4, 2]


def test_columns_that_depend_on_batches_and_other_schemas_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="dictionary"):
        ParquetFile(tmp_path / "a", pa.schema([("label", pa.dictionary(pa.int32(), pa.string()))]))
    writer = ParquetFile(tmp_path / "b", SCHEMA)
    with pytest.raises(TypeError, match="another schema"):
        writer.write(pa.table({"id": ["x"]}))


# Commits ----------------------------------------------------------------------------------------------------------

COUNTS = {"in": 10, "made": 0, "kept": 6, "removed": 3, "failed": 1}


def commit(
    folder: Path, rows: pa.Table, attempt: str = "aaaaaaaa", counts: Any = COUNTS, **fields: Any
) -> Any:
    with Outputs(folder, 0, 17, attempt) as out:
        kept, removed = out.parquet("kept", SCHEMA), out.parquet("removed", SCHEMA)
        out.parquet("failed", SCHEMA)
        kept.write(rows.slice(0, 6))
        removed.write(rows.slice(6, 3))
        out.arrow("sketch", SCHEMA, folder="corpus/01-minhash/sketch").write(rows)
        out.raw("stats", ".json").write(b"{}")
        return out.commit({"measured": "m", "decided": "d", "counts": counts, **fields})


def test_a_commit_names_files_by_digest_and_leaves_nothing_temporary(tmp_path: Path) -> None:
    manifest = commit(tmp_path, table(10), run={"seconds": 1.5})
    assert read_manifest(tmp_path, 0, 17) == json.loads(json.dumps(manifest))
    found = {output["role"]: output for output in outputs(manifest)}
    assert sorted(found) == ["kept", "removed", "sketch", "stats"]
    assert found["kept"]["path"] == f"kept/000017-{found['kept']['digest'][:8]}.parquet"
    assert found["sketch"]["path"].startswith("corpus/01-minhash/sketch/000017-")
    assert (found["kept"]["rows"], found["removed"]["rows"]) == (6, 3)
    assert manifest["run"] == {"attempt": "aaaaaaaa", "seconds": 1.5}
    assert list((tmp_path / "work" / "tmp").iterdir()) == []
    assert problems(tmp_path, manifest, digests=True) == []
    assert (tmp_path / "phases/0/000017.json").stat().st_size < 2048


def test_two_attempts_write_the_same_files(tmp_path: Path) -> None:
    first, second = commit(tmp_path, table(10)), commit(tmp_path, table(10), "bbbbbbbb")
    assert first["deterministic"] == second["deterministic"]
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_attempts_that_disagree_stop_the_run_and_name_the_operator(tmp_path: Path) -> None:
    rows = table(10)
    before = commit(tmp_path, rows)
    number = rows.schema.get_field_index("gopher.ratio")
    other = rows.set_column(number, rows.schema.field(number), pa.array([0.25] * 10))
    with pytest.raises(RunFailed, match=r"step gopher \(column gopher\.ratio\)"):
        commit(tmp_path, other, "bbbbbbbb")
    assert read_manifest(tmp_path, 0, 17) == json.loads(json.dumps(before))
    with pytest.raises(RunFailed, match="first in skipped"):
        commit(tmp_path, rows, "cccccccc", skipped={"request": 2})
    # Other keys, or a document that a clock stopped: another answer is no alarm.
    assert commit(tmp_path, other, "dddddddd", run={"guarded": 1})
    assert commit(tmp_path, rows, "eeeeeeee", decided="d2")


def test_accounts_are_asserted_at_write_and_at_read(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="10 documents came in and 9 went out"):
        commit(tmp_path, table(10), counts={**COUNTS, "failed": 0})
    assert read_manifest(tmp_path, 0, 17) is None
    commit(tmp_path, table(10))
    path = manifest_path(tmp_path, 0, 17)
    path.write_text(path.read_text().replace('"kept":6', '"kept":7'))
    with pytest.raises(RunFailed, match="11 went out"):
        read_manifest(tmp_path, 0, 17)


def test_a_probe_writes_nothing(tmp_path: Path) -> None:
    with Outputs(tmp_path, 0, 1, "aaaaaaaa", discard=True) as out:
        out.parquet("kept", SCHEMA).write(table(10))
        manifest = out.commit({"counts": {"in": 10, "kept": 10}})
    assert [output["rows"] for output in outputs(manifest)] == [10]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_task_that_raises_leaves_nothing(tmp_path: Path) -> None:
    def task() -> None:
        with Outputs(tmp_path, 0, 1, "aaaaaaaa") as out:
            out.parquet("kept", SCHEMA).write(table(20_000))
            out.arrow("sketch", SCHEMA).write(table(70_000, scale=2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        task()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_altered_outputs_are_found(tmp_path: Path) -> None:
    manifest = commit(tmp_path, table(10))
    kept, removed, sketch, stats = (tmp_path / output["path"] for output in outputs(manifest))
    kept.write_bytes(kept.read_bytes()[:-1])
    data = bytearray(removed.read_bytes())
    data[50] ^= 1
    removed.write_bytes(data)
    sketch.unlink()
    assert [problem.split(" ", 1)[1] for problem in problems(tmp_path, manifest)] == [
        f"has {kept.stat().st_size} bytes, not {kept.stat().st_size + 1}",
        "is missing",
    ]
    assert len(problems(tmp_path, manifest, digests=True)) == 3
    assert stats.exists()


def test_a_manifest_that_cannot_be_read_counts_as_not_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = manifest_path(tmp_path, 0, 3)
    path.parent.mkdir(parents=True)
    for text in ("{", "[]", '{"v": 99, "deterministic": {}}'):
        caplog.clear()
        path.write_text(text)
        assert read_manifest(tmp_path, 0, 3) is None
        assert "runs again" in caplog.text


def test_a_written_file_can_be_taken_over(tmp_path: Path) -> None:
    with Outputs(tmp_path, 1, 2, "aaaaaaaa") as out:
        (out.folder / "edges.arrow").write_bytes(b"edges")
        out.adopt("edges", out.folder / "edges.arrow", folder="corpus/01-exact/edges", rows=1)
        manifest = out.commit({})
    (edges,) = outputs(manifest)
    assert (tmp_path / edges["path"]).read_bytes() == b"edges"
    assert edges["digest"] == _core.digest_bytes(b"edges")


@pytest.mark.parametrize("rows", [10, 20_000])
def test_a_full_disk_commits_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    """At close for a small file, at a write for a large one."""
    made = writers.DigestFile.__init__

    def on_a_full_disk(file: writers.DigestFile, path: Path) -> None:
        made(file, path)
        file._file.close()
        file._file = io.BufferedWriter(io.FileIO("/dev/full", "w"), 1 << 10)

    def task() -> None:
        with Outputs(tmp_path, 0, 1, "aaaaaaaa") as out:
            out.parquet("kept", SCHEMA).write(table(rows))
            out.arrow("sketch", SCHEMA).write(table(rows))
            out.commit({})

    monkeypatch.setattr(writers.DigestFile, "__init__", on_a_full_disk)
    with pytest.raises(OSError, match="No space left") as caught:
        task()
    assert caught.value.errno == 28
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# Kills at the write points ----------------------------------------------------------------------------------------

COMMIT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_commit
test_commit.commit(Path(sys.argv[1]), test_commit.table(3000), sys.argv[3])
"""


def in_a_process(run: Path, attempt: str, point: str) -> int:
    command = [sys.executable, "-c", COMMIT, str(run), str(Path(__file__).parent), attempt]
    return subprocess.run(command, env={**os.environ, "TAMIS_CRASH_AT": point}, timeout=60).returncode


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Any]:
    run = tmp_path_factory.mktemp("undisturbed")
    manifest = commit(run, table(3000))
    return {output["path"]: output["digest"] for output in outputs(manifest)}, manifest["deterministic"]


@pytest.mark.parametrize("point", ["K3", "K3:3", "K4", "K5", "K5:2", "K6", "K7"])
def test_after_a_kill_at_each_write_point_a_rerun_gives_equal_bytes(
    tmp_path: Path, point: str, undisturbed: tuple[dict[str, str], Any]
) -> None:
    assert in_a_process(tmp_path, "aaaaaaaa", point) == -signal.SIGKILL
    assert read_manifest(tmp_path, 0, 17) is None
    named = [path for path in tmp_path.rglob("*-*") if path.is_file() and "work" not in path.parts]
    assert len(named) == {"K5": 1, "K5:2": 2, "K6": 4, "K7": 4}.get(point, 0)
    assert in_a_process(tmp_path, "bbbbbbbb", "") == 0
    manifest = read_manifest(tmp_path, 0, 17)
    assert manifest is not None
    assert manifest["deterministic"] == undisturbed[1]
    assert problems(tmp_path, manifest, digests=True) == []
    files = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*-*.*") if "work" not in path.parts
    }
    assert files == set(undisturbed[0])


# The store --------------------------------------------------------------------------------------------------------


def test_create_makes_a_file_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    assert store.create(path, b"one")
    assert not store.create(path, b"two")
    assert path.read_bytes() == b"one"
    store.replace(path, b"three")
    assert store.read(path) == b"three"
    assert store.read(path, 1, 3) == b"hr"
    assert store.read(path, 2) == b"ree"
    assert [listed.path for listed in store.list_for_gc(tmp_path)] == [path]
    store.remove(path)
    store.remove(path)
    assert store.size(path) is None


def test_fsync_can_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(os, "fsync", calls.append)
    # The switch is the process's: a run without syncing, in a test before this one, leaves it off.
    store.set_fsync(True)
    store.replace(tmp_path / "a", b"x")
    assert len(calls) == 2
    store.set_fsync(False)
    try:
        store.replace(tmp_path / "a", b"y")
        commit(tmp_path, table(10))
    finally:
        store.set_fsync(True)
    assert len(calls) == 2


def test_a_failed_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Any, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write_all", full)
    with pytest.raises(OSError, match="No space"):
        store.replace(tmp_path / "a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_inputs_are_local_files_or_urls(tmp_path: Path) -> None:
    import fsspec

    from tamis.errors import InputError

    (tmp_path / "in").write_bytes(b"0123456789")
    for url in (tmp_path / "in", f"file://{tmp_path}/in"):
        with store.open_input(url) as file:
            file.seek(4)
            assert file.read(2) == b"45"
    with fsspec.open("memory://there/in", "wb") as file:
        file.write(b"0123456789")
    assert store.read("memory://there/in", 3, 5) == b"34"
    for url in (tmp_path / "none", "memory://there/none", "nothing://x/y"):
        with pytest.raises(InputError):
            store.open_input(url)
