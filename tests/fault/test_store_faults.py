"""What an object store does to those who use it: refusals, other regions, slow answers, cut uploads, no answer at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from object_stores import BUCKET, Server, serving
from store_proxy import Fault, Proxy, proxied, times
from tamis.errors import InputError, RunFailed
from tamis.sources import expand
from tamis.stores import calls, clients

THERE = f"s3://{BUCKET}/some/object"
SLOW = (503, "SlowDown", {})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving("moto", tmp_path_factory.mktemp("server") / "objects") as found:
        yield found


@pytest.fixture
def proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with proxied(server.port) as found:
        for name, value in server.environment(found.port).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TAMIS_STORE_RETRY_SECONDS", "10")
        yield found


def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tamis", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def refine(tmp_path: Path, source: str, out: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "r.toml").write_text('name = "r"\n[[step]]\nop = "exact"\n')
    (tmp_path / "a.jsonl").write_text('{"text": "Some text."}\n')
    return command("run", str(tmp_path / "r.toml"), source, "-o", out, "--workers", "1", **environment)


def test_a_refusal_is_said_with_what_to_do(proxy: Proxy, tmp_path: Path) -> None:
    proxy.choose = lambda method, path: (403, "AccessDenied", {})
    reading = refine(tmp_path, f"s3://{BUCKET}/in/*.jsonl", str(tmp_path / "out"))
    writing = refine(tmp_path, str(tmp_path / "a.jsonl"), f"s3://{BUCKET}/refused")
    for done, hint in ((reading, "may these credentials read there"), (writing, "may these credentials")):
        assert done.returncode == 2
        assert "refuses it: 403 Forbidden" in done.stderr
        assert hint in done.stderr
        assert "test-secret" not in done.stdout + done.stderr
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_is_said(proxy: Proxy, tmp_path: Path) -> None:
    done = refine(tmp_path, str(tmp_path / "a.jsonl"), "s3://no-such-bucket/out")
    assert done.returncode == 2
    assert "no such bucket" in done.stderr
    assert "AWS_ENDPOINT_URL" in done.stderr
    done = refine(tmp_path, f"s3://{BUCKET}/none/*.jsonl", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "no file matches" in done.stderr
    done = command("report", f"s3://{BUCKET}/no-run")
    assert done.returncode == 2
    assert "no such run directory" in done.stderr


def test_another_region_is_said(proxy: Proxy, tmp_path: Path) -> None:
    proxy.choose = lambda method, path: (301, "PermanentRedirect", {"x-amz-bucket-region": "eu-west-3"})
    done = refine(tmp_path, f"s3://{BUCKET}/in/*.jsonl", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "another region" in done.stderr
    assert "AWS_REGION" in done.stderr


def test_a_storm_of_slow_down_passes(proxy: Proxy, tmp_path: Path) -> None:
    met: set[tuple[str, str]] = set()

    def first_time(method: str, path: str) -> Fault:
        known = (method, path) in met
        met.add((method, path))
        return None if known else SLOW

    proxy.choose = first_time
    done = refine(tmp_path, str(tmp_path / "a.jsonl"), f"s3://{BUCKET}/stormy", TAMIS_SCRATCH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert len(met) > 30
    proxy.choose = lambda method, path: None
    names = [one.address for one in calls.list_below(f"s3://{BUCKET}/stormy/kept")]
    assert len(names) == 1


def test_one_that_does_not_pass_ends_the_run_and_the_same_command_goes_on(
    proxy: Proxy, tmp_path: Path
) -> None:
    out = f"s3://{BUCKET}/storm"
    given = {"TAMIS_STORE_RETRY_SECONDS": "2", "TAMIS_SCRATCH": str(tmp_path)}
    proxy.choose = lambda method, path: SLOW if "/kept/" in path else None
    done = refine(tmp_path, str(tmp_path / "a.jsonl"), out, **given)
    assert done.returncode == 1
    assert "no answer for 2 s: 503 Service Unavailable (SlowDown)" in done.stderr
    assert "the same command goes on" in done.stderr
    proxy.choose = lambda method, path: None
    assert refine(tmp_path, str(tmp_path / "a.jsonl"), out, **given).returncode == 0


@pytest.mark.parametrize("kind", ["moto", "rclone"])
def test_a_download_that_breaks_goes_on(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it stopped; from a server that sends no ranges, from the beginning."""
    data = os.urandom(1 << 20) * 9
    with serving(kind, tmp_path / "objects") as server, proxied(server.port) as proxy:
        for name, value in server.environment(proxy.port).items():
            monkeypatch.setenv(name, value)
        calls.put(f"{THERE}-broken", data)
        proxy.choose = times(2, lambda method, path: method == "GET", "half")
        proxy.seen.clear()
        with (tmp_path / "copy").open("xb") as out:
            calls.read_into(f"{THERE}-broken", out)
    assert (tmp_path / "copy").read_bytes() == data
    assert len([method for method, path in proxy.seen if method == "GET"]) >= 3


