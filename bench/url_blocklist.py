"""What `url_blocklist` holds in memory for a list of domains as large as UT1's `adult`, and how fast it answers.

    python bench/url_blocklist.py [DOMAINS]

The domains are made up, 4.6 million by default; the list is loaded from a file, as a run does. Printed are the bytes
of the hashes, and by how much the resident memory of the process has grown.
"""

from __future__ import annotations

import ctypes
import random
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from tamis.ops.url_blocklist import Lists, url_blocklist

URLS = 200_000
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def main() -> None:
    domains = int(sys.argv[1]) if len(sys.argv) > 1 else 4_600_000
    with tempfile.TemporaryDirectory() as folder:
        size = write(Path(folder) / "domains", domains)
        before = resident()
        state = Lists()({"lists": folder, "banned_words": "", "soft_words": "", "banned_subwords": ""})
        grown = resident() - before
    held = sum(state.sizes())
    print(
        f"{domains:,} domains, {size / 1e6:.1f} MB as text: {held:,} hashes of 8 bytes, {8 * held / 1e6:.1f} MB"
    )
    print(f"resident memory grew by {grown / 1e6:.1f} MB")
    draw = random.Random(1)
    urls = pa.array([f"https://www.{name(draw)}/page" for _ in range(URLS)], pa.string())
    started = time.process_time()
    listed = url_blocklist(urls, state=state)["domain_listed"].to_pylist()
    print(
        f"{URLS / (time.process_time() - started):,.0f} URLs/s of CPU time, {sum(listed):,} of {URLS:,} listed"
    )


def write(path: Path, domains: int) -> int:
    draw = random.Random(0)
    with path.open("w", encoding="ascii") as file:
        for _ in range(domains):
            file.write(name(draw) + "\n")
    return path.stat().st_size


def name(draw: random.Random) -> str:
    return "".join(draw.choices(LETTERS, k=12)) + ".com"


def resident() -> int:
    """After what the allocator keeps for later is given back, where it can be."""
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
    [line] = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main()
