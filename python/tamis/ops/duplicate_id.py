"""Documents that carry one id: a file given twice, a `.warc` beside its `.warc.gz`."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from tamis import _core
from tamis.corpus.curve import key_only
from tamis.corpus.kernel import refusals
from tamis.corpus.sketches import check_grouping, filled, survivor_columns
from tamis.corpus.stages import Grouping, merge
from tamis.corpus.tasks import TASKS
from tamis.corpus.verdicts import CLUSTER_SIGNALS, absent
from tamis.op import MergeContext, operator


def sketch(batch: pa.RecordBatch, **parameters: Any) -> dict[str, pa.Array]:
    """`keys` and `set_hash`: the halves of a 128-bit hash of the id."""
    given = filled("duplicate_id", parameters)
    with refusals("duplicate_id"):
        ids = batch.column("id").cast(pa.large_string())
        made = _core.exact_sketch(ids, by=None, normalise="none")
    columns = {name: pa.array(values) for name, values in made.items()}
    return {**survivor_columns(batch, given["survivor"], "duplicate_id"), **columns}


def merge_sketches(context: MergeContext) -> dict[int, str]:
    given = filled("duplicate_id", context.parameters)
    return merge(context, Grouping(mode="equal", survivor=given["survivor"]))


@operator(
    kind="signal",
    scope="corpus",
    version=2,
    reads=["id"],
    writes=CLUSTER_SIGNALS,
    sketch=sketch,
    merge=merge_sketches,
    absent=absent,
    foretell=key_only,
    check=check_grouping,
    tasks=TASKS,
)
def duplicate_id(id: pa.Array, *, survivor: str = "first") -> dict[str, pa.Array]:
    """Clusters of documents with the same id, whatever their texts.

    The rule `rank max = 0` leaves one document of each id. Two rows have one id where a file was given twice.

    Args:
        survivor: who comes first and is kept: `first` (input order), `longest`, `newest`, `url-md5` (the least MD5 of
            `url`) or `signal:STEP.SIGNAL` (highest); ties by input order, missing values last.
            `newest` reads `date`: ISO 8601 (`2022`, `2022-03`, `2022-03-01`, `20220301`, with a time or without) or a web
            archive's 14 digits; what is left out counts as its beginning, any other form as missing.

    Examples:
        >>> from tamis.ops.duplicate_id import duplicate_id
        >>> [signal.name for signal in duplicate_id.operator.signals]
        ['cluster', 'cluster_size', 'rank', 'similarity']
    """
    raise TypeError("a corpus operator has no body")
