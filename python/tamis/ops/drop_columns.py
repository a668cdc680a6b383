"""Leave columns out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from tamis.errors import RecipeError
from tamis.messages import _
from tamis.op import Columns, operator

STAY = ("id", "origin", "text", "row", "text_chars", "text_words")


def check(parameters: Mapping[str, Any], columns: Columns) -> None:
    """The columns are there, and a run can do without them."""
    for name in parameters["columns"]:
        if name in STAY:
            what = _("columns: {name} always stays").format(name=name)
            hint = _("all others can be left out: headers, metadata, title, STEP.SIGNAL ...")
            raise RecipeError("columns", what, hint)
        columns.type_of("columns", name)


@operator(kind="transform", reads=[], writes=[], check=check)
def drop_columns(*, columns: list[str]) -> dict[str, pa.Array]:
    """Leave columns out of what follows.

    The columns of the document (`headers`, `metadata`, `title`, ones asked for with `--columns`) or of an earlier step
    (`step.signal`) are not written any more. The engine drops them; this body makes nothing. `id`, `origin`,
    `text`, `row`, `text_chars` and `text_words` always stay, and so does what another step or a rule reads: a run can
    tell and make again every decision from what it stores.

    Args:
        columns: their names.

    Examples:
        >>> from tamis.ops.drop_columns import drop_columns
        >>> drop_columns(columns=["headers"])
        {}
    """
    return {}
