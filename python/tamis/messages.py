"""The one door for sentences that people read: English in the code, the Chinese beside it in `languages/zh.po`.

The language is the one that `use` was told (the command's `--lang`), else that of the first of LC_ALL, LC_MESSAGES and
LANG that is set: `zh*` is simplified Chinese, all else English. What is stored or read by programs is English always:
`later` marks a sentence that stands in a declaration or goes into a file, `told` says it again to a person.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Language = Literal["en", "zh"]

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_language: Language | None = None
_catalogue: Mapping[str, str] = {}
_storing: ContextVar[bool] = ContextVar("storing", default=False)


def use(name: str | None) -> None:
    """Speak this language from now on; None: the one of the environment.

    `name` is a language or a locale: `zh`, `zh-CN`, `zh_CN.UTF-8`; what begins with zh is simplified Chinese, all
    else English.

    Examples:
        >>> import tamis.messages
        >>> tamis.messages.use("zh")
        >>> tamis.messages.language()
        'zh'
        >>> tamis.messages.use("en")
    """
    global _language, _catalogue
    if name is None:
        name = next((os.environ[one] for one in VARIABLES if os.environ.get(one)), "")
    _language = "zh" if name.lower().startswith("zh") else "en"
    _catalogue = {}
    if _language != "en":
        from tamis.languages import read_catalogue

        _catalogue = read_catalogue(_language)


def language() -> Language:
    """The language in use: `en` or `zh`."""
    if _language is None:
        use(None)
    assert _language is not None
    return "en" if _storing.get() else _language


def _(message: str) -> str:
    """The sentence in the language in use; placeholders are named and filled by the caller."""
    if language() == "en":
        return message
    return _catalogue.get(message, message)


def later(message: str) -> str:
    """The sentence as it stands: where it is not yet said (a declaration), or stored; `_` or `told` says it.

    Examples:
        >>> later("words with a letter")
        'words with a letter'
    """
    return message


@contextmanager
def storing() -> Iterator[None]:
    """English inside: for what is stored, and may hold sentences made on the way, such as why a document failed."""
    before = _storing.set(True)
    try:
        yield
    finally:
        _storing.reset(before)


def for_person(sentence: str) -> str:
    """A sentence on its way to a person, also where what is computed meanwhile is stored."""
    return told(sentence) if _storing.get() else sentence


def told(stored: str) -> str:
    """An English sentence of the catalogue that was stored, its placeholders filled, in the language that `use` chose.

    A sentence that is not found there stays as it is: the words of other libraries, of an operator of your own.

    Examples:
        >>> told("the line has 12 bytes, the limit is 10")
        'the line has 12 bytes, the limit is 10'
    """
    language()
    if not stored or _language == "en":
        return stored
    from tamis.languages import filled_again

    return filled_again(stored, _catalogue)


def together(sentences: Iterable[str]) -> str:
    """Sentences one after another: a space between them, and none behind the full stop of Chinese.

    Examples:
        >>> together(["One rule removes nothing.", "It is the last."])
        'One rule removes nothing. It is the last.'
    """
    return ("" if language() == "zh" else " ").join(sentences)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the known word that is most like it or begins with it, or an empty string where none is.

    Dashes in front make no two options alike, and the case of letters keeps no two words apart.

    Examples:
        >>> did_you_mean("wrod_count", ["word_count", "text"])
        'did you mean word_count?'
        >>> did_you_mean("--assume", ["--ops", "--assume-documents"])
        'did you mean --assume-documents?'
        >>> did_you_mean("--bogus", ["--ops", "--out"])
        ''
    """
    import difflib

    bare = {name.lstrip("-").lower(): name for name in known}
    asked = word.lstrip("-").lower()
    near = difflib.get_close_matches(asked, bare, n=1)
    if not near and len(asked) > 1:
        near = [name for name in bare if name.startswith(asked)][:1]
    return _("did you mean {word}?").format(word=bare[near[0]]) if near else ""
