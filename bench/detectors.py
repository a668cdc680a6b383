"""Hits of the detectors on real web, code and Chinese texts, by detector, and the speed of a search for all of them.

    python bench/detectors.py DATA [--rounds 5] [--show FILE --each 20]

DATA is the folder of the shared real inputs. A line for each detector that finds anything: hits, and hits per million
characters, by kind of text. Then megabytes a second of one core in processor time: `all` looks for every category,
`mask_pii` for its own with everything switched on, `document_safety` for its four; on the texts as they are and on `clean` ones,
those without a hit. `--show FILE` writes a sample of hits by detector, drawn by hash, with 40 characters on both
sides, for a reader: they are people's numbers, so FILE never leaves this machine.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from harness import documents, machine, pin
from rules import batches

from tamis import _core
from tamis.ops.document_safety import document_safety
from tamis.ops.mask_pii import CATEGORIES, mask_pii

KINDS = ("web", "code", "chinese")
TABLE = _core.detectors()
ALL = list(dict.fromkeys(category for _name, category in TABLE))
AROUND = 40


def hits(arrays: list[pa.Array]) -> Iterator[tuple[str, int, int, str]]:
    """Text, start, end and detector of each hit."""
    for array in arrays:
        spans = pa.array(_core.detect(array, categories=ALL)["spans"])
        for text, found in zip(array.to_pylist(), spans.to_pylist(), strict=True):
            for span in found:
                yield text, span["start"], span["end"], span["label"]


def table(counts: dict[str, Counter[str]], characters: dict[str, int]) -> None:
    print(f"{'detector':20}" + "".join(f"{kind:>12}{'/million':>10}" for kind in counts))
    for name, _category in TABLE:
        if any(counter[name] for counter in counts.values()):
            cells = (
                f"{counts[kind][name]:12,}{counts[kind][name] / characters[kind] * 1e6:10.2f}"
                for kind in counts
            )
            print(f"{name:20}" + "".join(cells))


def speeds(arrays: list[pa.Array], rounds: int) -> dict[str, float]:
    """Megabytes a second: the median of the rounds."""
    ids = [pa.array(["0" * 32] * len(array)) for array in arrays]
    everything: dict[str, Any] = dict.fromkeys(CATEGORIES, True)
    sides: dict[str, Callable[[pa.Array, pa.Array], Any]] = {
        "all": lambda _id, array: _core.detect(array, categories=ALL),
        "mask_pii": lambda id, array: mask_pii(id, array, **everything),
        "document_safety": lambda _id, array: document_safety(array),
    }
    size = sum(array.nbytes for array in arrays) / 1e6
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _round in range(rounds + 1):
        for name, side in sides.items():
            start = time.process_time()
            for id, array in zip(ids, arrays, strict=True):
                side(id, array)
            taken[name].append(time.process_time() - start)
    return {name: size / statistics.median(seconds[1:]) for name, seconds in taken.items()}


def clean(arrays: list[pa.Array]) -> list[pa.Array]:
    """The texts without a hit."""
    kept = []
    for array in arrays:
        spans = pa.array(_core.detect(array, categories=ALL)["spans"])
        kept += [text for text, found in zip(array.to_pylist(), spans.to_pylist(), strict=True) if not found]
    return batches(kept)


def show(found: list[tuple[str, int, int, str]], kind: str, each: int, file: Path) -> None:
    """A sample of the hits of each detector, by hash."""
    ordered = sorted(found, key=lambda hit: hashlib.sha256(repr((hit[1:], hit[0][:200])).encode()).digest())
    seen: Counter[str] = Counter()
    with file.open("a", encoding="utf-8") as out:
        for text, start, end, name in ordered:
            seen[name] += 1
            if seen[name] <= each:
                around = text[max(0, start - AROUND) : start], text[start:end][:160], text[end : end + AROUND]
                before, hit, after = (part.replace("\n", "\\n") for part in around)
                out.write(f"{kind}\t{name}\t{before}【{hit}】{after}\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--show", type=Path)
    parser.add_argument("--each", type=int, default=20)
    given = parser.parse_args()
    os.environ["TAMIS_SHARED_DATA"] = str(given.data)
    pin()
    arrays = {kind: batches(documents(kind)) for kind in KINDS}
    print(machine().replace("wall time", "processor time"))
    counts: dict[str, Counter[str]] = {}
    characters: dict[str, int] = {}
    for kind, some in arrays.items():
        found = list(hits(some))
        counts[kind] = Counter(name for *_place, name in found)
        characters[kind] = sum(len(text) for array in some for text in array.to_pylist())
        if given.show:
            show(found, kind, given.each, given.show)
    table(counts, characters)
    print(f"{'MB/s':20}{'all':>12}{'mask_pii':>12}{'document_safety':>18}")
    for kind, some in arrays.items():
        for name, part in ((kind, some), (f"{kind}, clean", clean(some))):
            speed = speeds(part, given.rounds)
            print(f"{name:20}{speed['all']:12.0f}{speed['mask_pii']:12.0f}{speed['document_safety']:18.0f}")


if __name__ == "__main__":
    sys.exit(main())
