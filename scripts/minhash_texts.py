"""The texts of MinHash's golden values: pieces of the shared real inputs, and copies of them with small edits.

Used by the recording script (in the references' environments, hence the standard library alone) and by the test.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

FOLDERS = [
    "aozora_ja", "chinese_poetry_zh", "chinese_webtext", "code_repos", "debian_docs", "gutenberg", "langid",
    "learnxinyminutes", "masakhane_news", "nltk_data", "nsmc_ko", "ruslit_ru", "tldr_pages", "wikitext2", "xcopa",
    "xquad", "html_article_extraction_benchmark", "mail", "posttrain", "reddit",
]  # fmt: skip
SUFFIXES = {
    ".txt",
    ".md",
    ".json",
    ".jsonl",
    ".tsv",
    ".csv",
    ".xml",
    ".html",
    ".py",
    ".rs",
    ".c",
    ".js",
    ".tex",
}
FILES_A_FOLDER = 90
PIECES_A_FILE = 2
LONGEST = 4000


def _files(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    step = max(1, len(found) // FILES_A_FOLDER)
    return found[::step][:FILES_A_FOLDER]


def _pieces(text: str) -> Iterator[str]:
    if len(text) <= LONGEST:
        yield text
        return
    # lengths differ from piece to piece
    for number in range(PIECES_A_FILE if len(text) < 200_000 else 20):
        start = number * LONGEST * 3
        length = LONGEST // (1 + number % 5)
        if start < len(text):
            yield text[start : start + length]


def texts(data: Path) -> dict[str, str]:
    """Distinct texts by the first 16 hex digits of their SHA-256, in a fixed order."""
    found: dict[str, str] = {}
    for name in FOLDERS:
        for path in _files(data / name):
            try:
                whole = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            for piece in _pieces(whole):
                found.setdefault(hashlib.sha256(piece.encode()).hexdigest()[:16], piece)
    return found


def edited(text: str, seed: int) -> str:
    """The text without some words, never the same ones for two seeds; blank runs are kept as they are."""
    parts = text.split(" ")
    every = 9 + 23 * (seed % 5)
    return " ".join(part for place, part in enumerate(parts) if (place + seed) % every)


def corpus(data: Path, ranks: int) -> list[list[str]]:
    """Texts with up to three edited copies each, dealt to as many files: what the references' stages are given."""
    made: list[tuple[str, str]] = []
    for number, text in enumerate(texts(data).values()):
        copies = [text] * (1 + (number % 7 == 0)) + [
            edited(text, number + copy) for copy in range(number % 4)
        ]
        made += [
            (hashlib.sha256(f"{number} {at}".encode()).hexdigest(), copy) for at, copy in enumerate(copies)
        ]
    made.sort()
    return [[text for _, text in made[rank::ranks]] for rank in range(ranks)]


def digest_of(corpus_texts: list[list[str]]) -> str:
    return hashlib.sha256(json.dumps(corpus_texts).encode()).hexdigest()[:16]
