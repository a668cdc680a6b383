"""What a finished run would keep for each of several values of one bound; nothing is measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tamis.engine import decide, store
from tamis.engine.decide import Mask
from tamis.engine.replay import edits, fed
from tamis.engine.retune import check_bound, finished
from tamis.engine.rundir import Run
from tamis.engine.spec import recipe_of
from tamis.errors import RecipeError, RunError
from tamis.messages import _
from tamis.option_values import Refused, steps_between
from tamis.plan import phases
from tamis.recipe import Recipe, Rule, Step

NUMERIC = ("min", "max", "above", "below")
NONE = -1


def sweep(run: str | Path, bound: str, values: str | Sequence[float]) -> dict[str, Any]:
    """Documents, characters and tokens kept for each value of one bound; see `tamis.sweep`, which adds labels.

    Besides what that returns: `rule` (its name), and for each value `documents` {past, within}: how many documents
    with a text and a value the rule would fail and let pass.
    """
    old = finished(run)
    recipe = old.recipe
    swept = _values(bound, values)
    for value in swept:
        check_bound(recipe, bound, value, f"tamis run ... --reuse {run} -o OUT", option="--sweep")
    rules = [_moved(old.info["recipe"], bound, value) for value in swept]
    number = recipe.steps.index(next(step for step in recipe.steps if step.name == rules[0].step))
    _check_made(run, recipe, number, bound, swept[0])
    unmeasured = _unmeasured(recipe, old.info["options"]["measure"], number)
    feeding = fed(recipe, number)
    corpus = [
        step
        for at, step in enumerate(recipe.steps)
        if at > number and step.op.scope == "corpus" and (step.rules or at < feeding < len(recipe.steps))
    ]
    documents = _Documents(old, recipe, number, rules[0], corpus)
    return {
        "run": str(run),
        "bound": bound,
        "rule": rules[0].id,
        "now": _rule(recipe, bound).bounds.get(bound.rpartition(".")[2]),
        "values": [
            {
                "value": value,
                **documents.counted(rule, certain=not unmeasured),
                "documents": documents.sides(rule),
            }
            for value, rule in zip(swept, rules, strict=True)
        ],
        "unmeasured": unmeasured,
        "duplicates": [step.name for step in corpus],
        "edited": any(edits(step) for step in recipe.steps),
    }


def _values(bound: str, values: str | Sequence[float]) -> list[float]:
    where = f"--sweep {bound}"
    if bound.rpartition(".")[2] in ("in", "not_in"):
        raise RecipeError(
            where, _("a list has no steps"), _("bounds: {names}").format(names=", ".join(NUMERIC))
        )
    try:
        found = steps_between(values) if isinstance(values, str) else list(values)
    except Refused as error:
        raise RecipeError(where, error.what, error.hint) from None
    if not found:
        raise RecipeError(where, _("no value is given"), _("write FROM:TO:STEP, for example 0.1:0.5:0.05"))
    return found


def _moved(spec: dict[str, Any], bound: str, value: float) -> Rule:
    """The rule as it would be with this value. Raises RecipeError: a value that the bound does not take."""
    try:
        return _rule(recipe_of({**spec, "overrides": {**spec["overrides"], bound: value}}), bound)
    except RecipeError as error:
        # The recipe itself was read before: what it refuses is the value, which no --set gave.
        raise RecipeError(f"--sweep {bound}", error.what, error.hint) from None


def _rule(recipe: Recipe, bound: str) -> Rule:
    """The rule that an override of this bound changes: by its own name, or by its signal's."""
    step, name, _last = bound.split(".")
    return next(rule for rule in recipe.rules if rule.step == step and name in (rule.name, rule.signal))


def _check_made(run: str | Path, recipe: Recipe, number: int, bound: str, value: float) -> None:
    maker = next((at for at in recipe.expanding if at > number), None)
    if maker is not None:
        what = _("{step} makes documents of what {bound} lets through, and nobody knows how many")
        hint = f"tamis retune {run} --set {bound}={value} -o OUT"
        raise RunError(str(run), what.format(step=recipe.steps[maker].name, bound=bound), hint)


