"""Files of a shared folder that other machines wrote: they may be seen late, or at first without their end."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tamis.engine import store
from tamis.errors import RunFailed
from tamis.messages import _

PATIENCE = float(os.environ.get("TAMIS_LATE_SECONDS", "60"))
"""Seconds for which a file that a manifest names may be missing or short; NFS keeps attributes of folders for as long."""
PAUSE = 0.2


def arrived(run: str | Path, outputs: Iterable[Mapping[str, Any]], until: float) -> bool:
    """Wait until all files that a manifest names (path below `run`, size) are seen whole; False where one is not in time.

    `until` is a time of the monotonic clock. Files are looked for by their exact names: a listing is what a machine
    remembers longest.
    """
    waiting = [(Path(run, one["path"]), one["size"]) for one in outputs]
    while waiting := [(path, size) for path, size in waiting if not _whole(path, size)]:
        if time.monotonic() >= until:
            return False
        time.sleep(PAUSE)
    return True


def need(spec: Mapping[str, Any]) -> None:
    """In a worker: wait for the files that a task reads, where its spec says `files` and for how many seconds (`patience`).

    Raises:
        RunFailed: one is not to be seen whole in time.
    """
    files = spec.get("files", ())
    if files and not arrived(spec["run"], files, time.monotonic() + spec.get("patience", 0.0)):
        lost = next(one["path"] for one in files if not _whole(Path(spec["run"], one["path"]), one["size"]))
        hint = _("does each machine see this folder? If the file is gone, the same command makes it again")
        raise RunFailed(str(Path(spec["run"], lost)), _("not to be seen here, or not whole"), hint)


def read_json(path: Path, patience: float) -> Any:
    """A JSON file of which another machine has said that it is there.

    Raises:
        FileNotFoundError: it does not come to be seen in time.
        ValueError: in that time it does not come to be JSON.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return json.loads(store.read(path))
        except (FileNotFoundError, ValueError):
            if time.monotonic() >= until:
                raise
        time.sleep(PAUSE)


def _whole(path: Path, size: int) -> bool:
    found = store.size(path)
    return found is not None and found >= size
