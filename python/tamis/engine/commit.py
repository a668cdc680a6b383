"""What a task writes: files named by their digests, then the manifest.

with Outputs(run, phase=0, task=17, attempt=spec["attempt"]) as out:
    kept = out.parquet("kept", schema)
    kept.write(batch)
    out.commit({"measured": key, "decided": key, "counts": {"in": 10, "kept": 10}})
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import pyarrow as pa

from tamis.engine import manifest as manifests
from tamis.engine import store
from tamis.engine.blame import check_agreement
from tamis.engine.crash import crash_point
from tamis.engine.manifest import Manifest
from tamis.engine.writers import ArrowFile, DigestFile, ParquetFile, RawFile

_OUTSIDE = {"measured", "decided", "run"}


class _Writer(Protocol):
    path: Path
    rows: int

    def close(self) -> DigestFile | None: ...
    def abort(self) -> None: ...


class Outputs:
    """The output files of one attempt at one task.

    Files are written into `tmp/ATTEMPT/` of the run's work folder, hashed on the way, and named `FOLDER/NNNNNN-DIGEST8.SUFFIX` by
    `commit`; leaving the block without it removes them. With `discard` (a probe: `spec["discard"]`) nothing is ever
    named and `commit` only returns the manifest that would be.

    Args:
        run: the run directory.
        phase, task: which manifest this is: `phases/PHASE/NNNNNN.json`; `task` is also the number in file names.
        attempt: any name that no other attempt has; `spec["attempt"]` in the pool.
    """

    def __init__(
        self, run: str | Path, phase: int, task: int, attempt: str, *, discard: bool = False
    ) -> None:
        self.run, self.phase, self.task, self.attempt = Path(run), phase, task, attempt
        self.folder = store.work(run) / "tmp" / attempt
        self._discard = discard
        self._writers: list[tuple[str, str, _Writer]] = []
        self._adopted: list[tuple[str, str, Path, int]] = []
        self._committed = False

    def __enter__(self) -> Outputs:
        store.make_folder(self.folder)
        return self

    def parquet(self, role: str, schema: pa.Schema, *, folder: str | None = None) -> ParquetFile:
        """A Parquet file for `folder` (default: the role's name); `write(batch)` takes batches of `schema`.

        With no row written there is no file, and the role is absent from the manifest.
        """
        writer = ParquetFile(self._path(".parquet"), schema)
        self._writers.append((role, folder or role, writer))
        return writer

    def arrow(
        self, role: str, schema: pa.Schema, *, folder: str | None = None, compression: str | None = None
    ) -> ArrowFile:
        """An Arrow IPC file (`.arrow`) for sketches, verdicts and edges; `compression` None, "lz4" or "zstd"."""
        writer = ArrowFile(self._path(".arrow"), schema, compression)
        self._writers.append((role, folder or role, writer))
        return writer

    def raw(self, role: str, suffix: str, *, folder: str | None = None, rows: int = 0) -> RawFile:
        """A file of plain bytes, with `suffix` (".json", ".bin")."""
        writer = RawFile(self._path(suffix), rows)
        self._writers.append((role, folder or role, writer))
        return writer

    def adopt(self, role: str, path: str | Path, *, folder: str | None = None, rows: int = 0) -> None:
        """Take over a finished file that other code wrote below `self.folder`; hashed and named by `commit`."""
        self._adopted.append((role, folder or role, Path(path), rows))

    def commit(self, fields: Mapping[str, Any]) -> Manifest:
        """Name all files, then write the manifest; what it says is done from here on.

        Args:
            fields: `measured` and `decided` (keys), `run` (seconds, peak_rss, ...: may differ between attempts;
                `guarded` in it counts documents that a time or memory guard stopped), and everything deterministic:
                `counts`, `skipped`, `first_offset`, `steps`, ...

        Raises:
            RunFailed: the accounts do not add up, or an earlier attempt with equal keys gave another answer.
            OSError: the disk is full or gone; nothing was committed.
        """
        finished = self._finish()
        manifest: Manifest = {
            "v": manifests.VERSION,
            "phase": self.phase,
            "task": self.task,
            **{key: fields[key] for key in ("measured", "decided") if key in fields},
            "deterministic": {
                **{key: value for key, value in fields.items() if key not in _OUTSIDE},
                "outputs": [output for output, _path in finished],
            },
            "run": {"attempt": self.attempt, **fields.get("run", {})},
        }
        where = f"phases/{self.phase}/{self.task:06d}.json"
        if "counts" in fields:
            manifests.check_accounts(fields["counts"], where)
        if not self._discard:
            self._name(finished)
            check_agreement(self.run, manifest)
            crash_point("K6")
            while not manifests.write_manifest(self.run, manifest):
                check_agreement(self.run, manifest)
        self._committed = True
        return manifest

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._committed:
            for _role, _folder, writer in self._writers:
                writer.abort()
        store.remove_tree(self.folder)

    def _path(self, suffix: str) -> Path:
        return self.folder / f"{len(self._writers):03d}{suffix}"

    def _finish(self) -> list[tuple[dict[str, Any], Path]]:
        found = []
        for role, folder, writer in self._writers:
            file = writer.close()
            if file is not None:
                found.append(
                    (
                        self._output(role, folder, writer.path, writer.rows, file.size, file.digest()),
                        file.path,
                    )
                )
        for role, folder, path, rows in self._adopted:
            size, digest = store.size(path) or 0, store.digest(path)
            found.append((self._output(role, folder, path, rows, size, digest), path))
        crash_point("K4")
        return found

    def _output(
        self, role: str, folder: str, path: Path, rows: int, size: int, digest: str
    ) -> dict[str, Any]:
        final = f"{folder}/{self.task:06d}-{digest[:8]}{path.suffix}"
        return {"role": role, "path": final, "size": size, "rows": rows, "digest": digest}

    def _name(self, finished: list[tuple[dict[str, Any], Path]]) -> None:
        for output, path in finished:
            store.put(path, self.run / output["path"])
            crash_point("K5")
