"""How fast sources are read, beside warcio and FastWARC on the same archives.

    python bench/sources.py FILE [FILE...]

One core, CPU time, the best of three alternating runs. Each reader inflates every record, parses its heads and
takes the payload; tamis also decodes the HTTP body, chooses the charset and makes Arrow batches.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from tamis.sources import Input, Range, ReadOptions, check, expand, read, split


def with_tamis(found: Input, options: ReadOptions) -> int:
    count = 0
    for part in split(found, 1 << 40, options) or [Range(0, found.size)]:
        reader = read(found, part, options)
        count += sum(batch.num_rows for batch in reader) + sum(reader.skipped.values())
    return count


def with_fastwarc(found: Input) -> int:
    from fastwarc.warc import ArchiveIterator

    count = 0
    with open(found.path, "rb") as file:
        for record in ArchiveIterator(file, parse_http=True):
            record.reader.read()
            count += 1
    return count


def with_warcio(found: Input) -> int:
    from warcio.archiveiterator import ArchiveIterator

    count = 0
    with open(found.path, "rb") as file:
        for record in ArchiveIterator(file):
            record.content_stream().read()
            count += 1
    return count


def best(readers: dict[str, Callable[[], int]]) -> dict[str, tuple[int, float]]:
    found: dict[str, tuple[int, float]] = {}
    for _round in range(3):
        for name, run in readers.items():
            started = time.process_time()
            count = run()
            seconds = time.process_time() - started
            if name not in found or seconds < found[name][1]:
                found[name] = count, seconds
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+")
    print(f"{'file':28} {'reader':9} {'records':>8} {'records/s':>10} {'MB/s':>7}")
    for one in expand(parser.parse_args().files):
        options = check([one], ReadOptions())
        readers: dict[str, Callable[[], int]] = {
            "tamis": lambda one=one, options=options: with_tamis(one, options)
        }
        if one.format == "warc":
            readers["fastwarc"] = lambda one=one: with_fastwarc(one)
            readers["warcio"] = lambda one=one: with_warcio(one)
        for name, (count, seconds) in best(readers).items():
            rate, volume = count / seconds, one.size / seconds / 1e6
            print(f"{one.name[:28]:28} {name:9} {count:8} {rate:10.0f} {volume:7.1f}")


if __name__ == "__main__":
    main()
