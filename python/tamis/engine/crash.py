"""Named points at which the fault tests end a process: `TAMIS_CRASH_AT=K6` or, for the second time, `K6:2`."""

from __future__ import annotations

import os
import signal

_passed: dict[str, int] = {}


def crash_point(name: str) -> None:
    """Kill this process here (SIGKILL) when `TAMIS_CRASH_AT` names this point; else do nothing.

    `NAME:3` means the third time that this process passes. With `TAMIS_CRASH_TREE=1` a worker takes its supervisor
    with it, as when the whole machine goes.

    Examples:
        >>> crash_point("K3")
    """
    wanted = os.environ.get("TAMIS_CRASH_AT")
    if not wanted:
        return
    point, _, time = wanted.partition(":")
    if point != name:
        return
    _passed[name] = _passed.get(name, 0) + 1
    if _passed[name] < int(time or 1):
        return
    supervisor = os.environ.get("TAMIS_SUPERVISOR")
    if supervisor and os.environ.get("TAMIS_CRASH_TREE"):
        os.kill(int(supervisor), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
