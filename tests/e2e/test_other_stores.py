"""Inputs and run directories at `gs://` and `az://`: the bytes of a local run, also after a kill; what is refused there."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import azure_store
import google_store
from object_stores import BUCKET
from run_inputs import write_texts
from tamis.errors import InputError
from tamis.stores import calls

RECIPE = """name = "google"
[[step]]
op = "gopher_quality"
keep = [{ signal = "word_count", min = 15 }]
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
"""
# These tell of the run itself: its times, its directory, the tags of its inputs.
OWN = ("run.json", "lock", "plan.parquet", "report/index.html", "report/card.md")


@dataclass(frozen=True)
class Cloud:
    """A store that runs: the address of its bucket, what it was asked, and by which variables it is named and unlocked."""

    there: str
    seen: list[tuple[str, str]]
    endpoint: str
    key: str


@pytest.fixture(scope="module", params=["gs", "az"])
def cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp(request.param)
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        if request.param == "gs":
            proxy = stack.enter_context(google_store.google(folder / "objects"))
            given = google_store.environment(proxy)
            found = Cloud(f"gs://{BUCKET}", proxy.seen, "GOOGLE_BASE_URL", "GOOGLE_BEARER_TOKEN")
        else:
            azure = stack.enter_context(azure_store.serving_azure())
            given = azure.environment()
            found = Cloud(f"az://{BUCKET}", azure.seen, "AZURE_STORAGE_ENDPOINT", "AZURE_STORAGE_ACCOUNT_KEY")
        for name, value in given.items():
            patch.setenv(name, value)
        patch.setenv("TAMIS_SCRATCH", str(folder))
        patch.setenv("TAMIS_STORE_RETRY_SECONDS", "10")
        yield found


def refine(recipe: Path, source: str, out: str, **environment: str) -> subprocess.CompletedProcess[str]:
    words = ["run", str(recipe), source, "-o", out, "--workers", "1", "--shard-bytes", "30000"]
    return subprocess.run(
        [sys.executable, "-m", "tamis", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


@pytest.mark.slow
def test_a_run_there_that_is_killed_gives_the_bytes_of_a_local_one(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE)
    write_texts(tmp_path / "in", 60)
    (tmp_path / "in" / "copy.jsonl").write_bytes((tmp_path / "in" / "part-0.jsonl").read_bytes())
    for path in (tmp_path / "in").iterdir():
        calls.put(f"{cloud.there}/in/{path.name}", path)
    done = refine(tmp_path / "r.toml", str(tmp_path / "in" / "*.jsonl"), str(tmp_path / "local"))
    assert done.returncode == 0, done.stderr
    killed = refine(
        tmp_path / "r.toml", f"{cloud.there}/in/*.jsonl", f"{cloud.there}/run", TAMIS_CRASH_AT="K7:2"
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = refine(tmp_path / "r.toml", f"{cloud.there}/in/*.jsonl", f"{cloud.there}/run")
    assert done.returncode == 0, done.stderr
    local = {
        str(path.relative_to(tmp_path / "local")): path.read_bytes()
        for path in (tmp_path / "local").rglob("*")
        if path.is_file()
    }
    found = {
        one.address[len(cloud.there) + 5 :]: calls.get(one.address)
        for one in calls.list_below(f"{cloud.there}/run")
    }
    assert found.keys() == local.keys()
    compared = [name for name in local if name not in OWN and not name.startswith("phases/")]
    assert {name.partition("/")[0] for name in compared} >= {"kept", "removed", "clusters"}
    assert [name for name in compared if local[name] != found[name]] == []
    assert [name for name, data in found.items() if b"test-secret" in data] == []


def test_conditional_writes(cloud: Cloud) -> None:
    path = f"{cloud.there}/conditional/x y+é"
    assert calls.create(path, b"1")
    assert not calls.create(path, b"2")
    data, tag = calls.get_tagged(path) or (b"", "")
    assert data == b"1"
    assert calls.replace_if(path, b"3", tag)
    assert not calls.replace_if(path, b"4", tag)
    assert calls.get(path) == b"3"
    calls.remove(path)
    calls.remove(path)
    assert calls.head(path) is None
    assert calls.get_tagged(path) is None


def test_a_large_object_goes_up_in_parts(cloud: Cloud, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(os.urandom(1 << 20) * 65)
    cloud.seen.clear()
    calls.put(f"{cloud.there}/large", tmp_path / "large")
    assert (
        len(
            [path for method, path in cloud.seen if method == "PUT" and re.search("partNumber|blockid", path)]
        )
        == 5
    )
    assert (
        calls.get(f"{cloud.there}/large", 40 << 20, (40 << 20) + 9) == (tmp_path / "large").read_bytes()[:9]
    )


def test_what_is_refused_is_said(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such bucket") as caught:
        calls.put(f"{cloud.there}-of-nobody/a", b"1")
    assert cloud.endpoint in caught.value.hint
    monkeypatch.delenv(cloud.key)
    with pytest.raises(InputError, match=r"40[13] \w+ \(Authentication\w+\)") as caught:
        calls.put(f"{cloud.there}/a", b"1")
    assert "no credentials" in caught.value.hint


def test_a_removal_that_is_refused_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure removes in batches: the batch is accepted, and what is in it refused."""
    with azure_store.serving_azure() as azure:
        for name, value in azure.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TAMIS_STORE_RETRY_SECONDS", "300")
        calls.put(f"az://{BUCKET}/a", b"1")
        azure.removing = "403 Forbidden"
        with pytest.raises(InputError, match=r"refuses it: Forbidden \(403\)") as caught:
            calls.remove(f"az://{BUCKET}/a")
        assert caught.value.hint == "may these credentials write there?"
        assert calls.get(f"az://{BUCKET}/a") == b"1"
