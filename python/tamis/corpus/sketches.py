"""Columns that every deduplicating sketch has: the id, the group (`by`) and the place in the survivor order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core
from tamis.errors import RecipeError
from tamis.messages import _, did_you_mean
from tamis.op import Columns, registered

REFERENCES = {"reference": "bigger", "reference-2024": "first"}
"""Survivors that the references keep, and the union-find that finds them."""


NUMBERS = ("int64", "float64")
MISSING = (1 << 64) - 1


def check_grouping(parameters: Mapping[str, Any], columns: Columns, references: bool = False) -> None:
    """The `check` of a deduplicating operator: `by` and `survivor` name an order and columns that there are.

    `references`: whether the references' survivors are among the choices.
    """
    by, survivor = parameters.get("by", ""), parameters["survivor"]
    if by and columns.type_of("by", by) == "spans":
        what = _("by: {name} holds spans, which cannot be compared").format(name=by)
        raise RecipeError("by", what, _("name a column of one value a document"))
    if survivor.startswith("signal:"):
        name = survivor.removeprefix("signal:")
        if columns.type_of("survivor", name) not in (*NUMBERS, ""):
            raise _no_number("survivor", name)
    elif survivor not in _orders(references):
        raise _no_order("survivor", survivor, references)


def check_with_references(parameters: Mapping[str, Any], columns: Columns) -> None:
    """`check_grouping` where the references' survivors are among the choices."""
    check_grouping(parameters, columns, references=True)


def _orders(references: bool) -> tuple[str, ...]:
    return ("first", "longest", "newest", "url-md5", *(REFERENCES if references else ()))


def _no_order(where: str, survivor: str, references: bool) -> RecipeError:
    what = _("survivor: there is no order named {name}").format(name=survivor)
    known = _("one of {names}").format(names=", ".join([*_orders(references), "signal:STEP.SIGNAL"]))
    return RecipeError(where, what, did_you_mean(survivor, _orders(references)) or known)


def _no_number(where: str, name: str) -> RecipeError:
    what = _("survivor: {name} is not a number").format(name=name)
    return RecipeError(where, what, _("name a signal of type int64 or float64"))


def group_column(batch: pa.RecordBatch, by: str, step: str) -> pa.Array | None:
    """The column within whose equal values documents are deduplicated, as `large_string`; None without `by`."""
    if not by:
        return None
    return _column(batch, by, step, "by").cast(pa.large_string())


def filled(operator: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with the declared defaults where they are not given."""
    declared = registered(operator)
    return {**(declared.defaults() if declared else {}), **parameters}


def survivor_columns(
    batch: pa.RecordBatch, survivor: str, step: str, references: bool = False
) -> dict[str, pa.Array]:
    """`id`, and `order` (uint64, smaller is kept first) where the survivor order is not the input order.

    Args:
        batch: documents with the column that the order needs: `text_chars` (longest), `date` (newest), `url`
            (url-md5), or the one that `signal:NAME` names.
        survivor: `first`, `longest`, `newest`, `url-md5`, `reference`, `reference-2024` or `signal:NAME` (higher is
            better).
        step: the step's name, for errors.
        references: whether the references' survivors are among the choices.

    Raises:
        RecipeError: an order that does not exist, or one whose column is missing or not a number.
    """
    columns = {"id": batch.column("id").cast(pa.large_string())}
    if survivor == "longest":
        columns["order"] = pa.array(_core.survivor_order(_characters(batch)))
    elif survivor == "newest":
        dates = _column(batch, "date", step, "survivor").cast(pa.large_string())
        columns["order"] = pa.array(_core.survivor_order(dates))
    elif survivor == "url-md5":
        columns["order"] = _url_order(_column(batch, "url", step, "survivor"))
    elif survivor.startswith("signal:"):
        name = survivor.removeprefix("signal:")
        values = _column(batch, name, step, "survivor")
        if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            raise _no_number(step, name)
        kind = pa.int64() if pa.types.is_integer(values.type) else pa.float64()
        columns["order"] = pa.array(_core.survivor_order(values.cast(kind)))
    elif survivor not in _orders(references):
        raise _no_order(step, survivor, references)
    return columns


def _url_order(urls: pa.Array) -> pa.Array:
    """The first half of the MD5 of each URL, as TensorFlow Datasets compares them; a missing URL comes last."""

    def place(url: str | None) -> int:
        if url is None:
            return MISSING
        return int.from_bytes(hashlib.md5(url.encode(), usedforsecurity=False).digest()[:8])

    return pa.array([place(url) for url in urls.to_pylist()], pa.uint64())


def text_column(batch: pa.RecordBatch) -> pa.Array:
    return batch.column("text").cast(pa.large_string())


def _characters(batch: pa.RecordBatch) -> pa.Array:
    if "text_chars" in batch.schema.names:
        return batch.column("text_chars").cast(pa.int64())
    return pc.utf8_length(batch.column("text")).cast(pa.int64())


def _column(batch: pa.RecordBatch, name: str, step: str, parameter: str) -> pa.Array:
    if name not in batch.schema.names:
        what = _("{parameter}: the documents have no column {name}").format(parameter=parameter, name=name)
        raise RecipeError(step, what, _("columns: {names}").format(names=", ".join(batch.schema.names)))
    return batch.column(name)
