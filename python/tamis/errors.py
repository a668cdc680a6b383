"""Errors that people read: where, what, and what to do."""

from __future__ import annotations

import errno

from tamis.messages import _, later, told

_REASONS = {
    errno.EACCES: later("no permission"),
    errno.EEXIST: later("a file of that name is there"),
    errno.EISDIR: later("a folder, not a file"),
    errno.ENOENT: later("no such file or folder"),
    errno.ENOSPC: later("no space left on the disk"),
    errno.ENOTDIR: later("a part of the path is a file, not a folder"),
    errno.EPERM: later("no permission"),
    errno.EROFS: later("the disk is read-only"),
}


class TamisError(Exception):
    """Something the user can mend: printed as `error: WHERE: WHAT`, then `hint: WHAT TO DO`; exit code 2."""

    exit_code = 2

    def __init__(self, where: str, what: str, hint: str = "") -> None:
        super().__init__(where, what, hint)
        self.where, self.what, self.hint = where, what, hint

    def __str__(self) -> str:
        said = f"{self.where}: {told(self.what)}" if self.where else told(self.what)
        first = f"{_('error')}: {said}"
        return f"{first}\n{_('hint')}: {told(self.hint)}" if self.hint else first


def reason(error: OSError) -> str:
    """Why the system refused, in the language in use where it is one of the usual reasons.

    Examples:
        >>> reason(IsADirectoryError(errno.EISDIR, "Is a directory"))
        'a folder, not a file'
    """
    return _(_REASONS[error.errno]) if error.errno in _REASONS else error.strerror or str(error)


class RecipeError(TamisError):
    """A recipe that cannot run as it stands: unknown name, wrong type, a bound outside the range."""


class InputError(TamisError):
    """An input that cannot be read at all: missing, a directory, no `text` column, types that disagree."""


class RunError(TamisError):
    """A run directory that cannot be used: locked, another version, no permission."""


class RunFailed(TamisError):
    """The run itself failed: too many failed documents, no space left, an operator that is not deterministic."""

    exit_code = 1


class DocumentFailed(Exception):
    """Raised by an operator's body for one document: it goes to `failed/` with this kind, its neighbours stay.

    `kind` is a word: size, timeout, memory, crash, exception, record, encoding.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)
        self.kind, self.message = kind, message


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM: what was committed stays, the same command continues. Exit code 130."""

    exit_code = 130
