"""The few calls of the Hugging Face Hub that reading a data set takes, on loopback, over a folder of this machine."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from loopback import QuietHandler, listening

REPOSITORY = "someone/texts"
SHA = "0123456789abcdef0123456789abcdef01234567"
_INFO = re.compile(rf"/api/datasets/{REPOSITORY}(?:/revision/([^/]+))?")
_TREE = re.compile(rf"/api/datasets/{REPOSITORY}/tree/([^/]+)/?(.*)")
_PATHS = re.compile(rf"/api/datasets/{REPOSITORY}/paths-info/([^/]+)")
_FILE = re.compile(rf"/datasets/{REPOSITORY}/resolve/([^/]+)/(.+)")


@dataclass
class Hub:
    """One public data set, the revision `main`; `seen` has (method, path), `refused` an answer to all that ask for files."""

    folder: Path
    port: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)
    refused: tuple[int, dict[str, str]] | None = None

    def environment(self, cache: Path) -> dict[str, str]:
        """What a process needs to reach it."""
        return {"HF_ENDPOINT": f"http://127.0.0.1:{self.port}", "HF_HOME": str(cache), "HF_TOKEN": ""}

    def entry(self, path: Path) -> dict[str, Any]:
        name = str(path.relative_to(self.folder))
        if path.is_dir():
            return {
                "type": "directory",
                "path": name,
                "size": 0,
                "oid": hashlib.sha1(name.encode()).hexdigest(),
            }
        data = path.read_bytes()
        return {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}


class _Handler(QuietHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        self.hub.seen.append((self.command, self.path))
        path, _mark, query = self.path.partition("?")
        path = unquote(path)
        if found := _INFO.fullmatch(path):
            if self._knows(found[1]):
                self._json({"id": REPOSITORY, "sha": SHA, "private": False, "tags": [], "siblings": []})
        elif found := _TREE.fullmatch(path):
            if self._knows(found[1]):
                self._tree(self.hub.folder / found[2], "recursive=true" in query.lower())
        elif found := _FILE.fullmatch(path):
            if self._knows(found[1]):
                self._file(self.hub.folder / found[2])
        else:
            # So the Hub answers somebody unknown, whether the repository is private or not there.
            self._answer(401, b"", {"X-Error-Code": "RepoNotFound"})

    def do_POST(self) -> None:
        self.hub.seen.append((self.command, self.path))
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        paths = parse_qs(body)["paths"] if not body.startswith("{") else json.loads(body)["paths"]
        if (found := _PATHS.fullmatch(self.path)) and self._knows(found[1]):
            there = [self.hub.folder / path for path in paths]
            self._json([self.hub.entry(path) for path in there if path.exists()])

    do_HEAD = do_GET

    def _knows(self, revision: str | None) -> bool:
        if revision not in (None, "main", SHA):
            self._answer(404, b"", {"X-Error-Code": "RevisionNotFound"})
            return False
        return True

    def _tree(self, folder: Path, recursive: bool) -> None:
        if not folder.is_dir():
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        self._json(
            [self.hub.entry(path) for path in sorted(folder.rglob("*") if recursive else folder.iterdir())]
        )

    def _file(self, path: Path) -> None:
        if self.hub.refused is not None:
            self._answer(self.hub.refused[0], b"", self.hub.refused[1])
            return
        if not path.is_file():
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        data = path.read_bytes()
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if found is None:
            self._answer(200, data, {"ETag": f'"{hashlib.sha1(data).hexdigest()}"'})
            return
        start, end = int(found[1]), min(int(found[2] or len(data)), len(data) - 1)
        self._answer(206, data[start : end + 1], {"Content-Range": f"bytes {start}-{end}/{len(data)}"})

    def _json(self, value: Any) -> None:
        self._answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.answer(status, body, {**headers, "X-Repo-Commit": SHA})


@contextlib.contextmanager
def serving_hub(folder: Path) -> Iterator[Hub]:
    """The Hub with `folder` as its data set, for the block."""
    hub = Hub(folder)
    with listening(_Handler, hub=hub) as server:
        hub.port = server.server_address[1]
        yield hub
