"""A Ray cluster of two local nodes beside the local pool: processor time of every process, on the same task graph.

    python bench/ray.py [--size 2GB] [--runs 1]

Three measurements, each by both engines in turn:

- `fineweb`'s text rules (repetition, Gopher, C4, FineWeb) over JSON lines of `--size` bytes, made of the shared English
  pages, repeated with new ids and seeded changes of words. Goal: the cluster takes at most 1.2 times the pool's time.
- The bare shuffle: 16-byte records sorted into partitions, then each partition sorted; nothing but files and numpy.
- An empty task.

What is counted is user and system time of every process that works for the run: driver and workers here; there driver,
workers and all that Ray itself runs on both nodes, from the command's start to its end. It is read from /proc every
50 ms, since Ray's processes are not waited for by anybody. The kept files of both are compared.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness import ROOT, documents

# This file must not stand in for the package of its name.
sys.path.pop(0)
sys.path.insert(0, str(ROOT / "tests"))
from ray_cluster import ENVIRONMENT, descendants

RULES = ("gopher_repetition", "gopher_quality", "c4_lines", "fineweb_quality")
TICKS = os.sysconf("SC_CLK_TCK")
EMPTY, MOST = 500, 1.2
RECORDS, PARTS = 1 << 20, 16
GB = 1 << 30


class Clock:
    """Processor seconds of all processes below some, while the block lasts."""

    def __init__(self, *roots: int) -> None:
        self.roots, self.seconds, self.wall = roots, 0.0, 0.0
        self._first: dict[int, float] = {}
        self._last: dict[int, float] = {}
        self._stop = threading.Event()

    def __enter__(self) -> Clock:
        self._began = time.monotonic()
        self._look(self._first)
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()
        self._look(self._last)
        self.wall = time.monotonic() - self._began
        self.seconds = sum(spent - self._first.get(pid, 0.0) for pid, spent in self._last.items())

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self._look(self._last)

    def _look(self, seen: dict[int, float]) -> None:
        for pid in {pid for root in self.roots for pid in (root, *descendants(root))}:
            with contextlib.suppress(OSError, IndexError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                seen[pid] = (int(fields[11]) + int(fields[12])) / TICKS


@contextlib.contextmanager
def cluster() -> Iterator[tuple[str, int]]:
    """The address of a cluster of two nodes with a core each, and the process below which it runs."""
    # Longer paths break the limit of socket names.
    folder = tempfile.mkdtemp(prefix="ry-", dir="/tmp")
    command = [sys.executable, str(ROOT / "tests" / "ray_cluster.py"), folder]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["address"], process.pid
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def write_input(path: Path, size: int) -> None:
    """JSON lines: the shared pages again and again; each copy has a new id and a word in twenty of another place."""
    texts, draw = documents("english-web"), random.Random(1)
    words = [word for text in texts for word in text.split()[:50]]
    written = number = 0
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            pieces = texts[number % len(texts)].split(" ")
            for place in range(draw.randrange(20), len(pieces), 20):
                pieces[place] = draw.choice(words)
            line = json.dumps({"id": f"page-{number}", "text": " ".join(pieces)}, ensure_ascii=False) + "\n"
            written += file.write(line)
            number += 1
    print(f"input: {number:,} documents, {path.stat().st_size / 1e6:.0f} MB")


def run_rules(source: Path, out: Path, on: str | None) -> subprocess.Popen[bytes]:
    """The run, begun."""
    shutil.rmtree(out, ignore_errors=True)
    from tamis.recipe import read_recipe

    others = [step.name for step in read_recipe("fineweb").steps if step.name not in RULES]
    command = [sys.executable, "-m", "tamis", "run", "fineweb", str(source), "-o", str(out)]
    command += [word for name in others for word in ("--without", name)]
    # Nodes of the tests' cluster have little memory to give.
    command += ["--memory", "900MB", "--workers", "2", *(["--on", on] if on else [])]
    return subprocess.Popen(command, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.DEVNULL)


def kept(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "kept").iterdir())


OPS = '''
import time
import numpy as np
from pathlib import Path

def nothing(spec, progress):
    return {}

def wait(spec, progress):
    time.sleep(0.5)
    return {}

def spread(spec, progress):
    """Random records by the leading bits of their key: one sorted file, and where each partition begins."""
    keys = np.random.default_rng(spec["number"]).integers(0, 2**64, spec["records"], dtype=np.uint64)
    records = np.stack([keys, np.arange(len(keys), dtype=np.uint64)], axis=1)
    records = records[np.argsort(records[:, 0], kind="stable")]
    starts = np.searchsorted(records[:, 0] >> np.uint64(60), np.arange(17))
    np.save(Path(spec["folder"], f"{spec['number']}.npy"), records)
    np.save(Path(spec["folder"], f"{spec['number']}-starts.npy"), starts)
    return {}

def gather(spec, progress):
    """A partition of all files, sorted."""
    pieces = []
    for number in range(spec["files"]):
        starts = np.load(Path(spec["folder"], f"{number}-starts.npy"))
        records = np.load(Path(spec["folder"], f"{number}.npy"), mmap_mode="r")
        pieces.append(records[starts[spec["part"]] : starts[spec["part"] + 1]])
    records = np.concatenate(pieces)
    np.save(Path(spec["folder"], f"part-{spec['part']}.npy"), records[np.argsort(records[:, 0], kind="stable")])
    return {}
'''


def call(function: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "call", "function": f"bench_ops:{function}", **fields}


def shuffle(pool: Any, folder: Path) -> None:
    for tasks in (
        [call("spread", folder=str(folder), number=n, records=RECORDS) for n in range(PARTS)],
        [call("gather", folder=str(folder), part=n, files=PARTS) for n in range(PARTS)],
    ):
        assert len(list(pool.run(tasks))) == PARTS


def empty(pool: Any) -> None:
    assert len(list(pool.run([call("nothing")] * EMPTY))) == EMPTY


def drive(engine: str, folder: Path, address: str) -> None:
    """A driver: works by one engine at what is named on its input, and says when it is done."""
    from tamis.engine.pool import Pool
    from tamis.engine.ray_pool import RayPool

    work, ops = folder / engine / "work", [str(folder / "bench_ops.py")]
    makers: dict[str, Callable[[], Any]] = {
        "local": lambda: Pool(2, GB, work, None, ops),
        "ray": lambda: RayPool(f"ray={address}", 2, 900 << 20, work, None, ops),
    }
    with makers[engine]() as pool:
        # Workers are there before anything is measured.
        list(pool.run([call("wait")] * 4))
        print("ready", flush=True)
        for line in sys.stdin:
            shuffle(pool, folder) if line.strip() == "shuffle" else empty(pool)
            print("done", flush=True)


def in_pools(folder: Path, address: str, ray_pid: int) -> dict[str, dict[str, Clock]]:
    """The shuffle and the empty tasks, by the pools themselves."""
    (folder / "bench_ops.py").write_text(OPS)
    found: dict[str, dict[str, Clock]] = {"shuffle": {}, "empty": {}}
    for engine in ("local", "ray"):
        command = [sys.executable, __file__, "--drive", engine, str(folder), address]
        driver = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert driver.stdin is not None
        assert driver.stdout is not None
        assert driver.stdout.readline() == "ready\n"
        for part, sides in found.items():
            with Clock(driver.pid, *([ray_pid] if engine == "ray" else [])) as sides[engine]:
                driver.stdin.write(f"{part}\n")
                driver.stdin.flush()
                assert driver.stdout.readline() == "done\n"
        driver.stdin.close()
        assert driver.wait() == 0
    return found


def said(part: str, sides: dict[str, Clock], goal: str = "") -> None:
    local, ray = sides["local"], sides["ray"]
    print(
        f"{part:24} local {local.seconds:8.2f} s CPU {local.wall:7.2f} s    "
        f"Ray {ray.seconds:8.2f} s CPU {ray.wall:7.2f} s    ratio {ray.seconds / local.seconds:.2f}{goal}"
    )


def main() -> int:
    from tamis.option_values import size

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=size, default=2_000_000_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--drive", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.drive:
        drive(given.drive[0], Path(given.drive[1]), given.drive[2])
        return 0
    ratios = []
    os.environ.update(ENVIRONMENT)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name, cluster() as (address, pid):
        folder = Path(name)
        source = folder / f"pages-{secrets.token_hex(2)}.jsonl"
        write_input(source, given.size)
        for _run in range(given.runs):
            sides: dict[str, Clock] = {}
            for engine, on in (("local", None), ("ray", f"ray={address}")):
                process = run_rules(source, folder / engine, on)
                with Clock(process.pid, *([pid] if on else [])) as sides[engine]:
                    assert process.wait() == 0
            assert kept(folder / "local") == kept(folder / "ray")
            said("fineweb's text rules", sides, f" (goal: at most {MOST:.2f})")
            ratios.append(sides["ray"].seconds / sides["local"].seconds)
        found = in_pools(folder, address, pid)
        said("bare shuffle", found["shuffle"])
        said(f"{EMPTY} empty tasks", found["empty"])
        for engine, clock in found["empty"].items():
            print(
                f"an empty task, {engine}: {clock.wall / EMPTY * 1e3:.2f} ms, {clock.seconds / EMPTY * 1e3:.2f} ms CPU"
            )
    return 0 if statistics.median(ratios) <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
