"""Whether the control store of a Ray cluster (its GCS) still answers.

A driver whose control store is gone waits without a word in most calls of Ray; after a minute Ray ends the whole
process, without a clean-up. So the store is asked from here, and the run ended before that with an error.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time

from tamis.errors import RunFailed
from tamis.messages import _

RAY_GIVES_UP = float(os.environ.get("RAY_gcs_rpc_server_reconnect_timeout_s", "60"))  # noqa: SIM112
"""Seconds after which Ray ends the process; whoever has a store that is started again may raise it for the driver."""
GONE_AFTER = RAY_GIVES_UP / 2
"""Leaving a cluster without its store takes Ray another 5 seconds."""
END_AFTER = RAY_GIVES_UP * 0.9
LOOK_EVERY = 1.0
ANSWER_SECONDS = 2.0

# What an HTTP/2 client says first, with an empty frame of settings; a gRPC server answers with its own settings.
_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
_SETTINGS = 4


def ask(place: str, seconds: float) -> None:
    """Whether a gRPC server answers at HOST:PORT, as the control store is one.

    With Ray's RAY_USE_TLS it is only asked for a connection.

    Raises:
        OSError: nobody does, within so many seconds.
        ValueError: what answers is something else.
    """
    host, _colon, port = place.rpartition(":")
    until = time.monotonic() + seconds
    with socket.create_connection((host.strip("[]"), int(port)), seconds) as link:
        if os.environ.get("RAY_USE_TLS", "0").lower() not in ("0", "", "false"):
            return
        link.sendall(_HELLO)
        said = b""
        while len(said) < _SETTINGS:
            link.settimeout(max(0.01, until - time.monotonic()))
            more = link.recv(64)
            if not more:
                break
            said += more
    if said[3:4] != bytes((_SETTINGS,)):
        raise ValueError(place)


class Watch:
    """A thread that asks every second, from now until `close`.

    Where the main thread does not come to look, deep in a call of Ray or in long work of its own, the thread ends the
    process itself, with the same words, moments before Ray would.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._heard = time.monotonic()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, name="control-store", daemon=True)
        self._thread.start()

    @property
    def silence(self) -> float:
        """Seconds since the store answered."""
        return time.monotonic() - self._heard

    def check(self) -> None:
        """Raises RunFailed where the store has not answered for too long."""
        if self.silence >= GONE_AFTER:
            raise self._gone()

    def close(self) -> None:
        """Look no more."""
        self._end.set()

    def _look(self) -> None:
        while not self._end.wait(LOOK_EVERY):
            asked = time.monotonic()
            with contextlib.suppress(OSError, ValueError):
                ask(self.place, ANSWER_SECONDS)
                self._heard = asked
            if self.silence >= END_AFTER and not self._end.is_set():
                sys.stderr.write(f"{self._gone()}\n")
                sys.stderr.flush()
                os._exit(RunFailed.exit_code)

    def _gone(self) -> RunFailed:
        what = _("the control store (GCS) of the Ray cluster has not answered for {seconds} seconds")
        hint = _(
            "nothing is lost: the same command goes on, on a cluster that was started again, on another, or without --on"
        )
        return RunFailed(self.place, what.format(seconds=f"{self.silence:.0f}"), hint)
