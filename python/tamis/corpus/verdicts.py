"""The signals of a deduplicating step, and those of documents that share nothing with another."""

from __future__ import annotations

import pyarrow as pa

from tamis.messages import later
from tamis.op import Field, Signal

CLUSTER_SIGNALS: list[Signal | Field] = [
    Signal(
        "cluster",
        "label",
        later("id of the document that is kept first in the cluster; its own without duplicates"),
    ),
    Signal("cluster_size", "int64", later("documents in the cluster, itself included"), low=1),
    Signal("rank", "int64", later("place in the cluster in survivor order; 0 is kept first"), low=0),
    Signal(
        "similarity",
        "float64",
        later("Jaccard similarity of the sets of shingles to the document of rank 0"),
        low=0,
        high=1,
        nullable=later("the document has rank 0, or (components) is not in the measured sample"),
    ),
]


def absent(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """The signals of documents in no cluster."""
    rows = batch.num_rows
    return {
        "cluster": batch.column("id").cast(pa.large_string()),
        "cluster_size": pa.repeat(pa.scalar(1, pa.int64()), rows),
        "rank": pa.repeat(pa.scalar(0, pa.int64()), rows),
        "similarity": pa.nulls(rows, pa.float64()),
    }
