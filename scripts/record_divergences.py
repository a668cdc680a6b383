"""Confirm what tests/golden/divergences.toml says of datatrove 0.10.1.

    python scripts/record_divergences.py     (datatrove 0.10.1, spacy 3.8.18, trafilatura 1.11.0)

Each entry's `theirs` must be what the reference answers; the script writes nothing.
"""

from __future__ import annotations

import tempfile
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import C4QualityFilter, GopherRepetitionFilter, URLFilter, c4_filters
from datatrove.pipeline.formatters.pii import PIIFormatter
from datatrove.utils.word_tokenizers import SpaCyTokenizer
from tldextract import TLDExtract

DIVERGENCES = Path(__file__).resolve().parent.parent / "tests" / "golden" / "divergences.toml"


def reason(one: Any, text: str, **metadata: str) -> str:
    found = one.filter(Document(text=text, id="", metadata=metadata))
    return "" if found is True else found[1]


def url_filter(**lists: list[str]) -> URLFilter:
    """With the suffix list that tldextract ships: by itself it would ask the network for a newer one."""
    made = URLFilter(use_integrated_lists=False, **lists)
    made.tldextractor = TLDExtract(suffix_list_urls=(), cache_dir=None)
    return made


def no_url(text: str) -> str:
    try:
        return reason(url_filter(), text)
    except AssertionError:
        return "AssertionError"


def three_times(text: str) -> list[str]:
    formatter = PIIFormatter()
    return [formatter.format(text) for _ in range(3)]


def words_three_times(text: str) -> list[str]:
    tokenizer = SpaCyTokenizer("en")
    return [" ".join(tokenizer.word_tokenize(text)) for _ in range(3)]


def pages_three_times(text: str) -> list[str]:
    extractor = Trafilatura()
    return [extractor.extract(text) for _ in range(3)]


def bad_words(text: str) -> str:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("bad\n\n")
        file.flush()
        c4_filters.cached_asset_path_or_download = lambda *_, **__: file.name
        return reason(c4_filters.C4BadWordsFilter(), text)


ANSWERS = {
    "empty-text": lambda text: reason(GopherRepetitionFilter(), text),
    "ground-met-first": lambda text: reason(C4QualityFilter(filter_no_terminal_punct=False), text),
    "replacement-by-id": three_times,
    "no-url": no_url,
    "blank-line-in-list": lambda text: reason(url_filter(extra_domains=["bad.com\n", "\n"]), "", url=text),
    "blank-line-in-bad-words": bad_words,
    "is-alpha": words_three_times,
    "repeated-strings": pages_three_times,
}


def main() -> None:
    for package, known in {"datatrove": "0.10.1", "spacy": "3.8.18", "trafilatura": "1.11.0"}.items():
        assert version(package) == known, f"{package} {version(package)}"
    for entry in tomllib.loads(DIVERGENCES.read_text("utf-8"))["divergence"]:
        if entry["id"] in ANSWERS:
            found = ANSWERS[entry["id"]](entry["text"])
            assert found == entry["theirs"], f"{entry['id']}: {found!r}"
            print(entry["id"], "confirmed")


if __name__ == "__main__":
    main()
