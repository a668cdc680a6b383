"""The bound in the hand, by real pointer and key events, against what a retuned run really keeps."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import pytest

import chromium
import tamis
from bound_hands import COMMAND, NUMBERS, drag, handle, numbers, opened, press
from report_runs import Doc, build, rule, step
from report_web import WORDS
from tamis.report.page import report

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)

RECIPE = """name = "bounds"
[[step]]
op = "gopher_quality"
keep = [
  { signal = "word_count", min = 20, max = 60 },
  { signal = "mean_word_length", min = 4.5 },
]
[[step]]
op = "fineweb_quality"
keep = [{ signal = "short_line_ratio", max = 0.5 }]
"""


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run of 400 short texts."""
    folder = tmp_path_factory.mktemp("bounds")
    rng = random.Random(7)
    texts = [
        "\n".join(" ".join(rng.choices(WORDS, k=rng.randint(2, 12))) + "." for _ in range(rng.randint(1, 14)))
        for _ in range(400)
    ]
    (folder / "pages.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    (folder / "bounds.toml").write_text(RECIPE)
    tamis.run(folder / "bounds.toml", folder / "pages.jsonl", out=folder / "crawl", workers=1)
    return folder / "crawl"


def retuned(run: Path, command: str, out: Path) -> list[int]:
    """What the command on the page really keeps: passing its rule alone, and kept."""
    sets = dict(one.split("=") for one in re.findall(r"--set (\S+)", command))
    tamis.retune(run, {name: float(bound) for name, bound in sets.items()}, out, workers=1)
    data = json.loads((out / "report/data.json").read_text())
    (name,) = {one.rpartition(".")[0] for one in sets}
    ruled = next(one for one in data["rules"] if one["rule"] == name)
    return [
        ruled["measured"]["documents"] - ruled["alone"]["documents"],
        data["summary"]["documents"]["kept"],
    ]


@pytest.mark.parametrize("signal", ["word_count", "mean_word_length", "short_line_ratio"])
@pytest.mark.parametrize("by", [-90, 120])
def test_a_dragged_bound_tells_what_a_retuned_run_keeps(
    browser: chromium.Chromium, crawl: Path, tmp_path: Path, signal: str, by: int
) -> None:
    opened(browser, crawl, signal)
    before = numbers(browser), browser.evaluate(COMMAND)
    drag(browser, by)
    after = numbers(browser), browser.evaluate(COMMAND)
    assert after[1] != before[1]
    assert after[0] != before[0]
    assert after[0] == retuned(crawl, after[1], tmp_path / "b")
    assert browser.complaints() == []


@pytest.mark.parametrize("bound", ["23.5", "41", "7"])
def test_a_typed_bound_is_exact_too(
    browser: chromium.Chromium, crawl: Path, tmp_path: Path, bound: str
) -> None:
    opened(browser, crawl, "word_count")
    browser.evaluate(
        "(() => { const f = document.querySelector('.fields input'); f.focus(); f.select(); })()"
    )
    browser.call("Input.insertText", text=bound)
    assert f"word_count.min={bound} " in browser.evaluate(COMMAND)
    assert numbers(browser) == retuned(crawl, browser.evaluate(COMMAND), tmp_path / "b")


def test_keys_move_the_bound_and_escape_brings_it_back(browser: chromium.Chromium, crawl: Path) -> None:
    opened(browser, crawl, "short_line_ratio")
    recipe = numbers(browser)
    browser.evaluate("document.querySelector('.handle').focus()")
    now = "Number(document.querySelector('.handle').getAttribute('aria-valuenow'))"
    places = []
    for keys, shift in (
        ("ArrowLeft", False),
        ("ArrowLeft", True),
        ("PageUp", False),
        ("Home", False),
        ("End", False),
    ):
        press(browser, keys, shift=shift)
        places.append(browser.evaluate(now))
    assert 0.5 > places[0] > places[1] < places[2]
    assert places[0] == pytest.approx(0.49)
    assert places[1] == pytest.approx(0.39)
    assert places[3:] == [0, 1]
    press(browser, "Escape")
    assert browser.evaluate(now) == 0.5
    assert numbers(browser) == recipe
    said = browser.evaluate("document.querySelector('.handle').getAttribute('aria-valuetext')")
    assert said == f"at most 0.5; {recipe[0]} pass"
    browser.until("document.querySelector('.follow output').textContent.includes('pass this rule alone')")
    press(browser, "Enter")
    told = "document.querySelector('.follow .copy').textContent === 'Copied' || String(getSelection())"
    browser.until(f"{told} === true || {told} === {COMMAND}")


def test_two_handles_do_not_cross(browser: chromium.Chromium, crawl: Path) -> None:
    opened(browser, crawl, "word_count")
    assert browser.evaluate("document.querySelectorAll('.handle').length") == 2
    drag(browser, 2_000)
    low, high = browser.evaluate(
        "[...document.querySelectorAll('.handle')].map(h => Number(h.getAttribute('aria-valuenow')))"
    )
    assert low == high == 60


def test_between_counted_bounds_the_number_is_a_range(browser: chromium.Chromium, tmp_path: Path) -> None:
    rng = random.Random(2)
    docs = [Doc(values={"q.n": rng.random()}) for _ in range(10_400)]
    run = build(
        tmp_path / "run",
        docs,
        [step("q", ("n", "float64", 0, 1))],
        [rule("q", "n", min=0.25)],
        shard_rows=4_000,
    )
    report(run)
    opened(browser, run, "n")
    values = [doc.values["q.n"] for doc in docs]
    press_from = "(() => { const f = document.querySelector('.fields input'); f.focus(); f.select(); })()"
    for typed, counted in (("0.5", True), ("0.50037", False)):
        browser.evaluate(press_from)
        browser.call("Input.insertText", text=typed)
        alone = [int(n.replace(",", "")) for n in browser.evaluate(NUMBERS)[0].split(" – ")]
        true = sum(value >= float(typed) for value in values)
        told = "between two counted bounds" in browser.evaluate(
            "document.querySelector('.follow .caption').textContent"
        )
        assert told is not counted
        assert alone == [true] if counted else alone[0] <= true <= alone[1] and len(alone) == 2
    browser.evaluate("document.querySelector('.handle').focus()")
    press(browser, "ArrowLeft")
    assert len(browser.evaluate(NUMBERS)[0].split(" – ")) == 1


def test_what_a_corpus_step_would_decide_is_at_most(browser: chromium.Chromium, tmp_path: Path) -> None:
    steps = [step("q", ("n", "int64", 0)), step("minhash", ("rank", "int64", 0), scope="corpus")]
    docs = [Doc(values={"q.n": n, "minhash.rank": 0 if n >= 10 else None}) for n in range(30)]
    run = build(tmp_path / "run", docs, steps, [rule("q", "n", min=10), rule("minhash", "rank", max=0)])
    report(run)
    opened(browser, run, "n")
    said = "document.querySelector('.follow').textContent"
    assert "at most" not in browser.evaluate(said)
    drag(browser, -60)
    assert "at most" in browser.evaluate(said)
    assert "never seen by minhash" in browser.evaluate(said)


def test_a_list_is_rows_to_tick(browser: chromium.Chromium, tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    docs = [
        Doc(values={"l.label": label, "l.n": n % 3})
        for label, many in (("en", 12), ("de", 7), (evil, 5))
        for n in range(many)
    ]
    steps = [step("l", ("label", "label"), ("n", "int64", 0))]
    rules = [rule("l", "label", **{"in": ["en"]}), rule("l", "n", max=1)]
    run = build(tmp_path / "run", docs, steps, rules)
    report(run)
    browser.open((run / "report/index.html").as_uri())
    browser.until("document.documentElement.dataset.counts === '1'")
    browser.evaluate("document.querySelectorAll('.small button')[0].click()")
    assert numbers(browser) == [12, 8]
    browser.evaluate("[...document.querySelectorAll('.labels input')][1].click()")
    assert numbers(browser) == [19, 13]
    assert "--set l.label.in=en,de " in browser.evaluate(COMMAND)
    assert evil in browser.evaluate("document.querySelector('.labels').textContent")
    assert browser.evaluate("document.querySelectorAll('img').length") == 0
    assert browser.complaints() == []


def test_on_a_narrow_screen_touch_moves_it(browser: chromium.Chromium, crawl: Path) -> None:
    opened(browser, crawl, "short_line_ratio", width=375)
    before = numbers(browser)
    assert browser.evaluate("document.querySelector('.handle').getBoundingClientRect().width") == 44
    x, y = handle(browser)
    browser.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
    for to in (x - 20, x - 60):
        browser.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=[{"x": to, "y": y}])
        time.sleep(0.05)
    browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    assert numbers(browser) != before
    assert browser.evaluate("document.documentElement.scrollWidth") <= 375
