"""How a process of the command ends when it is asked to: SIGTERM as Ctrl-C, and once, however often it is asked."""

from __future__ import annotations

import signal
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def stop_as_ctrl_c_does() -> None:
    """Have SIGTERM raise KeyboardInterrupt, unless the process was started to ignore it."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _raise)


def end_calmly() -> None:
    """Ignore further signals: a second one, met while Python shuts down, would take the exit code away."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _raise(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
