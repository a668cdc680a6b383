"""FineWeb's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pyarrow as pa

from tamis import _core, marks
from tamis.messages import later
from tamis.models.splittings import load_splittings
from tamis.op import Limits, Signal, operator


def mark(text: str, signal: str, parameters: Mapping[str, Any]) -> marks.Mark:
    """The lines without an end mark, the short, the repeated ones, the newlines."""
    lines = marks.pieces(text, r"\n")
    filled = marks.where(text, lines, lambda line: bool(line.strip()))
    if signal == "newlines_per_word":
        spans = marks.occurrences(text, "\n")
        return spans, len(spans), len(marks.words(text, parameters["words"]))
    if signal == "duplicate_line_char_ratio":
        spans = marks.repeated(text, filled)
        return spans, marks.length(spans), len(text.replace("\n", ""))
    if parameters["dialect"] == "datatrove-0.10":
        lines = filled
    if signal == "short_line_ratio":
        spans = [(start, end) for start, end in lines if end - start <= parameters["short_line_length"]]
        return spans, len(spans), len(lines)
    if signal == "line_end_mark_ratio":
        row = fineweb_quality(pa.array([text], pa.large_string()), **parameters)
        ends = round(row[signal][0].as_py() * len(lines))
        spans = marks.where(text, lines, lambda line: not _ends_in_mark(line, parameters))
        return spans, ends, len(lines)
    return lines, len(lines), 1


def _ends_in_mark(line: str, parameters: Mapping[str, Any]) -> bool:
    row = fineweb_quality(pa.array([line], pa.large_string()), **parameters)
    return bool(row["line_end_mark_ratio"][0].as_py())


@operator(
    kind="signal",
    reads=["text"],
    writes=[
        Signal(
            "line_count", "int64", later("lines that the first two ratios divide by"), 0, reference="empty"
        ),
        Signal(
            "line_end_mark_ratio",
            "float64",
            later("lines that end in an end mark"),
            0,
            1,
            "",
            "line_punct_ratio",
        ),
        Signal("short_line_ratio", "float64", later("short lines"), 0, 1, "", "short_line_ratio"),
        Signal(
            "duplicate_line_char_ratio",
            "float64",
            later("characters of lines met before"),
            0,
            1,
            "",
            "char_dup_ratio",
        ),
        Signal("newlines_per_word", "float64", later("newlines for each word"), 0, reference="list_ratio"),
    ],
    cost="medium",
    cite="penedo2024fineweb",
    load=load_splittings,
    mark=mark,
)
def fineweb_quality(
    text: pa.Array,
    *,
    words: Literal["spacy-en", "nltk-3.8.1", "whitespace", "treebank", "uax29"] = "spacy-en",
    dialect: Literal["datatrove-0.10", "datatrove-2024"] = "datatrove-0.10",
    short_line_length: Annotated[int, Limits(0, 1_000_000)] = 30,
    state: None = None,
) -> dict[str, pa.Array]:
    r"""Lines without an end, short lines, repeated lines, lists.

    Penedo et al. 2024, in the exact form of datatrove's `FineWebQualityFilter`. Lines are cut at `\n` alone and never
    stripped: a blank or `\r` behind the full stop hides it, and adds to the length.

    - `line_end_mark_ratio`: lines whose last character ends a sentence, of `line_count`.
    - `short_line_ratio`: lines of at most `short_line_length` characters, of `line_count`.
    - `duplicate_line_char_ratio`: characters of lines met before (blank ones left out), of all characters but
      newlines. The paper says 0.1, the code has 0.01.
    - `newlines_per_word`: newlines, blank lines included, for each word. Not in the paper.

    Args:
        words: the splitting. `spacy-en`: datatrove since June 2024. `nltk-3.8.1`: before, and FineWeb as released.
        dialect: `datatrove-0.10` leaves out lines of blanks first and knows 159 end marks of all scripts, no quotes.
            `datatrove-2024` takes all lines, blank ones being short, and knows `. ' " ! ?`.
        short_line_length: characters up to which a line is short.

    Returns:
        One int64 and four float64 columns, one value a text; quotients of nothing are 0.0. `line_count` is 0 for a
        text of blanks in `datatrove-0.10` (which removes it as `empty`), at least 1 in `datatrove-2024`.

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.fineweb_quality import fineweb_quality
        >>> text = pa.array(["Home\n\nThe mill stands beside the river, and it is dry.\nHome"], pa.large_string())
        >>> found = fineweb_quality(text, words="whitespace")
        >>> {name: round(column.to_pylist()[0], 3) for name, column in found.items() if name != "newlines_per_word"}
        {'line_count': 3, 'line_end_mark_ratio': 0.333, 'short_line_ratio': 0.667, 'duplicate_line_char_ratio': 0.071}
    """
    found = _core.fineweb_quality(text, words=words, dialect=dialect, short_line_length=short_line_length)
    return {name: pa.array(column) for name, column in found.items()}
