"""The page as a file: nothing of the run enters as HTML, the policy's hashes fit, the colours can be read."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from report_runs import Doc, build, rule, step
from report_web import HOSTILE, web
from tamis.report.page import report
from tamis.report.words import beyond, keeps, number, share

FOLDER = files("tamis.report")
PAGE_SCRIPTS = sorted(one.name for one in FOLDER.iterdir() if one.name.endswith(".js"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return report(web(tmp_path_factory.mktemp("runs") / "crawl", 400)).read_text("utf-8")


@pytest.mark.parametrize("name", PAGE_SCRIPTS)
def test_strings_enter_as_text_alone(name: str) -> None:
    source = FOLDER.joinpath(name).read_text("utf-8")
    forbidden = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
        "DOMParser",
        "createContextualFragment",
        "fetch(",
        "XMLHttpRequest",
        "import(",
    )
    assert len(source) > 100
    assert [word for word in forbidden if word in source] == []
    hrefs = re.findall(r"href = ([^;]+);", source)
    assert all(href.startswith('"#"') for href in hrefs)


def test_the_policy_allows_this_script_and_this_style_only(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    assert "unsafe" not in policy[1]
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy[1]
    assert "style=" not in page.split('id="data"')[0]
    assert not re.search(r"""<(link|img|iframe|base)\b|src=["']|url\((?!#)""", page.split('id="data"')[0])


def test_hostile_strings_cannot_leave_the_data(page: str) -> None:
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert block is not None
    assert not set("<>&\u2028\u2029") & set(block[1])
    payload = json.loads(block[1])
    texts = "".join(row["text"] or "" for row in payload["examples"])
    assert any(piece in texts for piece in HOSTILE)


def test_the_runs_own_name_is_escaped(tmp_path: Path) -> None:
    path = build(tmp_path / "<script>alert(1)<", [Doc(values={"s.n": 1})], [step("s", ("n", "int64"))], [])
    text = report(path).read_text("utf-8")
    assert "<title>&lt;script&gt;alert(1)&lt;: tamis report</title>" in text
    assert "<script>alert" not in text


def test_a_page_of_long_texts_stays_small(tmp_path: Path) -> None:
    """60 rules with 30 examples each of 2,000 four-byte characters, titles of a million characters."""
    steps = [step("s", *[(f"n{k}", "int64", 0) for k in range(60)])]
    rules = [rule("s", f"n{k}", max=0) for k in range(60)]
    docs = [
        Doc(
            text="\U0001f600" * 3_000,
            title="t" * 1_000_000 if number == 7 else None,
            values={f"s.n{k}": int(number % 60 == k) * (number + 1) for k in range(60)},
        )
        for number in range(1_200)
    ]
    path = report(build(tmp_path / "run", docs, steps, rules, shard_rows=400))
    assert path.stat().st_size < 3_000_000


def test_words() -> None:
    assert share(1, 8) == "12.5%"
    assert number(0.30000000000000004) == "0.3"
    assert number(12_345) == "12,345"
    assert keeps({"not_in": ["a", "b", "c", "d", "e"]}) == "not a, b, c, +2"
    assert beyond(0.1199, 0.12) == "0.1199"


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def themes() -> list[dict[str, str]]:
    css = FOLDER.joinpath("page.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)
    found = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in blocks]
    assert len(found) == 3
    return found[:2]


@pytest.mark.parametrize("theme", themes(), ids=["light", "dark"])
def test_text_can_be_read(theme: dict[str, str]) -> None:
    for ink in ("ink", "ink2", "ink3", "kept", "removedink", "failed"):
        assert contrast(theme[ink], theme["page"]) >= 4.5, ink
    assert contrast(theme["ink3"], theme["wash"]) >= 4.5
    assert contrast(theme["ink"], theme["mark"]) >= 7
    assert contrast(theme["removed"], theme["page"]) >= 3
    assert contrast(theme["removed"], theme["removedsoft"]) >= 3
    assert contrast(theme["edge"], theme["page"]) >= 3


def test_every_word_that_the_page_asks_for_exists() -> None:
    from tamis.report.comparison_page import wording as compared
    from tamis.report.wording import wording

    known, asked = {*wording(), *compared()}, set[str]()
    for name in PAGE_SCRIPTS:
        source = FOLDER.joinpath(name).read_text("utf-8")
        asked |= set(re.findall(r"\bW\.(\w+)", source)) | set(re.findall(r'say\("(\w+)"', source))
    begun = {word for word in asked if word.endswith("_")}
    assert all(any(word.startswith(beginning) for word in known) for beginning in begun)
    assert asked - known - begun == set()
    assert len(asked) > 60
