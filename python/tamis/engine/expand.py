"""A step that makes documents of documents: its body called, and the batch laid out anew, each followed by its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core, lineage
from tamis.engine import calling
from tamis.engine.promises import Failures, held
from tamis.errors import RunFailed
from tamis.messages import _
from tamis.recipe import Step
from tamis.sources import child_id

if TYPE_CHECKING:
    from tamis.engine.batch import Batch
    from tamis.engine.decide import Mask

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Layout:
    """Where the rows of a batch were before: `source` of a document that was `made` is the row that it was made of."""

    source: Numbers
    made: Numbers

    def then(self, later: Layout) -> Layout:
        """This and a later one as one."""
        return Layout(self.source[later.source], later.made | self.made[later.source])


@dataclass
class Children:
    """The documents made of some rows: their columns, which row each was made of (ascending, from 0), and the rows
    that failed.
    """

    columns: dict[str, pa.Array]
    parents: Numbers
    failures: Failures


def expand(batch: Batch, number: int, step: Step, todo: Mask) -> None:
    """Make documents of the rows in `todo` and lay the batch out anew.

    A row whose place they take is removed by `STEP.split` and goes no further, also where nothing was made of it.
    """
    places = np.flatnonzero(todo)
    arrays = [batch.values(name, todo) for name in step.reads]
    found = call(step, number, arrays, batch.rows[todo], batch.singly)
    for place, (kind, message) in found.failures.items():
        batch.fail(int(places[place]), step.name, kind, message)
    parents = places[found.parents]
    batch.columns[f"{step.name}.split"] = pa.array(np.bincount(parents, minlength=len(batch)), mask=~todo)
    done = todo & ~batch.failed
    batch.last = np.where(done, number, batch.last)
    if step.keep_source is False:
        batch.removed[done] = batch.work.splits[step.name]
        batch.stopped |= done
    if len(parents):
        _lay_out(batch, number, step, parents, found.columns)


def _lay_out(
    batch: Batch, number: int, step: Step, parents: Numbers, columns: Mapping[str, pa.Array]
) -> None:
    """Each row followed by the documents made of it, which take over all that no step has measured."""
    before, expanding = len(batch), batch.work.recipe.expanding
    at = expanding.index(number) + 1
    ordinals = np.arange(len(parents)) - np.searchsorted(parents, parents) + 1
    rows = np.concatenate(
        [batch.rows, lineage.child(batch.rows[parents], ordinals, at, len(expanding))], dtype=np.int64
    )
    order = np.argsort(rows, kind="stable")
    if batch.work.only is not None:
        order = order[rows[order] == lineage.ancestor(batch.work.only, at, len(expanding))]
    made = order >= before
    layout = Layout(np.concatenate([np.arange(before), parents])[order], made)
    written = {
        column.name if column in step.op.fields else step.column(column.name): columns[column.name]
        for column in step.op.writes
    }
    written |= {name: pa.array(values) for name, values in _core.count_text(columns["text"]).items()}
    written |= _identities(batch.columns["id"], step, parents, ordinals)
    pick = pa.array(np.where(made, order - before, 0), mask=~made)
    batch.lay_out(layout, rows[order], {name: pc.take(values, pick) for name, values in written.items()})
    batch.last[made] = number
    batch.made[step.name] = batch.made.get(step.name, 0) + len(order) - before


def _identities(ids: pa.Array, step: Step, parents: Numbers, ordinals: Numbers) -> dict[str, pa.Array]:
    above = ids.take(pa.array(parents)).cast(pa.string())
    made = [
        child_id(one or "", step.name, number)
        for one, number in zip(above.to_pylist(), ordinals.tolist(), strict=True)
    ]
    return {"id": pa.array(made, pa.string()), "parent_id": above}


def call(step: Step, number: int, arrays: Sequence[pa.Array], rows: calling.Rows, singly: bool) -> Children:
    """The documents that a step makes of some rows; see `calling.call`.

    Raises RunFailed for an operator that does not return what it declares, TamisError as the operator raised it.
    """
    if step.op.each:
        return _each(step, number, arrays, rows)

    def piece(start: int, count: int) -> Children:
        part = (array.slice(start, count) for array in arrays)
        return _checked(step, step.op.function(*part, **calling.keywords(step)), count)

    def failed(error: Exception) -> Children:
        return Children(calling.nothing(step, 0), np.zeros(0, np.int64), {0: calling.reason(error)})

    return calling.in_pieces(number, rows, singly, piece, failed, _joined)


def _joined(parts: list[tuple[int, Children]]) -> Children:
    failures = {start + place: why for start, found in parts for place, why in found.failures.items()}
    names = parts[0][1].columns
    columns = {name: pa.concat_arrays([found.columns[name] for _at, found in parts]) for name in names}
    return Children(columns, np.concatenate([found.parents + at for at, found in parts]), failures)


def _each(step: Step, number: int, arrays: Sequence[pa.Array], rows: calling.Rows) -> Children:
    names = [column.name for column in step.op.writes]
    made: dict[str, list[Any]] = {name: [] for name in names}
    parents: list[int] = []
    failures: Failures = {}

    def shaped(found: Any) -> list[list[Any]]:
        return [[one[name] for name in names] for one in found]

    for place, listed in calling.one_by_one(step, number, arrays, rows, shaped, failures):
        for values in listed or ():
            parents.append(place)
            for name, value in zip(names, values, strict=True):
                made[name].append(value)
    columns = {name: calling.as_array(values, step, name) for name, values in made.items()}
    return _checked(step, {**columns, "parent": np.array(parents, np.int64)}, len(rows), failures)


def _checked(step: Step, made: Mapping[str, Any], rows: int, failures: Failures | None = None) -> Children:
    if "parent" not in made:
        raise RunFailed(step.name, _("{op} did not return {name}").format(op=step.op.name, name="parent"))
    given = made["parent"]
    parents = np.asarray(given.to_numpy(zero_copy_only=False) if isinstance(given, pa.Array) else given)
    good = parents.dtype.kind == "i" or not len(parents)
    parents = parents.astype(np.int64)
    if not good or (len(parents) and (parents[0] < 0 or parents[-1] >= rows or (np.diff(parents) < 0).any())):
        what = _("{op} returned a parent that is no row of its {rows}, or they do not ascend")
        raise RunFailed(step.name, what.format(op=step.op.name, rows=rows))
    columns, broken = held(step.op.signals, calling.checked(step, made, len(parents)), {})
    columns["text"] = pc.fill_null(columns["text"], "")
    why = {int(parents[place]): reason for place, reason in reversed(broken.items())}
    return _failing(Children(columns, parents, failures or {}), {**_too_many(parents), **why})


def _too_many(parents: Numbers) -> Failures:
    """The rows of which more was made than can be numbered."""
    message = _("more than {most} documents were made of it").format(most=f"{lineage.MOST:,}")
    many = np.flatnonzero(np.bincount(parents, minlength=1) > lineage.MOST)
    return {int(place): ("size", message) for place in many}


def _failing(found: Children, why: Failures) -> Children:
    """Rows fail, with all that was made of them."""
    if not why:
        return found
    stay = ~np.isin(found.parents, list(why))
    columns = {name: values.filter(pa.array(stay)) for name, values in found.columns.items()}
    return Children(columns, found.parents[stay], {**found.failures, **why})
