"""What is open on the page outlives a reload and follows the back button."""

from __future__ import annotations

import pytest

import chromium
from bound_hands import COMMAND, SHOWN, numbers
from report_runs import Doc, build, rule, step
from report_web import web
from tamis.report.page import report

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)

READY = "document.documentElement?.dataset.ready === '1'"
COUNTED = "document.documentElement?.dataset.counts === '1'"
TABS = (
    "[...document.querySelectorAll('#documents .tabs [aria-pressed=true]')].map(t => t.textContent)"
    ".concat(document.querySelector('#documents select').value,"
    " document.querySelector('#slices .choices [aria-pressed=true]').textContent,"
    " document.querySelector('#documents .search').value)"
)
TICKS = "[...document.querySelectorAll('.labels :checked')].map(box => box.getAttribute('aria-label'))"
PAIR = "['#duplicates h3 .n', '.pair', '.turn > span'].map(p => document.querySelector(p).textContent)"


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


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page of four pairs, each less alike than the next."""
    names = ("cluster", "label"), ("cluster_size", "int64"), ("rank", "int64"), ("similarity", "float64")
    docs = [
        Doc(text=f"pair {k // 2} member {k % 2}", id=f"{k:032x}", values={
            "minhash.cluster": f"{k // 2:032x}", "minhash.cluster_size": 2, "minhash.rank": k % 2,
            "minhash.similarity": 0.8 + k / 100 if k % 2 else None,
        })
        for k in range(8)
    ]  # fmt: skip
    steps = [
        step("minhash", *names, scope="corpus", parameters={"mode": "components", "threshold": 0.7}),
    ]
    run = build(tmp_path_factory.mktemp("pairs") / "run", docs, steps, [rule("minhash", "rank", max=0)])
    return report(run).as_uri()


def test_ticks_of_a_list_are_kept_too(browser: chromium.Chromium, page: str) -> None:
    browser.open("about:blank")
    browser.open(page)
    browser.until(COUNTED)
    click(browser, ".small button", "label")
    browser.until(f"{SHOWN} === 'label'")
    recipe = browser.evaluate(TICKS), browser.evaluate(COMMAND), numbers(browser)
    for value in ("de", "en"):
        browser.evaluate(f"document.querySelector('.labels [aria-label={value}]').click()")
    ticked = browser.evaluate(TICKS), browser.evaluate(COMMAND), numbers(browser)
    assert (recipe[0], ticked[0]) == (["en"], ["de"])
    browser.call("Page.reload")
    browser.until(COUNTED)
    browser.until(f"{SHOWN} === 'label'")
    assert (browser.evaluate(TICKS), browser.evaluate(COMMAND), numbers(browser)) == ticked
    back(browser)
    assert sorted(browser.evaluate(TICKS)) == ["de", "en"]
    back(browser)
    assert (browser.evaluate(TICKS), browser.evaluate(COMMAND), numbers(browser)) == recipe
    click(browser, ".small button", "word_count")
    assert "ticks" not in browser.evaluate("location.hash")
    assert browser.complaints() == []


def test_the_pair_that_is_shown_is_kept(browser: chromium.Chromium, pairs: str) -> None:
    browser.open("about:blank")
    browser.open(pairs)
    browser.until(READY)
    first = browser.evaluate(PAIR)
    assert first[0] == "1 / 4"
    assert "pair 0" in first[1]
    click(browser, ".turn button", "Next")
    click(browser, ".turn button", "Next")
    shown = browser.evaluate(PAIR)
    assert shown[0] == "3 / 4"
    assert "pair 2" in shown[1]
    assert browser.evaluate("location.hash") == "#pair=3"
    browser.call("Page.reload")
    browser.until(READY)
    assert browser.evaluate(PAIR) == shown
    back(browser)
    back(browser)
    assert browser.evaluate(PAIR) == first


@pytest.mark.parametrize("held", ["ticks=[", "ticks=5", 'ticks=["xx",null]', "ticks=[[]]"])
def test_odd_ticks_open_as_the_recipe(browser: chromium.Chromium, page: str, held: str) -> None:
    browser.open("about:blank")
    browser.open(f"{page}#signal=language.label&{held}")
    browser.until(COUNTED)
    browser.until(f"{SHOWN} === 'label'")
    assert browser.evaluate(TICKS) == ["en"]
    assert browser.complaints() == []


@pytest.mark.parametrize(("held", "number"), [("-1", 1), ("x", 1), ("2.9", 2), ("1e99", 4), ("-Infinity", 1)])
def test_odd_pairs_open_as_one_that_is_there(
    browser: chromium.Chromium, pairs: str, held: str, number: int
) -> None:
    browser.open("about:blank")
    browser.open(f"{pairs}#pair={held}")
    browser.until(READY)
    assert browser.evaluate(PAIR)[0] == f"{number} / 4"
    assert browser.complaints() == []
