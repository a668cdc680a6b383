"""A Ray cluster's control store is told from what else may answer at a port, a driver without one ends in time, and a
node without the driver's folder is refused.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tamis.engine import ray_cluster, ray_node, ray_watch
from tamis.errors import RunError, RunFailed


@contextmanager
def listening(answer: bytes | None) -> Iterator[str]:
    """The address of a server that says this to whoever connects and closes; with None it says nothing and waits."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve() -> None:
            while True:
                try:
                    link, _peer = server.accept()
                except OSError:
                    return
                if answer is None:
                    held.append(link)
                    continue
                with link:
                    link.recv(100)
                    link.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for link in held:
            link.close()


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_settings_of_http_2_are_an_answer() -> None:
    with listening(bytes((0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1))) as place:
        ray_watch.ask(place, 5)


def test_a_web_server_is_not_a_control_store() -> None:
    """The port of Ray's dashboard is easily taken for the one of its control store."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(RunError, match=r"not the control store of a Ray cluster\nhint: .* 6379"):
            ray_cluster._reach(f"127.0.0.1:{server.server_port}")
        thread.join()


def test_one_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "REACH_SECONDS", 0.3)
    with listening(None) as place:
        begun = time.monotonic()
        with pytest.raises(RunError, match="no Ray cluster answers there: timed out"):
            ray_cluster._reach(place)
        assert time.monotonic() - begun < 5
    with listening(b"") as place, pytest.raises(RunError, match="not the control store"):
        ray_cluster._reach(place)
    with pytest.raises(RunError, match="no Ray cluster answers there: Connection refused"):
        ray_cluster._reach(free_port())


def test_silence_is_an_error_and_an_answer_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_watch, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(ray_watch, "GONE_AFTER", 0.3)
    place = free_port()
    watch = ray_watch.Watch(place)
    try:
        watch.check()
        time.sleep(0.4)
        with pytest.raises(RunFailed, match=r"the control store \(GCS\) .* has not answered for 0 seconds"):
            watch.check()
        with socket.create_server(("127.0.0.1", int(place.rpartition(":")[2]))) as server:
            link, _peer = server.accept()
            with link:
                link.recv(100)
                link.sendall(bytes((0, 0, 0, 4)))
                while watch.silence >= 0.3:
                    time.sleep(0.01)
        watch.check()
    finally:
        watch.close()


def test_a_driver_that_does_not_come_to_look_is_ended() -> None:
    """It hangs in native code, as in a call of Ray that waits for the store."""
    code = "import sys, time; from tamis.engine.ray_watch import Watch; Watch(sys.argv[1]); time.sleep(60)"
    place = free_port()
    env = {**os.environ, "RAY_gcs_rpc_server_reconnect_timeout_s": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code, place], env=env, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"error: {place}: the control store (GCS) of the Ray cluster has not answered"
    )
    assert done.stderr.count("\n") == 2


def test_a_node_without_the_folder_of_the_driver_is_named(tmp_path: Path) -> None:
    """There `-o run1` would mean another place, though the run directory itself is to be seen."""
    out = str(tmp_path)
    nonce = ray_cluster.new_nonce(tmp_path)
    answer = ray_node.look(out, nonce, "ab12", os.getcwd())
    ray_cluster.check_answer(answer, out, "node a", "ab12", nonce)
    answer = ray_node.look(out, nonce, "cd34", str(tmp_path / "home"))
    with pytest.raises(
        RunError, match="node a cannot see it\nhint: give the command in a folder that all"
    ) as caught:
        ray_cluster.check_answer(answer, out, "node a", "cd34", nonce)
    assert caught.value.where == os.getcwd()
