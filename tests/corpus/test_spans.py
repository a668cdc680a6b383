"""Lines found again in other documents: the answer of plain Python, in however many runs and partitions."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis import _core
from tamis.corpus import span_tasks, spans
from tamis.ops.cut import without

Dedup = Callable[..., Any]


def documents(seed: int, count: int = 90) -> pa.Table:
    """Documents of up to 12 lines; most lines are somebody else's too, one is everybody's."""
    draw = random.Random(seed)
    texts, urls = [], []
    for number in range(count):
        lines = [
            draw.choice(
                [
                    "Read more",
                    " read MORE ",
                    "",
                    f"line {draw.randrange(40)}",
                    f"mine {number} {draw.random()}",
                ]
            )
            for _line in range(draw.randint(0, 12))
        ]
        texts.append("\n".join(lines))
        urls.append(f"http://{draw.randrange(10**6)}.example/é" if draw.random() < 0.9 else None)
    return pa.table(
        {
            "id": [f"{seed:08x}{number:024x}" for number in range(count)],
            "text": pa.array(texts, pa.large_string()),
            "url": pa.array(urls, pa.string()),
            "source": [draw.choice(["web", "books"]) for _ in range(count)],
        }
    )


def places(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for line in text.split("\n"):
        found.append((start, start + len(line)))
        start += len(line) + 1
    return found


def expected(
    table: pa.Table,
    older: list[pa.Table],
    *,
    normalise: str,
    survivor: str,
    by: str = "",
    copies: str = "one",
) -> list[list[tuple[int, int, float, str]]]:
    """The spans of each document, by two dictionaries."""
    first: dict[Any, tuple[Any, str]] = {}
    counts: dict[Any, int] = defaultdict(int)

    def key(row: dict[str, Any], line: str) -> Any:
        return row[by] if by else None, line.strip().lower() if normalise == "strip-lower" else line

    place = 0
    for part in [*older, table]:
        for row in part.to_pylist():
            order = 0 if survivor == "first" else 1 << 128
            if survivor == "url-md5" and row["url"] is not None:
                order = int(hashlib.md5(row["url"].encode()).hexdigest(), 16)
            rank = (part is table, order, place)
            place += 1
            for line in row["text"].split("\n"):
                counts[key(row, line)] += 1
                first.setdefault(key(row, line), (rank, row["id"]))
                first[key(row, line)] = min(first[key(row, line)], (rank, row["id"]))
    found = []
    for row in table.to_pylist():
        mine, kept = [], set()
        for line, (start, end) in zip(row["text"].split("\n"), places(row["text"]), strict=True):
            one = key(row, line)
            keeper = first[one][1]
            stays = copies == "one" and keeper == row["id"] and one not in kept
            kept.add(one)
            if counts[one] > 1 and not stays:
                mine.append((start, end, float(counts[one]), keeper))
        found.append(mine)
    return found


def told(found: Any) -> list[list[tuple[int, int, float, str]]]:
    return [
        [(span["start"], span["end"], span["score"], span["label"]) for span in row]
        for row in found.column("spans")
    ]


@pytest.mark.parametrize(
    "parameters",
    [
        {"normalise": "none", "survivor": "first"},
        {"normalise": "strip-lower", "survivor": "url-md5"},
        {"normalise": "strip-lower", "survivor": "url-md5", "by": "source"},
        {"normalise": "strip-lower", "survivor": "first", "copies": "none"},
    ],
    ids=lambda one: "-".join(one.values()),
)
@pytest.mark.parametrize("small", [False, True])
def test_spans_are_those_of_plain_python(
    dedup: Dedup, monkeypatch: pytest.MonkeyPatch, parameters: dict[str, Any], small: bool
) -> None:
    if small:
        monkeypatch.setattr(span_tasks, "RUN_PARTS", 20)
        monkeypatch.setattr(spans, "PARTITION", 1 << 10)
    table = documents(1)
    found = dedup("line", table, shards=4, **parameters)
    answer = expected(table, [], **parameters)
    assert told(found) == answer
    assert sum(map(len, answer)) > 200
    if small:
        assert sum(one["summary"]["runs"] for one in found.context.results["combine"]) > 20
        assert len(found.context.results["choose"]) > 8
    assert found.context.summary["duplicates"] == sum(map(len, answer))
    assert found.column("line_count") == [text.count("\n") + 1 for text in table["text"].to_pylist()]
    for text, some, ratio in zip(
        table["text"].to_pylist(), answer, found.column("duplicate_line_char_ratio"), strict=True
    ):
        whole = len(text.replace("\n", ""))
        assert ratio == pytest.approx(sum(end - start for start, end, *_ in some) / whole if whole else 0.0)


def test_lines_of_older_runs_come_first(dedup: Dedup) -> None:
    table, older = documents(2), [documents(3, 20), documents(4, 20)]
    found = dedup("line", table, shards=3, against=older, normalise="none", survivor="url-md5")
    answer = expected(table, older, normalise="none", survivor="url-md5")
    assert told(found) == answer
    keepers = {label for row in answer for *_rest, label in row}
    assert any(keeper.startswith("00000003") for keeper in keepers)
    assert any(keeper.startswith("00000002") for keeper in keepers)


def test_a_line_of_all_documents_is_one_record_a_run(dedup: Dedup) -> None:
    """What a partition holds grows with distinct lines, not with copies."""
    count = 3_000
    texts = pa.array(["Read more\n" * 20] * count, pa.large_string())
    table = pa.table({"id": [f"{number:032x}" for number in range(count)], "text": texts})
    found = dedup("line", table, shards=2)
    assert [one["summary"]["records"] for one in found.context.results["choose"]] == [4]
    assert found.context.summary == {"parts": 21 * count, "duplicates": 21 * count - 2}
    assert [len(row) for row in found.column("spans")[:2]] == [19, 21]


def test_what_is_cut_leaves_each_line_once(dedup: Dedup) -> None:
    table = documents(5)
    found = dedup("line", table, shards=2)
    left = [
        without(text, [(span["start"], span["end"]) for span in row], "\n")
        for text, row in zip(table["text"].to_pylist(), found.column("spans"), strict=True)
    ]
    gone = [
        len(row) == text.count("\n") + 1
        for text, row in zip(table["text"].to_pylist(), found.column("spans"), strict=True)
    ]
    lines = [
        line for text, all_gone in zip(left, gone, strict=True) if not all_gone for line in text.split("\n")
    ]
    assert len(lines) == len(set(lines))
    assert set(lines) == {line for text in table["text"].to_pylist() for line in text.split("\n")}


@given(
    st.lists(
        st.text(st.sampled_from("aAéÉİıΣσςß字 \t\x1c\x85\u00a0\u2028\u3000\u0345ǅ"), max_size=4),
        min_size=2,
        max_size=30,
    )
)
def test_lines_are_equal_where_python_says_so(lines: list[str]) -> None:
    text = pa.array(["\n".join(lines)], pa.large_string())
    for normalise, form in (("strip-lower", lambda line: line.strip().lower()), ("none", str)):
        made = pa.array(_core.unit_sketch(text, by=None, unit="line", normalise=normalise)["units"])
        numbers = made.to_pylist()[0]
        hashes = list(zip(numbers[::3], numbers[1::3], strict=True))
        assert len(hashes) == len(lines)
        groups = {hash: form(line) for hash, line in zip(hashes, lines, strict=True)}
        assert [groups[hash] for hash in hashes] == [form(line) for line in lines]
        assert len(groups) == len({form(line) for line in lines})
