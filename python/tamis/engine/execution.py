"""The driver: phases in order, each shard's task only where its keys do not hold yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tamis.engine import keys, late, stitching, store
from tamis.engine import manifest as manifests
from tamis.engine.corpus import CONCLUSION, Context, conclude, corpus_files, files_hold
from tamis.engine.crash import crash_point
from tamis.engine.failures import FailureLimit
from tamis.engine.index import write_indexes
from tamis.engine.memos import Memos
from tamis.engine.parts import stored
from tamis.engine.scheduler import Scheduler
from tamis.engine.shards import Shard
from tamis.engine.spec import worker_spec
from tamis.engine.telling import OnProgress, Telling
from tamis.errors import RunFailed
from tamis.messages import _
from tamis.op import Sketch
from tamis.plan import Phase, dropped_columns, phases, source_rule
from tamis.recipe import Recipe, Step

LOOK_AGAIN = 2.0
"""Seconds between two looks for what other machines did."""


def named(output: dict[str, Any]) -> dict[str, Any]:
    """How a task's spec names a file that the task reads."""
    return {name: output[name] for name in ("path", "size", "digest")}


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
    patience: float = 0.0
    """Seconds for which what other machines wrote may be seen late."""
    still_ours: Callable[[], None] = lambda: None
    """Raises where another call has taken the run over."""

    def __post_init__(self) -> None:
        self.phases = phases(self.recipe)
        self.spec = worker_spec(self.recipe)
        self.ran: dict[int, int] = {}
        self.limits = FailureLimit(self.run, self.options["max_failed"])
        self.reread = 0
        self.computed: dict[str, int] = {}
        self.starts: dict[int, int] = {}
        self._answers: dict[int, dict[int, dict[str, Any]]] = {}
        self._reading = keys.reading_key(self.read, self.options, self.columns)
        self._facts = {
            phase.number: self._phase_facts(phase) for phase in self.phases if phase.kind == "rows"
        }
        self._late_until = time.monotonic() + self.patience
        self._said: set[str] = set()

    def execute(self, *, stop_after_corpus: bool = False) -> Phase | None:
        """Everything that is not done yet; None when all is done.

        With `stop_after_corpus` a row phase behind a corpus step is left undone where it is not done: that phase.

        Raises RunFailed when more documents failed than `--max-failed` allows, Interrupted after Ctrl-C.
        """
        for phase in self.phases:
            if phase.kind == "rows":
                behind = any(one.kind == "corpus" for one in self.phases[: phase.number])
                if stop_after_corpus and behind and self.due_in(phase):
                    self.limits.check_all(self.phases[: phase.number], len(self.shards))
                    return phase
                self._wait_for_parts(phase)
                self.rows(phase, range(len(self.shards)))
                if phase.number == 0:
                    stitching.stitch_all(self)
                write_indexes(self.run, phase.number, len(self.shards))
            else:
                self._corpus(phase)
            crash_point("K9")
        self.limits.check_all(self.phases, len(self.shards))
        return None

    def _wait_for_parts(self, phase: Phase) -> None:
        """What parts on other machines did may be seen late; it need not be done again."""
        if self.patience and stored(self.run):
            while time.monotonic() < self._late_until and self.due_in(phase):
                time.sleep(LOOK_AGAIN)

    # Row phases ----------------------------------------------------------------------------------------------------

    def rows(self, phase: Phase, shards: Sequence[int], again: bool = False) -> None:
        """Run what does not hold of these shards in a row phase; with `again` all of them."""
        if phase.number == 0 and self.options.get("limit") is not None:
            self._limited(phase, shards if again else ())
            return
        specs = self.due(phase, shards, again)
        if specs and phase.number > 0 and self._have_passing(phase, [spec["shard"] for spec in specs]):
            # What was made again may lie in files of other names.
            specs = self.due(phase, [spec["shard"] for spec in specs], again)
        if not specs:
            return
        specs.sort(key=lambda spec: (-self.size(spec["shard"]), spec["shard"]))
        self._run(phase, specs)

    def due(self, phase: Phase, shards: Sequence[int], again: bool = False) -> list[dict[str, Any]]:
        """The specs of those shards that a row phase has yet to do."""
        specs = (self.row_spec(phase, shard) for shard in shards)
        with store.listed():
            due = [spec for spec in specs if again or not self.holds(spec)]
        return due if again or phase.number > 0 else stitching.still_due(self, phase, due)

    def due_in(self, phase: Phase) -> list[dict[str, Any]]:
        """The same for all shards."""
        return self.due(phase, range(len(self.shards)))

    def _limited(self, phase: Phase, again: Sequence[int]) -> None:
        """`--limit`: shards one after the other, each with what is left of it."""
        left = self.options["limit"]
        for shard in range(len(self.shards)):
            spec = self.row_spec(phase, shard, left)
            if shard in again or not self.holds(spec):
                self._run(phase, [spec])
            manifest = self.manifest(phase.number, shard)
            left = max(0, left - manifest["deterministic"]["counts"]["in"])

    def row_spec(self, phase: Phase, shard: int, limit: int | None = None) -> dict[str, Any]:
        """What a worker is given for one shard of a row phase."""
        facts = self._facts[phase.number]
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
            spec["start"] = self.starts.get(shard)
            before: Any = [source, spec["start"]]
            if self.recipe.expanding:
                # Rows are numbered with room for those that are made of them, here or in a later phase.
                before.append(len(self.recipe.expanding))
            self._add_memo(spec, source)
        else:
            before = self._before(spec, phase, shard)
        spec["measured"] = keys.plain_key(before, facts["measures"])
        spec["decided"] = keys.plain_key(spec["measured"], facts["decides"])
        spec["sketch_key"] = facts["sketch"]
        return spec

    def _phase_facts(self, phase: Phase) -> dict[str, str]:
        """What the keys of all shards of a row phase share: how it measures, how it decides, its sketches."""
        steps = self.recipe.steps[phase.first : phase.end]
        joined = self.recipe.steps[phase.join : phase.join + 1] if phase.join is not None else ()
        sketch = self._sketch_key(phase)
        shape = [self.options["removed"], self.options["originals"], sketch, self._dropped()]
        first = [keys.rule_facts(source_rule(self.recipe))] if phase.number == 0 else []
        return {
            "measures": keys.key(keys.steps_key(steps, self.ops), keys.steps_key(joined, self.ops)),
            "decides": keys.key(keys.rules_key([*joined, *steps]), first, shape),
            "sketch": sketch,
        }

    def _source(self, shard: int) -> str:
        return keys.source_key(self.shards[shard]["pieces"], self._reading)

    def _add_memo(self, spec: dict[str, Any], source: str) -> None:
        memo = self.memos.get(source)
        if memo is None:
            return
        following = self.phases[1:2]
        sketched = (
            bool(following) and following[0].kind == "corpus" and memo["valid"] >= following[0].first - 1
        )
        sketched = sketched and memo.get("expanding", 0) == len(self.recipe.expanding)
        holds = sketched and memo["sketch_key"] == self._facts[0]["sketch"]
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
        passing = list(manifests.outputs(self.manifest(above.number, shard), "passing"))
        spec["passing"] = [str(self.run / output["path"]) for output in passing]
        spec |= {"files": [named(output) for output in passing], "patience": self.patience}
        facts: list[Any] = [keys.versions(), *(output["digest"] for output in passing)]
        if phase.join is not None:
            output = self._verdicts(phase.number - 1).get(shard)
            if output is not None:
                spec["verdict"] = str(self.run / output["path"])
                spec["files"].append(named(output))
                facts.append(output["digest"])
        return facts

    def _above(self, phase: Phase) -> Phase:
        return next(one for one in reversed(self.phases[: phase.number]) if one.kind == "rows")

    def holds(self, spec: dict[str, Any]) -> bool:
        """Whether a shard was done as this spec asks, and its files are there."""
        manifest = manifests.read_manifest(self.run, spec["phase"], spec["shard"])
        if manifest is None or manifest.get("decided") != spec["decided"]:
            return False
        if self.options.get("retry_failed") and manifest["deterministic"]["counts"]["failed"]:
            return False
        # What only the next phase reads may be gone; it is made again when that phase asks for it.
        kept = [o for o in manifests.outputs(manifest) if o["role"] not in ("passing", "sketch")]
        checked = {**manifest, "deterministic": {**manifest["deterministic"], "outputs": kept}}
        if time.monotonic() < self._late_until:
            late.arrived(self.run, kept, self._late_until)
        if self._warn(manifests.problems(self.run, checked, digests=self.options.get("verify", False))):
            return False
        self.limits.saw(spec["phase"], spec["shard"], manifest["deterministic"]["counts"])
        return True

    def _warn(self, problems: Sequence[str]) -> bool:
        for problem in problems:
            # A shard may be looked at again before it is done: each of its files is said once.
            if problem not in self._said:
                self._said.add(problem)
                manifests.warn(problem)
        return bool(problems)

    def _have_passing(self, phase: Phase, shards: Sequence[int]) -> bool:
        """Make again what these shards start from and is gone; whether anything was."""
        above = self._above(phase)
        lacking = []
        for shard in shards:
            outputs = list(manifests.outputs(self.manifest(above.number, shard), "passing"))
            if not late.arrived(self.run, outputs, self._late_until):
                lacking.append(shard)
        if lacking:
            self.rows(above, lacking, again=True)
        return bool(lacking)

    def manifest(self, phase: int, task: int) -> manifests.Manifest:
        """The manifest of a task that is done. Raises RunFailed where it is gone."""
        manifest = manifests.read_manifest(self.run, phase, task)
        if manifest is None:
            raise RunFailed(str(self.run), _("the manifest of shard {task} is gone").format(task=task))
        return manifest

    def size(self, shard: int) -> int:
        """The bytes of a shard, as the plan estimates them."""
        return sum(int(piece["range"][2]) for piece in self.shards[shard]["pieces"])

    def _run(self, phase: Phase, specs: Sequence[dict[str, Any]]) -> None:
        label = self.label(phase)
        telling = Telling(self.shown(label), [self.size(spec["shard"]) for spec in specs], self.on_progress)
        for index, summary in self.pool.run(specs, telling.part):
            self.limits.saw(phase.number, specs[index]["shard"], summary["counts"])
            telling.whole(index, summary["counts"])
            self.ran[phase.number] = self.ran.get(phase.number, 0) + 1
            self.reread += summary["reread"]
            if summary["computed"]:
                self.computed[label] = self.computed.get(label, 0) + summary["computed"]
            telling.tell()
            self.still_ours()
            self.limits.check_running(telling.failed)
            crash_point("K8")

    def shown(self, label: str) -> str:
        """The steps of a phase as progress names them."""
        return label

    def label(self, phase: Phase) -> str:
        """The steps of a row phase; without any, the corpus step whose signatures it makes or whose answer it joins."""
        following = self.phases[phase.number + 1 : phase.number + 2]
        last = following[0].end if following and phase.first == phase.end else phase.end
        first = phase.first if phase.first < last or phase.join is None else phase.join
        return ", ".join(step.name for step in self.recipe.steps[first:last])

    # Corpus phases -------------------------------------------------------------------------------------------------

    def _corpus(self, phase: Phase) -> None:
        number = phase.first
        step = self.recipe.steps[number]
        above = self._above(phase)
        sketches, older = self._sketches(above), self._older(step.name)
        measured = self._corpus_key(step, sketches, older)
        if self._holds_answer(phase, measured):
            return
        lacking = [sketch.shard for sketch in sketches if not store.exists(sketch.path)]
        if lacking:
            self.rows(above, lacking, again=True)
        context = Context(self.run, self.spec, number, step, phase.number, self.ops)
        context.sketches, context.pool = [*older, *sketches], self.pool
        context.memory, context.workers = self.pool.memory, self.pool.workers
        context.seed = self.options["seed"]
        if step.op.merge is None:
            raise RunFailed(step.name, _("{op} declares no merge").format(op=step.op.name))
        verdicts: dict[int, str] = step.op.merge(context)
        self.still_ours()
        self.ran[phase.number] = context.done
        self._conclude(phase, measured, verdicts, context)

    def _corpus_key(self, step: Step, sketches: Sequence[Sketch], older: Sequence[Sketch]) -> str:
        return keys.key(
            CONCLUSION,
            keys.versions(),
            keys.step_key(step, self.ops),
            self.options["seed"],
            [[s.shard, s.digest] for s in sketches],
            [[s.against, s.shard, s.digest, s.verdict_digest] for s in older],
        )

    def concluded(self, phase: Phase) -> bool:
        """Whether a corpus step was done over all that came to it."""
        step = self.recipe.steps[phase.first]
        return self._holds_answer(
            phase, self._corpus_key(step, self._sketches(self._above(phase)), self._older(step.name))
        )

    def _holds_answer(self, phase: Phase, measured: str) -> bool:
        final = manifests.read_manifest(self.run, phase.number, 0)
        if final is None or final.get("measured") != measured:
            return False
        late.arrived(self.run, manifests.outputs(final), self._late_until)
        return files_hold(self.run, final)

    def _sketches(self, above: Phase) -> list[Sketch]:
        return [
            Sketch(shard, str(self.run / output["path"]), output["rows"], output["digest"])
            for shard in range(len(self.shards))
            for output in manifests.outputs(self.manifest(above.number, shard), "sketch")
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
            listed = corpus_files(self.run, self.manifest(number, 0))
            self._answers[number] = {one["shard"]: one for one in listed if one["shard"] is not None}
        return self._answers[number]

    def _conclude(self, phase: Phase, measured: str, verdicts: dict[int, str], context: Context) -> None:
        """The corpus phase's own manifest, task 0: which file answers which shard."""
        by_path = {
            str(self.run / o["path"]): o
            for n in context.tasks
            for o in manifests.outputs(self.manifest(phase.number, n))
        }
        answers = [
            {**by_path[path], "role": "verdict", "shard": shard} for shard, path in sorted(verdicts.items())
        ]
        evidence = [o for path, o in sorted(by_path.items()) if path not in set(verdicts.values())]
        conclude(self.run, context, phase.number, measured, [*answers, *evidence])
        self._answers.pop(phase.number, None)
        write_indexes(self.run, phase.number, context.tasks.stop)
