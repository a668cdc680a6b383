"""The language identifier langdetect, which made C4, with the answers of any two runs equal.

Examples:
    >>> import pyarrow as pa
    >>> from tamis.models.langdetect import open_langdetect
    >>> found = open_langdetect().best_two(pa.array(["Where is the nearest library, please?"]))
    >>> found["label"].to_pylist()
    ['en']
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis.errors import InputError
from tamis.messages import _

NAME = "langdetect"
SEED = 0
"""What TensorFlow Datasets sets: the library draws n-grams at random."""


class LangDetect:
    """The library with its 55 profiles. They are loaded in the order of their names: the library itself takes the
    file system's order, on which the last bits of its sums depend.
    """

    def __init__(self) -> None:
        from langdetect import LangDetectException
        from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

        self._refusal = LangDetectException
        self._factory = DetectorFactory()
        self._factory.set_seed(SEED)
        paths = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if path.is_file())
        self._factory.load_json_profile([path.read_text(encoding="utf-8") for path in paths])

    def best_two(self, text: pa.Array, **_ignored: Any) -> dict[str, pa.Array]:
        """The two most probable languages of each text with their scores (above 0.1, else null and 0)."""
        found = [self._found(one or "") for one in text.to_pylist()]
        kinds = (pa.string(), pa.float64(), pa.string(), pa.float64())
        names = ("label", "score", "runner_up", "runner_up_score")
        columns = zip(*found, strict=True) if found else ((), (), (), ())
        return {
            name: pa.array(values, kind) for name, values, kind in zip(names, columns, kinds, strict=True)
        }

    def _found(self, text: str) -> tuple[str | None, float, str | None, float]:
        detector = self._factory.create()
        detector.append(text)
        try:
            probable = [(one.lang, one.prob) for one in detector.get_probabilities()]
        except self._refusal:
            probable = []
        (first, score), (second, other) = [*probable, (None, 0.0), (None, 0.0)][:2]
        return first, float(score), second, float(other)


@cache
def open_langdetect() -> LangDetect:
    """The library, once a process.

    Raises:
        InputError: it is not installed.
    """
    if importlib.util.find_spec(NAME) is None:
        raise InputError(NAME, _("langdetect is not installed"), _("pip install 'tamis[langdetect]'"))
    return LangDetect()


def version() -> str:
    """The library's version: another one is another measurement. "" where it is not installed."""
    try:
        return importlib.metadata.version(NAME)
    except importlib.metadata.PackageNotFoundError:
        return ""
