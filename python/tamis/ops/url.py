"""Documents with one URL."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

import pyarrow as pa

from tamis import _core
from tamis.corpus.curve import key_only
from tamis.corpus.kernel import refusals
from tamis.corpus.sketches import check_grouping, filled, group_column, survivor_columns
from tamis.corpus.stages import Grouping, merge
from tamis.corpus.tasks import TASKS
from tamis.corpus.verdicts import CLUSTER_SIGNALS, absent
from tamis.op import MergeContext, operator

_SCHEME = re.compile(r"https?://(www\.)?")
_CAMPAIGN = re.compile(r"\?(utm_|ref|feed).*")


def _tfds(url: str) -> str:
    """As TensorFlow Datasets 4.9.9 normalises the URLs of C4."""
    return _CAMPAIGN.sub("", _SCHEME.sub("", url)).rstrip("/")


NORMALISED: dict[str, Callable[[str], str]] = {"none": str, "tfds": _tfds}
"""What is done to a URL before it is compared, by name."""


def sketch(batch: pa.RecordBatch, **parameters: Any) -> dict[str, pa.Array]:
    """`keys` and `set_hash`: the halves of a 128-bit hash of the normalised URL; null without a URL."""
    given = filled("url", parameters)
    by = group_column(batch, given["by"], "url")
    normalised = NORMALISED[given["normalise"]]
    urls = batch.column("url").to_pylist() if "url" in batch.schema.names else [None] * batch.num_rows
    texts = pa.array([None if url is None else normalised(url) for url in urls], pa.large_string())
    with refusals("url"):
        made = _core.exact_sketch(texts, by=by, normalise="none")
    columns = {name: pa.array(values) for name, values in made.items()}
    return {**survivor_columns(batch, given["survivor"], "url"), **columns}


def merge_sketches(context: MergeContext) -> dict[int, str]:
    given = filled("url", context.parameters)
    return merge(context, Grouping(mode="equal", survivor=given["survivor"]))


@operator(
    kind="signal",
    scope="corpus",
    reads=["url"],
    writes=CLUSTER_SIGNALS,
    cite="raffel2020t5",
    sketch=sketch,
    merge=merge_sketches,
    absent=absent,
    foretell=key_only,
    check=check_grouping,
    tasks=TASKS,
)
def url(
    url: pa.Array, *, normalise: Literal["none", "tfds"] = "none", survivor: str = "first", by: str = ""
) -> dict[str, pa.Array]:
    """Clusters of documents with one URL, whatever their texts.

    The rule `rank max = 0` leaves one document of each URL. Documents without a URL are nobody's duplicates. URLs are
    compared by a 128-bit hash (XXH3) after `normalise`.

    Args:
        normalise: what is done to a URL first: nothing (`none`), or what TensorFlow Datasets does for C4 (`tfds`):
            `http://` or `https://` and a `www.` behind it go, wherever they stand; so does all from `?utm_`, `?ref` or
            `?feed` on; then slashes at the end. Case stays.
        survivor: who comes first and is kept: `first` (input order), `longest`, `newest`, `url-md5` (the least MD5 of
            `url`) or `signal:STEP.SIGNAL` (highest); ties by input order, missing values last.
            `newest` reads `date`: ISO 8601 (`2022`, `2022-03`, `2022-03-01`, `20220301`, with a time or without) or a web
            archive's 14 digits; what is left out counts as its beginning, any other form as missing.
        by: a column; only documents with equal values in it are duplicates of each other.

    Examples:
        >>> from tamis.ops.url import NORMALISED
        >>> NORMALISED["tfds"]("https://www.a.com/b/?utm_source=c")
        'a.com/b'
    """
    raise TypeError("a corpus operator has no body")
