"""Inputs at URLs, through real servers on this machine: the run equals one on local copies, byte for byte."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tamis
from archive_inputs import member, response
from object_stores import BUCKET, serving
from run_inputs import digests
from tamis.errors import InputError
from tamis.sources import expand, open_path
from tamis.stores import calls

ROLES = ("kept", "removed", "failed", "originals", "clusters")
RECIPE = """name = "urls"
[[step]]
op = "extract"
[[step]]
op = "gopher_quality"
keep = [{ signal = "word_count", min = 8 }]
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
"""
WORDS = "the mill of a river and to see with that be have".split()


class Ranged(SimpleHTTPRequestHandler):
    """Python's own file server, which sends byte ranges too."""

    def log_message(self, *_given: Any) -> None: ...

    def do_GET(self) -> None:
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if found is None or not path.is_file():
            super().do_GET()
            return
        data = path.read_bytes()
        start, end = int(found[1]), min(int(found[2] or len(data)), len(data) - 1)
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        self.send_header("Content-Length", str(end + 1 - start))
        self.end_headers()
        self.wfile.write(data[start : end + 1])


class Whole(SimpleHTTPRequestHandler):
    """The same without ranges."""

    def log_message(self, *_given: Any) -> None: ...


class Closed(Whole):
    def do_HEAD(self) -> None:
        self.send_error(403)

    do_GET = do_HEAD


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive, JSON lines and a table, of texts of which some are too short and some equal."""
    folder = tmp_path / "in"
    folder.mkdir()
    texts = [" ".join(WORDS[: 4 + number % 9]) + f" {number % 31}." for number in range(120)]
    pages = [
        member(response(number, f"<html><body><p>{text}</p></body></html>".encode()))
        for number, text in enumerate(texts[:40])
    ]
    (folder / "a.warc.gz").write_bytes(b"".join(pages))
    lines = "".join(
        json.dumps({"id": str(number), "text": text}) + "\n" for number, text in enumerate(texts[40:80])
    )
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))
    pq.write_table(pa.table({"text": texts[80:]}), folder / "c.parquet", row_group_size=10)
    (tmp_path / "r.toml").write_text(RECIPE)
    return folder


@pytest.fixture
def serve(folder: Path) -> Iterator[Any]:
    """A function from a handler to the address of the folder."""
    servers = []

    def begin(handler: type[SimpleHTTPRequestHandler]) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield begin
    for server in servers:
        server.shutdown()
        server.server_close()


def refine(recipe: Path, inputs: Any, out: Path, **options: Any) -> Any:
    return tamis.run(recipe, inputs, out, **{"workers": 1, "shard_bytes": 3_000, "fsync": False, **options})


def assert_equal_runs(remote: Any, local: Any) -> None:
    counts = local.counts()
    assert counts["in"] == 120
    assert min(counts["kept"], counts["removed"]) > 10
    assert remote.counts() == counts
    assert local.shards > 4
    assert digests(remote.path, *ROLES) == digests(local.path, *ROLES)


@pytest.mark.parametrize("workers", [1, 2])
def test_over_http(folder: Path, serve: Any, tmp_path: Path, workers: int) -> None:
    address = serve(Ranged)
    names = sorted(path.name for path in folder.iterdir())
    urls = [f"{address}/{name}" for name in names]
    local = refine(tmp_path / "r.toml", [str(folder / name) for name in names], tmp_path / "local")
    remote = refine(tmp_path / "r.toml", urls, tmp_path / "remote", workers=workers)
    assert_equal_runs(remote, local)


def test_a_file_that_changed_on_the_server_is_another_input(folder: Path, serve: Any) -> None:
    url = f"{serve(Ranged)}/c.parquet"
    [before] = expand([url])
    os.utime(folder / "c.parquet", (1_000_000_000, 1_000_000_000))
    [after] = expand([url])
    assert (before.size, before.name) == (after.size, after.name)
    assert before.identity != after.identity


def test_a_server_without_ranges_sends_small_files_and_streams(
    folder: Path, serve: Any, tmp_path: Path
) -> None:
    address = serve(Whole)
    names = sorted(path.name for path in folder.iterdir())
    local = refine(tmp_path / "r.toml", [str(folder / name) for name in names], tmp_path / "local")
    remote = refine(tmp_path / "r.toml", [f"{address}/{name}" for name in names], tmp_path / "remote")
    assert_equal_runs(remote, local)


def test_a_large_stream_from_a_server_without_ranges(folder: Path, serve: Any) -> None:
    """Larger than what one request reads ahead, and than the beginning that is kept."""
    content = random.Random(1).randbytes(20 << 20)
    (folder / "large.jsonl.gz").write_bytes(content)
    [found] = expand([f"{serve(Whole)}/large.jsonl.gz"])
    with open_path(found.path) as file:
        assert file.read(6) == content[:6]
        for at in (0, 7 << 20, 1 << 20, 12 << 20, 9 << 20, len(content) - 5):
            file.seek(at)
            assert file.read(3 << 20) == content[at : at + (3 << 20)]
        assert (file.read(1), file.tell(), file.seek(-1, 2)) == (b"", len(content), len(content) - 1)


def test_what_a_server_refuses_is_said_before_anything_is_read(
    folder: Path, serve: Any, tmp_path: Path
) -> None:
    with (folder / "large.warc").open("wb") as file:
        file.truncate(5 << 20)
    with pytest.raises(InputError, match="no parts of a file") as caught:
        refine(tmp_path / "r.toml", f"{serve(Whole)}/large.warc", tmp_path / "out")
    assert "download it" in caught.value.hint
    with pytest.raises(InputError, match="no such file"):
        expand([f"{serve(Ranged)}/none.warc.gz"])
    with pytest.raises(InputError, match="403"):
        expand([f"{serve(Closed)}/a.warc.gz"])
    with pytest.raises(InputError, match="cannot be opened"):
        expand(["http://127.0.0.1:1/a.warc.gz"])
    assert not (tmp_path / "out").exists()


@pytest.fixture
def bucket(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket with the files, behind a server that speaks S3."""
    with serving("moto", tmp_path / "objects") as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        for path in folder.iterdir():
            calls.put(f"s3://{BUCKET}/in/{path.name}", path)
        yield f"s3://{BUCKET}"


