"""readability-lxml: the part of the tree with the best score, as plain text."""

from __future__ import annotations

import logging
from typing import Any

import lxml.etree
import readability as library
from readability.readability import Unparseable
from resiliparse.extract.html2text import extract_plain_text

from tamis.extractors.cleaning import parsable

PACKAGES = ("readability-lxml", "lxml", "lxml_html_clean", "resiliparse")
MAX_BYTES = 2_000_000


# It logs a traceback for each page without content; that page's text is simply empty.
logging.getLogger("readability").setLevel(logging.CRITICAL)


def extract(page: str, parameters: dict[str, Any]) -> str:
    """The article's blocks on lines of their own."""
    try:
        article = library.Document(parsable(page)).summary(html_partial=True)
    except (Unparseable, lxml.etree.ParserError):
        return ""
    return str(extract_plain_text(article, preserve_formatting=True, alt_texts=False))
