"""A run directory in an object store: the bytes of a local run, and every verb that reads one reads it there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tamis
from object_stores import BUCKET, Server, serving
from run_inputs import RUN_RECIPE, write_run_inputs
from tamis.sources import expand
from tamis.stores import calls

OPS = str(Path(__file__).resolve().parent.parent / "run_ops.py")
OPTIONS: dict[str, Any] = {"ops": [OPS], "workers": 2, "shard_bytes": 15_000}


@pytest.fixture(scope="module", params=["moto", "rclone"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with serving(request.param, folder / "objects") as found, pytest.MonkeyPatch.context() as patch:
        for name, value in found.environment().items():
            patch.setenv(name, value)
        patch.setenv("TAMIS_SCRATCH", str(folder))
        yield found


@pytest.fixture(scope="module")
def runs(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The same run twice: in a folder, and in the store from inputs that lie there too."""
    folder = tmp_path_factory.mktemp("runs")
    write_run_inputs(folder)
    for path in (folder / "in").iterdir():
        calls.put(f"s3://{BUCKET}/in/{path.name}", path)
    tamis.run(folder / "r.toml", str(folder / "in" / "*.jsonl"), folder / "local", **OPTIONS)
    remote = f"s3://{BUCKET}/run1"
    run = tamis.run(folder / "r.toml", f"s3://{BUCKET}/in/*.jsonl", remote, **OPTIONS)
    assert str(run.path) == remote
    assert not run.idle
    assert tamis.run(folder / "r.toml", f"s3://{BUCKET}/in/*.jsonl", remote, **OPTIONS).idle
    return folder / "local", remote


def objects(run: str) -> dict[str, bytes]:
    cut = len(run) + 1
    return {one.address[cut:]: calls.get(one.address) for one in calls.list_below(run)}


def files(run: Path) -> dict[str, bytes]:
    return {str(path.relative_to(run)): path.read_bytes() for path in run.rglob("*") if path.is_file()}


# These tell of the run itself: its times, its directory, the etags of its inputs.
OWN = ("run.json", "lock", "plan.parquet", "report/index.html", "report/card.md")


def test_the_bytes_are_those_of_a_local_run(runs: tuple[Path, str]) -> None:
    local, remote = files(runs[0]), objects(runs[1])
    assert local.keys() == remote.keys()
    compared = [name for name in local if name not in OWN and not name.startswith("phases/")]
    assert {name.partition("/")[0] for name in compared} >= {
        "kept",
        "removed",
        "originals",
        "clusters",
        "corpus",
    }
    assert [name for name in compared if local[name] != remote[name]] == []


def test_no_credential_is_stored(runs: tuple[Path, str], server: Server) -> None:
    secret = server.environment()["AWS_SECRET_ACCESS_KEY"].encode()
    found = objects(runs[1])
    assert found
    assert [name for name, data in found.items() if secret in data] == []


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tamis", *words], capture_output=True, text=True, timeout=120
    )


def answer(run: str, *words: str) -> str:
    done = command(*(word.format(run=run) for word in words), "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return done.stdout.replace(run, "RUN")


@pytest.mark.parametrize(
    "words",
    [
        ("report", "{run}", "--again"),
        ("look", "{run}", "--kept"),
        ("look", "{run}", "--removed-by", "run_size.length"),
        ("explain", "{run}", "removed/0:1"),
        ("retune", "{run}", "--sweep", "run_size.length.min=50:200:50"),
    ],
)
def test_verbs_read_it_there(runs: tuple[Path, str], words: tuple[str, ...]) -> None:
    local, remote = (answer(str(run), *words) for run in runs)
    assert remote == local


def test_report_card_diff_and_export(runs: tuple[Path, str], tmp_path: Path) -> None:
    assert BUCKET not in tamis.report(runs[1]).name
    page = objects(runs[1])["report/index.html"]
    assert b"<html" in page
    tamis.report(runs[1], card=tmp_path / "card.md")
    assert (tmp_path / "card.md").read_bytes() == objects(runs[1])["report/card.md"]
    assert tamis.diff(runs[0], runs[1])["moved"] == 0
    assert tamis.export(runs[1], tmp_path / "a.jsonl") == tamis.export(runs[0], tmp_path / "b.jsonl") > 0
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    copied = str(runs[0])
    for against in (copied, copied):
        page = tamis.report(runs[1], against=against)
        assert objects(runs[1])[f"report/{page.name}"].startswith(b"<!")
    refused = command("report", runs[1], "--open")
    assert refused.returncode == 2
    assert "not on this machine" in refused.stderr


def test_retune_from_and_against_a_run_there(runs: tuple[Path, str], tmp_path: Path) -> None:
    changed = {"run_size.length.min": 200}
    tamis.retune(runs[0], changed, tmp_path / "tuned")
    there = tamis.retune(runs[1], changed, f"s3://{BUCKET}/tuned")
    found = objects(str(there.path))
    kept = {name: data for name, data in files(tmp_path / "tuned").items() if name.startswith("kept/")}
    assert kept
    assert {name: data for name, data in found.items() if name.startswith("kept/")} == kept
    (tmp_path / "r.toml").write_text(RUN_RECIPE)
    for options in ({"from_run": runs[1]}, {"inputs": f"s3://{BUCKET}/in", "against": [runs[1]]}):
        again = tamis.run(tmp_path / "r.toml", out=tmp_path / f"other-{len(options)}", **options, **OPTIONS)
        assert again.counts()["in"] > 0
    assert again.counts()["kept"] == 0


def test_inputs_are_found_as_in_a_folder(runs: tuple[Path, str], tmp_path: Path) -> None:
    for name in ("deep/x/a.jsonl", "deep/x/y/b.jsonl", "deep/c.jsonl", "deep/readme.pdf"):
        calls.put(f"s3://{BUCKET}/{name}", b'{"text": "Some text."}\n')
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"{}\n")
    for pattern in ("deep", "deep/", "deep/**/*.jsonl", "deep/*/?.jsonl", "d*p/x/[ab].jsonl", "deep/c.jsonl"):
        local = [one.name for one in expand([f"{tmp_path}/{pattern}"])]
        assert [one.name for one in expand([f"s3://{BUCKET}/{pattern}"])] == local, pattern
        assert local
