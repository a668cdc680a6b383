"""One run in many calls beside each other: killed, given twice, refused; the bytes are those of a single run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tamis
from part_runs import OPS, SHARD_BYTES, begin, call, result, write_run
from tamis.engine import late
from tamis.engine.lock import RunLock
from tamis.engine.manifest import outputs, read_manifest
from tamis.engine.parts import Left, cut
from tamis.engine.rundir import Run
from tamis.errors import RunError, RunFailed
from tamis.sources import Input

SHARED = {"TAMIS_LOCK": "lease", "TAMIS_LEASE_SECONDS": "4", "TAMIS_LATE_SECONDS": "2"}
"""As on a shared folder, with less patience."""


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of inputs, with an undisturbed run of them in `whole`."""
    folder = tmp_path_factory.mktemp("parts")
    write_run(folder)
    code, _said, errors = call(folder, "whole")
    assert code == 0, errors
    return folder


def one(folder: Path, out: str, **options: Any) -> Run:
    """A call in this process."""
    given = {"ops": OPS, "workers": 1, "shard_bytes": SHARD_BYTES, **options}
    return tamis.run(folder / "parts.toml", str(folder / "in" / "*"), folder / out, **given)


def left_of(run: Run) -> Left:
    assert run.left is not None
    return run.left


@pytest.mark.slow
@pytest.mark.parametrize("place", [{}, SHARED], ids=["flock", "lease"])
def test_eight_side_by_side_two_killed_one_twice(single: Path, place: dict[str, str]) -> None:
    """Under leases each on a machine with a clock of its own, hours apart."""
    out = f"eight-{len(place)}"
    clocks = [0.0] * 9 if not place else [3600.0 * hours for hours in (-30, -2, -1, 0, 1, 2, 3, 50, 7)]
    # Until the one input that cannot be split was read by its part there is no plan.
    waits = json.loads(call(single, out, "--part", "1/8", "--json", **place)[1])["left"]
    owner = int(next(iter(waits["lacking"]))) if waits["phase"] == "ingest" else 1
    assert call(single, out, "--part", f"{owner}/8", **place)[0] == 0
    others = [part for part in range(1, 9) if part != owner]
    crashes = {others[0]: "K6", others[3]: "K4:2"}
    calls = [
        (part, begin(single, out, "--part", f"{part}/8", crash=crashes.get(part, ""), clock=clock, **place))
        for part, clock in zip([*range(1, 9), others[2]], clocks, strict=True)
    ]
    ended = [(part, process.communicate(timeout=240), process.returncode) for part, process in calls]
    assert [part for part, _said, code in ended if code == -signal.SIGKILL] == list(crashes), ended
    assert {code for part, _said, code in ended if part not in crashes} == {0}, ended
    info = json.loads((single / out / "run.json").read_text())
    assert info["status"] == "running"
    lost = [shard for shard in range(len(info["shards"])) if read_manifest(single / out, 0, shard) is None]
    assert 0 < len(lost) < len(info["shards"]) / 2
    code, _said, errors = call(single, out, clock=-9_000_000.0, **place)
    assert code == 0, errors
    assert result(single / out) == result(single / "whole")
    assert not list((single / out / "lease").iterdir()) if place else not (single / out / "lease").exists()


