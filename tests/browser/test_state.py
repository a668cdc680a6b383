"""What is open on the page outlives a reload and follows the back button."""

from __future__ import annotations

import pytest

import chromium
from bound_hands import COMMAND, SHOWN, numbers
from report_web import web
from tamis.report.page import report

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)

COUNTED = "document.documentElement?.dataset.counts === '1'"
TABS = (
    "[...document.querySelectorAll('#documents .tabs [aria-pressed=true]')].map(t => t.textContent)"
    ".concat(document.querySelector('#documents select').value,"
    " document.querySelector('#slices .choices [aria-pressed=true]').textContent,"
    " document.querySelector('#documents .search').value)"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(web(tmp_path_factory.mktemp("runs") / "crawl", 600)).as_uri()


def click(browser: chromium.Chromium, places: str, text: str) -> None:
    browser.evaluate(
        f"[...document.querySelectorAll('{places}')].find(b => b.textContent.startsWith('{text}')).click()"
    )


def back(browser: chromium.Chromium) -> None:
    before = browser.evaluate("location.href")
    browser.evaluate("history.back()")
    browser.until(f"location.href !== {before!r}")


def test_reload_and_back_keep_what_is_open(browser: chromium.Chromium, page: str) -> None:
    browser.open("about:blank")
    browser.open(page)
    browser.until(COUNTED)
    first = browser.evaluate(SHOWN), browser.evaluate(TABS)
    click(browser, ".small button", "newlines_per_word")
    browser.until(f"{SHOWN} === 'newlines_per_word'")
    browser.evaluate("document.querySelector('.handle').focus()")
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="ArrowRight", modifiers=8)
    moved = browser.evaluate(COMMAND), numbers(browser)
    assert "newlines_per_word.max=0.3 " not in moved[0]
    click(browser, "#slices .choices button", "Length")
    click(browser, "#documents .tabs button", "Kept")
    browser.evaluate("document.querySelector('#documents .search').focus()")
    browser.call("Input.insertText", text="harbour")
    opened = browser.evaluate(TABS)
    assert opened[-2:] == ["Length", "harbour"]
    browser.call("Page.reload")
    browser.until(COUNTED)
    browser.until(f"{SHOWN} === 'newlines_per_word'")
    assert (browser.evaluate(COMMAND), numbers(browser)) == moved
    assert browser.evaluate(TABS) == opened
    back(browser)
    assert browser.evaluate(TABS)[0] == "Removed"
    assert browser.evaluate(COMMAND) == moved[0]
    back(browser)
    assert browser.evaluate(TABS) == first[1]
    back(browser)
    browser.until(f"{SHOWN} === {first[0]!r}")
    assert browser.complaints() == []


def test_a_part_of_the_page_is_no_state_and_a_broken_one_opens(browser: chromium.Chromium, page: str) -> None:
    browser.open(page)
    browser.until(COUNTED)
    click(browser, "#slices .choices button", "Length")
    click(browser, "#nav a", "Funnel")
    assert browser.evaluate(TABS)[-2] == "Length"
    bad = "#signal=nothing&rule=x&bound=max:x,above:1,:&view=constructor&slice=__proto__&examples=%00&purpose=near"
    browser.open("about:blank")
    browser.open(page + bad)
    browser.until(COUNTED)
    assert browser.complaints() == []
    assert browser.evaluate("document.querySelectorAll('#documents article').length") > 0
