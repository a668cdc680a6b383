"""Lines that stand more than once in the corpus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core
from tamis.corpus.kernel import refusals
from tamis.corpus.sketches import check_grouping, filled, group_column, survivor_columns, text_column
from tamis.corpus.span_tasks import SPANS, TASKS
from tamis.corpus.spans import foretold_stages, merge
from tamis.messages import later
from tamis.op import Foretold, MergeContext, Signal, operator

WORDS_A_LINE = 12
"""Of English pages: what `foretell` divides by."""


def sketch(batch: pa.RecordBatch, **parameters: Any) -> dict[str, pa.Array]:
    """`units`: three numbers for each line, both halves of its hash and where it stands."""
    given = filled("line", parameters)
    by = group_column(batch, given["by"], "line")
    with refusals("line"):
        made = _core.unit_sketch(text_column(batch), by=by, unit=given["unit"], normalise=given["normalise"])
    columns = {name: pa.array(values) for name, values in made.items()}
    return {**survivor_columns(batch, given["survivor"], "line"), **columns}


def merge_sketches(context: MergeContext) -> dict[int, str]:
    return merge(context, filled("line", context.parameters)["copies"])


def absent(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """The signals of documents whose lines were compared with no others."""
    rows = batch.num_rows
    made = _core.unit_sketch(text_column(batch), by=None, unit="line", normalise="none")
    counts = pc.divide(pc.list_value_length(pa.array(made["units"])), 3)
    return {
        "line_count": counts.cast(pa.int64()),
        "duplicate_line_count": pa.repeat(pa.scalar(0, pa.int64()), rows),
        "duplicate_line_char_ratio": pa.repeat(pa.scalar(0.0), rows),
        "spans": pa.array([[]] * rows, SPANS),
    }


def foretell(parameters: Mapping[str, Any], words: float) -> Foretold:
    """24 bytes a line in the sketch, 36 a distinct line of a run, 40 in an answer for each that is found again."""
    return Foretold(8 + 40 + 8 + (24 + 36 + 40) * words / WORDS_A_LINE, stages=foretold_stages)


@operator(
    kind="signal",
    scope="corpus",
    reads=["text"],
    writes=[
        Signal("line_count", "int64", later("lines of the text, empty ones too"), 0),
        Signal("duplicate_line_count", "int64", later("lines that another place of the corpus keeps"), 0),
        Signal(
            "duplicate_line_char_ratio", "float64", later("their share of the characters of all lines"), 0, 1
        ),
        Signal(
            "spans",
            "spans",
            later(
                "where these stand; score: copies in the corpus, label: id of the document that keeps the line"
            ),
        ),
    ],
    cite="raffel2020t5",
    sketch=sketch,
    merge=merge_sketches,
    absent=absent,
    foretell=foretell,
    check=check_grouping,
    tasks=TASKS,
    evidence="spans",
)
def line(
    text: pa.Array,
    *,
    unit: Literal["line"] = "line",
    normalise: Literal["none", "strip-lower"] = "none",
    copies: Literal["one", "none"] = "one",
    survivor: str = "first",
    by: str = "",
) -> dict[str, pa.Array]:
    """Lines that stand more than once in all documents that are still kept: all copies but one.

    It only finds them: the transform `cut` takes its `spans` out of the text, rules may ask its ratio. Lines are
    compared by a 128-bit hash (XXH3) after `normalise`; the document that comes first in the survivor order keeps the
    line, once. TensorFlow Datasets' C4 is `normalise = "strip-lower"` with `survivor = "url-md5"`.

    Args:
        unit: what is compared: what stands between line feeds, an empty line too (`line`).
        normalise: what is done to a line before it is hashed: nothing (`none`), or Python's `strip().lower()`.
        copies: copies that stay in the corpus: `one`, or `none` of a line that stands twice.
        survivor: whose copy is kept: `first` (input order), `longest`, `newest`, `url-md5` (the least MD5 of `url`) or
            `signal:STEP.SIGNAL` (highest); ties by input order, missing values last.
            `newest` reads `date`: ISO 8601 (`2022`, `2022-03`, `2022-03-01`, `20220301`, with a time or without) or a web
            archive's 14 digits; what is left out counts as its beginning, any other form as missing.
        by: a column; only lines of documents with equal values in it are compared.

    Examples:
        >>> from tamis.ops.line import line
        >>> [signal.name for signal in line.operator.signals]
        ['line_count', 'duplicate_line_count', 'duplicate_line_char_ratio', 'spans']
    """
    raise TypeError("a corpus operator has no body")
