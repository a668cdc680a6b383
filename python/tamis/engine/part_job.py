"""One call with `--part`: the directory shared with other parts, this part's share, and what is left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tamis.engine import parts, store
from tamis.engine.asked import plain
from tamis.engine.crash import crash_point
from tamis.engine.execution import LOOK_AGAIN
from tamis.engine.job import Job
from tamis.engine.lock import RunLock
from tamis.engine.memos import Memos
from tamis.engine.part_execution import PartExecution
from tamis.engine.parts import Left, Share
from tamis.engine.rundir import Run, read_info
from tamis.engine.scheduler import Scheduler
from tamis.engine.shards import Shard, plan_shards, target
from tamis.engine.store import exists
from tamis.messages import _
from tamis.sources import Input, ReadOptions


class _Ended(Exception):
    """There is no more for this part to do: the run is complete, or others have to read inputs before there is a plan."""

    def __init__(self, left: Left, info: dict[str, Any]) -> None:
        super().__init__(left)
        self.left, self.info = left, info


class PartJob(Job):
    """As `Job`, but other parts run beside it: it writes what its own shards become, and nothing of the whole run."""

    def __init__(self, *arguments: Any, part: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.part, self.parts = parts.numbers(part)

    def start(self, inputs: Sequence[Input], read: ReadOptions, **named: Any) -> Run:
        """This part's share of the earliest phase that is not done; `left` of the answer says what is missing."""
        try:
            return super().start(inputs, read, **named)
        except _Ended as ended:
            found = Run(self.out, ended.info)
            found.left = ended.left
            return found

    def locked(self) -> RunLock:
        """The lock, held together with other parts. The number of parts is agreed on before it is asked for."""
        self.lock = RunLock(self.probed(), (self.part, self.parts), on_note=self.on_note)
        self.check_old()
        parts.agree_on_parts(self.out, self.parts, self.patience)
        return self.lock

    def pool(self) -> Scheduler:
        """The pool, with logs that are this part's alone."""
        return self.pool_in(store.work(self.out) / f"part-{self.part:06d}")

    def compare(self, read: ReadOptions, facts: dict[str, Any]) -> None:
        """A part with another recipe, other inputs or options is refused, before it has written anything."""
        if not exists(self.out / "run.json"):
            return
        old = read_info(self.out)
        parts.refuse_others(self.out, old, self._asked(read, facts))
        if self.was_complete and not self.settings["retry_failed"] and not self.settings["verify"]:
            left = Left("", 0, 0, len(old["shards"]), parts=self.parts, part=self.part, then="nothing")
            raise _Ended(left, old)

    def _asked(self, read: ReadOptions, facts: dict[str, Any]) -> dict[str, Any]:
        info = plain(self.info([], read.to_dict(), "", facts))
        return {name: value for name, value in info.items() if name not in ("shards", "document_columns")}

    def ingest(self, pool: Scheduler, inputs: Sequence[Input], read: ReadOptions) -> dict[str, list[Input]]:
        """Read this part's share of what cannot be entered in the middle; others may have theirs to read yet."""
        if not self.whole:
            return {}
        wanted = target(inputs, self.settings["shard_bytes"])
        shares = parts.cut(plan_shards(inputs, wanted, read, {}), self.whole, self.parts)
        mine = shares[self.part - 1].files
        due = [spec for spec in self.ingest_due(read) if spec["input"]["name"] in mine]
        self.run_ingest(pool, due)
        while missing := {spec["input"]["name"] for spec in self.ingest_due(read)}:
            if due or time.monotonic() >= self.late_until:
                facts = {"inputs": [one.to_dict() for one in inputs], "ingested": self.ingested}
                info = plain(self.info([], read.to_dict(), "", facts))
                raise _Ended(self._unread(shares, missing, len(due)), info)
            time.sleep(LOOK_AGAIN)
        return self.chunks()

    def _unread(self, shares: Sequence[Share], missing: set[str], ran: int) -> Left:
        counts = {number: len(share.files & missing) for number, share in enumerate(shares, 1)}
        lacking = {number: count for number, count in counts.items() if count}
        mine = len(shares[self.part - 1].files)
        return Left("ingest", ran, mine, len(self.whole), lacking, self.parts, self.part)

    def finish(
        self,
        pool: Scheduler,
        shards: list[Shard],
        read: dict[str, Any],
        columns: str,
        memos: Memos,
        against: Any,
        facts: dict[str, Any],
    ) -> Run:
        """Agree with the other parts on the run and its plan, then do this part's share."""
        parts.agree_on_run(self.out, plain(self.info(shards, read, columns, facts)), self.patience)
        crash_point("K2")
        execution = PartExecution(
            self.out,
            self.recipe,
            shards,
            read,
            columns,
            self.settings,
            pool,
            self.ops,
            {**memos, **self.own_memos()},
            against,
            self.on_progress,
            self.patience,
            self.lock.check,
            part=self.part,
            shares=parts.cut(shards, self.whole, self.parts),
            on_share=self._say_share,
        )
        self.execution = execution
        found = Run(self.out)
        found.left = execution.run_share()
        if found.complete and not found.left.ran and found.left.steps == ["report"]:
            found.left = replace(found.left, then="nothing", steps=())
        return found

    def _say_share(self, shards: int) -> None:
        total = len(self.execution.shards) if self.execution is not None else 0
        sentence = _("part {part} of {parts}: {shards} of {total} shards to do")
        self.on_note(sentence.format(part=self.part, parts=self.parts, shards=shards, total=total))
