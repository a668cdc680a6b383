"""What each operator needs to be called at all: parameters, small lists, columns to read."""

from __future__ import annotations

import hashlib
import pkgutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

import tamis.ops
from tamis.op import Operator, Signal, find
from tamis.plan import arrow_type

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from word_tokenizer import word_tokenizer

Parameters = dict[str, Any]


def row_operators() -> list[Operator]:
    """All operators of the package that measure or rewrite one document at a time."""
    found = [find(module.name) for module in pkgutil.iter_modules(tamis.ops.__path__)]
    return [one for one in found if one is not None and one.scope == "row" and one.reads]


def corpus_operators() -> list[Operator]:
    """All operators of the package that must see all documents."""
    found = [find(module.name) for module in pkgutil.iter_modules(tamis.ops.__path__)]
    return [one for one in found if one is not None and one.scope == "corpus"]


def url_lists(folder: Path) -> list[Parameters]:
    (folder / "domains").write_text("bad.com\nsub.good.org\n")
    (folder / "urls").write_text("http://ok.com/x\n")
    (folder / "banned_words.txt").write_text("porn\n")
    return [{"lists": str(folder)}]


def page_lists(folder: Path) -> list[Parameters]:
    path = folder / "words"
    path.write_text("mill\nriver\n天\n")
    return [{}, {"bad_words": str(path)}, {"bad_words": str(path), "borders": "none"}]


def tokenizer(folder: Path) -> list[Parameters]:
    return [{"tokenizer": str(word_tokenizer(folder / "tokenizer.json"))}]


def dialects(**choices: Sequence[Any]) -> Callable[[Path], list[Parameters]]:
    """The default, and each other choice of each parameter by itself."""
    return lambda folder: [{}, *({name: value} for name, values in choices.items() for value in values)]


EXAMPLES: dict[str, Callable[[Path], list[Parameters]]] = {
    "url_blocklist": url_lists,
    "c4_page": page_lists,
    "token_count": tokenizer,
    "gopher_repetition": dialects(words=["nltk-3.8.1", "whitespace"], lines=["datatrove-0.2"]),
    "gopher_quality": dialects(words=["nltk-3.8.1", "uax29"], dialect=["datatrove-2024"]),
    "fineweb_quality": dialects(words=["nltk-3.8.1"], dialect=["datatrove-2024"]),
    "c4_lines": dialects(dialect=["tfds"], sentences=["nltk-3.8.1"], end_marks=[False]),
    "random": dialects(seed=[7]),
    "mask_pii": lambda folder: [
        {},
        {"dialect": "fineweb"},
        {"mode": "remove"},
        {"mode": "hash", "salt": "s"},
        {"phone": True, "resident_id": True, "card": True, "iban": True, "secret": True},
    ],
    "fix_text": dialects(preset=["ftfy"]),
    "language": dialects(newlines=["delete"], model=["langdetect"]),
    "cut": lambda folder: [
        {"spans": "line.spans", **one} for one in ({}, {"separator": ""}, {"sentences": "nltk-3.8.1"})
    ],
    "hidden_text": dialects(excerpts=[0]),
    "extract": dialects(engine=["trafilatura", "justext", "readability"]),
}
SURVIVORS = ["longest", "newest", "url-md5", "signal:quality.score"]
SKETCHES: dict[str, Callable[[Path], list[Parameters]]] = {
    "exact": dialects(normalise=["lower-space", "datatrove-2024"], survivor=SURVIVORS, by=["source"]),
    "minhash": dialects(
        mode=["components"],
        survivor=[*SURVIVORS, "reference", "reference-2024"],
        by=["source"],
        normalise=["none", "datatrove-2024"],
        words=["characters", "nltk-3.8.1"],
        hash=["sha1-64", "xxhash32"],
        evidence=[False],
    ),
    "duplicate_id": dialects(survivor=SURVIVORS),
    "url": dialects(normalise=["tfds"], survivor=SURVIVORS, by=["source"]),
    "line": dialects(normalise=["strip-lower"], survivor=SURVIVORS, by=["source"]),
}


def some_spans(text: str) -> list[dict[str, Any]]:
    """Spans of a text that follow from it alone: of its lines, of a piece across them, of nothing."""
    third, size = len(text) // 3, len(text)
    places = [(0, min(size, 1)), (third, third), (third, 2 * third), (2 * third - min(third, 2), size)]
    chosen = places[: len(text) % 5]
    return [{"start": start, "end": end, "score": 2.0, "label": "x"} for start, end in chosen]


def parameters_of(op: Operator, folder: Path) -> list[Parameters]:
    """The parameters to try, defaults filled in."""
    given = EXAMPLES.get(op.name, lambda folder: [{}])(folder)
    return [{**op.defaults(), **one} for one in given]


def sketch_parameters(op: Operator) -> list[Parameters]:
    """The parameters to sketch with: a corpus operator that is not here is tried with its defaults."""
    return SKETCHES.get(op.name, lambda folder: [{}])(Path())


def columns_of(op: Operator, texts: list[str]) -> list[pa.Array]:
    """The columns that an operator's body gets, those that parameters name too."""
    return [column(name, texts) for name in (*op.reads, *op.named)]


def column(name: str, texts: list[str]) -> pa.Array:
    """A document column that goes with the texts."""
    if name == "text":
        return pa.array(texts, pa.large_string())
    if name == "id":
        return pa.array(
            [hashlib.md5(text.encode("utf-8", "replace")).hexdigest() for text in texts], pa.string()
        )
    if name == "url":
        return pa.array([f"http://www.bad.com/{text}" if text else None for text in texts], pa.string())
    if name == "content":
        pages = [f"<html><body><p>{text}</p></body></html>".encode("utf-8", "replace") for text in texts]
        return pa.array(pages, pa.large_binary())
    if name == "spans":
        return pa.array([some_spans(text) for text in texts], arrow_type(Signal("spans", "spans", "")))
    if name == "content_type":
        return pa.array(["text/html"] * len(texts), pa.string())
    return pa.nulls(len(texts), pa.string())
