"""Two runs document by document and rule by rule; two recipes rule by rule. Pure functions on what is
stored.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report.read import RunFiles, batches
from tamis.report.rules import Rule

ABSENT = "absent"
SIDES = ("first", "second")
PLACE = ("file", "place")
PLACES = {f"{side}_{name}" for side in SIDES for name in PLACE}
REASON = ["first", "second", "first_by", "second_by"]
WHOLE = 1_024
"""Documents that changed sides are looked up so many at a time."""


def diff_rules(first: Sequence[Rule], second: Sequence[Rule]) -> list[dict[str, Any]]:
    """What changed between two lists of rules, in the order of the first, then what only the second has.

    Each entry: `{"rule", "change", "first", "second"}`; `change` is "same", "bounds", "added" or "dropped",
    and `first` and `second` say what is kept, in words (None where the rule is not there).

    Examples:
        >>> old = [Rule("q", "words", "words", {"min": 50}), Rule("q", "marks", "marks", {"max": 3})]
        >>> new = [Rule("q", "words", "words", {"min": 40})]
        >>> [(entry["rule"], entry["change"], entry["second"]) for entry in diff_rules(old, new)]
        [('q.words', 'bounds', '≥ 40'), ('q.marks', 'dropped', None)]
    """
    before, after = {rule.id: rule for rule in first}, {rule.id: rule for rule in second}
    entries = []
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            change = "added" if old is None else "dropped"
        else:
            change = "same" if (dict(old.bounds), old.signal) == (dict(new.bounds), new.signal) else "bounds"
        entries.append(
            {
                "rule": name,
                "change": change,
                "first": None if old is None else old.keeps,
                "second": None if new is None else new.keeps,
            }
        )
    return entries


def diff_funnels(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Two `data.json`, side by side.

    Returns `documents` ({in, made, kept, removed, failed}: [first, second]) and `rules`: `{"rule", "first",
    "second", "change"}` with `{keeps, in_order, alone, only}` for each side (None where the rule is not
    there), and the change of what it removes in order; in the order of the first funnel, then what only the
    second has.
    """
    counts = first["summary"]["documents"], second["summary"]["documents"]
    before, after = ({rule["rule"]: rule for rule in data["rules"]} for data in (first, second))
    rules = []
    for name in [*before, *(name for name in after if name not in before)]:
        sides = [_side(rules_of.get(name)) for rules_of in (before, after)]
        removed = [0 if side is None else side["in_order"] for side in sides]
        rules.append({"rule": name, "first": sides[0], "second": sides[1], "change": removed[1] - removed[0]})
    return {"documents": {key: [counts[0][key], counts[1][key]] for key in counts[0]}, "rules": rules}


