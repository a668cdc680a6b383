"""The repetition rules of Gopher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa

from tamis import _core, marks
from tamis.messages import later
from tamis.models.splittings import load_splittings
from tamis.op import Signal, operator

PARAGRAPHS = [
    Signal(
        "duplicate_paragraph_ratio",
        "float64",
        later("paragraphs met before, of all"),
        0,
        1,
        "",
        "dup_para_frac",
    ),
    Signal(
        "duplicate_paragraph_char_ratio",
        "float64",
        later("characters of paragraphs met before, of all characters"),
        0,
        1,
        "",
        "dup_para_char_frac",
    ),
]
LINES = [
    Signal("duplicate_line_ratio", "float64", later("lines met before, of all"), 0, 1, "", "dup_line_frac"),
    Signal(
        "duplicate_line_char_ratio",
        "float64",
        later("characters of lines met before, of all characters"),
        0,
        1,
        "",
        "dup_line_char_frac",
    ),
]
TOP = [
    Signal(
        f"top_{n}_gram_per_char",
        "float64",
        later(
            "characters of the most frequent {n} words in a row, times its count, by those of the text"
        ).format(n=n),
        0,
        reference=f"top_{n}_gram",
    )
    for n in (2, 3, 4)
]
DUPLICATE = [
    Signal(
        f"duplicate_{n}_gram_per_char",
        "float64",
        later("characters of {n} words in a row met before, by those of the text").format(n=n),
        0,
        reference=f"duplicated_{n}_n_grams",
    )
    for n in range(5, 11)
]


def mark(text: str, signal: str, parameters: Mapping[str, Any]) -> marks.Mark:
    """The repeated lines, paragraphs or words."""
    if "gram" in signal:
        find = marks.top_gram if signal.startswith("top") else marks.duplicate_grams
        places, characters = find(marks.words(text, parameters["words"]), next(marks.numbers(signal)))
        return places, characters, len(text)
    if "paragraph" in signal:
        start = len(text) - len(text.lstrip())
        found = marks.pieces(text.strip(), r"\n{2,}")
        pieces = [(left + start, right + start) for left, right in found]
    elif parameters["lines"] == "datatrove-0.2":
        pieces = marks.splitlines(text)
    else:
        pieces = marks.pieces(text, r"\n+")
    spans = marks.repeated(text, pieces)
    if "char" in signal:
        return spans, marks.length(spans), len(text)
    return spans, len(spans), len(pieces)


@operator(
    kind="signal",
    reads=["text"],
    writes=[*PARAGRAPHS, *LINES, *TOP, *DUPLICATE],
    cost="medium",
    cite="rae2021gopher",
    load=load_splittings,
    mark=mark,
)
def gopher_repetition(
    text: pa.Array,
    *,
    words: Literal["spacy-en", "nltk-3.8.1", "whitespace", "treebank", "uax29"] = "spacy-en",
    lines: Literal["datatrove-0.10", "datatrove-2024", "datatrove-0.2"] = "datatrove-0.10",
    state: None = None,
) -> dict[str, pa.Array]:
    r"""Repetition of lines, paragraphs and words.

    Rae et al. 2021, table A1, in the exact form of datatrove's `GopherRepetitionFilter`, which FineWeb used. The
    paper leaves open what a word is and whether the first copy counts; datatrove decides:

    - Paragraphs are the stripped text cut at two newlines or more; lines the text cut at runs of newlines, so that a
      newline at an end leaves an empty line there. The first copy is free. Ratios of characters divide by all
      characters of the text, newlines included.
    - `top_n_gram_per_char`: n words joined by a blank; the most frequent, ties to the first met; its length times its
      count, by the characters of the text. One that occurs once counts too, so short texts have high values. 0.0
      where there are fewer than n words.
    - `duplicate_n_gram_per_char`: n words joined without a blank, left to right; one that was met adds its length and
      is jumped over, a new one moves the window by one word. Equal strings are equal, whatever their words.

    Args:
        words: the splitting. `spacy-en`: datatrove since June 2024. `nltk-3.8.1`: before, and FineWeb as released.
        lines: `datatrove-0.10` and `datatrove-2024` (since 26 April 2024, huggingface/datatrove#273) cut at newlines.
            `datatrove-0.2` takes the lines of `str.splitlines`, where blank lines repeat each other.

    Returns:
        Thirteen float64 columns, one value a text. The ratios lie in [0, 1]; the rest is per character and can pass
        1, since n-grams overlap. All 0.0 for an empty text (datatrove removes it as `empty`).

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.gopher_repetition import gopher_repetition
        >>> text = pa.array(["one line\nanother line\none line\none line"], pa.large_string())
        >>> gopher_repetition(text, words="whitespace")["duplicate_line_ratio"].to_pylist()
        [0.5]
    """
    found = _core.gopher_repetition(text, words=words, lines=lines)
    return {name: pa.array(column) for name, column in found.items()}
