"""`tamis.engine.store` against bare obstore: the same sizes, threads and server, which this bench starts on loopback.

    python bench/store.py [--server rclone|moto] [--threads 8] [--rounds 5]

Prints MB/s of both by size, for files that go up, objects that come down (larger ones than 8 MB into a file, as the engine takes
them), and ranges of 8 MB (moto only: rclone answers a range with the whole object), and the ratio of the medians. Needs the extras `s3` and `test`.
Ends with 1 when the geometric mean of the ratios is below 0.8.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import obstore  # noqa: E402
from obstore.store import S3Store  # noqa: E402

from object_stores import BUCKET, serving  # noqa: E402
from tamis.engine import store  # noqa: E402

SIZES = ((4 << 10, 200), (1 << 20, 60), (16 << 20, 12), (128 << 20, 3))
"""Bytes and number: a manifest, a small shard's files, a shard's, one that goes up in parts."""
RANGE = 8 << 20
LEAST = 0.8


def main() -> int:
    given = arguments()
    ratios = []
    with tempfile.TemporaryDirectory(prefix="tamis-store-") as name:
        folder = Path(name)
        with (
            serving(given.server, folder / "objects") as server,
            ThreadPoolExecutor(given.threads) as threads,
        ):
            os.environ.update(server.environment())
            client = S3Store(BUCKET, client_options={"allow_http": True, "timeout": timedelta(seconds=120)})
            print(
                f"{given.server}, {given.threads} threads, median of {given.rounds}; obstore {obstore.__version__}"
            )
            print(f"{'bytes':>12} {'what':<6} {'tamis MB/s':>11} {'obstore MB/s':>13} {'ratio':>6}")
            for size, count in SIZES:
                for what in ("up", "down", *(["range"] if server.conditional and size >= RANGE else [])):
                    sides = {"tamis": tamis_side(what, size), "obstore": obstore_side(what, size, client)}
                    speed = measured(sides, what, size, count, folder, threads, given.rounds)
                    ratios.append(speed["tamis"] / speed["obstore"])
                    line = f"{size:>12,} {what:<6} {speed['tamis']:>11.1f} {speed['obstore']:>13.1f} {ratios[-1]:>6.2f}"
                    print(line, flush=True)
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    print(f"geometric mean of the ratios {mean:.2f}, least {min(ratios):.2f}; wanted: {LEAST} or more")
    return 0 if mean >= LEAST else 1


Side = Callable[[Path, str], Any]


def tamis_side(what: str, size: int) -> Side:
    if what == "up":
        return lambda file, key: store.put(file, store.place(f"s3://{BUCKET}/{key}"))
    if what == "down" and size < RANGE:
        return lambda file, key: store.read(f"s3://{BUCKET}/{key}")
    if what == "down":
        return lambda file, key: store.local(f"s3://{BUCKET}/{key}").unlink()
    return lambda file, key: [
        store.read(f"s3://{BUCKET}/{key}", at, at + RANGE) for at in range(0, size, RANGE)
    ]


def obstore_side(what: str, size: int, client: Any) -> Side:
    if what == "up":
        return lambda file, key: obstore.put(client, key, file)
    if what == "down" and size < RANGE:
        return lambda file, key: obstore.get(client, key).bytes()
    if what == "down":
        return lambda file, key: fetched(client, key, file)
    return lambda file, key: [
        obstore.get_range(client, key, start=at, end=at + RANGE) for at in range(0, size, RANGE)
    ]


def fetched(client: Any, key: str, file: Path) -> None:
    with file.open("wb") as out:
        for chunk in obstore.get(client, key).stream(min_chunk_size=1 << 20):
            out.write(chunk)
    file.unlink()


def measured(
    sides: dict[str, Side],
    what: str,
    size: int,
    count: int,
    folder: Path,
    threads: ThreadPoolExecutor,
    rounds: int,
) -> dict[str, float]:
    """Median MB/s of each side; they take turns, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            files = [folder / f"{name}-{place}" for place in range(count)]
            for file in files if what == "up" else ():
                file.write_bytes(os.urandom(1 << 10) * (size >> 10))
            begun = time.perf_counter()
            list(threads.map(lambda file, side=side: side(file, f"{size}/{file.name}"), files))  # type: ignore[misc]
            if number:
                times[name].append(time.perf_counter() - begun)
    return {name: size * count / 1e6 / statistics.median(taken) for name, taken in times.items()}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", choices=("rclone", "moto"), default="rclone")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
