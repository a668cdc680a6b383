"""The text of a page, and what the page declares of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from tamis import _core
from tamis.errors import DocumentFailed
from tamis.extractors import Engine, declared, decoding, open_engine
from tamis.messages import _, later
from tamis.op import Field, Signal, operator

MAX_DEPTH = 3000
"""Elements open at once: real pages reach 353; from some ten thousand a parser's time grows with the square."""
MAX_ATTRIBUTES = 5000
"""Attributes of one tag: real pages reach 518, and 20,000 take seconds in each parser."""


class Loader:
    """The chosen engine, with the versions of its packages in the key of what it makes."""

    def __call__(self, parameters: Mapping[str, Any]) -> Engine:
        engine = open_engine(parameters.get("engine", "resiliparse"))
        chosen = parameters.get("stop_words", "declared")
        if engine.name == "justext" and chosen != "declared":
            from tamis.extractors.justext import stop_words

            stop_words(chosen)
        return engine

    def identity(self, parameters: Mapping[str, Any]) -> dict[str, str]:
        return self(parameters).versions


@operator(
    kind="transform",
    reads=["content", "content_type", "charset"],
    writes=[
        Field("text", "string", later("the text of the page's content")),
        Field("title", "string", later("the page's title")),
        Field("date_declared", "string", later("the date of publication that the page declares, ISO 8601")),
        Field("language_declared", "string", later("the language that the page declares")),
        Signal(
            "character_count", "int64", later("characters of the text; 0 where the engine found none"), low=0
        ),
        Signal(
            "link_density",
            "float64",
            later("share of the page's characters that lie in links"),
            low=0,
            high=1,
        ),
    ],
    cost="medium",
    each=True,
    load=Loader(),
    version=2,
)
def extract(
    content: bytes,
    content_type: str | None,
    charset: str | None,
    *,
    engine: Literal["resiliparse", "trafilatura", "justext", "readability"] = "resiliparse",
    stop_words: str = "declared",
    state: Engine,
) -> dict[str, Any]:
    """The text of a page's content, without menus, banners and footers.

    Documents that have a text already have nothing to extract and pass. Plain text passes decoded. The three slow
    engines (all but `resiliparse`) fail pages above 2 MB of HTML, decoded and in UTF-8, as `size`; no engine has a time
    limit of its own, so the same page gives the same text on every machine. Tags that nest deeper than 3,000 or hold
    more than 5,000 attributes fail as `size`.

    Args:
        engine: `resiliparse` is fast and keeps paragraphs, `trafilatura` (1.11, called as datatrove calls it) is what
            FineWeb used, `justext` takes paragraphs by their stop words, `readability` one article.
        stop_words: the language of the stop words that `justext` looks for: as the page says (`declared`), or one by
            that package's name for it.

    Examples:
        >>> from tamis.extractors import open_engine
        >>> page = b"<html lang=en><title>Salt</title><body><main><p>Salt is made from sea water.</p></main>"
        >>> found = extract(page, "text/html", "utf-8 (header)", state=open_engine("resiliparse"))
        >>> found["text"], found["title"], found["language_declared"]
        ('Salt is made from sea water.', 'Salt', 'en')
    """
    page = decoding.decode(content, charset)
    if content_type == "text/plain":
        return _row(decoding.plain_text(page), 0.0)
    limit = state.module.MAX_BYTES
    if limit is not None and (length := len(page.encode("utf-8", "surrogatepass"))) > limit:
        what = _("the page has {length} bytes as UTF-8, {engine} takes {limit}")
        raise DocumentFailed("size", what.format(length=length, engine=engine, limit=limit))
    depth, attributes, characters, in_links = _core.markup_facts(page)
    if depth > MAX_DEPTH:
        raise DocumentFailed("size", _("the tags nest {depth} deep").format(depth=depth))
    if attributes > MAX_ATTRIBUTES:
        raise DocumentFailed("size", _("a tag has {count} attributes").format(count=attributes))
    text = state.module.extract(page, {"stop_words": stop_words})
    row = _row(text, in_links / characters if characters else 0.0)
    head = declared.head_of(page)
    row["title"] = declared.title_of(head)
    row["date_declared"] = declared.date_of(head, page)
    row["language_declared"] = declared.language_of(head)
    return row


def _row(text: str, link_density: float) -> dict[str, Any]:
    return {
        "text": text,
        "title": None,
        "date_declared": None,
        "language_declared": None,
        "character_count": len(text),
        "link_density": link_density,
    }
