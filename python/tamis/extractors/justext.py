"""jusText: paragraphs by their length, links and stop words of the page's language."""

from __future__ import annotations

import functools
from typing import Any

import justext as library
import lxml.etree

from tamis.errors import RecipeError
from tamis.extractors.cleaning import parsable
from tamis.extractors.declared import head_of, language_of
from tamis.messages import _

PACKAGES = ("justext", "lxml", "lxml_html_clean")
MAX_BYTES = 2_000_000


DECLARED = "declared"
_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "eo": "Esperanto", "es": "Spanish", "et": "Estonian",
    "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish", "gl": "Galician",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian",
    "is": "Icelandic", "it": "Italian", "ka": "Georgian", "kk": "Kazakh", "ko": "Korean", "la": "Latin",
    "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ms": "Malay", "nl": "Dutch",
    "no": "Norwegian_Bokmal", "nb": "Norwegian_Bokmal", "nn": "Norwegian_Nynorsk", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian",
    "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "tl": "Tagalog",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
}  # fmt: skip


@functools.cache
def stop_words(language: str) -> frozenset[str]:
    """A language's stop words, by jusText's name for it, as in `English`."""
    if language not in library.get_stoplists():
        known = ", ".join(sorted(library.get_stoplists()))
        raise RecipeError(
            "extract",
            _("jusText has no stop words for '{language}'").format(language=language),
            _("'declared', or one of: {known}").format(known=known),
        )
    return frozenset(library.get_stoplist(language))


def _language(page: str) -> str:
    """jusText's name of the language that the page declares; English where it declares none that jusText knows."""
    code = (language_of(head_of(page)) or "en").split("-")[0]
    name = _NAMES.get(code, "English")
    return name if name in library.get_stoplists() else "English"


def extract(page: str, parameters: dict[str, Any]) -> str:
    """The paragraphs that are no boilerplate, a blank line between them."""
    chosen = parameters["stop_words"]
    words = stop_words(_language(page) if chosen == DECLARED else chosen)
    try:
        paragraphs = library.justext(parsable(page), words)
    except lxml.etree.ParserError:
        return ""
    return "\n\n".join(one.text for one in paragraphs if not one.is_boilerplate)
