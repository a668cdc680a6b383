"""A run directory, for reading: what a run was asked, and the files that its manifests name.

Examples:
    >>> from tamis.engine.rundir import Run
    >>> Run("out").files("kept")  # doctest: +SKIP
    [(0, PosixPath('out/kept/000000-3fa9c2d1.parquet'))]
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tamis.engine import manifest as manifests
from tamis.engine import store
from tamis.engine.spec import recipe_of
from tamis.errors import RunError
from tamis.messages import _
from tamis.plan import phases
from tamis.recipe import Recipe

if TYPE_CHECKING:
    from tamis.engine.parts import Left

VERSION = 1


class Run:
    """A run directory. `info` is `run.json`; `idle`: the call that gave this found the run complete.

    `left`: what is still to be done, after a call with `--part` or `--stop-after-corpus`; None where all is done.

    Raises RunError where the path is no run directory, or one of another version.
    """

    def __init__(self, path: str | Path, info: dict[str, Any] | None = None) -> None:
        self.path = store.place(path)
        self.info = read_info(self.path) if info is None else info
        self.reread = 0
        self.computed: dict[str, int] = {}
        self.idle = False
        self.left: Left | None = None

    @cached_property
    def recipe(self) -> Recipe:
        from tamis.engine.tasks import load_ops_files

        load_ops_files(self.ops_files)
        return recipe_of(self.info["recipe"])

    @property
    def ops_files(self) -> list[str]:
        """The files of `--ops`, as the run keeps them."""
        return [str(self.path / name) for name in self.info["options"].get("ops", [])]

    @property
    def shards(self) -> int:
        return len(self.info["shards"])

    @property
    def complete(self) -> bool:
        return bool(self.info["status"] == "complete")

    def manifest(self, phase: int, shard: int) -> manifests.Manifest | None:
        return manifests.read_manifest(self.path, phase, shard)

    def manifests(self) -> Iterator[manifests.Manifest]:
        """All manifests of row phases, phase by phase in shard order, and of corpus phases.

        Raises RunError where a complete run lacks one.
        """
        for phase in phases(self.recipe):
            for shard in range(self.shards if phase.kind == "rows" else 1):
                found = self.manifest(phase.number, shard)
                if found is not None:
                    yield found
                elif self.complete:
                    raise self._damaged(
                        _("{file} is missing").format(file=f"phases/{phase.number}/{shard:06d}.json")
                    )

    def files(self, *roles: str) -> list[tuple[int, Path]]:
        """(shard, file) of these roles: kept, removed, failed, originals, clusters; by shards, then phases.

        Raises RunError where one is gone or not as it was written.
        """
        found = []
        with store.listed():
            for manifest in self.manifests():
                for output in manifests.outputs(manifest):
                    if output["role"] not in roles:
                        continue
                    stamp = store.stamp(self.path / output["path"])
                    if stamp is None:
                        raise self._damaged(_("{file} is missing").format(file=output["path"]))
                    if stamp.size != output["size"]:
                        raise self._damaged(_("{file} is not as it was written").format(file=output["path"]))
                    found.append((manifest["task"], manifest["phase"], self.path / output["path"]))
        return [(shard, path) for shard, _phase, path in sorted(found)]

    def _damaged(self, why: str) -> RunError:
        what = _("the run directory is damaged: {why}").format(why=why)
        return RunError(str(self.path), what, _("the same `tamis run` command makes again what is missing"))

    def counts(self) -> dict[str, int]:
        """in, made, kept, removed, failed over the whole run."""
        total = dict.fromkeys(("in", "made", "kept", "removed", "failed"), 0)
        last = len(phases(self.recipe)) - 1
        for manifest in self.manifests():
            counts = manifest["deterministic"].get("counts")
            if counts is None:
                continue
            for name in ("made", "removed", "failed"):
                total[name] += counts[name]
            total["in"] += counts["in"] if manifest["phase"] == 0 else 0
            total["kept"] += counts["kept"] if manifest["phase"] == last else 0
        return total

    def __repr__(self) -> str:
        """The funnel, where the run has its report; else the counts so far."""
        from tamis.report.funnel import funnel_text
        from tamis.report.notebook import stored_data

        data = stored_data(self.path)
        if data is not None and self.complete:
            return funnel_text(str(self.path), data)
        counts = self.counts()
        sentence = _("{path}: {status}, {came} in, {kept} kept, {removed} removed, {failed} failed")
        plain = {name: f"{counts[name]:,}" for name in ("kept", "removed", "failed")}
        return sentence.format(
            path=self.path, status=self.info["status"], came=f"{counts['in'] + counts['made']:,}", **plain
        )

    def _repr_html_(self) -> str | None:
        """The report cut to summary, funnel and one histogram, for a notebook; None where it cannot be made."""
        from tamis.report.notebook import run_html

        return run_html(self.path)


def read_info(path: Path) -> dict[str, Any]:
    """`run.json` of a run directory.

    Raises RunError: there is none, it cannot be read, or another version wrote it.
    """
    try:
        info = _parsed(f"{path}/run.json", store.stamp(path / "run.json"))
    except (FileNotFoundError, NotADirectoryError):
        hint = _("give the directory that `tamis run ... -o` wrote")
        raise RunError(str(path), _("no run directory (it has no run.json)"), hint) from None
    except (ValueError, OSError) as error:
        raise RunError(str(path / "run.json"), _("cannot be read: {why}").format(why=error)) from error
    version = info.get("v") if isinstance(info, dict) else None
    if version != VERSION:
        what = _("a run directory of version {version}; this tamis reads version {ours}")
        raise RunError(
            str(path),
            what.format(version=version, ours=VERSION),
            _("use the tamis that wrote it, or another -o"),
        )
    loaded: dict[str, Any] = dict(info)
    return loaded


@lru_cache(maxsize=1)
def _parsed(path: str, stamp: store.Stamp | None) -> Any:
    """The file with this stamp: that of a run of 100,000 shards has 30 MB, and one call asks for it several times."""
    return orjson.loads(store.read(path))
