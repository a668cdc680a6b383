"""Each listed divergence still diverges, and ours is what the list says."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from verdicts import failing_rule, measure, reason

from tamis import _core
from tamis.extractors import open_engine
from tamis.ops.c4_page import c4_page
from tamis.ops.extract import extract
from tamis.ops.mask_pii import mask_pii
from tamis.ops.url_blocklist import url_blocklist

LISTED = tomllib.loads((Path(__file__).parent / "divergences.toml").read_text("utf-8"))["divergence"]


def large(*texts: str) -> pa.Array:
    return pa.array(texts, pa.large_string())


def of_filter(op: str) -> Callable[[str], str]:
    return lambda text: reason("fineweb-head", op, measure("fineweb-head", op, [text]), 0)


def three_times(text: str) -> Any:
    ids = ["0" * 32] * 3
    found = mask_pii(pa.array(ids), large(text, text, text), dialect="fineweb")["text"].to_pylist()
    return ["email@example.com"] * 3 if len(set(found)) == 1 else found


def words_three_times(text: str) -> list[str]:
    """In one call: the splitting keeps a cache from piece to piece."""
    found = pa.array(_core.split_words(large(text, text, text), words="spacy-en"))
    return [" ".join(words) for words in found.to_pylist()]


def pages_three_times(text: str) -> list[str]:
    state = open_engine("trafilatura")
    given = {"engine": "trafilatura", "state": state}
    return [extract(text.encode(), "text/html", None, **given)["text"] for _ in range(3)]


def on_list(text: str) -> str:
    state = _core.UrlBlocklist(
        domains=[b"bad.com\n\n"], urls=[b"\n"], banned_words="\n", soft_words="", banned_subwords="\n"
    )
    found = url_blocklist(pa.array([text or None], pa.string()), state=state)
    return failing_rule(
        "fineweb-head", "url_blocklist", {name: column[0].as_py() for name, column in found.items()}
    )


def bad_words(text: str) -> str:
    found = c4_page(large(text), state=_core.BadWords("bad\n\n", borders="word"))
    return "document_removed_with_badwords" if found["bad_word_count"][0].as_py() else ""


OURS: dict[str, Callable[[str], Any]] = {
    "empty-text": of_filter("gopher_repetition"),
    "ground-met-first": of_filter("c4_lines"),
    "replacement-by-id": three_times,
    "no-url": on_list,
    "blank-line-in-list": on_list,
    "blank-line-in-bad-words": bad_words,
    "is-alpha": words_three_times,
    "repeated-strings": pages_three_times,
}


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["id"])
def test_still_diverges(entry: dict[str, Any]) -> None:
    assert set(entry) - {"pages"} == {
        "id",
        "operator",
        "reference",
        "text",
        "theirs",
        "ours",
        "reason",
        "link",
    }
    assert entry["link"].startswith("https://")
    found = OURS[entry["id"]](entry["text"])
    assert found == entry["ours"]
    assert found != entry["theirs"]


def test_all_are_tested() -> None:
    assert set(OURS) == {entry["id"] for entry in LISTED}
