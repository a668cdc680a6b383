"""The catalogues of sentences, `LANGUAGE.po`, in gettext's format without contexts and plurals."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
PLACEHOLDER = re.compile(r"\{(\w+)[^{}]*\}")
_ENTRY = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"(?:\n|\Z))+)', re.MULTILINE)
_LETTERS = 8
"""A stored sentence is known by its own letters, so many at least; one of placeholders alone would fit anything."""


@cache
def read_catalogue(language: str) -> dict[str, str]:
    """The sentences that are translated, English to this language."""
    return parse_catalogue((FOLDER / f"{language}.po").read_text("utf-8"))


def parse_catalogue(text: str) -> dict[str, str]:
    r"""The translated entries of a .po file; its head, entries without translation and old ones (`#~`) are left out.

    Examples:
        >>> parse_catalogue('msgid "kept"\nmsgstr "保留"\n')
        {'kept': '保留'}
    """
    found = ((_string(one[1]), _string(one[2])) for one in _ENTRY.finditer(text))
    return {english: said for english, said in found if english and said}


def _string(lines: str) -> str:
    text = "".join(line[1:-1] for line in lines.splitlines())
    return str(json.loads(f'"{text}"')) if "\\" in text else text


def filled_again(stored: str, catalogue: Mapping[str, str]) -> str:
    """A filled English sentence by its shape: the translation, filled with the same values.

    Of several that fit, the one with the most letters of its own is taken.

    Examples:
        >>> filled_again("3 bytes are missing", {"{n} bytes are missing": "缺少 {n} 字节"})
        '缺少 3 字节'
    """
    if stored in catalogue:
        return catalogue[stored]
    for english, longest in _shapes(tuple(catalogue)):
        if longest in stored and (found := _shape(english).fullmatch(stored)):
            # A value of one word is a name; a phrase may be a sentence of the catalogue itself.
            values = {
                name: filled_again(text, catalogue) if " " in text else text
                for name, text in found.groupdict().items()
            }
            return filled(catalogue[english], values)
    return stored


def filled(sentence: str, values: Mapping[str, str]) -> str:
    """The sentence with its placeholders replaced, whatever format these ask for."""
    return PLACEHOLDER.sub(lambda one: values[one[1]], sentence)


@cache
def _shapes(sentences: tuple[str, ...]) -> list[tuple[str, str]]:
    """Sentences with placeholders and the longest piece between these; those with the most letters first."""
    found = []
    for english in sentences:
        pieces = PLACEHOLDER.split(english)[::2]
        letters = sum(map(str.isalpha, "".join(pieces)))
        if len(pieces) > 1 and letters >= _LETTERS and "{{" not in english:
            found.append((letters, english, max(pieces, key=len)))
    return [(english, longest) for _letters, english, longest in sorted(found, reverse=True)]


@cache
def _shape(english: str) -> re.Pattern[str]:
    pattern, known, end = "", set(), 0
    for one in PLACEHOLDER.finditer(english):
        pattern += re.escape(english[end : one.start()])
        pattern += f"(?P={one[1]})" if one[1] in known else f"(?P<{one[1]}>.*?)"
        known.add(one[1])
        end = one.end()
    return re.compile(pattern + re.escape(english[end:]), re.DOTALL)
