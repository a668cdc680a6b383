"""What a notebook shows of runs, recipes and comparisons, in a frame of the `chromium` on PATH."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import chromium
import tamis
from report_runs import Doc, build, rule, step
from report_web import web
from tamis.engine.rundir import Run
from tamis.recipe import read_recipe
from tamis.report.data import write_data

pytestmark = pytest.mark.skipif(chromium.find() is None, reason="no chromium on PATH: no cell was drawn")

EVIL = "<img src=x onerror=alert(1)>'\"&"
LIMIT = 200_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = web(tmp_path_factory.mktemp("cells") / "crawl", 1_500)
    write_data(out)
    return out


def shown(browser: chromium.Chromium, folder: Path, cell: str | None) -> dict[str, object]:
    """What the page of a cell holds: it stands in a frame of its own origin, so it is opened alone, as the frame has it."""
    assert cell is not None
    assert len(cell.encode()) <= LIMIT
    assert re.match(r"<iframe sandbox=\"allow-scripts\" ", cell), cell[:60]
    notebook = folder / "notebook.html"
    notebook.write_text(f"<!doctype html><meta charset='utf-8'><h2>Out[1]:</h2>{cell}", "utf-8")
    browser.open(notebook.as_uri(), width=1000)
    frame = "document.querySelector('iframe')"
    assert browser.evaluate(f"{frame}.contentDocument") is None, "the frame must have an origin of its own"
    world = browser.frame_world()
    browser.until_in(world, "document.documentElement.dataset.ready === '1'")
    assert browser.complaints() == []
    assert browser.requests() == [notebook.as_uri()]
    told = browser.evaluate_in(
        world,
        "JSON.stringify({h1: document.querySelector('h1').textContent, text: document.body.innerText,"
        " parts: [...document.querySelectorAll('main section')].map(s => s.id),"
        " large: document.querySelectorAll('figure.big svg, figure svg').length,"
        " handles: document.querySelectorAll('[role=slider]').length,"
        " wide: document.documentElement.scrollWidth <= document.documentElement.clientWidth,"
        " images: document.querySelectorAll('main img').length})",
    )
    loaded: dict[str, object] = json.loads(told)
    return loaded


def test_a_run_is_a_frame_with_summary_funnel_and_one_histogram(
    browser: chromium.Chromium, tmp_path: Path, run: Path
) -> None:
    page = shown(browser, tmp_path, Run(run)._repr_html_())
    assert str(page["h1"]).startswith("1,500 documents in, ")
    assert page["parts"] == ["summary", "funnel", "signals"]
    assert page["wide"]
    world = browser.frame_world()
    browser.until_in(world, "document.querySelectorAll('[role=slider]').length > 0")
    assert browser.evaluate_in(world, "document.querySelectorAll('.small button').length") == 0
    before = browser.evaluate_in(world, "scrollY")
    browser.evaluate_in(world, "document.querySelector('#nav a[href=\"#signals\"]').click()")
    browser.until_in(world, f"scrollY > {before}")
    assert browser.evaluate("location.href").endswith("notebook.html")


def test_a_run_of_many_rules_fits_and_strangers_stay_text(browser: chromium.Chromium, tmp_path: Path) -> None:
    names = [f"{EVIL}{n}" for n in range(900)]
    steps = [step("q", *((name, "int64", 0) for name in names))]
    rules = [rule("q", name, max=2) for name in names]
    docs = [Doc(values={f"q.{name}": (n * k) % 7 for k, name in enumerate(names)}) for n in range(40)]
    out = build(tmp_path / EVIL.replace("/", ""), docs, steps, rules)
    write_data(out)
    page = shown(browser, tmp_path, Run(out)._repr_html_())
    assert page["images"] == 0
    assert EVIL in str(page["text"])


def test_a_recipe_and_comparisons_are_frames(browser: chromium.Chromium, tmp_path: Path, run: Path) -> None:
    page = shown(browser, tmp_path, read_recipe("fineweb")._repr_html_())
    assert "line_end_mark_ratio" in str(page["text"])
    assert "≥ 0.12" in str(page["text"])
    assert "10.1% of tokens" in str(page["text"])
    recipes = tamis.diff("gopher", "fineweb")
    page = shown(browser, tmp_path, recipes._repr_html_())
    assert "fineweb_quality" in str(page["text"])
    other = web(tmp_path / "other", 300)
    write_data(other)
    runs = tamis.diff(run, other)
    page = shown(browser, tmp_path, runs._repr_html_())
    assert page["parts"] == ["summary", "funnel", "signals"]
    assert "documents changed sides" in str(page["h1"])


def test_text_stays_where_a_frame_cannot_be_drawn(tmp_path: Path) -> None:
    out = web(tmp_path / "gone", 50)
    run = Run(out)
    for file in (out / "kept").iterdir():
        file.unlink()
    assert run._repr_html_() is None
