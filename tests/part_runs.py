"""Runs in parts, as real processes: their inputs, their recipe, and how they are begun."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from archive_inputs import member, response
from run_inputs import digests, write_texts

OPS = str(Path(__file__).resolve().parent / "run_ops.py")
ROLES = ("kept", "removed", "failed", "originals", "clusters")
SHARD_BYTES = 6_000
RECIPE = """name = "parts"
[[step]]
op = "run_size"
keep = [{ signal = "length", min = 60 }]
[[step]]
op = "run_shout"
as = "early"
word = "delta"
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "run_shout"
keep = [{ signal = "hits", max = 12 }]
"""
COMMAND = """
import sys, time
real, shift = time.time, float(sys.argv[1])
time.time = lambda: real() + shift
from tamis.cli import main
sys.exit(main(sys.argv[2:]))
"""
"""`tamis` on a machine whose clock is wrong by so many seconds."""


def write_inputs(folder: Path) -> list[str]:
    """Texts to split, a file that cannot be split, and an archive that holds archives; what to give to a run."""
    write_texts(folder, 150)
    [other] = write_texts(folder / "other", 150, seed=1, files=1)
    lines = [*(folder / "part-0.jsonl").read_text().splitlines()[:30], *Path(other).read_text().splitlines()]
    shutil.rmtree(folder / "other")
    (folder / "copies.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    inner = b"".join(member(wet(1000 + number)) for number in range(60))
    records = [wet(number, inner if number % 3 == 1 else None) for number in range(9)]
    (folder / "hostile.warc.wet.gz").write_bytes(b"".join(member(record, 0) for record in records))
    return [str(folder / "*")]


def wet(number: int, body: bytes | None = None) -> bytes:
    text = f"Page {number} of this crawl tells at some length of the delta and of the beta. " * 3
    made = response(number, text.encode() if body is None else body, kind="conversion")
    return made.replace(b"Content-Type: application/http", b"Content-Type: text/plain")


def write_run(folder: Path) -> None:
    """`in/` and `parts.toml` below a folder."""
    write_inputs(folder / "in")
    (folder / "parts.toml").write_text(RECIPE)


def words(folder: Path, out: str, *more: str) -> list[str]:
    """The command line of a run of them."""
    run = ["run", str(folder / "parts.toml"), str(folder / "in" / "*"), "-o", str(folder / out), "--ops", OPS]
    return [*run, "--shard-bytes", str(SHARD_BYTES), "--workers", "1", *more]


def begin(
    folder: Path, out: str, *more: str, clock: float = 0, crash: str = "", **environment: str
) -> subprocess.Popen[str]:
    """A call as a process of its own; `crash` is a point of `tamis.engine.crash`."""
    told = {**os.environ, **environment, **({"TAMIS_CRASH_AT": crash} if crash else {})}
    command = [sys.executable, "-c", COMMAND, str(clock), *words(folder, out, *more)]
    return subprocess.Popen(
        command, env=told, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder
    )


def call(folder: Path, out: str, *more: str, **named: Any) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a call."""
    process = begin(folder, out, *more, **named)
    said, errors = process.communicate(timeout=120)
    return process.returncode, said, errors


def result(run: Path) -> tuple[Any, bytes]:
    """What two runs must have in common."""
    return digests(run, *ROLES), (run / "report" / "data.json").read_bytes()
