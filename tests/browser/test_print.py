"""The report on paper: each sheet says which run it is of, and when that ended."""

from __future__ import annotations

from pathlib import Path

import pytest

import chromium
from printed import pages
from report_web import web
from tamis import messages
from tamis.report.comparison_page import write_comparison
from tamis.report.page import report

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)

READY = "document.documentElement.dataset.ready === '1'"
ODD = 'a "b" \\ <i>\u202ec'


def sheets(browser: chromium.Chromium, page: Path) -> list[str]:
    browser.open(page.as_uri())
    browser.until(READY)
    assert browser.complaints() == []
    found = pages(browser)
    # Where a line is broken no space is drawn; some fonts draw f and i as one.
    return ["".join(one.replace("\ufb01", "fi").split()) for one in found]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "finished2026-11-2108:14UTC"), ("zh", "，完成于2026-11-2108:14UTC")],
)
def test_each_sheet_names_run_and_date(
    browser: chromium.Chromium, tmp_path: Path, language: str, said: str
) -> None:
    messages.use(language)
    try:
        page = report(web(tmp_path / "crawl-2026-11", 300))
    finally:
        messages.use("en")
    found = sheets(browser, page)
    assert len(found) > 3
    for number, text in enumerate(found, 1):
        assert "crawl-2026-11" in text
        assert said in text
        assert f"{number}/{len(found)}" in text


def test_a_comparison_names_both_and_hides_nothing(browser: chromium.Chromium, tmp_path: Path) -> None:
    first, second = web(tmp_path / "one", 100), web(tmp_path / ODD, 100)
    for text in sheets(browser, write_comparison(first, second)):
        assert "one,finished2026-11-2108:14UTC·" in text
        assert 'a"b"\\<i>[U+202E]c,finished2026-11-2108:14UTC' in text
    hidden = (
        "[document.body.innerText, ...[...document.querySelectorAll('[data-what]')].map(e => e.dataset.what)]"
    )
    assert "\u202e" not in "".join(browser.evaluate(hidden))
    assert "U+202E" in browser.evaluate("document.querySelector('#signals .key').textContent")
