"""How many documents may fail (`--max-failed`), and what they failed of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tamis.engine import manifest as manifests
from tamis.engine import store
from tamis.errors import RunFailed
from tamis.messages import _, told
from tamis.plan import Phase

SHARE, LEAST = 0.01, 100
"""Where the caller sets no limit: a share, but of a small input as many as may fail of 10,000 documents."""


class FailureLimit:
    """A count, or a share of the documents that came in; None for what holds where neither is set."""

    def __init__(self, run: Path, limit: int | float | None) -> None:
        self.run, self.limit = run, limit
        self._seen: dict[tuple[int, int], tuple[int, int]] = {}

    def saw(self, phase: int, shard: int, counts: Mapping[str, int]) -> None:
        """What a shard of a row phase counts: `check_all` reads the others."""
        self._seen[phase, shard] = counts["in"], counts["failed"]

    def check_running(self, failed: int) -> None:
        """Stop early where a count is passed already."""
        if isinstance(self.limit, int) and failed > self.limit:
            self._stop(failed, self.limit, "")

    def check_all(self, phases: Sequence[Phase], shards: int) -> None:
        """Raises RunFailed, with the commonest reasons, when more documents failed than may."""
        came = failed = 0
        for phase in phases:
            for shard in range(shards) if phase.kind == "rows" else ():
                counts = self._seen.get((phase.number, shard)) or self._read(phase.number, shard)
                failed += counts[1]
                came += counts[0] if phase.number == 0 else 0
        most = max(LEAST, int(came * SHARE))
        if self.limit is not None:
            most = self.limit if isinstance(self.limit, int) else int(came * self.limit)
        if failed > most:
            self._stop(failed, most, top_failures(self.run, phases, shards))

    def _read(self, phase: int, shard: int) -> tuple[int, int]:
        manifest = manifests.read_manifest(self.run, phase, shard)
        counts = manifest["deterministic"]["counts"] if manifest else {"in": 0, "failed": 0}
        return counts["in"], counts["failed"]

    def _stop(self, failed: int, most: int, reasons: str) -> None:
        what = _("{failed} documents failed, more than the {most} of --max-failed").format(
            failed=failed, most=most
        )
        hint = _("look at them with: tamis look {run} --failed; go on with a higher --max-failed").format(
            run=self.run
        )
        raise RunFailed(str(self.run), f"{what}: {reasons}" if reasons else what, hint)


def top_failures(run: Path, phases: Sequence[Phase], shards: int, most: int = 3) -> str:
    """The commonest steps and kinds in `failed/`, each with one message: `12 timeout at extract, one: ...`."""
    found: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for phase in phases:
        for shard in range(shards) if phase.kind == "rows" else ():
            manifest = manifests.read_manifest(run, phase.number, shard)
            for output in manifests.outputs(manifest, "failed") if manifest else ():
                table = store.read_table(run / output["path"], ["step", "kind", "message"])
                for step, kind, message in zip(
                    *(column.to_pylist() for column in table.columns), strict=True
                ):
                    found[step or "source", kind] += 1
                    examples.setdefault((step or "source", kind), message)
    said = _("{count} {kind} at {step}, one: {message}")
    return "; ".join(
        said.format(count=count, kind=kind, step=step, message=told(examples[step, kind]))
        for (step, kind), count in found.most_common(most)
    )
