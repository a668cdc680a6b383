"""Reading a run directory: `run.json`, the manifests of its phases, and the files these name, nothing else.

A run is what its manifests say. A file that no manifest names is an orphan of an interrupted attempt and is
never looked at; a file that a manifest names and that is gone makes the run unreadable, and the error says
so.

Examples:
    >>> run = RunFiles("out")                                            # doctest: +SKIP
    >>> [file.path for file in run.files("kept")]                        # doctest: +SKIP
    ['out/kept/000000-1f3a5c7e.parquet', 'out/kept/000001-9b2d4f60.parquet']
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis.errors import RunError
from tamis.messages import _
from tamis.report.rules import Rule, Step, order_of, rules_of, steps_of
from tamis.stores import files
from tamis.stores.addresses import address, place

VERSIONS = (1,)


@dataclass(frozen=True)
class RunFile:
    """One file that a manifest names: `rows` as the manifest counted them."""

    role: str
    shard: int
    phase: int
    path: str
    rows: int


class RunFiles:
    """A run directory, read only. Raises `RunError` where it is none, of another version, or half deleted."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = place(path)
        self.name = address(path)
        self.info: dict[str, Any] = self._read_info()
        self.steps: list[Step] = steps_of(self.info)
        self.rules: list[Rule] = rules_of(self.info)
        self.order: list[str] = order_of(self.info, self.steps)

    def _read_info(self) -> dict[str, Any]:
        file = self.path / "run.json"
        if not files.exists(file) and not files.is_folder(self.path):
            raise RunError(
                self.name, _("no such run directory"), _("give the folder that `tamis run -o` wrote")
            )
        if not files.exists(file):
            raise RunError(
                self.name,
                _("this is no run directory: it has no run.json"),
                _("give the folder that `tamis run -o` wrote"),
            )
        info = _load(
            self.path,
            "run.json",
            self.name,
            hint=_("without it nothing tells what was asked: give the command with another -o"),
        )
        if info.get("v") not in VERSIONS:
            raise RunError(
                self.name,
                _("a run directory of version {v}; this tamis reads version {known}").format(
                    v=info.get("v"), known=", ".join(map(str, VERSIONS))
                ),
                _("read it with tamis {tamis}, which wrote it").format(tamis=info.get("tamis", "?")),
            )
        return info

    @property
    def complete(self) -> bool:
        # While the report itself is written all documents are done.
        return self.info.get("status") in ("complete", "reporting")

    @property
    def row_phases(self) -> list[int]:
        """Numbers of the phases of row steps, in order."""
        return [int(p["number"]) for p in self.info.get("phases", []) if p.get("kind") == "rows"]

    @cached_property
    def manifests(self) -> list[dict[str, Any]]:
        """All manifests, by phase and task; a complete run that lacks the manifest of a shard is damaged."""
        shards = self._planned_shards()
        with files.listed():
            return list(self._read_manifests(shards))

    def _read_manifests(self, shards: list[int] | None) -> Iterator[dict[str, Any]]:
        for phase in self.info.get("phases", []):
            folder = self.path / "phases" / str(phase["number"])
            names = [name for name in files.names(folder) if name.endswith(".json")]
            if phase.get("kind") == "rows" and self.complete and shards is not None:
                present = {name.removesuffix(".json") for name in names}
                lost = [shard for shard in shards if f"{shard:06d}" not in present]
                if lost:
                    file = f"phases/{phase['number']}/{lost[0]:06d}.json"
                    raise self._damaged(_("{file} is missing").format(file=file))
            if phase.get("kind") == "corpus":
                names = [name for name in names if int(name.removesuffix(".json") or 0) == 0]
            indexed = _indexed(folder) if len(names) > 1 else {}
            for name in names:
                file = f"phases/{phase['number']}/{name}"
                manifest = _load(self.path, file, self.name, indexed.get(name))
                if not isinstance(manifest.get("deterministic"), dict):
                    raise self._damaged(_("{file} is not as it was written").format(file=file))
                yield manifest

    def _planned_shards(self) -> list[int] | None:
        plan = self.path / "plan.parquet"
        if not files.exists(plan):
            return None
        return sorted(set(files.read_table(plan, ["shard"])["shard"].to_pylist()))

    def _damaged(self, why: str) -> RunError:
        return RunError(
            self.name,
            _("the run directory is damaged: {why}").format(why=why),
            _("the same `tamis run` command makes again what is missing"),
        )

    def files(self, role: str) -> list[RunFile]:
        """The files of one role in (shard, phase) order; `RunError` when one of them is gone."""
        wanted = [
            (manifest, output)
            for manifest in self.manifests
            for output in manifest["deterministic"].get("outputs", [])
            if output["role"] == role
        ]
        with files.listed():
            found = [self._file(role, manifest, output) for manifest, output in wanted]
        return sorted(found, key=lambda file: (file.shard, file.phase, file.path))

    def _file(self, role: str, manifest: dict[str, Any], output: dict[str, Any]) -> RunFile:
        relative = output["path"]
        path = self.path / relative
        if os.path.isabs(relative) or ".." in Path(relative).parts:
            raise RunError(self.name, _("a manifest names a file outside: {file}").format(file=relative))
        stamp = files.stamp(path)
        if stamp is None:
            raise self._damaged(_("{file} is missing").format(file=relative))
        if stamp.size != output.get("size", stamp.size):
            raise self._damaged(_("{file} is not as it was written").format(file=relative))
        name = Path(relative).name[:6]
        shard = int(name) if name.isdigit() else int(manifest["task"])
        return RunFile(role, shard, int(manifest["phase"]), str(path), int(output.get("rows") or 0))

    def counts(self) -> list[tuple[int, dict[str, Any]]]:
        """(phase, the manifest's deterministic part) of all manifests of row phases."""
        rows = set(self.row_phases)
        return [(m["phase"], m["deterministic"]) for m in self.manifests if m["phase"] in rows]

    def corpus_summary(self, step: str) -> dict[str, int]:
        """What the merge of a corpus step counted; empty where it has none."""
        numbers = [
            p["number"] for p in self.info.get("phases", []) if p["kind"] == "corpus" and step in p["steps"]
        ]
        found = [m["deterministic"].get("summary") for m in self.manifests if m["phase"] in numbers]
        return found[0] if found and isinstance(found[0], dict) else {}

    def tables(self, role: str, columns: list[str], rows: int = 65_536) -> Iterator[tuple[RunFile, pa.Table]]:
        """Slices of at most `rows` rows of all files of a role in order; a column that is absent is null."""
        for file in self.files(role):
            for table in batches(file.path, columns, rows):
                yield file, table


