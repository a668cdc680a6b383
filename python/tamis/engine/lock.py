"""One run directory has one writer."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from pathlib import Path
from types import TracebackType

from tamis.engine import store
from tamis.engine.remote_lock import StoreLock
from tamis.errors import RunError
from tamis.messages import _


class RunLock:
    """`flock` on `run/lock`, held for as long as the block lasts; the kernel lets go of it when the process dies.

    A run in a store has a lease instead (`remote_lock`).

    The file says who holds it: pid, host, since. It stays when the lock is released: removing it would let two
    processes hold locks on two files of one name.

    Raises:
        RunError: another process holds it, or the directory cannot be written.
    """

    def __init__(self, run: str | Path) -> None:
        self.run = store.place(run)
        self._lease = StoreLock(self.run) if store.is_object(run) else None
        self._descriptor: int | None = None

    def __enter__(self) -> RunLock:
        if self._lease is not None:
            self._lease.take()
            return self
        try:
            store.make_folder(self.run)
            descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise RunError(str(self.run), error.strerror or str(error), _("choose another -o")) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = _holder(descriptor)
            os.close(descriptor)
            raise RunError(str(self.run), held, _("wait, or use another -o")) from None
        except OSError as error:
            os.close(descriptor)
            raise RunError(
                str(self.run), _("cannot be locked: {error}").format(error=error.strerror)
            ) from error
        owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": int(time.time())}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(owner).encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lease is not None:
            self._lease.release()
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _holder(descriptor: int) -> str:
    try:
        owner = json.loads(os.pread(descriptor, 4096, 0))
        since = time.strftime("%H:%M", time.localtime(owner["since"]))
        sentence = _("in use by process {pid} on {host} since {since}")
        return sentence.format(pid=owner["pid"], host=owner["host"], since=since)
    except (ValueError, KeyError, TypeError):
        return _("in use by another process")
