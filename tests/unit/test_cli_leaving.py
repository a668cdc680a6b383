"""What a call of many says at its end, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tamis import messages
from tamis.cli.leaving import leaving
from tamis.engine.parts import Left

PHASE = "extract, language, fineweb_quality"
WORDS = ["fineweb", "a.warc.gz", "-o", "out", "--part", "1/2"]
TOUCHING = re.compile("[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]| [，。：]|[，。：] ")
"""Han beside Latin letters or digits without a space, and full-width punctuation with one."""


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    messages.use("en")


@pytest.mark.parametrize(
    ("left", "english", "chinese"),
    [
        (
            Left(PHASE, ran=2, share=2, total=5, lacking={2: 3}, parts=2, part=1),
            [
                "out: part 1 of 2 is done with extract to fineweb_quality: 2 now, 2 in all",
                "missing  3 of 5 shards of extract to fineweb_quality, by part 2",
                "next     tamis run fineweb a.warc.gz -o out --part 2/2",
            ],
            [
                "out：2 个部分中的第 1 部分已完成：extract 至 fineweb_quality，这次 2 个，共 2 个",
                "尚缺    extract 至 fineweb_quality：5 个分片中的 3 个，由第 2 部分来做",
                "接下来  tamis run fineweb a.warc.gz -o out --part 2/2",
            ],
        ),
        (
            Left("ingest", ran=0, share=4, total=9, lacking={1: 2, 3: 1, 4: 1}, parts=4, part=1),
            [
                "out: part 1 of 4 still lacks 2 of the inputs that are read whole first",
                "missing  4 of the 9 inputs that are read whole first, by parts 1, 3-4",
                "next     tamis run fineweb a.warc.gz -o out --part 1/4",
            ],
            [
                "out：4 个部分中的第 1 部分还缺 2 个：须先整个读取的输入",
                "尚缺    9 个须先整个读取的输入中的 4 个，由第 1, 3-4 部分来做",
                "接下来  tamis run fineweb a.warc.gz -o out --part 1/4",
            ],
        ),
        (
            Left("shout", ran=0, share=1, total=3, parts=2, part=2),
            [
                "out: part 2 of 2 has nothing left to do for shout",
                "missing  shout, by calls with --part",
                "next     tamis run fineweb a.warc.gz -o out --part 1/2",
            ],
            [
                "out：2 个部分中的第 2 部分已无事可做：shout",
                "尚缺    shout，由带 --part 的命令来做",
                "接下来  tamis run fineweb a.warc.gz -o out --part 1/2",
            ],
        ),
        (
            Left("shout", ran=1, share=0, total=1, parts=2, part=2, then="alone", steps=["stitch", "report"]),
            [
                "out: part 2 of 2 has no share: there is less to do than there are parts",
                "missing  the check that ranges of archives meet, the last checks and the report, by the call without --part",
                "next     tamis run fineweb a.warc.gz -o out",
            ],
            [
                "out：2 个部分中的第 2 部分没有份额：待做的任务少于部分的数目",
                "尚缺    检查存档的各段是否相接，最后的检查和报告，由不带 --part 的命令来做",
                "接下来  tamis run fineweb a.warc.gz -o out",
            ],
        ),
        (
            Left("shout", ran=1, share=0, total=1, then="nothing"),
            ["missing  nothing: out is complete"],
            ["尚缺    无：out 已完成"],
        ),
    ],
)
def test_the_last_lines_in_both_languages(left: Left, english: list[str], chinese: list[str]) -> None:
    messages.use("en")
    assert leaving("out", left, WORDS) == english
    messages.use("zh")
    assert leaving("out", left, WORDS) == chinese
    assert [line for line in chinese if TOUCHING.search(line)] == []
