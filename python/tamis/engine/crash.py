"""Named points at which the fault tests end a run: `TAMIS_CRASH_AT=K6` or, for the second time, `K6:2`."""

from __future__ import annotations

import os
import signal

_point, _, _time = os.environ.get("TAMIS_CRASH_AT", "").partition(":")
_times_left = int(_time or 1)


def crash_point(name: str) -> None:
    """End this process here by SIGKILL when `TAMIS_CRASH_AT` names this point; else do nothing.

    `NAME:3` means the third time that this process passes. A worker takes its supervisor with it, as when the whole
    tree is killed; the other workers follow.

    Examples:
        >>> crash_point("K3")
    """
    global _times_left
    if name != _point:
        return
    _times_left -= 1
    if _times_left > 0:
        return
    if os.environ.get("TAMIS_SUPERVISOR") == str(os.getppid()):
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
