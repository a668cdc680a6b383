"""Ctrl-C and SIGTERM: the first asks to end well, the second to end now."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from types import FrameType
from typing import Any

from tamis.errors import Interrupted
from tamis.messages import _

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Counts the signals while it is installed; its `descriptor` becomes readable with each.

    Python hands signals to the main thread only: in another thread nothing is installed and `count` stays 0. A signal
    that is ignored (a background job of a shell) stays ignored. The second signal raises at once, except while `quiet`
    is set: there the code looks at `count` itself. With `wanted` False nothing is installed either: the signals are
    for the program around us.
    """

    def __init__(self, wanted: bool = True) -> None:
        self._wanted = wanted
        self.count = 0
        self.quiet = False
        self.descriptor = self._write = -1
        self._before: dict[signal.Signals, Any] = {}
        self._wakeup_before: int | None = None

    def install(self) -> None:
        """Take over both signals, until `restore`."""
        self.descriptor, self._write = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._write, False)
        if not self._wanted or threading.current_thread() is not threading.main_thread():
            return
        self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in _SIGNALS:
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN and before is not None:
                self._before[number] = before
                signal.signal(number, self._noted)

    def restore(self) -> None:
        """Give both signals back to whom they served before."""
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before.clear()
        if self._wakeup_before is not None:
            signal.set_wakeup_fd(self._wakeup_before)
            self._wakeup_before = None
        os.close(self.descriptor)
        os.close(self._write)

    def drain(self) -> None:
        """Read what made the descriptor readable."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.descriptor, 64)

    def check(self) -> None:
        """Raise where someone has asked to stop.

        Raises:
            Interrupted: at the first signal; for long work in the driver itself.
        """
        if self.count:
            raise Interrupted(_("stopped; the same command continues"))

    def _noted(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1 and not self.quiet:
            self.check()
