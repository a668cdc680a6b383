"""Which documents keep the lines that a corpus step found as copies in another: from the spans that the run stored there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from tamis.report.rules import Step

MOST = 5
ELSEWHERE = pa.struct(
    [
        ("lines", pa.int64()),
        ("documents", pa.int64()),
        ("keepers", pa.list_(pa.struct([("id", pa.string()), ("lines", pa.int64())]))),
    ]
)


def span_columns(steps: Iterable[Step]) -> list[str]:
    """The columns of spans whose labels are ids of documents that keep such a part; none where no copy stays.

    Examples:
        >>> from tamis.report.rules import SignalInfo
        >>> signals = (SignalInfo("line", "line_count", "int64"), SignalInfo("line", "spans", "spans"))
        >>> span_columns([Step("line", "line", "signal", "corpus", "medium", False, signals)])
        ['line.spans']
    """
    return [
        signal.column
        for step in steps
        if step.scope == "corpus" and step.parameters.get("copies") != "none"
        for signal in step.signals
        if signal.type == "spans"
    ]


def elsewhere(record: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any] | None:
    """How many lines of a document are copies, of how many documents, and the ids of those that keep most of them.

    Examples:
        >>> spans = [{"label": "a"}, {"label": "b"}, {"label": "b"}]
        >>> elsewhere({"line.spans": spans}, ["line.spans"])
        {'lines': 3, 'documents': 2, 'keepers': [{'id': 'b', 'lines': 2}, {'id': 'a', 'lines': 1}]}
        >>> elsewhere({"line.spans": []}, ["line.spans"])
    """
    labels = [span["label"] for name in columns for span in record[name] or ()]
    found = Counter(label for label in labels if label is not None)
    if not found:
        return None
    first = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:MOST]
    keepers = [{"id": name, "lines": lines} for name, lines in first]
    return {"lines": found.total(), "documents": len(found), "keepers": keepers}
