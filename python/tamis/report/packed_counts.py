"""The cumulative counts of ruled signals, packed for the page: what a bound elsewhere would keep.

Of 20 signals over a million documents the counts are some 2 MB as JSON and a tenth of that deflated; the page
unpacks them after the summary is drawn.

Examples:
    >>> values = {"exact": True, "at": [1, 2], "all_below": [0, 3], "all_up_to": [3, 5],
    ...           "free": {"q.n": {"below": [0, 2], "up_to": [2, 2]}}, "some": {}, "table": {}, "stops": [1, 2]}
    >>> import json, zlib
    >>> found = json.loads(zlib.decompress(base64.b64decode(packed([{"signal": "q.n", "values": values}]))))
    >>> found["q.n"]["all"], found["q.n"]["free"]
    ([0, 3, 0, 2], {'q.n': [0, 2, 0, 0]})
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any


def packed(signals: Iterable[Mapping[str, Any]]) -> str:
    """The `values` of those signals that have a rule to move, as base64 of deflated JSON.

    Counts are differences in the order below at[0], up to at[0], below at[1], up to at[1], ...
    """
    found = {}
    for signal in signals:
        values = signal["values"]
        if values and values["free"]:
            found[signal["signal"]] = {
                "exact": values["exact"],
                "stops": values["stops"],
                "at": values["at"],
                "all": _differences(values["all_below"], values["all_up_to"]),
                "free": {
                    rule: _differences(counts["below"], counts["up_to"])
                    for rule, counts in values["free"].items()
                },
                "some": {
                    rule: {
                        "steps": _differences(counts["below"], counts["up_to"]),
                        "others": counts["others"],
                    }
                    for rule, counts in values["some"].items()
                },
                "table": values["table"],
            }
    text = json.dumps(found, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")


def _differences(below: list[int], up_to: list[int]) -> list[int]:
    last, found = 0, []
    for pair in zip(below, up_to, strict=True):
        for count in pair:
            found.append(count - last)
            last = count
    return found
