"""Spans of a text, taken out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core
from tamis.errors import RecipeError
from tamis.messages import _, later
from tamis.models.splittings import load_splittings
from tamis.op import Columns, Field, Signal, operator

Span = tuple[int, int]


def check(parameters: Mapping[str, Any], columns: Columns) -> None:
    """`spans` names a column of spans, made by an earlier step."""
    name = parameters["spans"]
    if columns.type_of("spans", name) != "spans":
        what = _("spans: {name} holds no spans").format(name=name)
        raise RecipeError("spans", what, _("name the spans of an earlier step, as in line.spans"))


@operator(
    kind="transform",
    reads=["text"],
    named=["spans"],
    writes=[
        Field("text", "string", later("what is left")),
        Signal("span_count", "int64", later("spans that were cut"), 0),
        Signal("cut_chars", "int64", later("characters taken out, separators included"), 0),
        Signal("left_chars", "int64", later("characters of what is left"), 0),
        Signal(
            "sentence_count",
            "int64",
            later("sentences of what is left"),
            0,
            nullable=later("the recipe names no way to count them"),
            reference="too_few_sentences",
        ),
    ],
    check=check,
    load=load_splittings,
    evidence="spans",
)
def cut(
    text: pa.LargeStringArray,
    found: pa.Array,
    *,
    spans: str,
    separator: str = "\n",
    sentences: Literal["none", "spacy-en", "nltk-3.8.1"] = "none",
    state: None = None,
) -> dict[str, pa.Array]:
    r"""Take the spans that an earlier step found out of the text; later steps see what is left.

    With a span goes the separator behind it, or, at the end of the text, the one before it: what is left of lines are
    the other lines, joined as before. Spans may overlap. A document without spans keeps its text.

    Args:
        spans: the column, `STEP.SIGNAL`, as in `line.spans`; its spans are of the text as it comes to this step.
        separator: what stands between two parts; nothing where it is empty.
        sentences: who counts the sentences of what is left, as one text; `none`: nobody does, and the count is null. C4
            counts with `nltk-3.8.1`, and keeps a page of 3.

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.cut import cut
        >>> text = pa.array(["Home\nThe mill is dry.\nHome"], pa.large_string())
        >>> found = pa.array([[{"start": 0, "end": 4}, {"start": 22, "end": 26}]])
        >>> made = cut(text, found, spans="line.spans")
        >>> made["text"].to_pylist(), made["cut_chars"].to_pylist()
        (['The mill is dry.'], [10])
    """
    rows = len(text)
    kept: list[str | None] = [None] * rows
    counts, lost = [0] * rows, [0] * rows
    if pa.types.is_list(found.type):
        several = pc.fill_null(pc.greater(pc.list_value_length(found), 0), False)
        for row in pc.indices_nonzero(several).to_pylist():
            whole = text[row].as_py()
            some = [(span["start"], span["end"]) for span in found[row].as_py()]
            left = without(whole, some, separator)
            kept[row], counts[row], lost[row] = left, len(some), len(whole) - len(left)
    left_over = pc.coalesce(pa.array(kept, pa.large_string()), text)
    counted = None if sentences == "none" else _core.count_sentences(left_over, sentences=sentences)
    return {
        "text": left_over,
        "span_count": pa.array(counts, pa.int64()),
        "cut_chars": pa.array(lost, pa.int64()),
        "left_chars": pc.utf8_length(left_over).cast(pa.int64()),
        "sentence_count": pa.nulls(rows, pa.int64()) if counted is None else pa.array(counted),
    }


def without(text: str, spans: Iterable[Span], separator: str) -> str:
    """What is left of a text without some spans of it and a separator with each.

    Examples:
        >>> without("a|b|c", [(2, 3), (4, 5)], "|"), without("a|b|c", [(0, 1)], ""), without("a|b", [(0, 3)], "|")
        ('a', '|b|c', '')
    """
    left: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start > at:
            left.append(text[at:start])
        if end < at:
            continue
        if separator and text.startswith(separator, end):
            at = end + len(separator)
        else:
            at = end
            if separator and end >= len(text):
                _drop(left, separator)
    return "".join([*left, text[at:]])


def _drop(left: list[str], separator: str) -> None:
    """Take the separator off the end of what is left."""
    if left and left[-1].endswith(separator):
        left[-1] = left[-1][: -len(separator)]
