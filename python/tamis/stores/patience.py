"""What is asked of a store is asked again while it does not answer; what it refuses is told as a person reads it."""

from __future__ import annotations

import contextlib
import logging
import random
import re
import time
from collections.abc import Iterator
from contextvars import ContextVar

from tamis.errors import InputError, RunFailed, TamisError
from tamis.messages import _
from tamis.stores.addresses import StrPath, address, split
from tamis.stores.clients import ENDPOINT, has_credentials, retry_seconds

MOST_WAIT = 10.0
SAY_EVERY = 30.0
_OWN_FAULT = re.compile(
    "reading federated token file|read token file|Azure Cli not installed|get-access-token"
)
"""What goes wrong on this machine before any server is asked."""
_REMOVAL = re.compile(r"request failed for key .*: (.*) \(code: (\w+)\)", re.DOTALL)
"""Objects are removed in batches, whose answer has a status for each."""
_PASSES = re.compile(
    "5..|408|429|SlowDown|InternalError|ServiceUnavailable|RequestTimeout|ServerBusy|OperationTimedOut"
)

_log = logging.getLogger(__name__)
_hurried = ContextVar("hurried", default=False)
_said = -SAY_EVERY
"""When it was last said, on the monotonic clock, that a store does not answer."""


@contextlib.contextmanager
def hurried() -> Iterator[None]:
    """In this block of this thread nothing is asked again that was not answered in the first seconds."""
    token = _hurried.set(True)
    try:
        yield
    finally:
        _hurried.reset(token)


class Patience:
    """One request that is repeated while a store does not answer; a signal is heeded between its tries."""

    def __init__(self, path: StrPath) -> None:
        self.path = path
        self.until = time.monotonic() + (0.0 if _hurried.get() else retry_seconds())
        self.tries = 0

    def wait(self, error: Exception, *, writing: bool = False) -> None:
        """Return when it is time to ask again; raises what a person reads where asking again is no use, or was enough."""
        global _said
        reason = self.told(error, writing=writing)
        conflict = _is_conflict(error)
        if not (isinstance(reason, RunFailed) or conflict) or time.monotonic() >= self.until:
            raise reason from error
        self.tries += 1
        if not conflict and time.monotonic() - _said >= SAY_EVERY:
            _said = time.monotonic()
            sentence = _("{where}: no answer yet ({reason}); asked again for up to {seconds} s")
            seconds = f"{retry_seconds():g}"
            _log.warning(sentence.format(where=address(self.path), reason=self.plain(error), seconds=seconds))
        time.sleep(
            random.uniform(0.1, min(0.4 * self.tries, MOST_WAIT))
            if conflict
            else random.uniform(0, self.longest())
        )

    def longest(self) -> float:
        """The longest wait before the next try, in seconds."""
        return MOST_WAIT

    def told(self, error: Exception, *, writing: bool = False) -> TamisError:
        """The error that a person reads; RunFailed where asking again may help."""
        return told(self.path, error, writing=writing)

    def plain(self, error: Exception) -> str:
        """Why there was no answer, without addresses."""
        return _plain(error)


def _is_conflict(error: Exception) -> bool:
    """409: two conditional writes at once, to be repeated."""
    return "409 Conflict" in str(error)


def told(path: StrPath, error: Exception, *, writing: bool = False) -> TamisError:
    """The error that a person reads: no body of an answer, no address with a signature in it."""
    if isinstance(error, TamisError):
        return error
    where, scheme = address(path), split(path).scheme
    reason = _status(error)
    check = _("check the address, and {variable} for a server of your own").format(variable=ENDPOINT[scheme])
    if "redirect" in _text(error) or reason.startswith("30"):
        if scheme != "s3":
            return InputError(where, _("the server sends the request elsewhere"), check)
        hint = _("is the region right? AWS_REGION names that of the bucket")
        return InputError(
            where, _("the server sends the request elsewhere: the bucket lies in another region"), hint
        )
    if reason.startswith("404") or isinstance(error, FileNotFoundError):
        return InputError(where, _("there is no such bucket or object"), check)
    if re.match("4(?!08|29)", reason):
        return InputError(
            where, _("the server refuses it: {reason}").format(reason=reason), _refused(scheme, writing)
        )
    removal = _REMOVAL.search(_text(error))
    if removal and not _PASSES.fullmatch(removal[2]):
        why = f"{removal[1]} ({removal[2]})"
        return InputError(
            where, _("the server refuses it: {reason}").format(reason=why), _refused(scheme, True)
        )
    if _OWN_FAULT.search(_text(error)):
        what = _("the environment does not say how to reach it: {why}").format(why=_plain(error))
        return InputError(where, what, _("see docs/how-to/s3.md for the variables"))
    what = _("no answer for {seconds} s: {reason}").format(
        seconds=f"{retry_seconds():g}", reason=_plain(error)
    )
    return RunFailed(where, what, _("the same command goes on once the server answers"))


def _refused(scheme: str, writing: bool) -> str:
    if not has_credentials(scheme):
        return _(
            "the environment holds no credentials, so the request went unsigned: see docs/how-to/s3.md for the variables"
        )
    if writing:
        return _("may these credentials write there?")
    return _("may these credentials read there?")


def _text(error: Exception) -> str:
    return str(error).split("\n\nDebug source", 1)[0]


def _status(error: Exception) -> str:
    """`503 Service Unavailable (SlowDown)`; "" where there was no answer at all."""
    text = _text(error)
    status = re.search(r"status code: (\d{3}(?: [A-Z][A-Za-z]+)*)", text)
    code = re.search(r"<Code>(\w+)</Code>", text)
    return " ".join([*([status[1]] if status else []), *([f"({code[1]})"] if code else [])])


def _plain(error: Exception) -> str:
    """Why there was no answer, without addresses."""
    text = _text(error)
    first = text.splitlines()[0] if text else type(error).__name__
    return (_status(error) or re.sub(r"\S+://\S+", "...", first))[:300]