def batches(path: str, columns: list[str], rows: int = 65_536) -> Iterator[pa.Table]:
    """Slices of one file as tables of exactly `columns`, in that order."""
    with files.open_parquet(path) as file:
        schema = file.schema_arrow
        present = [name for name in columns if name.split(".")[0] in schema.names or name in schema.names]
        if present and file.metadata.num_rows <= rows:
            # Without the machinery of batches, which takes longer than to read a small file.
            yield with_columns(file.read(columns=present), columns)
            return
        for batch in file.iter_batches(batch_size=rows, columns=present):
            yield with_columns(pa.Table.from_batches([batch]), columns)


def with_columns(table: pa.Table, columns: list[str]) -> pa.Table:
    """The table with these columns alone, absent ones all null; `origin.name` is taken out of `origin`."""
    arrays, names = [], []
    for name in columns:
        if name in table.column_names:
            column = table[name]
        elif "." in name and name.split(".")[0] in table.column_names:
            parent, child = name.split(".", 1)
            column = pa.chunked_array(
                [_child(chunk, child) for chunk in table[parent].chunks] or [pa.nulls(0)]
            )
        else:
            column = pa.nulls(table.num_rows)
        arrays.append(column)
        names.append(name)
    return pa.table(arrays, names=names)


def _child(chunk: Any, name: str) -> Any:
    if not pa.types.is_struct(chunk.type) or chunk.type.get_field_index(name) < 0:
        return pa.nulls(len(chunk))
    return chunk.flatten()[chunk.type.get_field_index(name)]


def _indexed(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Size, time of change and bytes of manifests, by file name, from the indexes that the engine leaves."""
    found: dict[str, tuple[int, int, bytes]] = {}
    for name in files.names(folder):
        if not name.startswith("_index-"):
            continue
        try:
            table = files.read_table(folder / name, ["task", "size", "modified", "manifest"])
        except (OSError, pa.ArrowException):
            continue  # It only saves time: the manifests themselves are there.
        for task, *entry in zip(*(column.to_pylist() for column in table.columns), strict=True):
            found[f"{task:06d}.json"] = (entry[0], entry[1], entry[2])
    return found


def _load(
    folder: Path, file: str, run: str, indexed: tuple[int, int, bytes] | None = None, hint: str | None = None
) -> dict[str, Any]:
    try:
        same = indexed is not None and indexed[:2] == files.stamp(folder / file)
        loaded = json.loads(indexed[2] if indexed is not None and same else files.read_bytes(folder / file))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RunError(
            run,
            _("{file} cannot be read: {why}").format(file=file, why=error),
            hint or _("the same `tamis run` command makes again what is missing"),
        ) from error
    if not isinstance(loaded, dict):
        raise RunError(run, _("{file} holds no JSON object").format(file=file))
    return loaded
