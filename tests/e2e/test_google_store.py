"""Inputs and run directories at `gs://`: the bytes of a local run, also after a kill; and what is refused there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import google_store
from object_stores import BUCKET
from run_inputs import write_texts
from store_proxy import Proxy
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
THERE = f"gs://{BUCKET}"
# These tell of the run itself: its times, its directory, the tags of its inputs.
OWN = ("run.json", "lock", "plan.parquet", "report/index.html", "report/card.md")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("google")
    with google_store.google(folder / "objects") as found, pytest.MonkeyPatch.context() as patch:
        for name, value in google_store.environment(found).items():
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


def test_a_run_there_that_is_killed_gives_the_bytes_of_a_local_one(proxy: Proxy, tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE)
    write_texts(tmp_path / "in", 60)
    (tmp_path / "in" / "copy.jsonl").write_bytes((tmp_path / "in" / "part-0.jsonl").read_bytes())
    for path in (tmp_path / "in").iterdir():
        calls.put(f"{THERE}/in/{path.name}", path)
    done = refine(tmp_path / "r.toml", str(tmp_path / "in" / "*.jsonl"), str(tmp_path / "local"))
    assert done.returncode == 0, done.stderr
    killed = refine(tmp_path / "r.toml", f"{THERE}/in/*.jsonl", f"{THERE}/run", TAMIS_CRASH_AT="K7:2")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = refine(tmp_path / "r.toml", f"{THERE}/in/*.jsonl", f"{THERE}/run")
    assert done.returncode == 0, done.stderr
    local = {
        str(path.relative_to(tmp_path / "local")): path.read_bytes()
        for path in (tmp_path / "local").rglob("*")
        if path.is_file()
    }
    found = {
        one.address[len(THERE) + 5 :]: calls.get(one.address) for one in calls.list_below(f"{THERE}/run")
    }
    assert found.keys() == local.keys()
    compared = [name for name in local if name not in OWN and not name.startswith("phases/")]
    assert {name.partition("/")[0] for name in compared} >= {"kept", "removed", "clusters"}
    assert [name for name in compared if local[name] != found[name]] == []
    assert [name for name, data in found.items() if b"test-secret" in data] == []


def test_conditional_writes_go_by_the_generation(proxy: Proxy) -> None:
    path = f"{THERE}/conditional/x y+é"
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


def test_a_large_object_goes_up_in_parts(proxy: Proxy, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(os.urandom(1 << 20) * 65)
    proxy.seen.clear()
    calls.put(f"{THERE}/large", tmp_path / "large")
    assert len([path for method, path in proxy.seen if method == "PUT" and "partNumber" in path]) == 5
    assert calls.get(f"{THERE}/large", 40 << 20, (40 << 20) + 9) == (tmp_path / "large").read_bytes()[:9]


def test_what_is_refused_is_said(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such bucket") as caught:
        calls.put("gs://no-such-bucket/a", b"1")
    assert "GOOGLE_BASE_URL" in caught.value.hint
    with monkeypatch.context() as patch:
        patch.setattr(proxy, "choose", lambda method, path: (401, "AuthenticationRequired", {}))
        with pytest.raises(InputError, match=r"401 Unauthorized \(AuthenticationRequired\)") as caught:
            calls.put(f"{THERE}/a", b"1")
        assert caught.value.hint == "may these credentials write there?"
        patch.delenv("GOOGLE_BEARER_TOKEN")
        with pytest.raises(InputError, match="401 Unauthorized") as caught:
            calls.put(f"{THERE}/a", b"1")
        assert "no credentials" in caught.value.hint
