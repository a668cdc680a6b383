"""Corpus steps: the driver's side of `merge`, and the task that runs one of its parts in a worker."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis.engine import keys, memory, store
from tamis.engine import manifest as manifests
from tamis.engine.commit import Outputs
from tamis.engine.crash import crash_point
from tamis.engine.spec import corpus_folder, recipe_of
from tamis.engine.tasks import Progress, Spec, Summary
from tamis.op import Sketch
from tamis.recipe import Step


def run_corpus(spec: Spec, progress: Progress) -> Summary:
    """One part of a corpus step's merge; what it writes is committed under the step's folder."""
    started, cpu = time.monotonic(), time.process_time()
    recipe = recipe_of(spec["recipe"])
    step = recipe.steps[spec["step"]]
    folder = corpus_folder(spec["step"], step.name)
    with Outputs(
        Path(spec["run"]), spec["phase"], spec["number"], spec["attempt"], discard=bool(spec.get("discard"))
    ) as out:
        made = step.op.tasks[spec["task"]]({**store.localised(spec["given"]), "folder": str(out.folder)})
        for role, name in made["files"].items():
            out.adopt(role, out.folder / name, folder=f"{folder}/{spec['task']}")
        run = {
            "seconds": round(time.monotonic() - started, 3),
            "cpu_seconds": round(time.process_time() - cpu, 6),
            "peak_rss": memory.peak(),
        }
        summary = made.get("summary", {})
        out.commit({"measured": spec["key"], "decided": spec["key"], "summary": summary, "run": run})
    progress()
    return {}


class Context:
    """What `merge` is given; see `tamis.op.MergeContext`."""

    def __init__(
        self,
        run: Path,
        recipe: Mapping[str, Any],
        number: int,
        step: Step,
        phase: int,
        ops_digests: Mapping[str, str],
    ) -> None:
        self._run, self._recipe, self.number, self._phase = run, recipe, number, phase
        self._key = keys.step_key(step, ops_digests)
        self.step = step.name
        self.parameters = step.parameters
        self.sketches: Sequence[Sketch] = ()
        self.memory, self.workers, self.seed = 0, 1, 0
        self.summary: dict[str, int] = {}
        self.pool: Any = None
        self._next = 1
        self.done = 0

    def run(self, task: str, specs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Run one of the operator's tasks on each spec; those committed before are not run again."""
        numbers = range(self._next, self._next + len(specs))
        self._next += len(specs)
        waiting = []
        for number, given in zip(numbers, specs, strict=True):
            key = keys.key(keys.versions(), self._key, task, _without_paths(given))
            if self._committed(number, key) is None:
                waiting.append(self._spec(task, number, key, given))
        if waiting:
            for _index, _summary in self.pool.run(waiting):
                crash_point("K10")
        self.done += len(waiting)
        return [self._result(number) for number in numbers]

    def _spec(self, task: str, number: int, key: str, given: dict[str, Any]) -> Spec:
        return {
            "kind": "corpus",
            "run": str(self._run),
            "phase": self._phase,
            "number": number,
            "step": self.number,
            "recipe": dict(self._recipe),
            "task": task,
            "given": given,
            "key": key,
        }

    def _committed(self, number: int, key: str) -> manifests.Manifest | None:
        manifest = manifests.read_manifest(self._run, self._phase, number)
        if manifest is None or manifest.get("measured") != key or manifests.problems(self._run, manifest):
            return None
        return manifest

    def _result(self, number: int) -> dict[str, Any]:
        manifest = manifests.read_manifest(self._run, self._phase, number)
        if manifest is None:
            raise TypeError(f"task {number} of {self.step} left no manifest")
        outputs = list(manifests.outputs(manifest))
        return {
            "files": {output["role"]: str(self._run / output["path"]) for output in outputs},
            "digests": {output["role"]: output["digest"] for output in outputs},
            "summary": manifest["deterministic"]["summary"],
        }

    @property
    def tasks(self) -> range:
        """The numbers of the tasks that ran."""
        return range(1, self._next)


FILES = pa.schema(
    [
        ("role", pa.string()),
        ("path", pa.string()),
        ("size", pa.int64()),
        ("rows", pa.int64()),
        ("digest", pa.string()),
        ("shard", pa.int64()),
    ]
)


CONCLUSION = "files 2"
"""How a corpus phase's own manifest lists its files; part of its key, so that one of another form is written anew."""


def conclude(
    run: Path, context: Context, phase: int, measured: str, files: Sequence[Mapping[str, Any]]
) -> None:
    """Commit a corpus phase: task 0 names a table of all files that its tasks made, the verdicts with their shard."""
    with Outputs(run, phase, 0, f"driver-{secrets.token_hex(4)}") as out:
        writer = out.parquet("files", FILES, folder=corpus_folder(context.number, context.step))
        if files:
            writer.write(pa.RecordBatch.from_pylist([dict(one) for one in files], FILES))
        out.commit({"measured": measured, "decided": measured, "summary": context.summary})


def corpus_files(run: Path, manifest: manifests.Manifest) -> list[dict[str, Any]]:
    """The files of a corpus phase: role, path, size, rows, digest, and the shard of a verdict."""
    found: list[dict[str, Any]] = []
    for output in manifests.outputs(manifest, "files"):
        found += store.read_table(run / output["path"]).to_pylist()
    return found


def files_hold(run: Path, manifest: manifests.Manifest) -> bool:
    """Whether the table of a corpus phase and all verdicts are there as they were written."""
    if manifests.problems(run, manifest):
        return False
    verdicts = [one for one in corpus_files(run, manifest) if one["shard"] is not None]
    return not manifests.problems(run, {"deterministic": {"outputs": verdicts}})


def _without_paths(value: Any) -> Any:
    """A spec without the folders that its files lie in: a run directory that was moved keeps its keys."""
    if isinstance(value, dict):
        return {name: _without_paths(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_paths(item) for item in value]
    if isinstance(value, str) and "/" in value:
        return value.rsplit("/", 1)[1]
    return value
