"""One document of a run, measured for what its run did not store of it: for `explain`.

A step that did not run there (a gate, `--measure needed`, a failure, a corpus step that removed it) runs now, in
memory, on the stored text or on the bytes read again from the input; each transform says what it changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis import lineage
from tamis.engine.batch import NEVER
from tamis.engine.incoming import columns_of, raw_incoming
from tamis.engine.nearest import Alike, alike, signature
from tamis.engine.replay import Replay, born, changed_steps, edited_between, edits
from tamis.engine.rundir import Run
from tamis.errors import InputError, TamisError
from tamis.messages import _, told
from tamis.plan import split_rules
from tamis.python_values import records
from tamis.sources import Input, ReadOptions, document_at


@dataclass(frozen=True)
class Stored:
    """What a run holds of a document: its side, its shard, its row as stored, its text before edits."""

    side: str
    shard: int
    row: pa.Table
    original: str | None


@dataclass
class Measured:
    """What was computed now.

    `values`: signals by step, of steps that the run did not run there; `failing`: rules that they would fail.
    `edits`: text before and after, by transform. `nearest`: by corpus step, the documents that share a bucket with
    this one. `spans`: by corpus step, the parts of the text that another place of the corpus keeps, with `start` and
    `end` (code points of the text that the step saw), `text`, `copies` and `kept_by`. `text`: at the end. `reread`: whether the input was read again. `notes`: what could not be done.
    """

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    edits: dict[str, tuple[str, str]] = field(default_factory=dict)
    nearest: dict[str, list[Alike]] = field(default_factory=dict)
    spans: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    text: str | None = None
    reread: bool = False
    notes: list[str] = field(default_factory=list)


def measure(run: Run, stored: Stored, inputs: str | Path | None = None) -> Measured:
    """Run what did not run. What stands in the way (an input that is gone) becomes a note.

    Raises RecipeError, RunError where the run's operators are not here.
    """
    path = _Path(run, stored, inputs)
    try:
        path.walk()
    except (TamisError, OSError) as error:
        said = f"{error.where}: {error.what}" if isinstance(error, TamisError) else str(error)
        path.made.notes.append(_("no further: {why}").format(why=said))
    return path.made


class _Path:
    """The steps of the recipe, and how far the run went with the document."""

    def __init__(self, run: Run, stored: Stored, inputs: str | Path | None) -> None:
        self.run, self.stored, self.inputs = run, stored, inputs
        self.recipe = run.recipe
        self.made = Measured()
        self.row: dict[str, Any] = records(stored.row)[0]
        steps = self.recipe.steps
        number = {step.name: place for place, step in enumerate(steps)}
        self.last, self.end = len(steps) - 1, len(steps)
        if stored.side == "removed":
            self.last = number.get(self.row.get("last_step") or "", -1)
            self.end = number.get(self.row.get("failed_step") or "", len(steps))
        self.number: int = self.row.get("row") or 0
        self.born = born(self.recipe, self.number)
        if self.row.get("removed_by") in {rule.id for rule in split_rules(self.recipe)}:
            # Others took its place.
            self.end = self.last + 1
        if stored.side == "failed":
            # Its values were not stored, and the step that it failed may take the process with it.
            self.last, self.end = -1, number.get(self.row.get("step") or "", 0)
        changed = changed_steps(self.recipe, run.info["steps"])
        if changed:
            said = _("measured by another version of the operator now: {steps}")
            self.made.notes.append(said.format(steps=", ".join(changed)))

    def walk(self) -> None:
        """From the first step whose work is missing to the last."""
        if not self.end:
            return
        columns, first = self._start()
        row = (
            lineage.ancestor(self.number, 0, len(self.recipe.expanding)) if self.made.reread else self.number
        )
        replay = Replay(self.recipe, columns, np.array([row], dtype=np.int64), self.number)
        if self.made.reread:
            self._above(replay)
            first = self.born + 1
        for number in range(first, self.end):
            if self.recipe.steps[number].op.scope == "corpus":
                self._near(number, replay)
                self._evidence(number, replay)
            elif not self._step(number, replay):
                break
            if number == self.last and self.row.get("text") not in (None, replay.texts[0]):
                self.made.notes.append(_("the edits made again do not give the stored text"))
        self.made.text = replay.texts[0]
        self.made.failing = replay.failing()

    def _above(self, replay: Replay) -> None:
        """From the document of the source to the one that was made of it, step by step."""
        for number in range(self.born + 1):
            # All of them: a `where` may ask for any signal.
            if self.recipe.steps[number].op.scope == "row":
                replay.step(number)
        if not len(replay.batch) or replay.batch.columns["id"][0].as_py() != self.row["id"]:
            raise self._gone()

    def _gone(self) -> InputError:
        name = self.row["origin"]["name"]
        return InputError(name, _("changed since the run: this document is no longer there"))

    def _start(self) -> tuple[dict[str, pa.Array], int]:
        """The columns to begin with, and the first step to look at."""
        columns = columns_of(self.stored.row)
        made = [number for number, step in enumerate(self.recipe.steps) if "content" in step.op.reads]
        begin = made[-1] + 1 if made and made[-1] <= self.last else 0
        begin = max(begin, self.born + 1)
        if self.stored.original is not None:
            columns["text"] = pa.array([self.stored.original], pa.large_string())
            return columns, begin
        if self.row.get("text") is not None:
            columns["text"] = columns["text"].cast(pa.large_string())
            dropped = self.run.info["options"].get("originals") == "drop"
            if dropped and edited_between(self.recipe, begin, self.last + 1):
                self.made.notes.append(_("the text before edits was not stored (--originals drop)"))
                return columns, self.last + 1
            return columns, begin
        source = self._read_again()
        self.made.reread = True
        return {**columns, **source}, 0

    def _read_again(self) -> dict[str, pa.Array]:
        from tamis.engine.retune import moved

        info = self.run.info
        plain = [{"pieces": [{"input": one}]} for one in info["inputs"]]
        found = plain if self.inputs is None else moved(plain, self.inputs)
        options = ReadOptions.from_dict(info["read"])
        kind = self.row.get("content_type")
        if kind is not None:
            # A type that the source does not admit comes without its bytes.
            options = replace(options, content_types=(*options.content_types, kind))
        places = [Input.from_dict(one["pieces"][0]["input"]) for one in found]
        batch = document_at(places, self.row["origin"], options)
        if batch is None or (self.born == NEVER and batch.column("id")[0].as_py() != self.row["id"]):
            raise self._gone()
        return raw_incoming(batch, 0).columns

    def _step(self, number: int, replay: Replay) -> bool:
        """One row step, where it has something to tell; False where nothing can follow."""
        step = self.recipe.steps[number]
        if step.op.expands:
            return True
        fresh = number > self.last
        makes_text = self.made.reread and "content" in step.op.reads
        if not (fresh or edits(step) or makes_text):
            return True
        if step.op.cost == "model":
            self.made.notes.append(_("{step} asks a model: it is not asked again").format(step=step.name))
            return False
        before = replay.texts[0]
        ran = replay.step(number)[0]
        if replay.batch.failed[0]:
            failure = replay.batch.failures[-1]
            said = _("{step} fails now: {kind}, {message}")
            facts = {"step": step.name, "kind": failure.kind, "message": told(failure.message)}
            self.made.notes.append(said.format(**facts))
            return False
        after = replay.texts[0]
        if fresh and ran:
            columns = replay.batch.columns
            names = {signal.name: step.column(signal.name) for signal in step.op.signals}
            values = {name: columns[column][0].as_py() for name, column in names.items() if column in columns}
            # A step that makes text of bytes passes over a document that came with text.
            if "content" not in step.op.reads or any(value is not None for value in values.values()):
                self.made.values[step.name] = values
        if edits(step) and ran and before != after:
            self.made.edits[step.name] = (before or "", after or "")
        return True

    def _evidence(self, number: int, replay: Replay) -> None:
        """The parts of the text that a corpus step found elsewhere too, as far as it saw the document."""
        step, text = self.recipe.steps[number], replay.texts[0]
        stored = self.row.get(step.evidence) if step.evidence else None
        if stored and text is not None:
            self.made.spans[step.name] = [
                {
                    "start": span["start"],
                    "end": span["end"],
                    "text": text[span["start"] : span["end"]],
                    "copies": int(span["score"]),
                    "kept_by": span["label"],
                }
                for span in stored
            ]

    def _near(self, number: int, replay: Replay) -> None:
        """Who shares a bucket with a document that the step did not see, or found alone."""
        step = self.recipe.steps[number]
        seen = number <= self.last
        if "text" not in step.op.reads or step.op.sketch is None or step.op.signal("cluster") is None:
            return
        if seen and (self.row.get(step.column("cluster_size")) or 1) > 1:
            return
        columns = {**replay.batch.columns, "text": pc.fill_null(replay.batch.columns["text"], "")}
        own = signature(step, pa.RecordBatch.from_pydict(columns))
        if seen and own.shingles is None:
            return
        if not own.keys:
            self.made.notes.append(_("too short for a signature of {step}").format(step=step.name))
            return
        itself = (self.stored.shard, int(self.row["row"])) if seen else None
        found = alike(self.run, number, own, itself)
        if found is None:
            self.made.notes.append(_("the signatures of {step} were not kept").format(step=step.name))
        else:
            self.made.nearest[step.name] = found
