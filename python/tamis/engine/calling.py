"""Calling an operator's body on the rows that need it: whole batches first, row by row where that raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tamis import _core
from tamis.engine.promises import Failures, held
from tamis.errors import DocumentFailed, InputError, RecipeError, RunFailed, TamisError
from tamis.messages import _
from tamis.op import Field
from tamis.plan import arrow_type
from tamis.recipe import Step

Rows = npt.NDArray[np.int64]
T = TypeVar("T")

MOST_ROWS = 16_384
"""Rows that a breadcrumb can name; a batch has more where documents were made of its own."""

_states: dict[tuple[str, str], Any] = {}


def state_of(step: Step) -> Any:
    """What `load` made for a step, once a process."""
    if step.op.load is None:
        return None
    key = (step.op.name, repr(sorted(step.parameters.items())))
    if key not in _states:
        try:
            _states[key] = step.op.load(step.parameters)
        except (RecipeError, InputError) as error:
            raise step.told(error) from error
    return _states[key]


def keywords(step: Step) -> dict[str, Any]:
    """What a step's body is called with besides the columns."""
    found = step.keywords()
    if step.op.load is not None:
        found["state"] = state_of(step)
    return found


def call(
    step: Step, number: int, arrays: Sequence[pa.Array], rows: Rows, singly: bool = False
) -> tuple[dict[str, pa.Array], Failures]:
    """The columns that a step makes of some rows, and the rows of them that failed (by place, kind and message).

    A row whose value breaks what the operator declares (an undeclared null, NaN, out of range) is one that failed.

    `rows` are the shard's row numbers, for the breadcrumb; with `singly` they go one by one, so that a guilty one
    stands alone. A failed row holds null in every column.

    Raises RunFailed for an operator that does not return what it declares, TamisError as the operator raised it.
    """
    if step.op.each:
        return _each(step, number, arrays, rows)

    def piece(start: int, count: int) -> tuple[dict[str, pa.Array], Failures]:
        part = (array.slice(start, count) for array in arrays)
        return held(step.op.signals, checked(step, step.op.function(*part, **keywords(step)), count), {})

    def failed(error: Exception) -> tuple[dict[str, pa.Array], Failures]:
        return nothing(step, 1), {0: reason(error)}

    return in_pieces(number, rows, singly, piece, failed, _joined)


def in_pieces(
    number: int,
    rows: Rows,
    singly: bool,
    piece: Callable[[int, int], T],
    failed: Callable[[Exception], T],
    joined: Callable[[list[tuple[int, T]]], T],
) -> T:
    """A body of batches on some rows: as many at once as a breadcrumb can name, one by one where that raises.

    `piece` calls it on so many rows from a place on, `failed` answers for one row that raised, `joined` makes one
    answer of several, each with its place.
    """

    def parts(start: int, count: int, size: int) -> T:
        places = range(start, start + count, size)
        return joined([(at, part(at, min(size, start + count - at))) for at in places])

    def part(start: int, count: int) -> T:
        if count > MOST_ROWS:
            return parts(start, count, MOST_ROWS)
        try:
            _core.breadcrumb(int(rows[start]), number, count, pa.array(rows[start : start + count]))
            return piece(start, count)
        except (TamisError, MemoryError):
            raise
        except Exception as error:
            if count == 1:
                return failed(error)
        return parts(start, count, 1)

    return parts(0, len(rows), 1) if singly and len(rows) > 1 else part(0, len(rows))


def _joined(
    parts: list[tuple[int, tuple[dict[str, pa.Array], Failures]]],
) -> tuple[dict[str, pa.Array], Failures]:
    failures = {start + place: why for start, (_made, failed) in parts for place, why in failed.items()}
    names = parts[0][1][0]
    return {name: pa.concat_arrays([made[name] for _at, (made, _why) in parts]) for name in names}, failures


def one_by_one(
    step: Step,
    number: int,
    arrays: Sequence[pa.Array],
    rows: Rows,
    shaped: Callable[[Any], T],
    failures: Failures,
) -> Iterator[tuple[int, T | None]]:
    """Each row's place, and what a body of single rows returns for it, shaped; None for one that goes to `failures`."""
    given = keywords(step)
    for place in range(len(rows)):
        _core.breadcrumb(int(rows[place]), number)
        found: T | None = None
        try:
            found = shaped(step.op.function(*(array[place].as_py() for array in arrays), **given))
        except TamisError:
            raise
        except Exception as error:
            failures[place] = reason(error)
        yield place, found


def _each(
    step: Step, number: int, arrays: Sequence[pa.Array], rows: Rows
) -> tuple[dict[str, pa.Array], Failures]:
    names = [column.name for column in step.op.writes]
    made: dict[str, list[Any]] = {name: [] for name in names}
    failures: Failures = {}

    def shaped(values: Any) -> list[Any]:
        return [values[name] for name in names]

    for _place, row in one_by_one(step, number, arrays, rows, shaped, failures):
        for name, value in zip(names, row or [None] * len(names), strict=True):
            made[name].append(value)
    columns = {name: as_array(values, step, name) for name, values in made.items()}
    return held(step.op.signals, checked(step, columns, len(rows)), failures)


def as_array(values: list[Any], step: Step, name: str) -> pa.Array:
    """Values that a body returned one by one, in the declared type."""
    declared = next(one for one in step.op.writes if one.name == name)
    try:
        return pa.array(values, arrow_type(declared))
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, UnicodeEncodeError) as error:
        raise RunFailed(
            step.name, _("{name} does not fit its declared type: {why}").format(name=name, why=error)
        ) from error


def reason(error: Exception) -> tuple[str, str]:
    """Kind and message of what one document raised."""
    if isinstance(error, DocumentFailed):
        return error.kind, error.message
    return "exception", f"{type(error).__name__}: {error}"[:2000]


def nothing(step: Step, rows: int) -> dict[str, pa.Array]:
    """Null in all that a step writes."""
    return {column.name: pa.nulls(rows, arrow_type(column)) for column in step.op.writes}


def checked(step: Step, made: Mapping[str, Any], rows: int) -> dict[str, pa.Array]:
    """What a body returned, in the declared types."""
    found = {}
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
        found[column.name] = array if array.type == wanted else array.cast(wanted)
    return found
