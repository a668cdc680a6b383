"""trafilatura, called as datatrove calls it; its table of repeated strings starts empty with each page."""

from __future__ import annotations

import logging
from typing import Any

import trafilatura as library
from trafilatura.deduplication import LRU_TEST

PACKAGES = ("trafilatura", "lxml", "justext", "htmldate", "courlan")
MAX_BYTES = 2_000_000
"""5 million take 14 seconds, 10 million more than a minute."""

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def extract(page: str, parameters: dict[str, Any]) -> str:
    """Lines without blank lines between them.

    The library counts strings in one table for the process, so that a page's text depends on the pages before it:
    a divergence from the reference on purpose.
    """
    LRU_TEST.clear()
    found = library.extract(page, favor_precision=True, include_comments=False, deduplicate=True)
    return found or ""