def test_parts_then_the_corpus_step_then_parts_again(single: Path, tmp_path: Path) -> None:
    def parts() -> list[str]:
        return [call(single, "again", "--part", f"{part}/2")[1] for part in (2, 1)]

    parts()
    said = parts()
    assert "missing  the check that ranges of archives meet, by the call without --part" in said[-1]
    code, said_alone, errors = call(single, "again", "--stop-after-corpus")
    assert (code, errors) == (0, "")
    assert "of run_shout, by parts 1-2\nnext     tamis run " in said_alone
    assert said_alone.endswith(" --part 1/2\n")
    before = stamps(single / "again" / "phases" / "0")
    assert call(single, "again", "--stop-after-corpus")[1] == said_alone
    said = parts()
    assert "again: part 2 of 2 is done with run_shout: " in said[0]
    assert "by part 1\n" in said[0]
    assert "missing  the last checks and the report, by the call without --part" in said[-1]
    # What the stitch check had read again is neither read nor missed again.
    assert stamps(single / "again" / "phases" / "0") == before
    assert json.loads((single / "again" / "run.json").read_text())["status"] == "running"
    code, _said, errors = call(single, "again", "--stop-after-corpus")
    assert code == 0, errors
    assert result(single / "again") == result(single / "whole")
    assert call(single, "again", "--part", "2/2")[1].endswith(
        f"missing  nothing: {single / 'again'} is complete\n"
    )


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.json")}


def test_what_cannot_be_split_is_one_part_s(single: Path) -> None:
    info = Run(single / "whole").info
    whole = [Input.from_dict(one) for one in info["inputs"] if one["name"].endswith("copies.jsonl.gz")]
    [chunk] = [one for one in info["shards"] if one["pieces"][0]["input"]["format"] == "chunk"]
    plain = [one for one in info["shards"] if one is not chunk]
    # As many shards of it as a larger one would have.
    made = [{"pieces": [{**chunk["pieces"][0], "range": [n, n + 1, 9000]}]} for n in range(4)]
    shards, chunks = [*plain[:5], *made, *plain[5:]], {5, 6, 7, 8}
    for parts in (2, 3, 7, 50):
        shares = cut(shards, whole, parts)
        assert sorted(shard for share in shares for shard in share.shards) == list(range(len(shards)))
        [owner] = [share for share in shares if chunks & set(share.shards)]
        assert chunks <= set(owner.shards)
        # The part that read it has its shards, too: known before there are any.
        before = cut(plain, whole, parts)
        assert [share.files for share in before] == [share.files for share in shares]
        assert owner.files == {whole[0].name}


def test_refused(single: Path, tmp_path: Path) -> None:
    (tmp_path / "more.jsonl").write_text('{"text": "one more"}')
    assert call(single, "refused", "--part", "2/3")[0] == 0
    assert call(single, "refused", "--part", "1/3")[0] == 0
    assert call(single, "refused", "--part", "3/3")[0] == 0
    where = f"error: {single / 'refused'}: "
    for words, what in (
        (["--part", "2/4"], "this run is cut into 3 parts, you ask for 4\nhint: give --part I/3, or another -o"),
        (["--part", "1/3", "--set", "run_size.length.min=61"], "parts of one run must agree; other recipe: run_size"),
        (["--part", "1/3", "--set", "early.word=beta"], "parts of one run must agree; other recipe: early"),
        (["--part", "1/3", "--without", "early"], "parts of one run must agree; other recipe: early"),
        (["--part", "1/3", "--seed", "4"], "parts of one run must agree; other options than this run's before: --seed"),
        (["--part", "1/3", str(tmp_path / "more.jsonl")], "parts of one run must agree; added since this run began: "),
    ):  # fmt: skip
        code, said, errors = call(single, "refused", *words)
        assert (code, said) == (2, ""), errors
        assert where + what in errors, errors
    for part in ("0/3", "4/3"):
        code, said, errors = call(single, "refused", f"--part={part}")
        assert (code, said) == (2, "")
        assert errors.endswith("hint: parts are numbered from 1 to 3\n")
    code, _said, errors = call(single, "refused", "--part", "1/3", "--limit", "5")
    assert (code, "--sample" in errors) == (2, True)
    code, _said, errors = call(single, "refused", "--part", "1/3", "--export", "x.jsonl")
    assert (code, "error: tamis run --export: " in errors) == (2, True)
    code, _said, errors = call(single, "refused", "--part", "1/3", "--stop-after-corpus")
    assert code == 2
    assert sorted(path.name for path in (single / "refused").iterdir() if path.is_file()) == [
        "lock", "parts.json", "plan.parquet", "run.json",
    ]  # fmt: skip


