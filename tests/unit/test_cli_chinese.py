"""Pages of verbs in Chinese: full-width punctuation between Chinese words, and no space behind it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from tamis import messages
from tamis.catalogue import show
from tamis.cli import diff, outcome, plan, report, reviewing
from tamis.cli.show import operator_page, type_text
from tamis.cli.terminal import Terminal
from tamis.errors import TamisError
from tamis.recipe import parse_recipe
from tamis.schema import type_name


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    messages.use("zh")
    yield
    messages.use("en")


def at(width: int = 200) -> Terminal:
    return Terminal(io.StringIO(), io.StringIO(), width=width)


def test_alerts_are_sentences_without_a_space_between() -> None:
    alert: dict[str, Any] = {
        "kind": "failed",
        "documents": 3,
        "kinds": {"timeout": 2, "record": 1},
        "unstable": 2,
    }
    page = report._alerts({"alerts": [alert]}, at())
    assert page == [
        "! 3 篇文档失败。按种类：2 timeout, 1 record。其中 2 篇因超时、超内存或崩溃而被停止：换一次运行，这些文档的结果可能不同。",
        "",
    ]


def test_what_labels_say() -> None:
    found = {
        "rules": [
            {
                "rule": "q.n",
                "keeps": "≥ 3",
                "rows": {"past": 4, "within": 4},
                "precision": None,
                "recall": None,
            }
        ],
        "labels": {"remove": 5, "keep": 2, "unsure": 1, "disagreed": 0, "empty": 0},
        "agreement": None,
    }
    page = reviewing.labels_page(found, at())
    assert page[-1] == "应移除 5，应保留 2。标为 unsure 而略去：1。"


def test_moved_documents() -> None:
    one = {
        "id": "ab" * 16, "url": None, "rule": "q.n", "first": "kept", "second": "removed", "first_keeps": "", "second_keeps": "≥ 3",
        "first_by": None, "second_by": "q.n", "first_value": None, "second_value": 2, "first_bound": None, "second_bound": 3,
    }  # fmt: skip
    page = diff._moved({"examples": [one], "moved": 1}, ["a", "b"], at())
    assert page[-1] == "  q.n：a 保留 没有此规则，b 移除 2（保留 ≥ 3）"


def test_what_a_plan_reads_and_finds() -> None:
    step = {"curve": {"0.8": 0.924, "half": 0.685}, "parameters": {"bands": 14, "rows": 8, "threshold": 0.75}}
    said = plan.match_text(step)
    assert (
        said
        == "14 x 8：在各相似度的文档对中，提出的比例为相似度 0.685 时 50 %，相似度 0.8 时 92 %；在 0.75 处移除"
    )
    assert outcome._place_of_kept(Path("out"), [1_000, 2_000]) == "out/kept   2 个文件，3.0 kB"


def test_an_operator() -> None:
    page = operator_page(show("minhash"), at())
    assert page[0] == "minhash   signal，corpus，medium，版本 2"


@pytest.mark.parametrize(
    ("annotation", "english", "said"),
    [
        (str, "text", "text"),
        (list[str], "list of text", "text 的列表"),
        (int | None, "int, or none", "int，或无"),
        (list[int] | str | None, "list of int or text, or none", "int 的列表 或 text，或无"),
        (Literal["a", "b"], "one of a, b", "可选：a, b"),
    ],
)
def test_types_of_parameters(annotation: Any, english: str, said: str) -> None:
    assert type_name(annotation) == english
    assert type_text(english) == said
    messages.use("en")
    assert type_text(english) == english


def test_broken_toml(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("name = \n", "utf-8")
    for read in (lambda: show(str(broken)), lambda: parse_recipe("name = \n", "broken.toml")):
        with pytest.raises(TamisError) as caught:
            read()
        assert caught.value.what.startswith("不是有效的 TOML：Invalid value")
