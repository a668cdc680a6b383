"""The numbers of docs/parity.md are those of the recorded files, and its commands name what is there."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import page_texts
import shared_texts
from fuzz_texts import BLOCK, BLOCKS
from odd_texts import COUNT

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "parity.md").read_text("utf-8")
LABEL, COMPARED, COMMAND = 0, 2, 4


def recorded(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress((ROOT / f"tests/golden/{name}.json.gz").read_bytes()))
    return loaded


def golden(name: str, part: str) -> int:
    return len(recorded(name)[part])


def fates(name: str, part: str) -> list[str]:
    found: list[str] = recorded(name)[part]["fates"]
    return found


def tables() -> Iterator[list[list[str]]]:
    for block in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        yield [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in block.splitlines()[2:]]


def number(cell: str) -> int:
    return int(re.sub(r"\D", "", cell))


def test_what_was_compared() -> None:
    rows = next(tables())
    expected = [
        golden("datatrove/head", "pages"),
        golden("datatrove/era", "pages"),
        COUNT,
        golden("text/spacy-en", "shared"),
        golden("text/nltk-3.8.1", "shared"),
        golden("text/spacy-en-whole", "shared"),
        BLOCK * BLOCKS,
        golden("minhash/head", "signatures"),
        golden("minhash/era", "signatures"),
        golden("extract/pages", "rows"),
        *(len(fates("c4/tfds", part)) for part in ("all", "own")),
        golden("language/shared", "rows"),
    ]
    assert [number(row[COMPARED]) for row in rows] == expected
    for row in rows:
        assert (ROOT / row[COMMAND].strip("`").split()[1]).exists(), row


def test_where_texts_are_cut() -> None:
    cuts = [page_texts.LENGTH, shared_texts.LENGTH, shared_texts.WHOLE]
    told = [number(found) for found in re.findall(r"(?:after|to) ([\d,]+)", PAGE) if "," in found]
    assert told == cuts


def test_the_two_recipes_account_for_the_same_pages() -> None:
    _, whole, rules = tables()
    counts = [number(row[1]) for row in whole]
    assert counts[0] == sum(counts[1:]) > 1_000
    kept = counts[1]
    for alone, column in ((counts[2], 1), (counts[3], 2)):
        assert kept + alone + sum(number(row[column]) for row in rules) == counts[0]
    assert sum(number(row[3]) for row in rules) == counts[4]
    assert sum(number(row[4]) for row in rules) == counts[2] + counts[3]


def test_the_table_lies_between_the_marks_of_its_script(monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    sys.modules.pop("compare_recipes", None)
    import compare_recipes

    before, after = (PAGE.index(mark) for mark in compare_recipes.MARKS)
    assert before < PAGE.index("| pages in |") < after
    made = PAGE[before:after].removeprefix(compare_recipes.MARKS[0]).strip("\n")
    assert compare_recipes.written(PAGE, made + "\n") == PAGE
