"""Some pages once more, as a mirror serves them: known near-duplicates."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from tamis.sample.page import Page, document

HOST = "https://mirror.example"
MARK = (("X-Tamis-Sample", "mirror"),)
MIRRORED = 20
LICENCES = 4
FEWEST_WORDS, MOST_WORDS = 350, 5_000
"""In shorter pages the changes weigh so much that the copy is no longer a near-duplicate at 0.75."""
HEADER = "You are reading a copy that a mirror keeps."
FOOTER = "This mirror is run by volunteers and is updated once a week."
CHANGED = "This sentence is not the one that the original has."


def mirrored(pages: Sequence[Page]) -> list[Page]:
    """Twenty pages that rules for web text are likely to keep, most of them prose, four of them licences."""
    ranked = sorted(
        ((-_likely(page), page.url, page) for page in pages if _likely(page)), key=lambda item: item[:2]
    )
    prose = [page for _rank, _url, page in ranked if page.kind == "prose"]
    licences = [page for _rank, _url, page in ranked if page.kind != "prose"]
    few = licences[:LICENCES]
    return [_copy(page) for page in [*prose[: MIRRORED - len(few)], *few]]


def _likely(page: Page) -> float:
    """The share of paragraphs that end like sentences; 0 for pages that are short, long or full of code."""
    words = len(page.text.split())
    if not FEWEST_WORDS <= words <= MOST_WORDS or "{" in page.text or "lorem ipsum" in page.text.lower():
        return 0.0
    paragraphs = page.text.splitlines()
    ended = sum(paragraph.endswith((".", "!", "?")) for paragraph in paragraphs)
    letters = sum(character.isalpha() or character.isspace() for character in page.text) / len(page.text)
    return ended / len(paragraphs) * letters if letters > 0.9 else 0.0


def _copy(page: Page) -> Page:
    paragraphs = _with_one_change(page.text.splitlines())
    url = HOST + "/" + re.sub(r"^https://", "", page.url)
    body = "\n".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)
    title = html.escape(page.title, quote=False)
    whole = f"<header><p>{HEADER}</p></header>\n<h1>{title}</h1>\n{body}\n<footer><p>{FOOTER}</p></footer>"
    text = "\n".join([HEADER, *paragraphs, FOOTER])
    return Page(
        "mirror", url, page.title, document(page.title, whole), date=page.date, text=text, headers=MARK
    )


def _with_one_change(paragraphs: list[str]) -> list[str]:
    """One sentence in the middle replaced; the last paragraph where there is none with an inner sentence."""
    changed = list(paragraphs)
    middle = sorted(range(len(changed)), key=lambda n: (abs(n - len(changed) // 2), n))
    for n in middle:
        sentences = re.split(r"(?<=[.!?]) ", changed[n])
        if len(sentences) > 2:
            sentences[len(sentences) // 2] = CHANGED
            changed[n] = " ".join(sentences)
            return changed
    changed[-1] = CHANGED
    return changed
