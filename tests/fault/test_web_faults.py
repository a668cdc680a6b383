"""Inputs on web servers that redirect, break off, fall silent or refuse in the middle of a run."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loopback import QuietHandler, listening
from run_inputs import digests

LINES = "".join(
    json.dumps({"text": f"Line {number} " + "of some words " * 20}) + "\n" for number in range(4000)
)
DATA = LINES.encode()


@dataclass
class Web:
    """One file of JSON lines; `choose` says of the n-th GET with a range how it is answered: a status, "cut" or ""."""

    port: int = 0
    choose: Callable[[int], str] = lambda number: ""
    ranges: bool = True
    count: int = field(default=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _Handler(QuietHandler):
    web: Web

    def do_GET(self) -> None:
        if self.path.startswith(("/moved/", "/circle")):
            self._begin(302, 0, Location=self.path.removeprefix("/moved"))
        elif self.path != "/a.jsonl":
            self.send_error(404)
        elif self.command == "HEAD":
            self._begin(200, len(DATA), **{"Accept-Ranges": "bytes"})
        else:
            self._send()

    do_HEAD = do_GET

    def _send(self) -> None:
        self.web.count += 1
        fault = self.web.choose(self.web.count)
        if fault.isdigit():
            self.send_error(int(fault))
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")) if self.web.ranges else None
        if found is None:
            part = DATA
            self._begin(200, len(DATA))
        else:
            start, end = int(found[1]), min(int(found[2] or len(DATA)), len(DATA) - 1)
            part = DATA[start : end + 1]
            self._begin(206, len(part), **{"Content-Range": f"bytes {start}-{end}/{len(DATA)}"})
        if fault == "cut":
            self.wfile.write(part[: len(part) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.wfile.write(part)

    def _begin(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()


@pytest.fixture
def web() -> Iterator[Web]:
    found = Web()
    with listening(_Handler, web=found) as server:
        server.handle_error = lambda request, address: None  # type: ignore[method-assign]
        found.port = server.server_address[1]
        yield found


def refine(
    tmp_path: Path, source: str, out: str = "out", seconds: str = "60"
) -> subprocess.CompletedProcess[str]:
    (tmp_path / "r.toml").write_text('name = "r"\n[[step]]\nop = "exact"\n')
    words = ["run", str(tmp_path / "r.toml"), source, "-o", str(tmp_path / out), "--workers", "1"]
    return subprocess.run(
        [sys.executable, "-m", "tamis", *words, "--shard-bytes", "400000"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TAMIS_STORE_RETRY_SECONDS": seconds},
    )


def test_a_connection_that_breaks_is_asked_again(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(DATA)
    assert refine(tmp_path, str(tmp_path / "a.jsonl"), "local").returncode == 0
    web.choose = lambda number: {1: "cut", 3: "503", 5: "cut", 6: "429"}.get(number, "")
    done = refine(tmp_path, f"{web.url}/moved/a.jsonl")
    assert done.returncode == 0, done.stderr
    assert web.count > 5
    assert "no answer yet (the connection broke); asked again for up to 60 s" in done.stderr
    found = digests(tmp_path / "out", "kept", "removed")
    assert found
    assert found == digests(tmp_path / "local", "kept", "removed")


def test_one_that_stays_broken_ends_the_run_and_the_same_command_goes_on(web: Web, tmp_path: Path) -> None:
    web.choose = lambda number: "503" if number > 3 else ""
    done = refine(tmp_path, f"{web.url}/a.jsonl", seconds="1")
    assert done.returncode == 1
    assert f"error: {web.url}/a.jsonl: no answer for 1 s: 503 Service Unavailable" in done.stderr
    assert "the same command goes on" in done.stderr
    web.choose = lambda number: ""
    assert refine(tmp_path, f"{web.url}/a.jsonl").returncode == 0


@pytest.mark.parametrize(
    ("status", "what"), [("410", "the server refuses it: 410 Gone"), ("404", "no such file")]
)
def test_a_refusal_in_the_middle_is_the_users_to_mend(
    web: Web, tmp_path: Path, status: str, what: str
) -> None:
    web.choose = lambda number: status if number > 3 else ""
    done = refine(tmp_path, f"{web.url}/a.jsonl")
    assert done.returncode == 2
    assert f"error: {web.url}/a.jsonl: {what}\nhint: check the address" in done.stderr
    assert "fault of tamis" not in done.stderr


def test_what_cannot_be_opened_is_said_at_once(web: Web, tmp_path: Path) -> None:
    for url, what in (
        (f"{web.url}/none.jsonl", "no such file"),
        (f"{web.url}/*.jsonl", "no such file"),
        (f"{web.url}/circle.jsonl", "cannot be opened: it redirects in a circle"),
        ("http://127.0.0.1:1/a.jsonl", "cannot be opened: Connect call failed"),
        (f"https://127.0.0.1:{web.port}/a.jsonl", "cannot be opened: [SSL"),
        ("http:///a.jsonl", "cannot be opened: "),
    ):
        done = refine(tmp_path, url)
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith(f"error: {url}: {what}")
        assert "hint: check the address" in done.stderr
    assert not (tmp_path / "out").exists()
