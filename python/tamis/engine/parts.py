"""One run in many calls: how it is cut into parts, and what they agree on in the files of the run directory."""

from __future__ import annotations

import heapq
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tamis.engine import late, shards, store
from tamis.engine.asked import differences
from tamis.engine.crash import crash_point
from tamis.engine.shards import Shard
from tamis.errors import RunError
from tamis.messages import _
from tamis.sources import Input

FILE = "parts.json"
VERSION = 1


@dataclass(frozen=True)
class Left:
    """What one call of many did, and what is left to do.

    Attributes:
        phase: the row phase in question, its steps by name; "ingest" for inputs that are read whole first.
        ran: how many shards (inputs) of it this call did.
        share: how many of them are this part's, 0 for a call without `--part`.
        total: how many there are in all.
        lacking: by part, how many of them are not done.
        parts: into how many parts the run is cut, 0 where no part began.
        part: this call's part, 0 without.
        then: what comes now: calls with `--part`, the call without, or nothing.
        steps: what the call without `--part` would do first, by name.
    """

    phase: str
    ran: int
    share: int
    total: int
    lacking: Mapping[int, int] = field(default_factory=dict)
    parts: int = 0
    part: int = 0
    then: Literal["parts", "alone", "nothing"] = "parts"
    steps: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        return {
            "part": self.part or None,
            "parts": self.parts,
            "phase": self.phase,
            "ran": self.ran,
            "share": self.share,
            "total": self.total,
            "lacking": {str(part): count for part, count in sorted(self.lacking.items())},
            "then": self.then,
            "steps": list(self.steps),
        }


def numbers(part: str) -> tuple[int, int]:
    """(number, of how many) of an option that was checked: `3/64`."""
    number, _slash, parts = part.partition("/")
    return int(number), int(parts)


def stored(run: Path, patience: float = 0.0) -> int:
    """Into how many parts the run is cut; 0 where no part ever began.

    Raises:
        RunError: the file that says it cannot be read.
    """
    try:
        return int(late.read_json(run / FILE, patience)["parts"])
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(str(run / FILE), _("cannot be read: {why}").format(why=error)) from error


def agree_on_parts(run: Path, parts: int, patience: float) -> None:
    """The first part stores how many there are.

    Raises:
        RunError: an earlier part stored another number.
    """
    if store.create(run / FILE, json.dumps({"v": VERSION, "parts": parts}).encode()):
        return
    before = stored(run, max(patience, 1.0))
    if before != parts:
        what = _("this run is cut into {before} parts, you ask for {parts}").format(
            before=before, parts=parts
        )
        hint = _("give --part I/{before}, or another -o").format(before=before)
        raise RunError(str(run), what, hint)


def agree_on_run(run: Path, info: Mapping[str, Any], patience: float) -> None:
    """The first part writes `run.json` and the shard plan; each later one must mean the same.

    Raises:
        RunError: they differ; it says in what.
    """
    path = run / "run.json"
    if not store.create(path, json.dumps(info, ensure_ascii=False, indent=1).encode()):
        refuse_others(run, late.read_json(path, max(patience, 1.0)), info)
    crash_point("K1")
    shards.create_plan(run / "plan.parquet", info["shards"], max(patience, 1.0))


def refuse_others(run: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Raises RunError where two calls do not mean the same run."""
    found = differences(old, new)
    if found:
        what = _("parts of one run must agree; {differences}").format(differences="; ".join(found))
        hint = _("give what the other parts gave, or another -o; a call without --part edits a run")
        raise RunError(str(run), what, hint)


@dataclass
class Share:
    """What one part does: shards by number, and inputs by name that are read whole before there are shards of them."""

    shards: list[int] = field(default_factory=list)
    files: set[str] = field(default_factory=set)


def cut(found: Sequence[Shard], whole: Sequence[Input], parts: int) -> list[Share]:
    """What each part does; all shards of an input that cannot be entered in the middle belong to one.

    The largest first, each to the part that has the least. `whole` are these inputs; they weigh what they have as
    files, so that their part is known before they are read.

    Examples:
        >>> one = {"name": "a", "format": "jsonl"}
        >>> found = [{"pieces": [{"input": one, "range": [n, n + 9, 10 * n]}]} for n in range(5)]
        >>> [share.shards for share in cut(found, [], 2)]
        [[0, 1, 4], [2, 3]]
    """
    files = {(one.name, -1): one.size for one in whole}
    weights: dict[tuple[str, int], int] = dict(files)
    members: dict[tuple[str, int], list[int]] = {}
    for number, shard in enumerate(found):
        first = shard["pieces"][0]
        name = (first["input"].get("files") or [first["input"]])[0]["name"]
        unit = (name, -1 if first["input"]["format"] == "chunk" else first["range"][0])
        if unit not in files:
            weights[unit] = weights.get(unit, 0) + sum(piece["range"][2] for piece in shard["pieces"])
        members.setdefault(unit, []).append(number)
    made = [Share() for _part in range(parts)]
    loads = [(0, part) for part in range(parts)]
    for unit, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        load, part = heapq.heappop(loads)
        made[part].shards += members.get(unit, [])
        made[part].files |= {unit[0]} if unit[1] < 0 else set()
        heapq.heappush(loads, (load + weight, part))
    for share in made:
        share.shards.sort()
    return made


def lacking(shares: Sequence[Share], due: Collection[int]) -> dict[int, int]:
    """By part, how many of these shards are its."""
    waiting = set(due)
    counts = {part: len(waiting.intersection(share.shards)) for part, share in enumerate(shares, 1)}
    return {part: count for part, count in counts.items() if count}
