"""A worker process: `python -P -m tamis.engine.worker COMMANDS RESULTS BREADCRUMB SUPERVISOR` (three descriptors, a pid).

Started by `tamis.engine.pool` only. It lives no longer than its supervisor.
"""

from __future__ import annotations

import sys

from tamis import _core

if __name__ == "__main__":
    # Before anything that takes time, so that there is no moment at which it could be left behind.
    _core.die_with_parent(int(sys.argv[4]))

import contextlib
import faulthandler
import gc
import os
import signal
import time
import traceback
from pathlib import Path
from typing import Any

from tamis.engine import memory, store, wire
from tamis.engine.tasks import Summary, function, load_ops_files
from tamis.errors import TamisError
from tamis.messages import use

PROGRESS_EVERY = 0.5


class _Progress:
    """Tells the supervisor how far a task is, at most every half second."""

    def __init__(self, results: int) -> None:
        self._results = results
        self._sent = time.monotonic()

    def __call__(self, *, bytes: int = 0, rows: int = 0, kept: int = 0, failed: int = 0) -> None:
        now = time.monotonic()
        if now - self._sent >= PROGRESS_EVERY:
            self._sent = now
            wire.send(
                self._results, {"progress": {"bytes": bytes, "rows": rows, "kept": kept, "failed": failed}}
            )


def main(commands: int, results: int, crumb: int, supervisor: int) -> None:
    """Serve tasks until the supervisor says stop or is gone."""
    # Ctrl-C and kill reach the supervisor too; it decides what becomes of a running task.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for descriptor in (commands, results, crumb):
        os.set_inheritable(descriptor, False)
    faulthandler.enable(all_threads=False)
    use("en")  # what it says is stored; an error that reaches a person is told again
    start = wire.receive(commands)
    if start is None:
        return
    _set_up(start, commands, crumb)
    wire.send(results, {"ready": os.getpid(), "supervisor": supervisor})
    while (message := wire.receive(commands)) is not None and "task" in message:
        wire.send(results, _run(message["task"], results))


def _set_up(start: dict[str, Any], commands: int, crumb: int) -> None:
    sys.path.extend(entry for entry in start["path"] if entry not in sys.path)
    with contextlib.suppress(OSError):
        # If the kernel must kill, then a worker, never the supervisor.
        Path("/proc/self/oom_score_adj").write_text("500")
    store.set_fsync(start["fsync"])
    store.keep_copies_in(Path(start["copies"]))
    memory.limit_arrow_threads()
    _core.breadcrumb_open(crumb)
    _core.watch_start(fd=commands, seconds=start["seconds"], memory=start["memory"], folder=start["died"])
    load_ops_files(start["ops_files"])
    import pyarrow.parquet  # noqa: F401  (its time belongs to the start, not to the first document)

    gc.freeze()  # modules stay: the collector need not go through them again and again


def _run(spec: dict[str, Any], results: int) -> dict[str, Any]:
    _core.watch_task(spec["attempt"])
    memory.reset_peak()
    try:
        summary: Summary = function(spec["kind"])(spec, _Progress(results))
        answer: dict[str, Any] = {"done": summary}
    except TamisError as error:
        answer = {"error": {"tamis": type(error).__name__, "args": error.args}}
    except Exception as error:
        answer = {"error": _described(error)}
    # Not for a SystemExit: that ends this process, and the breadcrumb says at which document.
    _core.breadcrumb_idle()
    _core.forget_texts()
    memory.release_arrow_memory()
    return {**answer, "attempt": spec["attempt"]}


def _described(error: Exception) -> dict[str, Any]:
    number = getattr(error, "errno", None)
    return {
        "type": type(error).__name__,
        "message": str(error),
        "errno": number if isinstance(error, OSError) else None,
        "file": getattr(error, "filename", None) and str(getattr(error, "filename", "")),
        "traceback": traceback.format_exc(),
    }


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]))
