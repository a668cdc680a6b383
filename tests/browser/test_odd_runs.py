"""Reports of runs that nobody wishes for: their pages open, stay small, and show strangers' words as words."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

import chromium
import tamis
from report_runs import QUALITY, QUALITY_RULES, Doc, build, english, rule, step
from tamis.cli import main
from tamis.report.page import report

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)

READY = "document.documentElement.dataset.ready === '1'"
EVIL = "<img src=x onerror=alert(1)>"
PAGE = 3_000_000


def quiet(browser: chromium.Chromium, page: Path, width: int = 1280) -> None:
    assert page.stat().st_size < PAGE
    browser.open(page.as_uri(), width=width)
    browser.until(READY)
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]
    assert browser.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 375])
def test_titles_of_a_megabyte_from_right_to_left(
    browser: chromium.Chromium, tmp_path: Path, width: int
) -> None:
    titles = ["مرحبا " * 175_000, "\u202e" * 350_000, f"<h1>{'long ' * 200_000}</h1>", "שלום"]
    docs = [
        Doc(title=title, url=f"https://{EVIL}/{n}", text=f"{title[:40]} text", values={"q.n": n})
        for n, title in enumerate(titles)
    ]
    run = build(tmp_path / "run", docs, [step("q", ("n", "int64", 0))], [rule("q", "n", min=2)])
    quiet(browser, report(run), width)
    shown = browser.evaluate("document.querySelector('#documents').textContent")
    assert "مرحبا" in shown
    assert len(shown) < 20_000


def test_a_hundred_thousand_reasons(browser: chromium.Chromium, tmp_path: Path) -> None:
    docs = [Doc(text="x", removed_by_source=f"source.{EVIL} {number}") for number in range(100_000)]
    run = build(tmp_path / "run", docs, [], [], shard_rows=20_000)
    start = time.monotonic()
    page = report(run)
    assert time.monotonic() - start < 120
    told = json.loads((run / "report" / "data.json").read_text())
    assert sum(one["in_order"]["documents"] for one in told["rules"]) == 100_000
    assert sum(told["removed_by"].values()) + told["removed_by_rest"] == 100_000
    quiet(browser, page)
    assert browser.evaluate("document.querySelector('h1').textContent") == "100,000 documents in, 0 kept."


def test_files_and_folders_named_in_html(browser: chromium.Chromium, tmp_path: Path) -> None:
    name = f"{EVIL.replace('/', '')}.jsonl"
    lines = [json.dumps({"text": "word " * n, "url": f"https://{EVIL}/{n}"}) for n in range(1, 40)]
    (tmp_path / name).write_text("\n".join(lines))
    recipe = 'name = "r"\n[[step]]\nop = "gopher_quality"\nkeep = [{ signal = "word_count", min = 20 }]\n'
    (tmp_path / "r.toml").write_text(recipe)
    run = tamis.run(tmp_path / "r.toml", tmp_path / name, out=tmp_path / f"{EVIL}", workers=1)
    page = run.path / "report" / "index.html"
    quiet(browser, page)
    browser.evaluate(
        "[...document.querySelectorAll('#slices .choices button')].find(b => b.textContent === 'Input').click()"
    )
    assert name in browser.evaluate("document.querySelector('#slices').textContent")
    assert f"<title>{EVIL}" not in page.read_text()


@pytest.mark.parametrize("gone", ["kept", "removed", "phases", "run.json", "report"])
def test_a_run_directory_half_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str], gone: str) -> None:
    docs = [english(60, 0.9), english(60, 0.1), english(10, 0.1)]
    run, other = (build(tmp_path / name, docs, QUALITY, QUALITY_RULES) for name in ("run", "other"))
    tamis.report(run)
    path = run / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    codes = [
        main(words)
        for words in (["report", str(run), "--again"], ["report", str(other), "--against", str(run)])
    ]
    said = capsys.readouterr().err
    if gone == "report":
        assert codes == [0, 0]
        return
    assert codes == [2, 2]
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert len(errors) == 2
    assert said.count("hint: ") == 2
    assert "Traceback" not in said


def test_a_run_of_no_document_says_so(browser: chromium.Chromium, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("")
    run = tamis.run("gopher", tmp_path / "none.jsonl", out=tmp_path / "run", workers=1)
    quiet(browser, run.path / "report" / "index.html")
    assert browser.evaluate("document.querySelector('h1').textContent") == "0 documents in, 0 kept."
    for part in ("#summary h3", "#slices .empty"):
        assert browser.evaluate(f"document.querySelector('{part}').textContent") == "No document went in."


def test_counts_of_documents_have_no_fractions(browser: chromium.Chromium, tmp_path: Path) -> None:
    """One document: its axis counts 0 and 1; its slices are none that others stand beside; the run's end is told."""
    (tmp_path / "one.jsonl").write_text(json.dumps({"text": "lamp " * 40}))
    recipe = 'name = "r"\n[[step]]\nop = "gopher_quality"\nkeep = [{ signal = "word_count", min = 20 }]\n'
    (tmp_path / "r.toml").write_text(recipe)
    run = tamis.run(tmp_path / "r.toml", tmp_path / "one.jsonl", out=tmp_path / "run", workers=1)
    quiet(browser, run.path / "report" / "index.html")
    browser.until("document.querySelectorAll('.big text[text-anchor=end]').length > 0")
    said = "[...document.querySelectorAll('.big text[text-anchor=end]')].map(t => t.textContent)"
    assert browser.evaluate(said)[:2] == ["0", "1"]
    assert "the only one, under 20 documents" in browser.evaluate(
        "document.querySelector('#slices').textContent"
    )
    assert "Finished" in browser.evaluate("document.querySelector('#summary .facts').textContent")
