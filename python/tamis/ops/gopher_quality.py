"""The quality rules of Gopher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa

from tamis import _core, marks
from tamis.messages import later
from tamis.models.splittings import load_splittings
from tamis.op import Signal, operator

STOP_WORDS = frozenset(["the", "be", "to", "of", "and", "that", "have", "with"])


def mark(text: str, signal: str, parameters: Mapping[str, Any]) -> marks.Mark:
    """The bullets, ellipses, words without letters, stop words."""
    if "line" in signal:
        ends = ("...", "…")
        holds = {
            "bullet_line_ratio": lambda line: line.lstrip().startswith(("•", "-")),
            "ellipsis_line_ratio": lambda line: line.rstrip().endswith(ends),
        }[signal]
        lines = marks.splitlines(text)
        spans = marks.where(text, lines, holds)
        return spans, len(spans), len(lines)
    words = marks.words(text, parameters["words"])
    if signal == "hash_per_word":
        spans = marks.occurrences(text, "#")
        return spans, len(spans), len(words)
    if signal == "ellipsis_per_word":
        spans = marks.occurrences(text, "...", "…")
        return spans, len(spans), len(words)
    if signal == "alpha_word_ratio":
        without = [span for word, span in words if not any(map(str.isalpha, word))]
        return without, len(words) - len(without), len(words)
    if signal == "stop_word_count":
        found = [(word, span) for word, span in words if word in STOP_WORDS]
        distinct = parameters["dialect"] == "datatrove-0.10"
        return [span for _, span in found], len({word for word, _ in found}) if distinct else len(found), 1
    row = gopher_quality(pa.array([text], pa.large_string()), **parameters)
    return [], row[signal][0].as_py(), 1


@operator(
    kind="signal",
    reads=["text"],
    writes=[
        Signal(
            "word_count",
            "int64",
            later("words that are no mere punctuation"),
            0,
            reference="gopher_short_doc",
        ),
        Signal(
            "mean_word_length",
            "float64",
            later("mean characters of those words"),
            0,
            reference="gopher_below_avg_threshold",
        ),
        Signal(
            "hash_per_word",
            "float64",
            later("characters # for each word"),
            0,
            reference="gopher_too_many_hashes",
        ),
        Signal(
            "ellipsis_per_word",
            "float64",
            later("ellipses for each word"),
            0,
            reference="gopher_too_many_ellipsis",
        ),
        Signal(
            "bullet_line_ratio",
            "float64",
            later("lines that start with a bullet"),
            0,
            1,
            "",
            "gopher_too_many_bullets",
        ),
        Signal(
            "ellipsis_line_ratio",
            "float64",
            later("lines that end in an ellipsis"),
            0,
            1,
            "",
            "gopher_too_many_end_ellipsis",
        ),
        Signal(
            "alpha_word_ratio",
            "float64",
            later("words with a letter"),
            0,
            1,
            "",
            "gopher_below_alpha_threshold",
        ),
        Signal(
            "stop_word_count",
            "int64",
            later("of eight English stop words"),
            0,
            reference="gopher_enough_stop_words",
        ),
    ],
    cost="medium",
    cite="rae2021gopher",
    load=load_splittings,
    mark=mark,
)
def gopher_quality(
    text: pa.Array,
    *,
    words: Literal["spacy-en", "nltk-3.8.1", "whitespace", "treebank", "uax29"] = "spacy-en",
    dialect: Literal["datatrove-0.10", "datatrove-2024"] = "datatrove-0.10",
    state: None = None,
) -> dict[str, pa.Array]:
    r"""Length, symbols, bullets and common words.

    Rae et al. 2021, appendix A, in the exact form of datatrove's `GopherQualityFilter`, which FineWeb used:

    - `word_count` and `mean_word_length` (code points) are of words with a character outside a set of punctuation;
      every other quotient divides by all words, punctuation tokens included.
    - `hash_per_word`: characters `#`. `ellipsis_per_word`: `...` (not overlapping: `....` is one) and `…`.
    - Lines are those of `str.splitlines`, blank ones included. A bullet is `•` or `-` after blanks; `*` and dashes
      are none. An ellipsis ends a line before trailing blanks.
    - `alpha_word_ratio`: words with a letter (Unicode categories L), of all words.
    - `stop_word_count`: the, be, to, of, and, that, have, with; `The` is none.

    Args:
        words: the splitting. `spacy-en`: datatrove since June 2024. `nltk-3.8.1`: before, and FineWeb as released.
        dialect: `datatrove-0.10` counts distinct stop words, and 281 characters are punctuation, the sentence ends of
            all scripts among them. `datatrove-2024` counts occurrences and knows 129, the digit `１` among them.

    Returns:
        Two int64 and six float64 columns, one value a text; quotients of nothing are 0.0.

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.gopher_quality import gopher_quality
        >>> text = pa.array(["- the cat and the dog\n- 42 # ..."], pa.large_string())
        >>> found = gopher_quality(text, words="whitespace")
        >>> {name: column.to_pylist()[0] for name, column in found.items() if "count" in name or "bullet" in name}
        {'word_count': 6, 'stop_word_count': 2, 'bullet_line_ratio': 1.0}
    """
    found = _core.gopher_quality(text, words=words, dialect=dialect)
    return {name: pa.array(column) for name, column in found.items()}
