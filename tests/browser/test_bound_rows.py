"""Bounds on a logarithmic axis, of several rules on one signal, of lists, with `when` and by a table: the numbers on
the page against what `tamis retune` really keeps.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

import chromium
import tamis
from bound_hands import COMMAND, drag, numbers, opened

pytestmark = pytest.mark.skipif(
    chromium.find() is None, reason="no chromium on PATH: the page was not opened"
)

OPS = '''
from tamis.op import Signal, operator

WRITES = [
    Signal("kind", "label", "the first word"),
    Signal("tail", "float64", "the second word", low=0),
    Signal("size", "int64", "the third word", low=0),
]

@operator(kind="signal", reads=["text"], writes=WRITES, each=True)
def bound_facts(text: str) -> dict[str, object]:
    """What the words of a text say."""
    kind, tail, size, _share = text.split()
    return {"kind": kind, "tail": float(tail), "size": int(size)}

@operator(kind="signal", reads=["text"], writes=[Signal("share", "float64", "the fourth word", low=0, high=1)], each=True)
def bound_share(text: str) -> dict[str, object]:
    """Another word."""
    return {"share": float(text.split()[3])}
'''
RECIPE = """name = "rows"
[[step]]
op = "bound_facts"
keep = [
  { signal = "tail", name = "near", min = 0.5 },
  { signal = "tail", name = "far", max = 200 },
  { signal = "kind", in = ["a", "b"] },
  { signal = "size", min = 20, when = { signal = "kind", in = ["a"] } },
]
[[step]]
op = "bound_share"
table = "shares.csv"
by = "bound_facts.kind"
keep = [{ signal = "share" }]
"""
TABLE = "kind,share.max\na,0.6\nb,0.8\n*,0.7\n"
DOCUMENTS = 600


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    rng = random.Random(3)
    texts = [
        f"{rng.choice('aabc')} {rng.lognormvariate(1, 2):.5f} {rng.randint(1, 60)} {rng.random():.4f}"
        for _ in range(DOCUMENTS)
    ]
    (folder / "bound_ops.py").write_text(OPS)
    (folder / "rows.toml").write_text(RECIPE)
    (folder / "shares.csv").write_text(TABLE)
    (folder / "pages.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    made = tamis.run(
        folder / "rows.toml",
        folder / "pages.jsonl",
        out=folder / "run",
        ops=[folder / "bound_ops.py"],
        workers=1,
    )
    return made.path


def retuned(run: Path, command: str, out: Path) -> list[int]:
    """Documents that pass the rule alone, and that are kept, after the command on the page."""
    (name, bound) = re.findall(r"--set '?(\S+?)=(.+?)'? -o", command)[0]
    value = bound.split(",") if name.endswith(".in") else float(bound)
    tamis.retune(run, {name: value}, out, workers=1)
    told = json.loads((out / "report" / "data.json").read_text())
    rule = next(one for one in told["rules"] if one["rule"] == name.rpartition(".")[0])
    passing = rule["measured"]["documents"] - rule["alone"]["documents"]
    return [passing, told["summary"]["documents"]["kept"]]


@pytest.mark.parametrize(
    ("signal", "rule"), [("tail", "near"), ("tail", "far"), ("size", "size"), ("share", "share")]
)
@pytest.mark.parametrize("by", [-70, 60])
def test_a_moved_bound_tells_what_a_retuned_run_keeps(
    browser: chromium.Chromium, rows: Path, tmp_path: Path, signal: str, rule: str, by: int
) -> None:
    opened(browser, rows, signal)
    if signal == "tail":
        browser.evaluate(
            f"[...document.querySelectorAll('.controls button')].find(b => b.textContent === '{rule}').click()"
        )
        browser.until("document.querySelector('.handle').style.left !== ''")
        assert "Logarithmic axis." in browser.evaluate("document.querySelector('#signals').textContent")
    before = numbers(browser)
    as_run = json.loads((rows / "report" / "data.json").read_text())
    counted = next(one for one in as_run["rules"] if one["rule"].endswith("." + rule))
    assert before == [
        counted["measured"]["documents"] - counted["alone"]["documents"],
        as_run["summary"]["documents"]["kept"],
    ]
    drag(browser, by)
    after, command = numbers(browser), browser.evaluate(COMMAND)
    assert after != before
    assert after == retuned(rows, command, tmp_path / "b")
    assert browser.complaints() == []
    browser.evaluate("[...document.querySelectorAll('.fields button')].pop().click()")
    assert numbers(browser) == before


def test_it_is_said_which_documents_a_bound_decides(browser: chromium.Chromium, rows: Path) -> None:
    said = "document.querySelector('.follow .caption').textContent"
    told = json.loads((rows / "report" / "data.json").read_text())
    size = next(one for one in told["signals"] if one["name"] == "size")
    bound = DOCUMENTS - size["values"]["some"]["bound_facts.size"]["others"]
    kinds = next(one for one in told["signals"] if one["name"] == "kind")
    assert bound == next(one["documents"] for one in kinds["labels"] if one["value"] == "a")
    opened(browser, rows, "size")
    assert browser.evaluate(said).startswith(f"The rule binds {bound} of these documents")
    opened(browser, rows, "share")
    assert browser.evaluate(said).startswith("shares.csv gives each bound_facts.kind its own bound")
    drag(browser, 40)
    assert browser.evaluate(said).startswith("One bound for all documents, in place of those of shares.csv.")


@pytest.mark.parametrize("ticked", [[2], [0], [0, 1]])
def test_ticked_values_tell_what_a_retuned_run_keeps(
    browser: chromium.Chromium, rows: Path, tmp_path: Path, ticked: list[int]
) -> None:
    browser.open((rows / "report" / "index.html").as_uri())
    browser.until("document.documentElement.dataset.counts === '1'")
    browser.evaluate(
        "[...document.querySelectorAll('.small button')].find(b => b.textContent.startsWith('kind')).click()"
    )
    for number in ticked:
        browser.evaluate(f"document.querySelectorAll('.labels input')[{number}].click()")
    command = browser.evaluate(COMMAND)
    if command.split(".in=")[1].startswith(" "):
        assert numbers(browser) == [0, 0]
    else:
        assert numbers(browser) == retuned(rows, command, tmp_path / "b")


def test_a_table_of_several_bounds_says_why_it_has_no_handle(
    browser: chromium.Chromium, rows: Path, tmp_path: Path
) -> None:
    (tmp_path / "shares.csv").write_text("kind,share.max,share.min\na,0.6,0.1\n*,0.7,0.2\n")
    (tmp_path / "rows.toml").write_text(RECIPE)
    inputs, ops = rows.parent / "pages.jsonl", rows.parent / "bound_ops.py"
    run = tamis.run(tmp_path / "rows.toml", inputs, out=tmp_path / "run", ops=[ops], workers=1)
    browser.open((run.path / "report" / "index.html").as_uri())
    browser.until("document.documentElement.dataset.counts === '1'")
    browser.evaluate(
        "[...document.querySelectorAll('.small button')].find(b => b.textContent.startsWith('share')).click()"
    )
    assert browser.evaluate("document.querySelectorAll('.handle').length") == 0
    assert "shares.csv sets several bounds at once" in browser.evaluate(
        "document.querySelector('#signals').textContent"
    )
