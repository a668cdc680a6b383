"""readability-lxml: the part of the tree with the best score, as plain text."""

from __future__ import annotations

from typing import Any

import readability as library
from resiliparse.extract.html2text import extract_plain_text

from tamis.extractors.cleaning import parsable

PACKAGES = ("readability-lxml", "lxml", "lxml_html_clean", "resiliparse")
MAX_CHARACTERS = 2_000_000


def extract(page: str, parameters: dict[str, Any]) -> str:
    """The article's blocks on lines of their own."""
    try:
        article = library.Document(parsable(page)).summary(html_partial=True)
    except library.readability.Unparseable:
        return ""
    return str(extract_plain_text(article, preserve_formatting=True, alt_texts=False))
