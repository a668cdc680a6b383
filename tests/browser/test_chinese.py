"""The report in Chinese, opened from disk: its language, its words, its width, its numbers."""

from __future__ import annotations

import itertools
import re

import pytest

import chromium
from report_runs import Doc, build, rule, step
from report_web import web
from tamis import messages
from tamis.report.page import report

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)

READY = "document.documentElement.dataset.ready === '1'"
# Our own words on the page: not what stands in `bdi`, `code` or a document, which is the run's.
OURS = """[...document.querySelectorAll('h1, h2, h3, h4, .rail p, .key b, caption, thead th, button, summary, dt, label')]
    .filter(e => !e.querySelector('bdi, code') && !e.closest('bdi, code')).map(e => e.textContent.trim()).filter(Boolean)"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    messages.use("zh")
    try:
        return report(web(tmp_path_factory.mktemp("runs") / "crawl-2026-11", 1_500)).as_uri()
    finally:
        messages.use("en")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (375, False)])
def test_the_page_is_chinese(browser: chromium.Chromium, page: str, width: int, dark: bool) -> None:
    browser.open(page, width=width, dark=dark)
    browser.until(READY)
    assert browser.complaints() == []
    assert browser.evaluate("document.documentElement.lang") == "zh-CN"
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert re.fullmatch(
        "输入 1,500 篇，保留 [0-9,]+ 篇。", browser.evaluate("document.querySelector('h1').textContent")
    )
    assert "Noto Sans CJK SC" in browser.evaluate("getComputedStyle(document.body).fontFamily")
    assert browser.evaluate("getComputedStyle(document.querySelector('h1')).letterSpacing") in (
        "normal",
        "0px",
    )
    said = browser.evaluate(OURS)
    assert len(said) > 60
    english = [one for one in said if re.search("[A-Za-z]{3,} [a-z]{2,}", one)]
    assert english == []
    whole = browser.evaluate("document.body.innerText")
    assert not re.search(r"undefined|\{\w+\}", whole)


def test_headings_do_not_overlap(browser: chromium.Chromium, page: str) -> None:
    for width in (1280, 375):
        browser.open(page, width=width)
        browser.until(READY)
        boxes = browser.evaluate(
            "[...document.querySelectorAll('.t-kept, .t-removed, .t-failed')].filter(e => e.tagName === 'text')"
            ".map(e => e.getBoundingClientRect()).map(b => [b.left, b.right]).slice(0, 3)"
        )
        assert len(boxes) == 3
        boxes.sort()
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(boxes))


def test_large_numbers_are_read_in_chinese_units(browser: chromium.Chromium, page: str) -> None:
    browser.open(page)
    browser.until(READY)
    html = browser.evaluate("document.getElementById('data').textContent")
    assert '"scales":[[100000000.0,100000000.0,"亿",4],[10000.0,10000.0,"万",4]]' in html


def test_one_document_is_counted_in_the_singular(
    browser: chromium.Chromium, tmp_path_factory: pytest.TempPathFactory
) -> None:
    steps, rules = [step("quality", ("word_count", "int64", 0))], [rule("quality", "word_count", min=1)]
    run = build(tmp_path_factory.mktemp("one") / "run", [Doc(values={"quality.word_count": 5})], steps, rules)
    browser.open(report(run).as_uri())
    browser.until(READY)
    assert browser.evaluate("document.querySelector('h1').textContent") == "1 document in, 1 kept."
    assert "Exact: the one document measured." in browser.evaluate("document.body.textContent")
