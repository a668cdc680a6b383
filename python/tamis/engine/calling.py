"""Calling an operator's body on the rows that need it: whole batches first, row by row where that raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tamis import _core
from tamis.engine.promises import Failures, held
from tamis.errors import DocumentFailed, RecipeError, RunFailed, TamisError
from tamis.messages import _
from tamis.op import Field
from tamis.plan import arrow_type
from tamis.recipe import Step

Rows = npt.NDArray[np.int64]

_states: dict[tuple[str, str], Any] = {}


def state_of(step: Step) -> Any:
    """What `load` made for a step, once a process."""
    if step.op.load is None:
        return None
    key = (step.op.name, repr(sorted(step.parameters.items())))
    if key not in _states:
        try:
            _states[key] = step.op.load(step.parameters)
        except RecipeError as error:
            raise step.told(error) from error
    return _states[key]


def call(
    step: Step, number: int, arrays: Sequence[pa.Array], rows: Rows
) -> tuple[dict[str, pa.Array], Failures]:
    """The columns that a step makes of some rows, and the rows of them that failed (by place, kind and message).

    A row whose value breaks what the operator declares (an undeclared null, NaN, out of range) is one that failed.

    `rows` are the shard's row numbers, for the breadcrumb. A failed row holds null in every column.

    Raises RunFailed for an operator that does not return what it declares, TamisError as the operator raised it.
    """
    keywords = step.keywords()
    if step.op.load is not None:
        keywords["state"] = state_of(step)
    if step.op.each:
        return _each(step, number, arrays, rows, keywords)
    numbers = pa.array(rows)
    try:
        _core.breadcrumb(int(rows[0]), number, len(rows), numbers)
        made = _checked(step, step.op.function(*arrays, **keywords), len(rows))
        return held(step.op.signals, made, {})
    except (TamisError, MemoryError):
        raise
    except Exception as error:
        if len(rows) == 1:
            return _nothing(step, 1), {0: reason(error)}
    return _one_by_one(step, number, arrays, rows)


def _one_by_one(
    step: Step, number: int, arrays: Sequence[pa.Array], rows: Rows
) -> tuple[dict[str, pa.Array], Failures]:
    parts, failures = [], {}
    for place in range(len(rows)):
        made, failed = call(
            step, number, [array.slice(place, 1) for array in arrays], rows[place : place + 1]
        )
        parts.append(made)
        if failed:
            failures[place] = failed[0]
    joined = {name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]}
    return joined, failures


def _each(
    step: Step, number: int, arrays: Sequence[pa.Array], rows: Rows, keywords: Mapping[str, Any]
) -> tuple[dict[str, pa.Array], Failures]:
    names = [column.name for column in step.op.writes]
    made: dict[str, list[Any]] = {name: [] for name in names}
    failures: Failures = {}
    for place in range(len(rows)):
        _core.breadcrumb(int(rows[place]), number)
        try:
            values = step.op.function(*(array[place].as_py() for array in arrays), **keywords)
            row = [values[name] for name in names]
        except TamisError:
            raise
        except Exception as error:
            failures[place] = reason(error)
            row = [None] * len(names)
        for name, value in zip(names, row, strict=True):
            made[name].append(value)
    columns = {name: _array(values, step, name) for name, values in made.items()}
    return held(step.op.signals, _checked(step, columns, len(rows)), failures)


def _array(values: list[Any], step: Step, name: str) -> pa.Array:
    column = next(column for column in step.op.writes if column.name == name)
    try:
        return pa.array(values, arrow_type(column))
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, UnicodeEncodeError) as error:
        raise RunFailed(
            step.name, _("{name} does not fit its declared type: {why}").format(name=name, why=error)
        ) from error


def reason(error: Exception) -> tuple[str, str]:
    """Kind and message of what one document raised."""
    if isinstance(error, DocumentFailed):
        return error.kind, error.message
    return "exception", f"{type(error).__name__}: {error}"[:2000]


def _nothing(step: Step, rows: int) -> dict[str, pa.Array]:
    return {column.name: pa.nulls(rows, arrow_type(column)) for column in step.op.writes}


def _checked(step: Step, made: Mapping[str, Any], rows: int) -> dict[str, pa.Array]:
    checked = {}
    for column in step.op.writes:
        if column.name not in made:
            raise RunFailed(
                step.name, _("{op} did not return {name}").format(op=step.op.name, name=column.name)
            )
        array = (
            pa.array(made[column.name]) if not isinstance(made[column.name], pa.Array) else made[column.name]
        )
        wanted = arrow_type(column)
        if len(array) != rows:
            what = _("{op} returned {got} values of {name} for {rows} rows")
            raise RunFailed(
                step.name, what.format(op=step.op.name, got=len(array), name=column.name, rows=rows)
            )
        if isinstance(column, Field) and column.name == "text" and pa.types.is_string(array.type):
            array = array.cast(wanted)
        checked[column.name] = array if array.type == wanted else array.cast(wanted)
    return checked
