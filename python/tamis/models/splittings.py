"""Readying the splittings that need data from a package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NLTK = "nltk-3.8.1"


def load_splittings(parameters: Mapping[str, Any]) -> None:
    """The `load` of an operator with `words` or `sentences`: Punkt's parameters where NLTK's splitting is named.

    Raises:
        InputError: the package that brings the parameters is missing, or has others.
    """
    if NLTK in (parameters.get("words"), parameters.get("sentences")):
        from tamis.models.punkt import load_punkt

        load_punkt()
