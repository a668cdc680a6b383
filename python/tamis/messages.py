"""The one door for sentences that people read: English in the code, catalogues beside it."""

from __future__ import annotations

import gettext
from collections.abc import Iterable

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def _(message: str) -> str:
    """The sentence in the language in use; placeholders are named and filled by the caller."""
    return _catalogue.gettext(message)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the known word that is most like it, or an empty string where none is.

    Examples:
        >>> did_you_mean("wrod_count", ["word_count", "text"])
        'did you mean word_count?'
    """
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1)
    return _("did you mean {word}?").format(word=near[0]) if near else ""
