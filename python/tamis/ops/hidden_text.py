"""The text of a page that a reader does not see."""

from __future__ import annotations

from typing import Annotated, Any

from tamis import _core
from tamis.messages import later
from tamis.op import Limits, Signal, operator


@operator(
    kind="signal",
    reads=["content", "content_type", "charset"],
    writes=[
        Signal("hidden_char_count", "int64", later("characters that are hidden, white space not counted"), 0),
        Signal("hidden_ratio", "float64", later("their share of the page's characters"), 0, 1),
        Signal("hidden_passage_count", "int64", later("stretches of hidden text"), 0),
        Signal(
            "excerpts",
            "spans",
            later("the first stretches: bytes of the page, and as label the reason and up to 200 characters"),
        ),
    ],
    cost="medium",
    each=True,
    version=2,
)
def hidden_text(
    content: bytes,
    content_type: str | None,
    charset: str | None,
    *,
    excerpts: Annotated[int, Limits(0, 5)] = 5,
) -> dict[str, Any]:
    """Text of a page that its tags hide from the reader.

    Keywords for search engines and instructions to language models stand there, and menus that a script unfolds. It
    only measures; a rule removes. It reads the page's bytes and stands before `extract`; a document that came with text
    has none. Plain text hides nothing.

    A tag's own attributes decide, for it and what it holds: `hidden`, `aria-hidden="true"`, and the inline styles
    `display: none`, `visibility: hidden`, `opacity: 0`, letters of a pixel or less, boxes without height or width that
    cut what overflows, positions and indents out of the window, and text and background of one colour, both given
    inline (also by `color`, `bgcolor`). Style sheets and scripts are not read, so most hidden menus are not seen, nor
    is text unhidden by them. Text of `script`, `style`, `template`, `title` and `svg` counts as none.

    Args:
        excerpts: how many stretches are stored, 0 to 5. They are stored as they came: `mask_pii` does not reach them.

    Returns:
        Two counts, a ratio (0.0 for a page without text), and `excerpts`: a list of start and end in bytes of the page
        (of the page as UTF-8 where it is UTF-16 or ISO-2022-JP), score 1.0 and label.

    Examples:
        >>> from tamis.ops.hidden_text import hidden_text
        >>> page = b'<p>Salt.</p><p style="display:none">Buy now</p>'
        >>> found = hidden_text(page, "text/html", "utf-8 (header)")
        >>> found["hidden_char_count"], found["excerpts"]
        (6, [{'start': 36, 'end': 43, 'score': 1.0, 'label': 'display: Buy now'}])
    """
    if content_type == "text/plain":
        return _row(0, 0, 0, [])
    name, _space, how = (charset or "").partition(" ")
    if not name:
        name = _core.choose_charset(content)[0]
    elif how == "(datatrove)":
        content, name = content.decode(name).encode("utf-8", "replace"), "utf-8"
    characters, hidden, passages, found = _core.hidden_text(content, name, excerpts=excerpts)
    return _row(characters, hidden, passages, found)


def _row(
    characters: int, hidden: int, passages: int, found: list[tuple[int, int, str, str]]
) -> dict[str, Any]:
    return {
        "hidden_char_count": hidden,
        "hidden_ratio": hidden / characters if characters else 0.0,
        "hidden_passage_count": passages,
        "excerpts": [
            {"start": start, "end": end, "score": 1.0, "label": f"{reason}: {text}"}
            for start, end, reason, text in found
        ],
    }
