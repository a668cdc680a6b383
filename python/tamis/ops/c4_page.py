"""C4's rules for whole pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from tamis import _core
from tamis.errors import RecipeError
from tamis.messages import _
from tamis.op import Signal, operator


class List:
    """The `load` of the operator: the list of bad words, or None where the recipe names none."""

    def __call__(self, parameters: Mapping[str, Any]) -> _core.BadWords | None:
        path = self.check(parameters)
        if path is None:
            return None
        try:
            words = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _refusal(_("{path} cannot be read: {reason}").format(path=path, reason=error)) from None
        return _core.BadWords(words, borders=parameters["borders"])

    def check(self, parameters: Mapping[str, Any]) -> Path | None:
        """Where the list lies, without reading it."""
        if not parameters["bad_words"]:
            return None
        path = Path(parameters["bad_words"]).expanduser()
        if not path.is_file():
            raise _refusal(_("no list of bad words at {path}").format(path=parameters["bad_words"]))
        return path

    def files(self, parameters: Mapping[str, Any]) -> list[Path]:
        """What is read, for its size."""
        path = self.check(parameters)
        return [path] if path else []

    def identity(self, parameters: Mapping[str, Any]) -> str:
        """The digest of the list: a changed list is another measurement."""
        path = self.check(parameters)
        return _core.digest_file(str(path)) if path else ""


def _refusal(what: str) -> RecipeError:
    hint = _("give a file of one word a line with --set STEP.bad_words=FILE, or run --without STEP")
    return RecipeError("c4_page", what, hint)


@operator(
    kind="signal",
    reads=["text"],
    writes=[
        Signal("character_count", "int64", _("characters of the text"), 0),
        Signal(
            "bad_word_count",
            "int64",
            _("places where a listed word starts"),
            0,
            nullable=_("the recipe names no list of bad words"),
            reference="document_removed_with_badwords",
            needs="bad_words",
        ),
    ],
    cite="raffel2020t5",
    load=List(),
)
def c4_page(
    text: pa.Array,
    *,
    bad_words: str = "",
    borders: Literal["word", "none"] = "word",
    state: _core.BadWords | None,
) -> dict[str, pa.Array]:
    r"""Length of the page, and words of a list.

    Raffel et al. 2020 and TensorFlow Datasets: pages over 190,000 characters are dropped, and pages with a word of the
    "List of Dirty, Naughty, Obscene or Otherwise Bad Words". No list is shipped. The text is lower-cased, the list is
    not; `sm`, `グロ`, `女の子` and `性` are taken out of every list, as the references do; blank lines are skipped.
    A word counts once for each place where it starts, overlaps included.

    Args:
        bad_words: path of the list, UTF-8, one word or phrase a line; empty: none is looked for.
        borders: `word`: no letter, digit or underscore on either side. `none`: anywhere (the references: ja, th, zh).

    Returns:
        Two int64 columns, one value a text; `bad_word_count` is null where no list is named.

    Raises:
        RecipeError: the list cannot be read.

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.c4_page import c4_page
        >>> found = c4_page(pa.array(["naïve"], pa.large_string()), state=None)
        >>> found["character_count"].to_pylist(), found["bad_word_count"].to_pylist()
        ([5], [None])
    """
    found = _core.c4_page(text, bad_words=state)
    return {name: pa.array(column) for name, column in found.items()}
