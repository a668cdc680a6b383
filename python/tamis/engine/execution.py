"""The driver: phases in order, each shard's task only where its keys do not hold yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tamis.engine import keys, store
from tamis.engine import manifest as manifests
from tamis.engine.corpus import CONCLUSION, Context, conclude, corpus_files, files_hold
from tamis.engine.crash import crash_point
from tamis.engine.failures import FailureLimit
from tamis.engine.index import write_indexes
from tamis.engine.memos import Memos
from tamis.engine.scheduler import Scheduler
from tamis.engine.shards import Shard, range_of, walked_groups
from tamis.engine.spec import worker_spec
from tamis.errors import RunFailed
from tamis.messages import _
from tamis.op import Sketch
from tamis.plan import Phase, dropped_columns, phases, source_rule
from tamis.recipe import Recipe
from tamis.sources import stitch


@dataclass(frozen=True)
class Progress:
    """How far a run is: a phase's name, bytes done and planned, rows, kept and failed so far."""

    phase: str
    done: int
    total: int
    rows: int
    kept: int
    failed: int
    seconds: float


NOTHING_YET = {"bytes": 0, "rows": 0, "kept": 0, "failed": 0}
OnProgress = Callable[[Progress], None]


@dataclass
class Execution:
    """One recipe over one shard plan in one run directory."""

    run: Path
    recipe: Recipe
    shards: list[Shard]
    read: dict[str, Any]
    columns: str
    options: dict[str, Any]
    pool: Scheduler
    ops: dict[str, str] = field(default_factory=dict)
    memos: Memos = field(default_factory=dict)
    against: Sequence[Mapping[str, Sequence[dict[str, Any]]]] = ()
    on_progress: OnProgress | None = None

    def __post_init__(self) -> None:
        self.phases = phases(self.recipe)
        self.spec = worker_spec(self.recipe)
        self.ran: dict[int, int] = {}
        self.limits = FailureLimit(self.run, self.options["max_failed"])
        self.reread = 0
        self.computed: dict[str, int] = {}
        self._starts: dict[int, int] = {}
        self._answers: dict[int, dict[int, dict[str, Any]]] = {}

    def execute(self) -> None:
        """Everything that is not done yet.

        Raises RunFailed when more documents failed than `--max-failed` allows, Interrupted after Ctrl-C.
        """
        for phase in self.phases:
            if phase.kind == "rows":
                self._rows(phase, range(len(self.shards)))
                if phase.number == 0:
                    self._stitch()
                write_indexes(self.run, phase.number, len(self.shards))
            else:
                self._corpus(phase)
            crash_point("K9")
        self.limits.check_all(self.phases, len(self.shards))

    # Row phases ----------------------------------------------------------------------------------------------------

    def _rows(self, phase: Phase, shards: Sequence[int], again: bool = False) -> None:
        if phase.number == 0 and self.options.get("limit") is not None:
            self._limited(phase, shards if again else ())
            return
        specs = self._due(phase, shards, again)
        if specs and phase.number > 0 and self._have_passing(phase, [spec["shard"] for spec in specs]):
            # What was made again may lie in files of other names.
            specs = self._due(phase, [spec["shard"] for spec in specs], again)
        if not specs:
            return
        specs.sort(key=lambda spec: (-self._size(spec["shard"]), spec["shard"]))
        self._run(phase, specs)

    def _due(self, phase: Phase, shards: Sequence[int], again: bool) -> list[dict[str, Any]]:
        specs = (self._row_spec(phase, shard) for shard in shards)
        with store.listed():
            return [spec for spec in specs if again or not self._holds(spec)]

    def _limited(self, phase: Phase, again: Sequence[int]) -> None:
        """`--limit`: shards one after the other, each with what is left of it."""
        left = self.options["limit"]
        for shard in range(len(self.shards)):
            spec = self._row_spec(phase, shard, left)
            if shard in again or not self._holds(spec):
                self._run(phase, [spec])
            manifest = self._manifest(phase.number, shard)
            left = max(0, left - manifest["deterministic"]["counts"]["in"])

    def _row_spec(self, phase: Phase, shard: int, limit: int | None = None) -> dict[str, Any]:
        steps = self.recipe.steps[phase.first : phase.end]
        joined = self.recipe.steps[phase.join : phase.join + 1] if phase.join is not None else ()
        spec: dict[str, Any] = {
            "kind": "rows",
            "run": str(self.run),
            "phase": phase.number,
            "shard": shard,
            "recipe": self.spec,
            "columns": self.columns,
            "read": self.read,
            "options": {
                name: self.options[name] for name in ("measure", "removed", "originals", "sample", "seed")
            },
        }
        if phase.number == 0:
            source = self._source(shard) if limit is None else keys.key(self._source(shard), limit)
            spec["limit"] = limit
            spec |= {"pieces": self.shards[shard]["pieces"], "source": source}
            spec["start"] = self._starts.get(shard)
            before: Any = [source, spec["start"]]
            if self.recipe.expanding:
                # Rows are numbered with room for those that are made of them, here or in a later phase.
                before.append(len(self.recipe.expanding))
            self._add_memo(spec, source)
        else:
            before = self._before(spec, phase, shard)
        measured = keys.key(before, keys.steps_key(steps, self.ops), keys.steps_key(joined, self.ops))
        sketch = self._sketch_key(phase)
        shape = [self.options["removed"], self.options["originals"], sketch, self._dropped()]
        first = [keys.rule_facts(source_rule(self.recipe))] if phase.number == 0 else []
        spec["measured"] = measured
        spec["decided"] = keys.key(measured, keys.rules_key([*joined, *steps]), first, shape)
        spec["sketch_key"] = sketch
        return spec

    def _source(self, shard: int) -> str:
        return keys.source_key(self.shards[shard]["pieces"], self.read, self.options, self.columns)

    def _add_memo(self, spec: dict[str, Any], source: str) -> None:
        memo = self.memos.get(source)
        if memo is None:
            return
        following = self.phases[1:2]
        sketched = (
            bool(following) and following[0].kind == "corpus" and memo["valid"] >= following[0].first - 1
        )
        sketched = sketched and memo.get("expanding", 0) == len(self.recipe.expanding)
        holds = sketched and memo["sketch_key"] == self._sketch_key(self.phases[0])
        spec["memo"] = memo if holds else {**memo, "sketch": None}

    def _dropped(self) -> list[str]:
        return sorted(dropped_columns(self.recipe))

    def _sketch_key(self, phase: Phase) -> str:
        following = self.phases[phase.number + 1 :]
        if not following or following[0].kind != "corpus":
            return ""
        return keys.step_key(self.recipe.steps[following[0].first], self.ops)

    def _before(self, spec: dict[str, Any], phase: Phase, shard: int) -> Any:
        """The outputs that a later row phase starts from: what passed, and the corpus step's answer."""
        above = self._above(phase)
        passing = list(manifests.outputs(self._manifest(above.number, shard), "passing"))
        spec["passing"] = [str(self.run / output["path"]) for output in passing]
        facts: list[Any] = [keys.versions(), *(output["digest"] for output in passing)]
        if phase.join is not None:
            output = self._verdicts(phase.number - 1).get(shard)
            if output is not None:
                spec["verdict"] = str(self.run / output["path"])
                facts.append(output["digest"])
        return facts

    def _above(self, phase: Phase) -> Phase:
        return next(one for one in reversed(self.phases[: phase.number]) if one.kind == "rows")

    def _holds(self, spec: dict[str, Any]) -> bool:
        manifest = manifests.read_manifest(self.run, spec["phase"], spec["shard"])
        if manifest is None or manifest.get("decided") != spec["decided"]:
            return False
        if self.options.get("retry_failed") and manifest["deterministic"]["counts"]["failed"]:
            return False
        # What only the next phase reads may be gone; it is made again when that phase asks for it.
        kept = [o for o in manifests.outputs(manifest) if o["role"] not in ("passing", "sketch")]
        checked = {**manifest, "deterministic": {**manifest["deterministic"], "outputs": kept}}
        return not self._warn(
            manifests.problems(self.run, checked, digests=self.options.get("verify", False))
        )

    def _warn(self, problems: Sequence[str]) -> bool:
        for problem in problems:
            manifests.warn(problem)
        return bool(problems)

    def _have_passing(self, phase: Phase, shards: Sequence[int]) -> bool:
        """Make again what these shards start from and is gone; whether anything was."""
        above = self._above(phase)
        lacking = []
        for shard in shards:
            outputs = manifests.outputs(self._manifest(above.number, shard), "passing")
            if any(not store.exists(self.run / output["path"]) for output in outputs):
                lacking.append(shard)
        if lacking:
            self._rows(above, lacking, again=True)
        return bool(lacking)

    def _manifest(self, phase: int, task: int) -> manifests.Manifest:
        manifest = manifests.read_manifest(self.run, phase, task)
        if manifest is None:
            raise RunFailed(str(self.run), _("the manifest of shard {task} is gone").format(task=task))
        return manifest

    def _size(self, shard: int) -> int:
        return sum(int(piece["range"][2]) for piece in self.shards[shard]["pieces"])

    def _run(self, phase: Phase, specs: Sequence[dict[str, Any]]) -> None:
        label = self._label(phase)
        total = sum(self._size(spec["shard"]) for spec in specs)
        seen: dict[int, dict[str, int]] = {}
        done: set[int] = set()
        started = time.monotonic()

        def show(index: int, numbers: dict[str, int]) -> None:
            seen[index] = {**NOTHING_YET, **seen.get(index, {}), **numbers}
            self._tell(label, specs, seen, done, total, started)

        for index, summary in self.pool.run(specs, show):
            counts = summary["counts"]
            seen[index] = {"bytes": 0, "rows": counts["in"], **{n: counts[n] for n in ("kept", "failed")}}
            done.add(index)
            self.ran[phase.number] = self.ran.get(phase.number, 0) + 1
            self.reread += summary["reread"]
            if summary["computed"]:
                self.computed[label] = self.computed.get(label, 0) + summary["computed"]
            self._tell(label, specs, seen, done, total, started)
            self.limits.check_running(sum(numbers["failed"] for numbers in seen.values()))
            crash_point("K8")

    def _label(self, phase: Phase) -> str:
        """The steps of a row phase; without any, the corpus step whose signatures it makes or whose answer it joins."""
        following = self.phases[phase.number + 1 : phase.number + 2]
        last = following[0].end if following and phase.first == phase.end else phase.end
        first = phase.first if phase.first < last or phase.join is None else phase.join
        return ", ".join(step.name for step in self.recipe.steps[first:last])

    def _tell(
        self,
        label: str,
        specs: Sequence[dict[str, Any]],
        seen: dict[int, dict[str, int]],
        done: set[int],
        total: int,
        started: float,
    ) -> None:
        if self.on_progress is None:
            return
        part = sum(
            self._size(specs[index]["shard"])
            if index in done
            else min(numbers["bytes"], self._size(specs[index]["shard"]))
            for index, numbers in seen.items()
        )
        sums = {name: sum(one[name] for one in seen.values()) for name in ("rows", "kept", "failed")}
        self.on_progress(Progress(label, part, total, **sums, seconds=time.monotonic() - started))

    def _stitch(self) -> None:
        """Neighbouring ranges of an archive must meet: where one read into the next, that one is read again."""
        for group in walked_groups(self.shards):
            ranges = [range_of(self.shards[shard]) for shard in group]
            while True:
                facts = [self._manifest(0, shard)["deterministic"] for shard in group]
                walked = [(one.get("first_offset"), one.get("end_offset")) for one in facts]
                found = stitch(ranges, walked)
                if found is None:
                    break
                self._starts[group[found[0]]] = found[1]
                self._rows(self.phases[0], [group[found[0]]])

    # Corpus phases -------------------------------------------------------------------------------------------------

    def _corpus(self, phase: Phase) -> None:
        number = phase.first
        step = self.recipe.steps[number]
        above = self._above(phase)
        sketches, older = self._sketches(above), self._older(step.name)
        measured = keys.key(
            CONCLUSION,
            keys.versions(),
            keys.step_key(step, self.ops),
            self.options["seed"],
            [[s.shard, s.digest] for s in sketches],
            [[s.against, s.shard, s.digest, s.verdict_digest] for s in older],
        )
        final = manifests.read_manifest(self.run, phase.number, 0)
        if final is not None and final.get("measured") == measured and files_hold(self.run, final):
            return
        lacking = [sketch.shard for sketch in sketches if not store.exists(sketch.path)]
        if lacking:
            self._rows(above, lacking, again=True)
        context = Context(self.run, self.spec, number, step, phase.number, self.ops)
        context.sketches, context.pool = [*older, *sketches], self.pool
        context.memory, context.workers = self.pool.memory, self.pool.workers
        context.seed = self.options["seed"]
        if step.op.merge is None:
            raise RunFailed(step.name, _("{op} declares no merge").format(op=step.op.name))
        verdicts: dict[int, str] = step.op.merge(context)
        self.ran[phase.number] = context.done
        self._conclude(phase, measured, verdicts, context)

    def _sketches(self, above: Phase) -> list[Sketch]:
        return [
            Sketch(shard, str(self.run / output["path"]), output["rows"], output["digest"])
            for shard in range(len(self.shards))
            for output in manifests.outputs(self._manifest(above.number, shard), "sketch")
        ]

    def _older(self, step: str) -> list[Sketch]:
        """The sketches of `--against` runs for this step."""
        return [
            Sketch(
                one["shard"],
                one["path"],
                one["rows"],
                one["digest"],
                number,
                one["verdict"],
                one["verdict_digest"],
            )
            for number, found in enumerate(self.against, 1)
            for one in found.get(step, ())
        ]

    def _verdicts(self, number: int) -> dict[int, dict[str, Any]]:
        """The verdict file of each shard, as the corpus phase's manifest lists them; read once."""
        if number not in self._answers:
            listed = corpus_files(self.run, self._manifest(number, 0))
            self._answers[number] = {one["shard"]: one for one in listed if one["shard"] is not None}
        return self._answers[number]

    def _conclude(self, phase: Phase, measured: str, verdicts: dict[int, str], context: Context) -> None:
        """The corpus phase's own manifest, task 0: which file answers which shard."""
        by_path = {
            str(self.run / o["path"]): o
            for n in context.tasks
            for o in manifests.outputs(self._manifest(phase.number, n))
        }
        answers = [
            {**by_path[path], "role": "verdict", "shard": shard} for shard, path in sorted(verdicts.items())
        ]
        evidence = [o for path, o in sorted(by_path.items()) if path not in set(verdicts.values())]
        conclude(self.run, context, phase.number, measured, [*answers, *evidence])
        self._answers.pop(phase.number, None)
        write_indexes(self.run, phase.number, context.tasks.stop)
