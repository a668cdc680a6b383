"""Recipe c4 against TensorFlow Datasets' own functions on the same crawl (scripts/record_c4.py): fates, texts, guesses."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from c4_pages import Page, crawl, crawl_digest, own_crawl
from page_texts import digest

import tamis

FATES = {
    "c4_page.character_count": "length",
    "url.rank": "url",
    "c4_lines.lorem_ipsum_count": "clean",
    "c4_lines.curly_bracket_count": "clean",
    "c4_lines.sentence_count": "clean",
    "cut.sentence_count": "lines",
    "language.label": "language",
    "language.score": "language",
    "c4_bad_words.bad_word_count": "bad words",
}
GUESS = 1e-9
"""The library sums probabilities in the order in which the file system lists its profiles."""


@cache
def recorded() -> dict[str, Any]:
    path = Path(__file__).parent / "c4" / "tfds.json.gz"
    loaded: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return loaded


def decided(pages: list[Page], words: Path, folder: Path, **options: Any) -> list[dict[str, Any]]:
    """What a run of c4 says of each page, in order: `fate`, its row, and the text that it was left with."""
    folder.mkdir(parents=True)
    with (folder / "crawl.jsonl").open("w", encoding="utf-8") as file:
        for number, page in enumerate(pages):
            row = {"id": str(number), "url": page.url, "date": page.date, "text": page.text}
            file.write(json.dumps(row) + "\n")
    settings = {"workers": 1, "fsync": False, "shard_bytes": 2_000_000, **options}
    overrides = {"c4_bad_words.bad_words": str(words)}
    run = tamis.run("c4", str(folder / "crawl.jsonl"), folder / "run", overrides=overrides, **settings)
    assert run.counts()["failed"] == 0
    found: dict[int, dict[str, Any]] = {}
    for role in ("kept", "removed"):
        for _shard, path in run.files(role):
            for row in pq.read_table(path, partitioning=None).to_pylist():
                fate = FATES[row["removed_by"]] if role == "removed" else "kept"
                found[int(row["source_id"])] = {**row, "fate": fate}
    assert len(found) == len(pages)
    return [found[number] for number in range(len(pages))]


@pytest.fixture(scope="module")
def whole(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    folder = [shared_data(archive) for archive in ("web", "html", "docs", "posttrain", "languages", "lists")][
        -1
    ]
    pages = crawl(folder)
    assert crawl_digest(pages) == recorded()["all"]["crawl"], "the crawl was made anew: record again"
    words = folder / "lists" / "ldnoobw" / "en"
    assert digest(words.read_text("utf-8")) == recorded()["words"]
    return decided(pages, words, tmp_path_factory.mktemp("c4") / "all"), recorded()["all"]


def test_every_page_meets_the_fate_that_the_reference_gives_it(whole: tuple[Any, Any]) -> None:
    found, reference = whole
    differ = [
        (number, row["fate"], fate)
        for number, (row, fate) in enumerate(zip(found, reference["fates"], strict=True))
        if row["fate"] != fate
    ]
    assert differ == []
    assert min(Counter(reference["fates"]).values()) > 10


def test_every_rewritten_text_is_the_reference_s(whole: tuple[Any, Any]) -> None:
    """After `cut`: what is left when the duplicate lines are out."""
    found, reference = whole
    lines = reference["texts"]["lines"]
    texts = {number: digest(found[int(number)]["text"]) for number in lines}
    assert {number: text for number, text in texts.items() if text != lines[number]} == {}
    rewritten = [number for number, text in lines.items() if text != reference["texts"]["clean"][number]]
    assert len(rewritten) > 100
    assert all(found[int(number)]["cut.span_count"] > 0 for number in rewritten)


def test_every_guess_of_the_language_is_the_reference_s(whole: tuple[Any, Any]) -> None:
    found, reference = whole
    guesses = reference["guesses"]
    for number, guess in guesses.items():
        label, score = guess or (None, 0.0)
        assert found[int(number)]["language.label"] == label
        assert found[int(number)]["language.score"] == pytest.approx(score, abs=GUESS)
    assert len(guesses) > 500


def test_own_pages_alone(tmp_path: Path) -> None:
    """Without the shared inputs too: the list of bad words finds nothing in these."""
    (tmp_path / "words").write_text("nosuchword\n")
    found = decided(own_crawl(), tmp_path / "words", tmp_path / "own")
    reference = recorded()["own"]
    assert [row["fate"] for row in found] == reference["fates"]
    lines = reference["texts"]["lines"]
    assert {number: digest(found[int(number)]["text"]) for number in lines} == lines
