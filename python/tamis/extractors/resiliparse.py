"""Resiliparse: rules over the parsed tree, fast. The default."""

from __future__ import annotations

from typing import Any

from resiliparse.extract.html2text import extract_plain_text

PACKAGES = ("resiliparse",)
MAX_BYTES = None


def extract(page: str, parameters: dict[str, Any]) -> str:
    """Paragraphs on lines of their own, lists with their marks, no alternative texts, links, forms, comments or bylines.

    Without bylines (`post_meta`) token precision on 77 news pages is 0.898 instead of 0.883, recall the same.
    """
    return str(
        extract_plain_text(
            page,
            main_content=True,
            preserve_formatting=True,
            list_bullets=True,
            alt_texts=False,
            links=False,
            form_fields=False,
            noscript=False,
            comments=False,
            post_meta=False,
        )
    )
