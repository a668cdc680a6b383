"""`tamis.export`: a run's kept documents as one file, for tools that read no folder of Parquet files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tamis.errors import TamisError
from tamis.messages import _
from tamis.report.read import RunFiles
from tamis.sinks.export import Form, write
from tamis.stores.files import open_parquet

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 1024
SUFFIXES = (".parquet", ".jsonl", ".jsonl.gz", ".jsonl.zst", ".jsonl.xz", ".jsonl.bz2")


def export(run: str | os.PathLike[str], path: str | os.PathLike[str], *, datatrove: bool = False) -> int:
    """Write the kept documents of a run into one file, in the run's order, and return how many.

    Args:
        run: a run directory.
        path: the file; its suffix chooses the form: `.parquet`, or `.jsonl` with or without `.gz`, `.zst`, `.xz`.
        datatrove: JSON lines of `text`, `id` and all else in `metadata`.

    Raises:
        RunError: no run directory, or a damaged one. TamisError: a suffix that means nothing, or no way to write.

    Examples:
        >>> import tamis
        >>> tamis.export("out", "kept.jsonl.gz")                                    # doctest: +SKIP
        47
    """
    return write(_kept(RunFiles(run)), path, form_of(path, datatrove=datatrove))


def form_of(path: str | os.PathLike[str], *, datatrove: bool = False) -> Form:
    """The form that a file's suffix means, in a folder that can be written; see `export` for what is raised."""
    name = Path(path).name
    lines = name.endswith(SUFFIXES[1:])
    if not lines and not name.endswith(SUFFIXES[0]):
        hint = _("the suffix chooses the form: {suffixes}").format(suffixes=", ".join(SUFFIXES))
        raise TamisError(str(path), _("a suffix that means nothing here"), hint)
    if datatrove and not lines:
        raise TamisError(
            str(path), _("datatrove's form is one of JSON lines"), _("give a name that ends in .jsonl")
        )
    folder = Path(path).absolute().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        why = _("this folder cannot be written") if folder.is_dir() else _("there is no such folder")
        raise TamisError(str(folder), why, _("make it, or give another FILE"))
    return "datatrove" if datatrove else "jsonl" if lines else "parquet"


def _kept(run: RunFiles) -> Iterator[pa.RecordBatch]:

    for file in run.files("kept"):
        with open_parquet(file.path) as opened:
            yield from opened.iter_batches(ROWS)