@pytest.mark.parametrize("given", ["{}/in/*", "{}/in", "{}/i*/*"])
def test_over_s3(folder: Path, bucket: str, tmp_path: Path, given: str) -> None:
    local = refine(tmp_path / "r.toml", given.format(folder.parent), tmp_path / "local")
    remote = refine(tmp_path / "r.toml", given.format(bucket), tmp_path / "remote", workers=2)
    assert_equal_runs(remote, local)
    with pytest.raises(InputError, match="no file matches"):
        expand([f"{bucket}/none/*"])


MISSING = """
import sys
sys.modules[sys.argv[1]] = None
from tamis.errors import InputError
from tamis.sources import expand
try:
    expand([sys.argv[2]])
except InputError as error:
    print(error.what, "|", error.hint)
"""


@pytest.mark.parametrize(
    ("library", "url", "hint"),
    [
        ("aiohttp", "https://example.org/a.warc.gz", "pip install 'tamis[http]'"),
        ("obstore", "s3://crawl/a.warc.gz", "pip install 'tamis[s3]'"),
        ("huggingface_hub", "hf://datasets/someone/some/a.parquet", "pip install 'tamis[hf]'"),
    ],
)
def test_a_missing_library_is_named(library: str, url: str, hint: str) -> None:
    done = subprocess.run([sys.executable, "-c", MISSING, library, url], capture_output=True, text=True)
    assert done.stderr == ""
    what, _bar, said = done.stdout.strip().partition(" | ")
    assert library in what
    assert said == hint
