"""Writing what the report makes, and saying what a person can do where that is not allowed."""

from __future__ import annotations

import errno
import os

from tamis.errors import RunError, RunFailed, reason
from tamis.messages import _
from tamis.stores.files import replace_bytes


def write(file: str | os.PathLike[str], data: bytes, hint: str | None = None) -> None:
    """Write a file of the report whole, in place of one that may be there.

    Raises:
        RunError: it cannot be written there, with `hint` or what to do with a run that can only be read.
        RunFailed: the disk is full.

    Examples:
        >>> write("out/report/index.html", b"<!doctype html>")            # doctest: +SKIP
    """
    try:
        replace_bytes(file, data)
    except OSError as error:
        what = _("cannot be written: {why}").format(why=reason(error))
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            full = _("free some space, then give the same command")
            raise RunFailed(os.fspath(file), what, full) from error
        usual = _("copy the run directory to where you may write, and give the command with the copy")
        raise RunError(os.fspath(file), what, hint or usual) from error
