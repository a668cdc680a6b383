"""What in a removed document made the value that removed it: `mark` of its operator, on the text as that step saw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis.engine import calling
from tamis.engine.decide import inside
from tamis.engine.incoming import columns_of
from tamis.engine.replay import Replay, born, changed_steps, edited_between, edits
from tamis.engine.rundir import Run
from tamis.errors import TamisError
from tamis.messages import _
from tamis.plan import all_rules
from tamis.recipe import Rule, Step

Seen = tuple[str, list[tuple[int, int]], float, float]
"""The text, spans in its code points, numerator and denominator."""
COVER = "\N{FULL BLOCK}"
LONGEST = 50_000
"""Characters of a text that is marked: marks are plain Python, at about 1 MB/s."""


class Marker:
    """The marks of one run's examples.

    `notes`: operators that could not mark. Raises RecipeError, RunError where the run's operators are not here.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.recipe = run, run.recipe
        self.rules = {rule.id: rule for rule in all_rules(self.recipe)}
        self.number = {step.name: place for place, step in enumerate(self.recipe.steps)}
        self.dropped = run.info["options"].get("originals") == "drop"
        self.notes: list[str] = []
        self._silent = set(changed_steps(self.recipe, run.info["steps"]))
        if self._silent:
            said = _("another version of the operator measured then: {steps}")
            self.notes.append(said.format(steps=", ".join(sorted(self._silent))))

    def __call__(self, rows: pa.Table, originals: Mapping[int, str]) -> list[Seen | None]:
        """For each removed row, as stored: the text and its marks; None where there is nothing to mark.

        `originals`: texts before edits, by `row`.
        """
        found: list[Seen | None] = [None] * rows.num_rows
        by_rule: dict[str, list[int]] = {}
        for place, name in enumerate(rows.column("removed_by").to_pylist()):
            if self._marks(name):
                by_rule.setdefault(name, []).append(place)
        for name, places in by_rule.items():
            rule = self.rules[name]
            mine = rows.take(pa.array(places))
            try:
                texts = self._texts(mine, originals, self.number[rule.step])
            except (TamisError, OSError) as error:
                self._give_up(rule.step, rule.signal, error)
                continue
            stored = self._evidence(rule, mine)
            for place, text, evidence in zip(places, texts, stored, strict=True):
                if text is not None and len(text) <= LONGEST and rule.step not in self._silent:
                    found[place] = self._mark(rule, text) if evidence is None else (text, *evidence)
        return found

    def _evidence(
        self, rule: Rule, rows: pa.Table
    ) -> list[tuple[list[tuple[int, int]], float, float] | None]:
        """What a corpus step found, which alone saw all documents: the stored spans, and the value of the signal."""
        step = self.recipe.steps[self.number[rule.step]]
        if not step.evidence:
            return [None] * rows.num_rows
        spans, values = (rows[name].to_pylist() for name in (step.evidence, rule.column))
        pairs = [[(span["start"], span["end"]) for span in some or ()] for some in spans]
        return [(some, float(value or 0), 1.0) for some, value in zip(pairs, values, strict=True)]

    def cover(self, rows: pa.Table, originals: Mapping[int, str]) -> dict[int, str]:
        """Texts of kept documents as they came, by `row`, with a full block over each character that a step hid.

        Empty where one of these steps cannot say what it hid.
        """
        here = rows.filter(pc.is_in(rows["row"], pa.array(list(originals), rows["row"].type)))
        columns = columns_of(here)
        numbers = columns["row"].to_pylist()
        texts = [originals[row] for row in numbers]
        for step in self.recipe.steps:
            if not step.op.hides:
                continue
            try:
                if step.name in self._silent:
                    return {}
                seen = inside(step.where, columns, len(numbers))
                texts = [_covered(step, text) if at else text for text, at in zip(texts, seen, strict=True)]
            except Exception as error:
                self._give_up(step.name, step.op.hides, error)
                return {}
        return dict(zip(numbers, texts, strict=True))

    def _marks(self, name: str) -> bool:
        rule = self.rules.get(name)
        if rule is None or rule.step not in self.number or rule.step in self._silent:
            return False
        op = self.recipe.steps[self.number[rule.step]].op
        return (op.mark is not None or bool(op.evidence)) and op.signal(rule.signal) is not None

    def _texts(self, rows: pa.Table, originals: Mapping[int, str], number: int) -> list[str | None]:
        """The texts as a step saw them: as they came, with the edits of the steps before it made again."""
        columns = columns_of(rows)
        numbers = columns["row"].to_numpy()
        stored = columns["text"].to_pylist() if "text" in columns else [None] * len(numbers)
        steps = [at for at in range(number) if edits(self.recipe.steps[at])]
        if self.dropped or any(self.recipe.steps[at].op.cost == "model" for at in steps):
            lasts = columns["last_step"].to_pylist()
            both = zip(stored, lasts, strict=True)
            return [text if self._as_seen(last, number) else None for text, last in both]
        came = [originals.get(int(row), text) for row, text in zip(numbers, stored, strict=True)]
        columns["text"] = pa.array(came, pa.large_string())
        found: list[str | None] = [None] * len(came)
        makers = np.array([born(self.recipe, int(row)) for row in numbers])
        for maker in sorted(set(makers.tolist())):
            places = np.flatnonzero(makers == maker)
            part = {name: column.take(pa.array(places)) for name, column in columns.items()}
            replay = Replay(self.recipe, part, numbers[places])
            for at in steps:
                if at > max(replay.text_step, maker):
                    replay.step(at)
            for place, text, failed in zip(places, replay.texts, replay.batch.failed, strict=True):
                found[place] = None if failed or came[place] is None else text
        return found

    def _as_seen(self, last: str | None, number: int) -> bool:
        """Whether a stored text is still the one that a step saw: no step rewrote it since."""
        return not edited_between(self.recipe, number, self.number.get(last or "", -1) + 1)

    def _mark(self, rule: Rule, text: str) -> Seen | None:
        step = self.recipe.steps[self.number[rule.step]]
        try:
            spans, numerator, denominator = _asked(step, rule.signal, text)
            found = [(int(start), int(end)) for start, end in spans]
            return text, found, float(numerator), float(denominator)
        except Exception as error:
            self._give_up(rule.step, rule.signal, error)
            return None

    def _give_up(self, step: str, signal: str, error: Exception) -> None:
        """A fault of a mark, a model that is gone: it costs the highlights of a step, never the report."""
        self._silent.add(step)
        why = f"{error.where}: {error.what}" if isinstance(error, TamisError) else str(error)
        said = _("{step} cannot mark {signal}: {kind}, {why}")
        facts = {"step": step, "signal": signal, "kind": type(error).__name__, "why": why}
        self.notes.append(said.format(**facts))


def _asked(step: Step, signal: str, text: str) -> tuple[Sequence[tuple[int, int]], float, float]:
    if step.op.mark is None:
        raise TypeError(f"{step.op.name} declares no mark")
    calling.state_of(step)
    spans, numerator, denominator = step.op.mark(text, signal, step.parameters)
    return spans, numerator, denominator


def _covered(step: Step, text: str) -> str:
    spans, _numerator, _denominator = _asked(step, step.op.hides, text)
    letters = list(text) if spans else []
    for start, end in spans:
        letters[start:end] = COVER * (end - start)
    return "".join(letters) if spans else text
