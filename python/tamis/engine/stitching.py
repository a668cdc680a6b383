"""The stitch check: neighbouring ranges of an archive must meet, or one is read again from where the one before ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tamis.engine import manifest as manifests
from tamis.engine.shards import range_of, walked_groups
from tamis.plan import Phase
from tamis.sources import stitch

if TYPE_CHECKING:
    from tamis.engine.execution import Execution


def stitch_all(run: Execution) -> None:
    """Read again what does not begin where the range before it ended, until all ranges meet."""
    for group in walked_groups(run.shards):
        while (found := _loose(run, group)) is not None:
            shard, start = found
            run.starts[shard] = start
            run.rows(run.phases[0], [shard])


def loose(run: Execution) -> Iterator[int]:
    """The first shard of each archive that must be read again from another start."""
    for group in walked_groups(run.shards):
        found = _loose(run, group)
        if found is not None:
            yield found[0]


def _loose(run: Execution, group: Sequence[int]) -> tuple[int, int] | None:
    facts = [run.manifest(0, shard)["deterministic"] for shard in group]
    walked = [(one.get("first_offset"), one.get("end_offset")) for one in facts]
    found = stitch([range_of(run.shards[shard]) for shard in group], walked)
    return None if found is None else (group[found[0]], found[1])


def still_due(run: Execution, phase: Phase, due: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of shards that do not hold, those that an earlier stitch check did not have read again from another start."""
    groups: dict[int, list[int]] | None = None
    found = []
    for spec in due:
        shard, before = spec["shard"], manifests.read_manifest(run.run, 0, spec["shard"])
        if before is not None and spec["start"] is None:
            if groups is None:
                groups = {one: group for group in walked_groups(run.shards) for one in group}
            start = _start_of(run, shard, groups.get(shard, []))
            if start is not None:
                run.starts[shard] = start
                again = run.row_spec(phase, shard)
                if again["measured"] != before.get("measured"):
                    del run.starts[shard]
                elif run.holds(again):
                    continue
                else:
                    spec = again
        found.append(spec)
    return found


def _start_of(run: Execution, shard: int, group: Sequence[int]) -> int | None:
    """Where the range before this one ended, as far as it was read."""
    for before in reversed(group[: group.index(shard)] if group else ()):
        manifest = manifests.read_manifest(run.run, 0, before)
        if manifest is None:
            return None
        facts = manifest["deterministic"]
        if facts.get("first_offset") is not None or facts.get("end_offset") is not None:
            end: int | None = facts.get("end_offset")
            return end
    return None
