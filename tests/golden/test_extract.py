"""`extract` with trafilatura against datatrove's extractor, page by page (scripts/record_extract.py)."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from page_texts import digest
from verdicts import parameters

from tamis.errors import DocumentFailed
from tamis.extractors import open_engine
from tamis.ops.extract import extract
from tamis.sources import charsets
from tamis.sources.failures import Unreadable

HERE = Path(__file__).parent
RECORDED = json.loads(gzip.decompress((HERE / "extract" / "pages.json.gz").read_bytes()))
LISTED = {
    entry["id"]: set(entry.get("pages", ()))
    for entry in tomllib.loads((HERE / "divergences.toml").read_text("utf-8"))["divergence"]
}


def ours(page: bytes, given: dict[str, Any]) -> str | None:
    """The digest of the text; "" where there is none; None where the page cannot be read."""
    try:
        charset = charsets.choose(page, None, True, None, "datatrove")
        text = extract(page, "text/html", charset, **given, state=open_engine("trafilatura"))["text"]
    except Unreadable:
        return None
    except DocumentFailed as failure:
        return failure.kind
    return digest(text) if text else ""


@pytest.mark.slow
def test_pages_of_the_shared_data(
    shared_data: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(HERE.parents[1] / "bench")
    from harness import pages

    rows = RECORDED["rows"]
    given = parameters("fineweb-head", "extract")
    assert given["engine"] == "trafilatura"
    found = pages(shared_data("html"))
    assert [digest(page.decode("latin-1")) for page in found] == [row[0] for row in rows]
    assert sum(bool(row[1]) for row in rows) > 600
    made = [ours(page, given) for page in found]
    here = {name: version(name) for name in RECORDED["versions"] if name != "datatrove"}
    said = f"recorded with {RECORDED['versions']}, here {here}"
    assert [row[0] for row, text in zip(rows, made, strict=True) if text != row[1]] == [], said


def test_the_pages_that_depend_on_those_before_them_are_listed() -> None:
    assert {row[0] for row in RECORDED["rows"] if len(row) == 3} == LISTED["repeated-strings"]