def _unmeasured(recipe: Recipe, measure: str, number: int) -> list[str]:
    """The steps whose rules were never asked of a document that step `number` alone removed."""
    end = next(phase.end for phase in phases(recipe) if phase.first <= number < phase.end)
    gates = [at for at in range(number, end) if recipe.steps[at].gate or measure == "needed"]
    return [step.name for step in recipe.steps[min([*(at + 1 for at in gates), end]) :] if step.rules]


@dataclass
class _Clusters:
    """Documents that one corpus step removed, and for each document the number of its cluster, NONE without."""

    removed: Mask
    codes: npt.NDArray[np.int64]
    count: int

    def freed(self, wrong: Mask) -> Mask:
        """Copies in a cluster that loses a document."""
        loses = np.zeros(self.count + 1, dtype=bool)
        loses[self.codes[wrong]] = True
        loses[NONE] = False
        return self.removed & ~wrong & loses[self.codes]


class _Documents:
    """The columns that decide, of all kept and removed documents of a run."""

    def __init__(self, run: Run, recipe: Recipe, number: int, rule: Rule, corpus: Sequence[Step]) -> None:
        step = recipe.steps[number]
        tokens = next((s.column("token_count") for s in recipe.steps if "token_count" in _signals(s)), "")
        asked_of = {name for one in (rule, *step.where) for name in _read_by(one)}
        if "content" in step.op.reads and step.op.signals:
            asked_of.add(step.column(step.op.signals[0].name))
        clusters = [one.column(name) for one in corpus for name in ("cluster", "cluster_size")]
        clusters += [_seen(one) for one in corpus]
        names = {*asked_of, "text_chars", "removed_by", "failed_rules", "failed_step", *clusters, tokens}
        self.columns, kept = _stored(run, names)
        self.rows = len(self.columns["text_chars"])
        if rule.column not in self.columns:
            hint = _("run without the step that drops it")
            raise RunError(str(run.path), _("{column} was not stored").format(column=rule.column), hint)
        self.kept = np.arange(self.rows) < kept
        self.characters = _numbers(self.columns["text_chars"])
        self.texts = _there(self.columns["text_chars"])
        self.tokens = _numbers(self.columns[tokens]) if tokens in self.columns else None
        self.uncounted = ~_there(self.columns[tokens]) if tokens in self.columns else np.zeros(0, dtype=bool)
        self.sole = self._sole(rule)
        self.asked = self._asked(step, rule) | self.sole
        left = recipe.steps[fed(recipe, number) :]
        self.clusters = [
            self._clusters(one) if one.op.signal("cluster") else self._together(one, left) for one in corpus
        ]

    def counted(self, rule: Rule, *, certain: bool) -> dict[str, Any]:
        """What the run keeps with this rule, and what it may keep besides."""
        wrong = decide.failing(rule, self.columns, self.rows) & self.asked
        kept, more = self.kept & ~wrong, self.sole & ~wrong
        if certain:
            kept, more = kept | more, np.zeros(self.rows, dtype=bool)
        for clusters in self.clusters:
            more |= clusters.freed(wrong)
        at_most = self._units(more)
        if self.tokens is not None and (more & self.uncounted).any():
            at_most["tokens"] = None
        return {"kept": self._units(kept), "at_most": at_most}

    def sides(self, rule: Rule) -> dict[str, int]:
        """Documents that the rule binds, those without text or value left out: past its bound, and within."""
        bound = self.asked & self.texts & _there(self.columns[rule.column])
        if rule.when is not None:
            bound &= ~decide.failing(rule.when, self.columns, self.rows)
        past = int((bound & decide.failing(rule, self.columns, self.rows)).sum())
        return {"past": past, "within": int(bound.sum()) - past}

    def _units(self, mask: Mask) -> dict[str, int | None]:
        tokens = None if self.tokens is None else int(self.tokens[mask].sum())
        return {
            "documents": int(mask.sum()),
            "characters": int(self.characters[mask].sum()),
            "tokens": tokens,
        }

    def _sole(self, rule: Rule) -> Mask:
        """Removed by this rule, failing no other, and not failed in a step behind it."""
        if "removed_by" not in self.columns:
            return np.zeros(self.rows, dtype=bool)
        single = pc.equal(pc.list_value_length(self.columns["failed_rules"]), 1)
        mine = pc.and_(pc.equal(self.columns["removed_by"], rule.id), single)
        whole = pc.is_null(self.columns["failed_step"])
        return _mask(pc.and_(mine, whole))

    def _asked(self, step: Step, rule: Rule) -> Mask:
        """Where the rule's step ran. A kept document without a value was not asked, or is kept without one."""
        asked = _there(self.columns[rule.column]) & decide.inside(step.where, self.columns, self.rows)
        if "content" in step.op.reads and step.op.signals:
            asked &= _there(self.columns[step.column(step.op.signals[0].name)])
        return asked

    def _removed_by(self, steps: Sequence[Step]) -> Mask:
        ids = pa.array([rule.id for step in steps for rule in step.rules], pa.string())
        removed = self.columns.get("removed_by")
        return np.zeros(self.rows, dtype=bool) if removed is None else _mask(pc.is_in(removed, ids))

    def _together(self, step: Step, left: Sequence[Step]) -> _Clusters:
        """Of a step that answers each document by all others: one that falls may bring back any that the step removed,
        or a rule on what it left of the text.
        """
        seen = self.columns.get(_seen(step))
        codes = np.full(self.rows, NONE, dtype=np.int64)
        codes[np.zeros(self.rows, dtype=bool) if seen is None else _there(seen)] = 0
        return _Clusters(self._removed_by([step, *left]), codes, 1)

    def _clusters(self, step: Step) -> _Clusters:
        gone = self._removed_by([step])
        names = self.columns.get(step.column("cluster")), self.columns.get(step.column("cluster_size"))
        if names[0] is None or names[1] is None:
            return _Clusters(gone, np.zeros(self.rows, dtype=np.int64), 1)
        several = pc.fill_null(pc.greater(names[1], 1), False)
        codes = np.full(self.rows, NONE, dtype=np.int64)
        encoded = names[0].filter(several).dictionary_encode()
        codes[_mask(several)] = encoded.indices.to_numpy(zero_copy_only=False)
        return _Clusters(gone, codes, len(encoded.dictionary))


