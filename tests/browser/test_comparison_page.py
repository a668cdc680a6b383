"""The comparison in the `chromium` on PATH, opened from disk: skips clearly where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

import chromium
from report_runs import Doc, build, rule, step
from report_web import HOSTILE
from tamis.report.comparison_page import write_comparison

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)

EVIL = "<img src=x onerror=alert(4)>"


def written(folder: Path, sizes: tuple[int, int], name: str = "q") -> str:
    paths = []
    for side, least in zip(("one", EVIL), (3, 1), strict=True):
        docs = [
            Doc(
                id=f"{n:032x}",
                text=HOSTILE[n % 4],
                title=EVIL,
                url=f"https://{EVIL}/{n}",
                values={f"{name}.n": n % 7},
            )
            for n in range(sizes[len(paths)])
        ]
        paths.append(
            build(folder / side, docs, [step(name, ("n", "int64", 0))], [rule(name, "n", min=least)])
        )
    return write_comparison(*paths).as_uri()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (375, False)])
def test_the_comparison_opens_from_disk(
    browser: chromium.Chromium, tmp_path: Path, width: int, dark: bool
) -> None:
    url = written(tmp_path, (70, 70), EVIL)
    browser.open(url, width=width, dark=dark)
    browser.until("document.documentElement.dataset.ready === '1'")
    browser.until("document.querySelectorAll('#signals svg .s-second').length > 1")
    assert browser.complaints() == []
    assert browser.requests() == [url]
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("document.querySelector('h1').textContent") == "20 of 70 documents changed sides."
    cells = browser.evaluate("[...document.querySelectorAll('.sides tbody td')].map(c => c.textContent)")
    assert cells == ["40", "0", "20", "10"]
    assert browser.evaluate("document.querySelectorAll('main img, main iframe, main script').length") == 0
    assert browser.evaluate(
        "[...document.querySelectorAll('a')].every(a => a.getAttribute('href').startsWith('#'))"
    )
    assert EVIL in browser.evaluate("document.querySelector('#funnel').textContent")
    assert browser.evaluate("document.querySelectorAll('#documents article').length") == 5
    assert browser.evaluate("document.querySelectorAll('.doc .box').length") > 0


@pytest.mark.parametrize("sizes", [(0, 0), (0, 9), (1, 1)])
def test_small_runs_can_be_compared(
    browser: chromium.Chromium, tmp_path: Path, sizes: tuple[int, int]
) -> None:
    url = written(tmp_path, sizes)
    browser.open(url)
    browser.until("document.documentElement.dataset.ready === '1'")
    assert browser.complaints() == []
    assert browser.evaluate("document.querySelectorAll('#main section').length") == 5
    assert "No signal was measured on kept documents" in browser.evaluate(
        "document.querySelector('#signals').textContent"
    )
