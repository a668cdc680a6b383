"""jusText: paragraphs by their length, links and stop words of the page's language."""

from __future__ import annotations

import functools
from typing import Any

import justext as library

from tamis.errors import RecipeError
from tamis.extractors.cleaning import parsable
from tamis.messages import _

PACKAGES = ("justext", "lxml", "lxml_html_clean")
MAX_CHARACTERS = 2_000_000


@functools.cache
def stop_words(language: str) -> frozenset[str]:
    """A language's stop words, by jusText's name for it, as in `English`."""
    if language not in library.get_stoplists():
        known = ", ".join(sorted(library.get_stoplists()))
        raise RecipeError(
            "extract",
            _("jusText has no stop words for '{language}'").format(language=language),
            _("one of: {known}").format(known=known),
        )
    return frozenset(library.get_stoplist(language))


def extract(page: str, parameters: dict[str, Any]) -> str:
    """The paragraphs that are no boilerplate, a blank line between them."""
    paragraphs = library.justext(parsable(page), stop_words(parameters["stop_words"]))
    return "\n\n".join(one.text for one in paragraphs if not one.is_boilerplate)
