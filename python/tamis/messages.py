"""The one door for sentences that people read: English in the code, catalogues beside it."""

from __future__ import annotations

import gettext

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def _(message: str) -> str:
    """The sentence in the language in use; placeholders are named and filled by the caller."""
    return _catalogue.gettext(message)
