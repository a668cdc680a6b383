"""The stored examples: purposes, spans of lines, search with its hits, edits before and after."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import chromium
import tamis
from report_web import web
from tamis.report.page import report

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(web(tmp_path_factory.mktemp("runs") / "crawl-2026-11", 800))


@pytest.fixture
def opened(browser: chromium.Chromium, page: Path) -> chromium.Chromium:
    browser.open(page.as_uri())
    browser.until("document.documentElement.dataset.ready === '1'")
    return browser


def click(browser: chromium.Chromium, text: str) -> None:
    browser.evaluate(
        f"[...document.querySelectorAll('#documents button')].find(b => b.textContent === '{text}').click()"
    )


def type_in_search(browser: chromium.Chromium, text: str) -> None:
    browser.evaluate("(() => { const f = document.querySelector('.search'); f.focus(); f.select(); })()")
    browser.call("Input.insertText", text=text)


ARTICLES = "document.querySelectorAll('#documents article').length"
CAPTION = "document.querySelector('#documents .caption').textContent"


def test_a_tab_for_each_purpose(opened: chromium.Chromium) -> None:
    assert opened.evaluate("[...document.querySelectorAll('.purposes button')].map(b => b.textContent)") == [
        "One of each",
        "Random",
        "Just past the bound",
        "Extreme",
    ]
    click(opened, "Just past the bound")
    heads = opened.evaluate("[...document.querySelectorAll('#documents h4')].map(h => h.textContent)")
    assert len(heads) >= 3
    assert set(heads) == {"Just past the bound"}


def test_search_marks_its_hits_and_counts(opened: chromium.Chromium) -> None:
    everything = int(opened.evaluate("document.querySelector('.search').placeholder").split()[2])
    type_in_search(opened, "zzz ﬅ")
    assert opened.evaluate(CAPTION) == "No stored example matches “zzz ﬅ”."
    type_in_search(opened, "LAMP ﬅone")
    assert int(opened.evaluate(CAPTION).split()[0]) > 0
    type_in_search(opened, "ｈARBOUR")
    found, of, whole = opened.evaluate(CAPTION).split()
    assert of == "of"
    assert int(whole) == everything
    assert 0 < int(found) <= everything
    assert opened.evaluate(ARTICLES) == min(10, int(found))
    hits = opened.evaluate(
        "[...document.querySelectorAll('#documents .hit')].map(h => h.textContent.toLowerCase())"
    )
    assert hits
    assert set(hits) == {"harbour"}
    opened.call("Input.dispatchKeyEvent", type="keyDown", key="Escape")
    assert opened.evaluate("document.querySelector('.search').value") == ""
    assert opened.evaluate(ARTICLES) == 3


def test_a_hit_in_the_address_is_marked_there(opened: chromium.Chromium) -> None:
    type_in_search(opened, "docs-mirror.EXAMPLE")
    assert int(opened.evaluate(CAPTION).split()[0]) > 0
    assert (
        opened.evaluate("document.querySelector('#documents .meta .hit').textContent")
        == "docs-mirror.example"
    )


def test_a_search_for_markup_stays_text(opened: chromium.Chromium) -> None:
    type_in_search(opened, "<img src=x onerror=alert(1)>")
    assert opened.evaluate("document.querySelectorAll('img').length") == 0
    type_in_search(opened, "<script>document")
    assert opened.evaluate("document.title") == "crawl-2026-11: tamis report"
    assert opened.complaints() == []


def test_an_edit_before_and_after(opened: chromium.Chromium) -> None:
    click(opened, "Edited")
    assert opened.evaluate("document.querySelectorAll('#documents article:first-child del').length") > 0
    click(opened, "Show before")
    first = "document.querySelector('#documents .doc')"
    assert opened.evaluate(f"{first}.querySelectorAll('del, ins').length") == 0
    assert "Please enable JavaScript" in opened.evaluate(f"{first}.textContent")
    click(opened, "Show after")
    assert "Please enable JavaScript" not in opened.evaluate(f"{first}.textContent")


def test_each_document_has_its_explain_command(opened: chromium.Chromium) -> None:
    opened.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    click(opened, "Copy explain command")
    said = "tamis explain crawl-2026-11 "
    opened.until(
        f"[...document.querySelectorAll('#documents .side .link')].some(b => b.textContent.startsWith('{said}'))"
    )


def test_lines_that_were_cut_name_who_keeps_them(browser: chromium.Chromium, tmp_path: Path) -> None:
    texts = [
        "Home of the lamps",
        "Home of the lamps\nA story of its own, long enough to stay.",
        "Home of the lamps",
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    (tmp_path / "r.toml").write_text(
        'name = "cut"\n[[step]]\nop = "line"\n[[step]]\nop = "cut"\nspans = "line.spans"\n'
        'keep = [{ signal = "left_chars", min = 1 }]\n'
    )
    run = tamis.run(tmp_path / "r.toml", tmp_path / "a.jsonl", out=tmp_path / "run", workers=1)
    browser.open((run.path / "report/index.html").as_uri())
    browser.until("document.documentElement.dataset.ready === '1'")
    item = "document.querySelector('#documents .item')"
    assert "1 line is a copy, kept by" in browser.evaluate(f"{item}.textContent")
    who = browser.evaluate(f"{item}.querySelector('.keeper button').textContent")
    browser.evaluate(f"{item}.querySelector('.keeper button:last-child').click()")
    shown = browser.evaluate("[...document.querySelectorAll('#documents .item')].map(i => i.textContent)")
    assert len(shown) == 1
    assert who in shown[0]
    assert "Home of the lamps" in shown[0]
    assert "is a copy" not in shown[0]
    assert browser.complaints() == []