def _signals(step: Step) -> set[str]:
    return {signal.name for signal in step.op.signals}


def _seen(step: Step) -> str:
    """A column that holds a value where a corpus step saw the document."""
    return step.column(step.op.signals[0].name)


def _read_by(rule: Rule) -> Iterable[str]:
    yield from (name for name in (rule.column, rule.by) if name)
    if rule.when is not None:
        yield from _read_by(rule.when)


def _stored(run: Run, names: set[str]) -> tuple[dict[str, pa.Array], int]:
    """These columns of all documents, first the kept ones, in one piece each; and how many are kept."""
    tables, kept = [], 0
    for role in ("kept", "removed"):
        for _shard, path in run.files(role):
            with store.open_parquet(path) as file:
                tables.append(file.read(columns=[one for one in file.schema_arrow.names if one in names]))
            kept += tables[-1].num_rows if role == "kept" else 0
    if not tables:
        return {name: pa.nulls(0, pa.int64()) for name in names if name not in ("", "removed_by")}, 0
    whole = pa.concat_tables(tables, promote_options="default")
    return {name: whole[name].combine_chunks() for name in whole.column_names}, kept


def _mask(found: pa.Array) -> Mask:
    mask: Mask = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
    return mask


def _there(column: pa.Array) -> Mask:
    return _mask(pc.is_valid(column))


def _numbers(column: pa.Array) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = pc.fill_null(column, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers
