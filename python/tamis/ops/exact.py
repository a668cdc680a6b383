"""Documents whose whole text is equal."""

from __future__ import annotations

from typing import Any, Literal

import pyarrow as pa

from tamis import _core
from tamis.corpus.curve import key_only
from tamis.corpus.kernel import refusals
from tamis.corpus.sketches import check_grouping, filled, group_column, survivor_columns, text_column
from tamis.corpus.stages import Grouping, merge
from tamis.corpus.tasks import TASKS
from tamis.corpus.verdicts import CLUSTER_SIGNALS, absent
from tamis.op import MergeContext, operator


def sketch(batch: pa.RecordBatch, **parameters: Any) -> dict[str, pa.Array]:
    """`keys` and `set_hash`: the halves of a 128-bit hash of the text."""
    given = filled("exact", parameters)
    by = group_column(batch, given["by"], "exact")
    with refusals("exact"):
        made = _core.exact_sketch(text_column(batch), by=by, normalise=given["normalise"])
    columns = {name: pa.array(values) for name, values in made.items()}
    return {**survivor_columns(batch, given["survivor"], "exact"), **columns}


def merge_sketches(context: MergeContext) -> dict[int, str]:
    given = filled("exact", context.parameters)
    return merge(context, Grouping(mode="equal", survivor=given["survivor"]))


@operator(
    kind="signal",
    scope="corpus",
    version=2,
    reads=["text"],
    writes=CLUSTER_SIGNALS,
    sketch=sketch,
    merge=merge_sketches,
    absent=absent,
    foretell=key_only,
    check=check_grouping,
    tasks=TASKS,
)
def exact(
    text: pa.Array,
    *,
    normalise: Literal["none", "lower-space", "datatrove-0.10", "datatrove-2024"] = "none",
    survivor: str = "first",
    by: str = "",
) -> dict[str, pa.Array]:
    """Clusters of documents with one text: a 128-bit hash (XXH3) of its UTF-8 bytes, after `normalise`.

    Empty texts are equal to each other. The rule `rank max = 0` removes duplicates. Two different texts have one hash
    with a chance of about n^2 / 2^129 for n documents.

    Args:
        normalise: what is done to a text before it is hashed: nothing (`none`), lower case and single blanks
            (`lower-space`), or what datatrove does before MinHash, today or in April 2024.
        survivor: who comes first and is kept: `first` (input order), `longest`, `newest`, `url-md5` (the least MD5 of
            `url`) or `signal:STEP.SIGNAL` (highest); ties by input order, missing values last.
            `newest` reads `date`: ISO 8601 (`2022`, `2022-03`, `2022-03-01`, `20220301`, with a time or without) or a web
            archive's 14 digits; what is left out counts as its beginning, any other form as missing.
        by: a column; only documents with equal values in it are duplicates of each other.

    Examples:
        >>> from tamis.ops.exact import exact
        >>> [signal.name for signal in exact.operator.signals]
        ['cluster', 'cluster_size', 'rank', 'similarity']
    """
    raise TypeError("a corpus operator has no body")
