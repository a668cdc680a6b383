"""One page of the sample, and HTML made of plain text."""

from __future__ import annotations

import html
import os
import re
import time
from dataclasses import dataclass, field

EARLIEST = 631_152_000
"""1990-01-01: archives hold files dated 1970 or 1980 where their makers wanted none; these say nothing."""


@dataclass(frozen=True)
class Page:
    """A page as it would be served. `text` is what it was made from, empty where it was HTML from the start."""

    kind: str
    url: str
    title: str
    content: bytes
    content_type: str = "text/html; charset=utf-8"
    date: str = "1990-01-01T00:00:00Z"
    text: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=())


def date_of(path: str | os.PathLike[str]) -> str:
    """When the file was last changed, as ISO 8601 in UTC; 1990 for what is older or is not there."""
    try:
        changed = max(os.stat(path).st_mtime, EARLIEST)
    except OSError:
        changed = EARLIEST
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(changed))


def blocks(text: str) -> list[str]:
    """The blocks between blank lines, without blank ones."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(8)
    return [block.strip("\n") for block in re.split(r"\n[ \f\v]*\n", text) if block.strip()]


def page_of_text(kind: str, url: str, title: str, paragraphs: list[str], date: str) -> Page:
    """A page with a heading and one `<p>` for each paragraph."""
    body = "\n".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)
    page = document(title, f"<h1>{html.escape(title, quote=False)}</h1>\n{body}")
    text = "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return Page(kind, url, title, page, date=date, text=text)


def document(title: str, body: str) -> bytes:
    """A whole HTML document, in UTF-8; what UTF-8 cannot hold becomes a question mark."""
    head = f'<meta charset="utf-8">\n<title>{html.escape(title, quote=False)}</title>'
    whole = f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'
    return whole.encode("utf-8", "replace")
