"""How long the second call of a finished run takes that has very many shards, and how large its manifests are.

    make bench RUN=resume                       100,000 shards
    .venv/bin/python bench/resume.py 20000      another number

Wanted: under 5 s for the whole command, every manifest under 2,000 bytes. The engine itself makes the directory, with
one difference: some hundred documents are really worked through, each a shard of its own, and each other shard gets the
files of one of these as links under its own name, and a manifest of its own. What is timed are processes of
`tamis run`, as a user starts them; the first after the directory was made is not counted.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness import documents, machine

import tamis
from tamis.engine import job
from tamis.engine import manifest as manifests
from tamis.engine.run import run
from tamis.recipe import read_recipe

SHARDS, REAL, FILES, ROUNDS = 100_000, 200, 500, 3
MOST_SECONDS, MOST_BYTES = 5.0, 2_000
LENGTH = 400
WITHOUT = ["url_blocklist", "extract", "language", "drop_columns", "minhash"]


class Copies:
    """Stands in the place of the pool: a shard is done by linking the files of one that was really run."""

    models: tuple[Path, list[manifests.Manifest]] = (Path(), [])

    def __init__(self, *_settings: Any) -> None:
        pass

    def __enter__(self) -> Copies:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def dismiss(self) -> None:
        """No worker waits."""

    def run(self, tasks: Sequence[Any], _show: Any = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Done in the order of the tasks."""
        folder, made = self.models
        for index, spec in enumerate(tasks):
            yield index, copied(folder, made[spec["shard"] % len(made)], spec)


def copied(folder: Path, manifest: manifests.Manifest, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Commit a shard with the files of another."""
    out, facts, outputs = Path(spec["run"]), manifest["deterministic"], []
    for output in facts["outputs"]:
        old = Path(output["path"])
        path = f"{old.parent}/{spec['shard']:06d}{old.name[6:]}"
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        os.link(folder / old, out / path)
        outputs.append({**output, "path": path})
    own = {"source": spec["source"], "sketch": spec["sketch_key"], "outputs": outputs}
    named = {"task": spec["shard"], "measured": spec["measured"], "decided": spec["decided"]}
    manifests.write_manifest(out, {**manifest, **named, "deterministic": {**facts, **own}})
    return {"counts": facts["counts"], "reread": 0, "computed": 0}


def inputs(folder: Path, shards: int) -> list[Path]:
    """JSON lines of one length in some files; each line becomes a shard."""
    texts = [bare(text) for text in documents("english-web")]
    folder.mkdir()
    paths = [folder / f"{number:03d}.jsonl" for number in range(FILES)]
    for number, path in enumerate(paths):
        mine = range(number * shards // FILES, (number + 1) * shards // FILES)
        path.write_text("".join(line(texts[one % len(texts)], one) for one in mine), "ascii")
    return paths


def bare(text: str) -> str:
    """The characters of a text's beginning that JSON does not write longer."""
    return "".join(one for one in text[:LENGTH] if " " <= one <= "~" and one not in '"\\')


def line(text: str, number: int) -> str:
    """A document in exactly so many bytes."""
    row = {"id": f"{number:08d}", "text": ""}
    room = LENGTH - 1 - len(json.dumps(row))
    return json.dumps({**row, "text": text[:room].ljust(room, ".")}) + "\n"


def make(folder: Path, paths: Sequence[Path], shards: int) -> None:
    """The finished run: real shards of the first files, then all, with linked files."""
    options: dict[str, Any] = {"shard_bytes": LENGTH, "fsync": False, "without": WITHOUT}
    real = paths[: max(1, REAL * FILES // shards)]
    model = tamis.run("fineweb", [str(path) for path in real], folder / "model", **options)
    Copies.models = model.path, list(model.manifests())
    job.Pool = Copies  # type: ignore[assignment, misc]
    start = time.perf_counter()
    run(
        "fineweb",
        [str(folder / "in")],
        folder / "out",
        on_done=lambda out: shutil.copytree(model.path / "report", out / "report"),
        **options,
    )
    print(f"{shards:,} shards made in {time.perf_counter() - start:.0f} s")


def again(folder: Path) -> tuple[float, float]:
    """Seconds of the same command again, on the clock and of processors."""
    words = [sys.executable, "-m", "tamis", "run", "fineweb", str(folder / "in"), "-o", str(folder / "out")]
    words += ["--shard-bytes", str(LENGTH), "--no-fsync", "--json"]
    words += [word for step in WITHOUT for word in ("--without", step)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(words, capture_output=True, text=True, check=True)
    taken = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    shards = int(sys.argv[1]) if len(sys.argv) > 1 else SHARDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, inputs(folder / "in", shards), shards)
        listed = sorted((folder / "out" / "phases").rglob("[0-9]*.json"))
        sizes, written = [path.stat().st_size for path in listed], listed[-1].stat().st_mtime_ns
        taken = [again(folder) for _round in range(1 + ROUNDS)][1:]
        assert listed[-1].stat().st_mtime_ns == written, "the shards were run again"
    rules = sum(len(step.rules) for step in read_recipe("fineweb", without=WITHOUT).steps)
    print(f"manifests: {len(sizes):,} of at most {max(sizes):,} bytes, with {rules} rules")
    clock, processor = (statistics.median(side) for side in zip(*taken, strict=True))
    spread = f"{min(one[0] for one in taken):.2f} to {max(one[0] for one in taken):.2f}"
    print(machine())
    print(f"resume of {shards:,} shards: {clock:.2f} s ({spread}), {processor:.2f} s of processor time")
    enough = clock < MOST_SECONDS and max(sizes) < MOST_BYTES
    print("enough" if enough else f"TOO SLOW OR TOO LARGE (wanted {MOST_SECONDS} s, {MOST_BYTES:,} bytes)")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