@pytest.mark.parametrize("silent", ["", "run.json"], ids=["from the beginning", "later"])
def test_while_a_store_does_not_answer_it_is_said_and_ctrl_c_is_heeded(
    proxy: Proxy, tmp_path: Path, silent: str
) -> None:
    gone = []

    def choose(method: str, path: str) -> Fault:
        if method == "PUT" and silent in path:
            gone.append(path)
        return SLOW if gone else None

    proxy.choose = choose
    (tmp_path / "r.toml").write_text('name = "r"\n[[step]]\nop = "exact"\n')
    (tmp_path / "a.jsonl").write_text('{"text": "Some text."}\n')
    words = ["run", str(tmp_path / "r.toml"), str(tmp_path / "a.jsonl"), "-o", f"s3://{BUCKET}/deaf-{silent}"]
    given = {**os.environ, "TAMIS_STORE_RETRY_SECONDS": "300", "TAMIS_SCRATCH": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tamis", *words], stderr=subprocess.PIPE, text=True, env=given
    )
    assert process.stderr is not None
    said = ""
    while "warning: " not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    assert "no answer yet (503 Service Unavailable (SlowDown)); asked again for up to 300 s" in said
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "stopped; nothing is lost" in said
    assert time.monotonic() - begun < 30


def test_an_upload_cut_in_its_second_part_is_whole(proxy: Proxy, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(os.urandom(1 << 20) * 70)
    proxy.choose = times(1, lambda method, path: "partNumber=2" in path, "cut")
    calls.put(THERE, tmp_path / "large")
    seconds = [path for method, path in proxy.seen if "partNumber=2" in path]
    assert len(seconds) == 2
    assert calls.get(THERE) == (tmp_path / "large").read_bytes()


def test_an_upload_that_ends_half_way_leaves_no_object(
    proxy: Proxy, tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "large").write_bytes(b"x" * (70 << 20))
    monkeypatch.setenv("TAMIS_STORE_RETRY_SECONDS", "1")
    proxy.choose = lambda method, path: SLOW if "partNumber=2" in path else None
    with pytest.raises(RunFailed, match="no answer for 1 s"):
        calls.put(f"{THERE}-half", tmp_path / "large")
    assert calls.head(f"{THERE}-half") is None


def test_a_conditional_write_whose_answer_is_lost_counts(proxy: Proxy) -> None:
    """The server wrote and its answer did not come: the repeated write meets what is its own."""
    path = f"{THERE}-lost"
    calls.put(path, b"ours")
    proxy.choose = times(1, lambda method, path: method == "PUT", "cut")
    assert calls.create(path, b"ours")
    proxy.choose = times(1, lambda method, path: method == "PUT", "cut")
    assert not calls.create(path, b"another's")
    assert calls.get(path) == b"ours"


def test_conditional_writes(proxy: Proxy) -> None:
    path = f"{THERE}-conditional"
    assert calls.create(path, b"1")
    assert not calls.create(path, b"2")
    _data, tag = calls.get_tagged(path) or (b"", "")
    assert calls.replace_if(path, b"3", tag)
    assert not calls.replace_if(path, b"4", tag)
    assert calls.get(path) == b"3"
    calls.remove(path)
    calls.remove(path)
    assert calls.head(path) is None
    assert calls.get_tagged(path) is None


ASK = """
import sys
from tamis.errors import TamisError
from tamis.stores import calls
for ask in (calls.head, lambda url: calls.put(url, b"1"), calls.remove):
    try:
        print(ask(sys.argv[1]))
    except TamisError as error:
        print(error)
"""
ADDRESSES = ("s3://{0}/k", "gs://{0}/k", "az://{0}/k")
METADATA = "169.254.169.254"


def asked(proxy: Proxy, url: str, **environment: str) -> list[str]:
    """What a process without credentials asks of all plain HTTP servers: each request goes to the proxy first."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "GOOGLE_", "AZURE_"))
    }
    way = f"http://127.0.0.1:{proxy.port}"
    given = {"HTTP_PROXY": way, "HTTPS_PROXY": way, "NO_PROXY": "", "TAMIS_STORE_RETRY_SECONDS": "0.5"}
    given |= {"AZURE_STORAGE_ACCOUNT_NAME": "someone", "AWS_ENDPOINT_URL": "http://store.invalid"}
    proxy.seen.clear()
    proxy.choose = lambda method, path: (404, "NoSuchKey", {})
    done = subprocess.run(
        [sys.executable, "-c", ASK, url],
        env={**kept, **given, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return [path for _method, path in proxy.seen]


def test_nobody_asks_for_the_credentials_of_the_machine(proxy: Proxy) -> None:
    """Not for reading, writing or removing."""
    found = {url: asked(proxy, url.format(BUCKET)) for url in ADDRESSES}
    for url, paths in found.items():
        assert [path for path in paths if METADATA in path or "metadata.google" in path] == [], url
    assert f"http://store.invalid/{BUCKET}/k" in found[ADDRESSES[0]]


def test_it_is_asked_where_the_environment_names_it(proxy: Proxy) -> None:
    """That the test above would see it."""
    found = asked(proxy, f"s3://{BUCKET}/k", AWS_METADATA_ENDPOINT=f"http://{METADATA}")
    assert any(path.startswith(f"http://{METADATA}/latest/") for path in found)


def test_a_request_without_credentials_is_told_from_one_with_them(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    proxy.choose = lambda method, path: (403, "AccessDenied", {})
    with pytest.raises(InputError, match="403") as caught:
        expand([f"s3://{BUCKET}/a.jsonl"])
    assert "no credentials" in caught.value.hint


def test_half_a_credential_is_said(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InputError, match="does not say how to reach it"):
        calls.head(THERE)


def test_odd_addresses(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for url, what in (
        ("s3://", "names no bucket"),
        (f"s3://{BUCKET}/a//b", "empty name"),
        (f"s3://{BUCKET}/../b", "'..'"),
        (f"s3://{BUCKET}/a\nb", "control character"),
        ("s3://some bucket/a", "no bucket has the name 'some bucket'"),
    ):
        with pytest.raises(InputError, match=what):
            expand([url])
    for text in ("soon", "-5", "nan"):
        monkeypatch.setenv(clients.RETRY, text)
        with pytest.raises(InputError, match="no number of seconds"):
            calls.head(THERE)
    monkeypatch.delenv(clients.RETRY)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "127.0.0.1:9000")
    with pytest.raises(InputError, match=r"AWS_ENDPOINT_URL: '127[.]0[.]0[.]1:9000' is no address"):
        calls.head(THERE)


HALVES: dict[str, dict[str, str]] = {
    "AWS_ROLE_ARN": {"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/file"},
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"},
    "AZURE_CLIENT_ID": {"AZURE_CLIENT_SECRET": "some"},
    "AZURE_TENANT_ID": {"AZURE_FEDERATED_TOKEN_FILE": "/no/file", "AZURE_CLIENT_ID": "some"},
}


@pytest.mark.parametrize("lacking", HALVES)
def test_half_a_way_to_credentials_never_asks_the_machine(proxy: Proxy, lacking: str) -> None:
    url = ADDRESSES[0 if lacking.startswith("AWS") else 2].format(BUCKET)
    assert asked(proxy, url, **HALVES[lacking]) == []


def test_credentials_that_cannot_be_read_are_said_at_once(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAMIS_STORE_RETRY_SECONDS", "300")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/file")
    with pytest.raises(InputError, match="AWS_WEB_IDENTITY_TOKEN_FILE without AWS_ROLE_ARN"):
        calls.head(THERE)
    monkeypatch.setenv("AWS_ROLE_ARN", "some")
    with pytest.raises(InputError, match="Failed to read token file '/no/file'"):
        calls.head(THERE)
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", "/no/file")
    with pytest.raises(InputError, match="Unable to open service account file"):
        calls.head(f"gs://{BUCKET}/k")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "some")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "no base 64!")
    with pytest.raises(InputError, match="Invalid Access Key"):
        calls.head(f"az://{BUCKET}/k")
