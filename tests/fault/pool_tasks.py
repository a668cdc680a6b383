"""Tasks that misbehave, for the tests of the pool: each behaves as its spec says at the rows that it names."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tamis import _core


def nothing(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    return {"number": spec.get("number", 0), "pid": os.getpid()}


def rows(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    """Rows 0..n-1 in batches of `batch`; what is in `poison` fails, `bad` = {row: how} does what it says."""
    bad, poison = spec.get("bad", {}), spec.get("poison", {})
    batch = max(1, spec.get("batch", 64) * spec.get("batch_bytes", 4 << 20) // (4 << 20))
    single = spec.get("single", [0, 0])
    kept: list[int] = []
    failed: dict[str, Any] = dict(poison)
    start = 0
    while start < spec["rows"]:
        count = 1 if single[0] <= start < single[1] else min(batch, spec["rows"] - start)
        wanted = [row for row in range(start, start + count) if str(row) not in poison]
        if "only_row" in spec:
            wanted = [row for row in wanted if row == spec["only_row"]]
        for row in wanted:
            _core.breadcrumb(start, 3, count)
            if spec.get("marks", True):
                _core.breadcrumb_row(row - start)
            try:
                _behave(bad.get(str(row), ""), spec)
                kept.append(row)
            except Exception as error:
                failed[str(row)] = ["exception", str(error), None, 3]
        progress(rows=start, failed=len(failed))
        start += count
    _core.breadcrumb_idle()
    return {"kept": kept, "failed": failed}


def _behave(how: str, spec: dict[str, Any]) -> None:
    if "sleep" in spec:
        time.sleep(spec["sleep"])
    if how == "segfault":
        ctypes.string_at(0)
    elif how == "hang":
        # A native call that keeps the GIL.
        ctypes.PyDLL(None).sleep(1000)
    elif how == "allocate":
        held = []
        for _step in range(300):
            held.append(b"\1" * (10 << 20))
        time.sleep(10)
    elif how == "raise":
        raise ValueError("this row is bad")
    elif how == "exit":
        sys.exit(0)
    elif how == "os_exit":
        os._exit(0)
    elif how == "overflow":
        _overflow()
    elif how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "in company" and "only_row" not in spec:
        ctypes.string_at(0)


def _overflow() -> None:
    """A stack overflow in native code: qsort calls itself through its comparison."""
    compare_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    library = ctypes.CDLL(None)
    sys.setrecursionlimit(10**9)
    numbers = (ctypes.c_int * 2)(2, 1)

    def compare(_left: int, _right: int) -> int:
        library.qsort(numbers, 2, 4, callback)
        return 0

    callback = compare_type(compare)
    library.qsort(numbers, 2, 4, callback)


def fail(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    raise ZeroDivisionError("an error of the task itself")


def sleep(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    _mark(spec)
    time.sleep(spec["seconds"])
    return {"slept": spec["seconds"]}


def _mark(spec: dict[str, Any]) -> None:
    if "mark" in spec:
        with open(f"{spec['mark']}-{os.getpid()}", "w"):
            pass


def hang(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    _mark(spec)
    ctypes.PyDLL(None).sleep(1000)
    return {}


def die_at_once(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    os._exit(3)


def hold(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    held = b"\1" * spec["bytes"]
    time.sleep(spec["seconds"])
    return {"held": len(held)}


def full_disk(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    if os.path.exists(spec["flag"]):
        with open("/dev/full", "wb", buffering=0) as file:
            file.write(b"x")
    return {"wrote": True}


def spawn_and_die(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    child = subprocess.Popen(["sleep", "1000"])
    with open(spec["note"], "w") as file:
        file.write(str(child.pid))
    os._exit(1)


def commit(spec: dict[str, Any], progress: Any) -> dict[str, Any]:
    """A task that reads nothing and commits ten rows, unless it did so before."""
    import pyarrow as pa

    from tamis.engine.commit import Outputs
    from tamis.engine.manifest import read_manifest

    run, task = Path(spec["run"]), spec["number"]
    if read_manifest(run, 0, task):
        return {"again": False}
    with Outputs(run, 0, task, spec["attempt"]) as out:
        kept = pa.table({"text": pa.array([f"row {task} {row}" for row in range(10)], pa.large_string())})
        out.parquet("kept", kept.schema).write(kept)
        out.arrow("sketch", kept.schema).write(kept)
        out.commit({"measured": "m", "decided": "d", "counts": {"in": 10, "kept": 10}})
    return {"again": True}
