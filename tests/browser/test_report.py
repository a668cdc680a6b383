"""The page in the `chromium` on PATH, opened from disk: skips clearly where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import chromium
import tamis
from report_runs import Doc, build, rule, step
from report_web import HOSTILE, web
from tamis.report.page import report

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)

READY = "document.documentElement.dataset.ready === '1'"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(web(tmp_path_factory.mktemp("runs") / "crawl-2026-11", 1_500)).as_uri()


def opened(browser: chromium.Chromium, url: str, **how: object) -> chromium.Chromium:
    browser.open(url, **how)  # type: ignore[arg-type]
    browser.until(READY)
    browser.until(
        "document.querySelectorAll('#signals svg .bound').length > 0 || !document.querySelector('.big')"
    )
    return browser


def quiet(browser: chromium.Chromium, url: str) -> None:
    """No console error, no violation of the policy, no request but the page itself."""
    assert browser.complaints() == []
    assert browser.requests() == [url]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (375, False)])
def test_the_page_opens_from_disk(browser: chromium.Chromium, page: str, width: int, dark: bool) -> None:
    opened(browser, page, width=width, dark=dark)
    quiet(browser, page)
    assert browser.evaluate("document.querySelector('h1').textContent").startswith("1,500 documents in, ")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    ground = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == ("rgb(21, 22, 24)" if dark else "rgb(253, 253, 251)")


def test_numbers_add_up_on_the_page(browser: chromium.Chromium, page: str) -> None:
    opened(browser, page)
    cells = browser.evaluate(
        "[...document.querySelectorAll('.units tbody tr')]"
        ".map(r => [...r.querySelectorAll('td')].map(c => c.textContent))"
    )
    assert len(cells) == 3
    for row in cells:
        came, kept, removed, failed, edited = (0 if c == "–" else int(c.replace(",", "")) for c in row[:5])
        assert came == kept + removed + failed + edited
    orders = browser.evaluate(
        "[...document.querySelectorAll('.funnel tr.step .order')].map(c => c.textContent)"
    )
    total = browser.evaluate("document.querySelector('.funnel tfoot .order').textContent")
    assert sum(int(n.replace(",", "")) for n in orders if n != "–") == int(total.replace(",", ""))


def test_histograms_are_drawn_with_their_bounds(browser: chromium.Chromium, page: str) -> None:
    opened(browser, page)
    browser.until("document.querySelectorAll('.small svg .bound').length >= 17")
    browser.until("document.querySelectorAll('.big svg rect.f-kept').length > 5")
    first = browser.evaluate("document.querySelector('.chart-head b').textContent")
    browser.evaluate("document.querySelectorAll('.small button')[1].click()")
    browser.until("document.querySelectorAll('.big svg .bound').length > 0")
    assert browser.evaluate("document.querySelector('.chart-head b').textContent") != first
    browser.evaluate("document.querySelector('details summary').click()")
    browser.until("document.querySelectorAll('details table tbody tr').length >= 20")
    quiet(browser, page)


def test_hostile_documents_are_shown_never_obeyed(browser: chromium.Chromium, tmp_path: Path) -> None:
    docs = [
        Doc(text=text + "\nwa\u200dter", title=text, url=f"https://{text}", source=text, values={"q.n": n})
        for n, text in enumerate(HOSTILE)
    ]
    evil = "<img src=x onerror=alert(4)>"
    steps = [step("q", ("n", "int64", 0, None, evil))]
    path = build(tmp_path / "run", docs, steps, [rule("q", "n", min=4, name=evil)])
    url = report(path).as_uri()
    opened(browser, url)
    quiet(browser, url)
    assert browser.evaluate("document.title") == "run: tamis report"
    assert (
        browser.evaluate("document.querySelectorAll('img, iframe, b[onmouseover], main script').length") == 0
    )
    assert browser.evaluate(
        "[...document.querySelectorAll('a')].every(a => a.getAttribute('href').startsWith('#'))"
    )
    browser.evaluate(
        "[...document.querySelectorAll('.purposes button')].find(b => b.textContent === 'Random').click()"
    )
    quiet(browser, url)
    shown = browser.evaluate("[...document.querySelectorAll('.doc')].map(d => d.textContent).join('\\n')")
    for piece in (
        "<script>document.title='x'</script>",
        "</script><img src=x onerror=alert(1)>",
        "<b onmouseover=alert(2)>",
    ):
        assert piece in shown
    boxes = set(browser.evaluate("[...document.querySelectorAll('.doc .box')].map(b => b.textContent)"))
    assert {"ESC", "NUL ×2", "U+202E", "U+202C", "U+200B", "U+2028", "U+FEFF", "U+200D"} <= boxes
    assert "👩‍👩‍👧" in shown
    assert evil in browser.evaluate("document.querySelector('.funnel').textContent")


def test_documents_by_tab_and_rule(browser: chromium.Chromium, page: str) -> None:
    opened(browser, page)
    count = "document.querySelectorAll('#documents article').length"
    assert browser.evaluate(count) == 3
    browser.evaluate(
        "[...document.querySelectorAll('.tabs button')].find(b => b.textContent === 'Edited').click()"
    )
    browser.until("document.querySelectorAll('#documents del').length > 0")
    assert browser.evaluate("document.querySelectorAll('#documents ins').length") > 0
    browser.evaluate(
        "[...document.querySelectorAll('.tabs button')].find(b => b.textContent === 'Kept').click()"
    )
    assert browser.evaluate(count) == 3
    browser.evaluate("document.querySelector('#documents .more').click()")
    assert browser.evaluate(count) == 23


@pytest.mark.parametrize(
    "docs", [[], [Doc(values={"q.n": 5})], [Doc(values={"q.n": 1})], [Doc(failed=("q", "crash", "gone"))]]
)
def test_small_runs_have_a_page(browser: chromium.Chromium, tmp_path: Path, docs: list[Doc]) -> None:
    path = build(tmp_path / "run", docs, [step("q", ("n", "int64", 0))], [rule("q", "n", min=3)])
    url = report(path).as_uri()
    opened(browser, url)
    quiet(browser, url)
    assert browser.evaluate("document.querySelector('h1').textContent").startswith(
        f"{len(docs)} document{'' if len(docs) == 1 else 's'} in"
    )


def test_slices_and_duplicates_of_a_hostile_run(browser: chromium.Chromium, tmp_path: Path) -> None:
    names = ["<img src=x onerror=alert(1)>", "\u202elive\u202c", "x" * 1_000_000]
    docs = [
        Doc(
            text=f"{HOSTILE[0]} page {number} {k}",
            title=name,
            url=f"https://{name[:2000]}/{k}",
            source=name,
            values={"q.n": (k % 2) * 5},
        )
        for number, name in enumerate(names)
        for k in range(24)
    ]
    for k, doc in enumerate(docs):
        rank = k % 24 // 2
        if doc.values["q.n"]:
            centre = k - 2 * rank
            doc.values |= {
                "minhash.cluster": f"{centre:032x}",
                "minhash.cluster_size": 12,
                "minhash.rank": rank,
            }
            doc.values["minhash.similarity"] = None if rank == 0 else 0.9
        doc.id = f"{k:032x}"
    columns = [("cluster", "label"), ("cluster_size", "int64"), ("rank", "int64"), ("similarity", "float64")]
    steps = [
        step("q", ("n", "int64", 0)),
        step("minhash", *columns, scope="corpus", parameters={"mode": "components", "threshold": 0.95}),
    ]
    path = build(tmp_path / "run", docs, steps, [rule("q", "n", min=3), rule("minhash", "rank", max=0)])
    url = report(path).as_uri()
    opened(browser, url, width=375)
    browser.evaluate(
        "[...document.querySelectorAll('.choices button')].find(b => b.textContent === 'Source').click()"
    )
    rows = browser.evaluate("[...document.querySelectorAll('.slices tbody th')].map(r => r.textContent)")
    assert len(rows) == 3
    assert {names[0], "U+202EliveU+202C"} <= set(rows)
    assert max(map(len, rows)) < 100
    browser.until("document.querySelectorAll('.slices tbody svg rect').length === 3")
    said = browser.evaluate("document.querySelector('#duplicates').textContent")
    assert "below the threshold 0.95: 33 of 33. False positives 100%" in said
    first = browser.evaluate("document.querySelector('.pair').textContent")
    browser.evaluate("document.querySelectorAll('.turn button')[1].click()")
    assert browser.evaluate("document.querySelector('.pair').textContent") != first
    assert browser.evaluate("document.querySelectorAll('.only-removed').length") > 0
    assert browser.evaluate("document.querySelectorAll('img').length") == 0
    assert browser.evaluate("document.documentElement.scrollWidth") <= 375
    quiet(browser, url)


def test_a_paper_s_number_stands_beside_ours(browser: chromium.Chromium, tmp_path: Path) -> None:
    docs = [Doc(values={"q.n": k}) for k in range(4)]
    rows = [{"rule": "q.n", "value": 0.101, "as": "alone", "unit": "documents", "source": "<b>table 2</b>"}]
    path = build(
        tmp_path / "run", docs, [step("q", ("n", "int64", 0))], [rule("q", "n", min=1)], info={"expect": rows}
    )
    url = report(path).as_uri()
    opened(browser, url)
    assert "10.1% → 25.0%" in browser.evaluate("document.querySelector('.funnel .rule .paper').textContent")
    assert "<b>table 2</b>" in browser.evaluate("document.querySelector('#funnel').textContent")
    quiet(browser, url)


def test_charts_have_their_numbers_as_tables(browser: chromium.Chromium, page: str) -> None:
    opened(browser, page)
    for part in ("signals", "slices", "duplicates", "problems"):
        rows = browser.evaluate(
            "new Promise((done) => { const fold = document.querySelector('#" + part + " details');"
            " fold.addEventListener('toggle', () => done([...fold.querySelectorAll('tr')].map("
            "r => [...r.children].map(c => c.textContent)))); fold.open = true; })"
        )
        assert len(rows) > 2, part
        assert {len(row) for row in rows} == {len(rows[0])}, part
        heads = browser.evaluate(
            f"[...document.querySelectorAll('#{part} details thead th')].every(c => c.scope === 'col')"
        )
        assert heads, part
    lost = browser.evaluate("document.querySelector('#problems').textContent")
    assert "No declared encoding; read as windows-1252" in lost
    alike = browser.evaluate(
        "[...document.querySelectorAll('#duplicates details tbody tr')].map(r => Number(r.lastChild.textContent))"
    )
    said = browser.evaluate("document.querySelector('#duplicates').textContent")
    assert f"documents compared: {sum(alike)}." in said


def test_numbers_and_flags_are_slices(browser: chromium.Chromium, tmp_path: Path) -> None:
    lines = [
        json.dumps({"text": "word " * (10 + n % 50), "toxicity": n / 400, "adult": n % 3 == 0})
        for n in range(400)
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    recipe = 'name = "s"\n[[step]]\nop = "gopher_quality"\nkeep = [{ signal = "word_count", min = 30 }]\n'
    (tmp_path / "r.toml").write_text(recipe)
    run = tamis.run(
        tmp_path / "r.toml",
        tmp_path / "in.jsonl",
        out=tmp_path / "o",
        columns=["toxicity", "adult"],
        workers=1,
    )
    url = (run.path / "report" / "index.html").as_uri()
    opened(browser, url)
    for name, said in (
        ("toxicity", ["0 to 0.2475, lowest quarter", "0.25 to 0.4975, second quarter"]),
        ("adult", ["no", "yes"]),
    ):
        browser.evaluate(
            f"[...document.querySelectorAll('#slices .choices button')].find(b => b.textContent === '{name}').click()"
        )
        rows = browser.evaluate("[...document.querySelectorAll('#slices .what')].map(c => c.textContent)")
        assert rows[1:3] == said
    quiet(browser, url)
