"""A small crawl on which C4's pipeline is compared with TensorFlow Datasets': real texts with URLs, dates and copies.

Used by the script that records (with the reference installed) and by the test (without), so it needs the standard
library alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from odd_texts import COUNT, SEED, odd_texts
from page_texts import digest, page_texts

FOLDERS = ("web_archives", "gutenberg", "debian_docs", "stackexchange_xml", "mail", "wiki_dumps", "posttrain")
FOLDERS += ("html_readability_pages", "html_trafilatura_eval", "html_recipe_scrapers", "xquad", "langid")
SENTENCES = (
    "We use the river to carry the flour to the town.",
    "All rights reserved by the people of the valley.",
    "The mill is open from nine to five on every day of the week!",
    "Who was the first to build a wheel of iron here?",
)


@dataclass(frozen=True)
class Page:
    """A page of the crawl; `real`: its text is not ours."""

    url: str
    date: str
    text: str
    real: bool


def crawl(folder: Path) -> list[Page]:
    """Real pages, then odd ones of our own."""
    real = [text for top, text in page_texts(folder) if top in FOLDERS]
    return [*_pages(real, 7, real=True), *_pages([text for text in odd_texts() if text], 11, real=False)]


def own_crawl() -> list[Page]:
    """The odd texts alone."""
    return list(_pages([text for text in odd_texts() if text], 11, real=False))


def _pages(texts: list[str], seed: int, *, real: bool) -> Iterator[Page]:
    """Each text with a URL and a date of its own, some with lines of another, some a second time under its URL."""
    drawn = random.Random(seed)
    for number, text in enumerate(texts):
        host = f"{'real' if real else 'own'}-{number % 40}.example"
        path = f"{host}/{digest(text)}"
        kind = drawn.randrange(10)
        if kind < 3:
            text = _mixed(text, texts[drawn.randrange(len(texts))], drawn)
        ends = ("", "/", "?utm_source=a", "?ref=b", "?feed=rss", "?id=1", "//", "?x=1&utm_b=2")
        starts = ("http://", "https://", "http://www.", "https://www.")
        for copy in range(2 if kind == 9 else 1):
            url = f"{drawn.choice(starts)}{path}{drawn.choice(ends)}"
            minute, second = divmod(drawn.randrange(3600), 60)
            date = f"2019-04-{1 + number % 28:02d}T{number // 28 % 24:02d}:{minute:02d}:{second:02d}Z"
            yield Page(url, date, text if not copy else f"{text}\n{SENTENCES[0]}", real)


def _mixed(text: str, other: str, drawn: random.Random) -> str:
    """Lines of another text and of our own put in, some in capitals, some behind blanks, some twice."""
    lines = text.split("\n")
    for line in [
        *drawn.sample(other.split("\n"), min(3, other.count("\n") + 1)),
        *drawn.sample(SENTENCES, 2),
    ]:
        written = drawn.choice([line, line, line.upper(), f"  {line} \t"])
        lines[drawn.randrange(len(lines) + 1) : 0] = [written] * drawn.choice([1, 1, 2])
    return "\n".join(lines)


def crawl_digest(pages: list[Page]) -> str:
    """A short name for a whole crawl."""
    return digest("\0".join(f"{page.url}\0{page.date}\0{page.text}" for page in pages), 32)


__all__ = ["COUNT", "SEED", "Page", "crawl", "crawl_digest", "own_crawl"]
