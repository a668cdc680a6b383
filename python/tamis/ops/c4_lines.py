"""The line rules of C4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pyarrow as pa

from tamis import _core, marks
from tamis.messages import later
from tamis.models.splittings import load_splittings
from tamis.op import Field, Limits, Signal, operator

COUNTED = ("line_count", "kept_line_count", "sentence_count", "curly_bracket_count", "lorem_ipsum_count")


def mark(text: str, signal: str, parameters: Mapping[str, Any]) -> marks.Mark:
    """The lines that raised a count; for `sentence_count` the lines that were kept."""
    chosen = {name: value for name, value in parameters.items() if name != "sentences"}
    fates = _core.c4_line_fates(text, **chosen)
    if signal == "line_count":
        return [(start, end) for start, end, _ in fates], len(fates), 1
    fate = "kept_line" if signal == "sentence_count" else signal.removesuffix("_count")
    spans = [(start, end) for start, end, found in fates if found == fate]
    if signal == "sentence_count":
        row = c4_lines(pa.array([text], pa.large_string()), **parameters)
        return spans, row[signal][0].as_py(), 1
    return spans, len(spans), 1


@operator(
    kind="transform",
    reads=["text"],
    writes=[
        Field("text", "string", later("the kept lines")),
        Signal("line_count", "int64", later("lines before"), 0, reference="line-total"),
        Signal("kept_line_count", "int64", later("lines kept"), 0, reference="line-kept"),
        Signal(
            "sentence_count", "int64", later("sentences of the kept lines"), 0, reference="too_few_sentences"
        ),
        Signal("curly_bracket_count", "int64", later("lines dropped for {"), 0, reference="curly_bracket"),
        Signal(
            "lorem_ipsum_count", "int64", later("lines dropped for lorem ipsum"), 0, reference="lorem_ipsum"
        ),
    ],
    cost="medium",
    cite="raffel2020t5",
    load=load_splittings,
    mark=mark,
)
def c4_lines(
    text: pa.Array,
    *,
    dialect: Literal["datatrove", "tfds"] = "datatrove",
    sentences: Literal["spacy-en", "nltk-3.8.1"] = "spacy-en",
    end_marks: bool = True,
    min_words_per_line: Annotated[int, Limits(0, 1_000)] = 3,
    max_word_length: Annotated[int, Limits(1, 1_000_000)] = 1_000,
    state: None = None,
) -> dict[str, pa.Array]:
    r"""Drop menu lines, notices and code; count what condemns a page.

    Raffel et al. 2020. The lines of `str.splitlines` are stripped and then meet, in this order: a word of more than
    `max_word_length` characters drops the line; citations `[12]`, `[]`, `[edit]`, `[citation needed]` are deleted;
    with `end_marks` a line that ends in none, or in `...`, goes; then lines of fewer than `min_words_per_line` words;
    then, in any case, `lorem ipsum` (counted), `javascript`, `{` (counted), and the phrases terms of use, privacy
    policy, cookie policy, uses cookies, use of cookies, use cookies. What is left is kept, and its sentences are
    counted. The text becomes the kept lines, joined by newlines, stripped.

    The references drop a page at its first `{` or `lorem ipsum` and leave its text alone. Here nothing stops early:
    such lines are dropped and counted, and rules (`curly_bracket_count max = 0`) drop the page. A line that fell
    before, for its length say, is not counted, as in the references.

    Args:
        dialect: `datatrove`: end marks `. ? ! " '`, words counted before citations are deleted. `tfds` (TensorFlow
            Datasets, which made C4): no `'`, words counted after.
        sentences: who counts sentences. C4 itself and datatrove until June 2024: `nltk-3.8.1`.
        end_marks: FineWeb has it off.
        min_words_per_line: 3 in the paper and in datatrove, 5 in TensorFlow Datasets.
        max_word_length: in characters.

    Returns:
        `text` (large_string) and five int64 columns, one value a text. Needs at least: 5 sentences in the paper and in
        datatrove, 3 in TensorFlow Datasets (a rule on `sentence_count`).

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.c4_lines import c4_lines
        >>> text = pa.array(["Home\nThe mill[1] is dry.\nPlease set { x } now."], pa.large_string())
        >>> found = c4_lines(text)
        >>> found["text"].to_pylist(), found["curly_bracket_count"].to_pylist()
        (['The mill is dry.'], [1])
    """
    found = _core.c4_lines(
        text,
        dialect=dialect,
        sentences=sentences,
        end_marks=end_marks,
        min_words_per_line=min_words_per_line,
        max_word_length=max_word_length,
    )
    return {name: pa.array(found[name]) for name in ("text", *COUNTED)}