def _side(rule: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    counts = {key: rule[key]["documents"] for key in ("in_order", "alone", "only")}
    return {"keeps": rule["keeps"], **counts}


class Sides:
    """Which documents changed sides between two runs of (mostly) the same documents, matched by id.

    `table` counts documents by (side in the first, side in the second), with kept, removed, failed, absent;
    `changed()` gives those that were kept in one only, by id. About 330 bytes a document are held.
    """

    def __init__(
        self, first: str | os.PathLike[str] | RunFiles, second: str | os.PathLike[str] | RunFiles
    ) -> None:
        self.runs = [run if isinstance(run, RunFiles) else RunFiles(run) for run in (first, second)]
        left, right = map(_sides, self.runs)
        joined = left.join(right, "id", join_type="full outer", right_suffix="2")
        filled = [pc.fill_null(joined[name], ABSENT) for name in ("side", "side2")]
        self._rows = pa.table(
            {
                "id": joined["id"],
                "url": pc.coalesce(joined["url"], joined["url2"]),
                "first": filled[0],
                "second": filled[1],
                "first_by": joined["by"],
                "second_by": joined["by2"],
                **{f"first_{name}": joined[name] for name in PLACE},
                **{f"second_{name}": joined[f"{name}2"] for name in PLACE},
            }
        )
        grouped = self._rows.group_by(["first", "second"], use_threads=False).aggregate([([], "count_all")])
        self.table: dict[tuple[str, str], int] = {
            (row["first"], row["second"]): row["count_all"]
            for row in grouped.sort_by([("first", "ascending"), ("second", "ascending")]).to_pylist()
        }

    def changed(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """`{"id", "url", "first", "second", "first_by", "second_by"}` (sides, and the rule or failure behind each)
        and why: `rule`, the one that removed it on one side, with `first_value`, `second_value` (what its signal came
        to on each), `first_bound`, `second_bound` (the numeric bound nearest to it) and `first_keeps`, `second_keeps`
        (its bounds there, in words); None where it has none.
        """
        for batch in self._moved.slice(0, limit).to_batches(max_chunksize=WHOLE):
            yield from self._explained(batch.to_pylist())

    def _explained(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for one in rows:
            one["rule"] = next((one[f"{side}_by"] for side in SIDES if one[side] == "removed"), None)
        for side, run in zip(SIDES, self.runs, strict=True):
            for one in rows:
                one |= {f"{side}_value": None, f"{side}_bound": None, f"{side}_keeps": None}
            _explain(run, side, rows)
        return [{key: value for key, value in one.items() if key not in PLACES} for one in rows]

    def reasons(self) -> list[dict[str, Any]]:
        """`{"first", "second", "first_by", "second_by", "documents"}` of those that changed sides, most first."""
        grouped = self._moved.group_by(REASON, use_threads=False).aggregate([([], "count_all")])
        rows = [
            {key: row[key] for key in REASON} | {"documents": row["count_all"]} for row in grouped.to_pylist()
        ]
        return sorted(rows, key=lambda row: (-row["documents"], *(row[key] or "" for key in REASON)))

    def of_reason(self, reason: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
        """The first documents by id of one of `reasons`, unexplained, each with `PLACES`: where it lies in both runs."""
        mask = None
        for key in REASON:
            one = pc.equal(self._moved[key], reason[key]) if reason[key] else pc.is_null(self._moved[key])
            mask = one if mask is None else pc.and_(mask, pc.fill_null(one, False))
        return list(self._moved.filter(mask).slice(0, limit).to_pylist())

    @cached_property
    def _moved(self) -> pa.Table:
        kept = [pc.equal(self._rows[name], "kept") for name in ("first", "second")]
        return self._rows.filter(pc.xor(*kept)).sort_by([("id", "ascending")])


def _explain(run: RunFiles, side: str, rows: Sequence[dict[str, Any]]) -> None:
    """Value and bounds of each document's rule, read from where this run stored the document."""
    rules = {rule.id: rule for rule in run.rules}
    by_file: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for one in rows:
        if one["rule"] in rules and one[side] in ("kept", "removed"):
            by_file.setdefault((one[side], one[f"{side}_file"]), []).append(one)
    for (role, number), mine in by_file.items():
        asked = {one["rule"]: rules[one["rule"]] for one in mine}
        read = {name for rule in asked.values() for name in (rule.column, rule.bounds.get("by")) if name}
        stored = ["removed_value"] if role == "removed" else []
        places = pa.array([one[f"{side}_place"] for one in mine])
        names = sorted(read) + stored
        tables = list(batches(run.files(role)[number].path, names))
        for one, row in zip(mine, pa.concat_tables(tables).take(places).to_pylist(), strict=True):
            rule = asked[one["rule"]].at(row)
            value = row.get(str(rule.column))
            one[f"{side}_value"] = value = row.get("removed_value") if value is None else value
            one[f"{side}_bound"], one[f"{side}_keeps"] = rule.nearest(value), rule.keeps


def _sides(run: RunFiles) -> pa.Table:
    """id, url, side, what put it there and where it lies; an id that stands twice counts once, on its first side."""
    parts = []
    for role, by in (("kept", None), ("removed", "removed_by"), ("failed", "kind")):
        for number, file in enumerate(run.files(role)):
            start = 0
            for table in batches(file.path, ["id", "url", *([by] if by else [])]):
                reason = table[by] if by else pa.nulls(table.num_rows)
                parts.append(
                    pa.table(
                        {
                            "id": table["id"].cast(pa.string()),
                            "url": table["url"].cast(pa.string()),
                            "side": pa.repeat(pa.scalar(role), table.num_rows),
                            "by": reason.cast(pa.string()),
                            "file": pa.repeat(pa.scalar(number, pa.int32()), table.num_rows),
                            "place": pa.array(range(start, start + table.num_rows), pa.int64()),
                        }
                    )
                )
                start += table.num_rows
    names = [
        *((name, pa.string()) for name in ("id", "url", "side", "by")),
        ("file", pa.int32()),
        ("place", pa.int64()),
    ]
    whole = pa.concat_tables(parts) if parts else pa.schema(names).empty_table()
    once = whole.group_by("id", use_threads=False).aggregate(
        [(n, "first") for n in ("url", "side", "by", *PLACE)]
    )
    return once.rename_columns([name.removesuffix("_first") for name in once.column_names])
