"""One run directory has one writer, or several that each do their part."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tamis.engine import place, store
from tamis.engine.lease import Held, RunLease
from tamis.errors import RunError, reason
from tamis.messages import _

NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK, errno.EINVAL)
"""What a file system answers that has no file locks."""


class RunLock:
    """`flock` on `run/lock`, held for as long as the block lasts; the kernel lets go of it when the process dies.

    Calls with `--part` hold it together, any other call alone. The file says who holds it: pid, host, since. It stays
    when the lock is released: removing it would let two processes hold locks on two files of one name. On a shared
    folder, and where there are no such locks, a lease (`tamis.engine.lease`) is held as well; in an object store alone.

    Args:
        part: (number, of how many) for a call that does a part.
        parts: into how many parts the run is cut, 0 where it is not; for a call that does not do a part.
        on_note: told when it takes a while.

    Raises:
        RunError: another process holds it, or the directory cannot be written.
    """

    def __init__(
        self,
        run: str | Path,
        part: tuple[int, int] | None = None,
        *,
        parts: int = 0,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        self.run, self.part = store.place(run), part
        self.shared = place.is_shared(run)
        self._lease = RunLease(self.run, part, parts=parts, on_note=on_note)
        self._held = contextlib.ExitStack()

    def __enter__(self) -> RunLock:
        with contextlib.ExitStack() as held:
            if store.is_object(self.run):
                # Nothing locks it; it marks that a run began here.
                store.create(self.run / "lock", b"")
            else:
                self._flock(held)
            if self.shared:
                try:
                    held.enter_context(self._lease)
                except Held as alive:
                    raise self._busy(alive.owner) from None
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def check(self) -> None:
        """Raises RunError where another call may have taken the run over, because nothing was heard of this one."""
        self._lease.check()

    def _flock(self, held: contextlib.ExitStack) -> None:
        try:
            store.make_folder(self.run)
            descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise RunError(str(self.run), reason(error), _("choose another -o")) from error
        held.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if self.part is None else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._busy(_owner(descriptor)) from None
        except OSError as error:
            if error.errno in NO_LOCKS:
                self.shared = True
                return
            raise RunError(
                str(self.run), _("cannot be locked: {error}").format(error=reason(error))
            ) from error
        owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": int(time.time())}
        if self.part is not None:
            owner["part"] = self.part[0]
        data = json.dumps(owner).encode()
        os.pwrite(descriptor, data, 0)
        os.ftruncate(descriptor, len(data))
        if self.part is None:
            # Of several parts the one that ends is not always the one that the file names.
            held.callback(os.ftruncate, descriptor, 0)

    def _busy(self, owner: dict[str, Any]) -> RunError:
        hint = _("wait, or use another -o")
        if self.part is not None and "part" not in owner:
            hint = _(
                "give it again when that call has ended: parts run beside each other, and beside nothing else"
            )
        return RunError(str(self.run), _said(owner), hint)


def _owner(descriptor: int) -> dict[str, Any]:
    try:
        owner = json.loads(os.pread(descriptor, 4096, 0))
    except ValueError:
        owner = None
    return owner if isinstance(owner, dict) else {}


def _said(owner: dict[str, Any]) -> str:
    """Who has the run, as far as the holder says it."""
    try:
        facts = {"pid": int(owner["pid"]), "host": str(owner["host"]), "part": owner.get("part")}
        since = time.strftime("%H:%M", time.localtime(owner["since"])) if "since" in owner else None
    except (ValueError, KeyError, TypeError):
        return _("in use by another process")
    if facts["part"] is not None:
        return _(
            "in use by parts of this run, the last to begin: part {part}, process {pid} on {host}"
        ).format(**facts)
    if since is None:
        return _("in use by process {pid} on {host}").format(**facts)
    return _("in use by process {pid} on {host} since {since}").format(**facts, since=since)
