"""Leave columns out."""

from __future__ import annotations

import pyarrow as pa

from tamis.op import operator


@operator(kind="transform", reads=[], writes=[])
def drop_columns(*, columns: list[str]) -> dict[str, pa.Array]:
    """Leave columns out of what follows.

    The columns of the document (`headers`, `metadata`, `title`, ones asked for with `--columns`) or of an earlier step
    (`step.signal`) are not written any more. The engine drops them; this body makes nothing. `id`, `origin` and
    `text` always stay.

    Args:
        columns: their names.

    Examples:
        >>> from tamis.ops.drop_columns import drop_columns
        >>> drop_columns(columns=["headers"])
        {}
    """
    return {}
