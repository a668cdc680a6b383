"""A large input within `--memory`, measured for the whole tree of processes: the proportional set size, every 100 ms.

    python bench/memory.py [--size 5GB] [--memory 2GB] [--recipe fineweb] [--folder DIR] [--keep-input]

The input is JSONL made of seeded random words, 3 kB a document on average, every twentieth a copy of an earlier one.
Ends with 1 when the tree was ever larger than `--memory`. `--folder` needs about three times the size; an input that
lies there is used again with `--keep-input`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

UNITS = {"MB": 10**6, "GB": 10**9}
EVERY = 0.1
CONSONANTS, VOWELS = "bcdfghjklmnprstvw", "aeiou"


def main() -> int:
    given = arguments()
    folder = Path(given.folder or tempfile.mkdtemp(prefix="tamis-memory-"))
    folder.mkdir(parents=True, exist_ok=True)
    source, out = folder / "input.jsonl", folder / "out"
    limit = bytes_of(given.memory)
    try:
        if not (given.keep_input and source.exists()):
            write(source, bytes_of(given.size))
        command = [sys.executable, "-m", "tamis", "run", given.recipe, str(source), "-o", str(out)]
        command += ["--memory", given.memory, "--no-fsync", "--json", *given.more]
        if given.recipe == "fineweb":
            # Made-up prose is in no language; without that rule the documents reach every step.
            command += ["--without", "url_blocklist", "--without", "language"]
        seconds, peak, most = measured(command)
        size = source.stat().st_size
        counts = json.loads((out / "report" / "data.json").read_text())["summary"]["documents"]
        print(", ".join(f"{counts[name]:,} {name}" for name in ("in", "kept", "removed", "failed")))
        print(f"input {size / 1e6:,.0f} MB in {seconds:,.0f} s, {size / 1e6 / seconds:.1f} MB/s")
        print(
            f"peak of the tree {peak / 1e6:,.0f} MB of {limit / 1e6:,.0f} MB ({peak / limit:.0%}), {most} processes"
        )
        return int(peak > limit)
    finally:
        shutil.rmtree(out, ignore_errors=True)
        if not given.keep_input:
            source.unlink(missing_ok=True)
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A large input within --memory.")
    parser.add_argument("--size", default="5GB")
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--recipe", default="fineweb")
    parser.add_argument("--folder")
    parser.add_argument("--keep-input", action="store_true")
    parser.add_argument("more", nargs="*", help="further options of tamis run, after --")
    return parser.parse_args()


def bytes_of(text: str) -> int:
    return int(float(text[:-2]) * UNITS[text[-2:].upper()])


def write(path: Path, size: int) -> None:
    """Documents of random sentences until the file has that size."""
    draw = random.Random(0)
    sentences = list(made_up(draw, 20_000))
    earlier: list[str] = []
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < size:
            if len(earlier) > 50 and draw.random() < 0.05:
                text = draw.choice(earlier)
            else:
                text = "\n".join(" ".join(draw.choices(sentences, k=3)) for _ in range(draw.randint(3, 20)))
            if len(earlier) < 1000:
                earlier.append(text)
            file.write(json.dumps({"text": text}) + "\n")


def made_up(draw: random.Random, count: int) -> Iterator[str]:
    """Sentences of words that are not, and of the small English ones by which filters know prose."""
    words = [
        "".join(draw.choice(CONSONANTS) + draw.choice(VOWELS) for _ in range(number % 3 + 1))
        for number in range(3000)
    ]
    words += ["the", "of", "and", "to", "that", "with", "have", "be"] * 150
    for _ in range(count):
        yield " ".join(draw.choices(words, k=draw.randint(6, 18))).capitalize() + "."


def measured(command: list[str]) -> tuple[float, int, int]:
    """Seconds, the largest sum of the tree, and the most processes it had; ends this program where the run fails."""
    begun, peak, most = time.monotonic(), 0, 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            pids = list(tree(process.pid))
            peak, most = max(peak, sum(map(pss, pids))), max(most, len(pids))
            time.sleep(EVERY)
    if process.returncode:
        sys.exit(f"error: the run ended with {process.returncode}")
    return time.monotonic() - begun, peak, most


def tree(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for folder in Path(f"/proc/{pid}/task").iterdir():
            for child in (folder / "children").read_text().split():
                yield from tree(int(child))


def pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    sys.exit(main())