def test_the_shard_plan_is_made_once_and_compared(single: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    owner = left_of(one(single, str(out), part="1/2"))
    begun = min(owner.lacking) if owner.phase == "ingest" else 2
    for name in ("run.json", "plan.parquet"):
        (out / name).unlink(missing_ok=True)
    assert call(single, str(out), "--part", f"{begun}/2", crash="K1")[0] == -signal.SIGKILL
    assert (out / "run.json").exists()
    assert not (out / "plan.parquet").exists()
    assert left_of(one(single, str(out), part=f"{begun}/2")).ran
    plan = pq.read_table(out / "plan.parquet")
    assert plan.num_rows == len(Run(out).info["shards"])
    # Nodes may have the inputs mounted elsewhere; any other difference is another plan.
    moved = plan.set_column(2, "path", pa.array(["/elsewhere"] * plan.num_rows))
    pq.write_table(moved, out / "plan.parquet")
    assert call(single, str(out), "--part", "1/2")[0] == 0
    pq.write_table(plan.slice(1), out / "plan.parquet")
    code, _said, errors = call(single, str(out), "--part", "1/2")
    assert code == 2
    assert "plan.parquet: the shard plan is another than run.json tells of" in errors
    one(single, str(out))
    assert pq.read_table(out / "plan.parquet").equals(plan)
    assert result(out) == result(single / "whole")


@pytest.mark.parametrize("place", [{}, SHARED], ids=["flock", "lease"])
def test_a_part_and_a_call_alone_never_meet(
    single: Path, tmp_path: Path, place: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tamis.engine.lease.WAIT", 4.0)
    out = tmp_path / "out"
    with RunLock(out):
        code, _said, errors = call(single, str(out), "--part", "1/2", **place)
        assert code == 2
        assert f"error: {out}: in use by process {os.getpid()} on " in errors
        assert "parts run beside each other, and beside nothing else" in errors
    with RunLock(out, (1, 2)), RunLock(out, (2, 2)):
        code, _said, errors = call(single, str(out), **place)
        assert code == 2
        assert f"error: {out}: in use by parts of this run, the last to begin: part " in errors
        assert call(single, str(out), "--part", "1/2", **place)[0] == 0
    assert call(single, str(out), **place)[0] == 0
    assert result(out) == result(single / "whole")


@contextmanager
def seen_late(path: Path, seconds: float, short: int | None = None) -> Iterator[None]:
    """A file that is missing, or has only its first bytes, until so many seconds have passed."""
    data, hidden = path.read_bytes(), path.with_name(f".late-{path.name}")
    os.replace(path, hidden)
    if short is not None:
        path.write_bytes(data[:short])

    def show() -> None:
        time.sleep(seconds)
        os.replace(hidden, path)

    thread = threading.Thread(target=show)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAMIS_LOCK", "lease")
    monkeypatch.setattr("tamis.engine.lease.WAIT", 4.0)
    monkeypatch.setattr("tamis.engine.late.PATIENCE", 8.0)


@pytest.fixture(scope="module")
def stopped(single: Path) -> Path:
    """A run in two parts, up to the corpus step."""
    for part in (1, 2, 1, 2):
        one(single, "stopped", part=f"{part}/2")
    one(single, "stopped", stop_after_corpus=True)
    return single / "stopped"


@pytest.mark.parametrize("short", [None, 100])
@pytest.mark.usefixtures("shared")
def test_a_shared_folder_shows_files_late(
    single: Path, stopped: Path, tmp_path: Path, short: int | None
) -> None:
    out = str(shutil.copytree(stopped, tmp_path / "out"))
    run = Run(out)
    before = stamps(run.path / "phases" / "0")
    share = cut(run.info["shards"], [], 2)[0].shards
    manifests = [manifest for shard in share if (manifest := run.manifest(0, shard)) is not None]
    passing = [output["path"] for manifest in manifests for output in outputs(manifest, "passing")]
    with seen_late(run.path / passing[0], 1.5, short):
        assert left_of(one(single, out, part="1/2")).ran
    with seen_late(run.path / "phases" / "1" / "000000.json", 1.5):
        assert left_of(one(single, out, part="2/2")).ran
    assert stamps(run.path / "phases" / "0") == before
    done = stamps(run.path / "phases" / "2")
    with seen_late(run.path / "phases" / "2" / "000001.json", 1.5):
        one(single, out)
    assert stamps(run.path / "phases" / "2") == done
    assert result(run.path) == result(single / "whole")


def test_a_worker_waits_for_what_it_reads(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1234")
    spec = {"run": str(tmp_path), "files": [{"path": "a", "size": 4}], "patience": 5.0}
    for short in (None, 2):
        with seen_late(tmp_path / "a", 0.5, short):
            began = time.monotonic()
            late.need(spec)
            assert 0.4 < time.monotonic() - began < 5
        assert (tmp_path / "a").read_bytes() == b"1234"
    with pytest.raises(RunFailed, match="b: not to be seen here, or not whole"):
        late.need({**spec, "files": [*spec["files"], {"path": "b", "size": 4}], "patience": 0.3})


def test_what_is_lost_is_made_again_where_nobody_is_late(single: Path, stopped: Path, tmp_path: Path) -> None:
    out = str(shutil.copytree(stopped, tmp_path / "out"))
    run = Run(out)
    removed = next(
        output["path"]
        for shard in cut(run.info["shards"], [], 2)[1].shards
        if (manifest := run.manifest(0, shard)) is not None
        for output in outputs(manifest, "removed")
    )
    (run.path / removed).unlink()
    assert left_of(one(single, out, part="1/2")).lacking == {2: 1}
    assert left_of(one(single, out, part="2/2")).ran == 1
    one(single, out)
    assert result(run.path) == result(single / "whole")


@pytest.mark.parametrize("option", ["part", "stop_after_corpus"])
def test_python_takes_what_the_command_line_takes(single: Path, option: str) -> None:
    for value in ("3", "1/0", "pbs/3", 7) if option == "part" else ("yes",):
        with pytest.raises(RunError) as caught:
            one(single, "never", **{option: value})
        assert caught.value.where == option
    assert not (single / "never").exists()


@pytest.mark.parametrize("on", ["ray", "ray=127.0.0.1:1"])
def test_a_part_on_a_cluster_is_refused(single: Path, on: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anybody asks which cluster, and whether it is there."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    code, said, errors = call(single, "never", "--part", "1/3", "--on", on)
    assert (code, said) == (2, "")
    what = "a part runs on the machine of its call, not on a cluster"
    hint = "leave --part out: the cluster shares the work by itself"
    assert errors == f"error: on: {what}\nhint: {hint}\n"
    with pytest.raises(RunError) as caught:
        one(single, "never", part="1/3", on=on)
    assert str(caught.value) == f"error: on: {what}\nhint: {hint}"
    assert not (single / "never").exists()


def test_more_parts_than_there_is_to_do(single: Path, tmp_path: Path) -> None:
    def said(part: int) -> str:
        return call(single, str(tmp_path / "many"), "--part", f"{part}/90")[1]

    shares = cut(Run(single / "whole").info["shards"], [], 90)
    empty = max(number for number, share in enumerate(shares, 1) if not share.shards)
    assert (
        "has no share: there is less to do than there are parts\nmissing  the one input that is read whole first"
        in said(empty)
    )
    [owner] = left_of(one(single, str(tmp_path / "many"), part=f"{empty}/90")).lacking
    assert f"part {owner} of 90 is done with run_size to early: " in said(owner)
    assert "has no share: there is less to do than there are parts\nmissing  " in said(empty)
