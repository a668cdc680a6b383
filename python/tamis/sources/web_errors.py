"""What web servers and the Hugging Face Hub refuse or leave unanswered, told as a person reads it."""

from __future__ import annotations

import re

from tamis.errors import InputError, RunFailed, TamisError
from tamis.messages import _
from tamis.stores.clients import retry_seconds
from tamis.stores.patience import MOST_WAIT, Patience


def is_hub(url: str) -> bool:
    """Whether the Hugging Face Hub has the file."""
    return url.startswith("hf://")


class WebPatience(Patience):
    """A request to a web server that is repeated while it does not answer."""

    def told(self, error: Exception, *, writing: bool = False) -> TamisError:
        return told(self.path, error)

    def plain(self, error: Exception) -> str:
        return reason(error)

    def longest(self) -> float:
        # Nothing below has asked again already, as obstore does for stores.
        return min(2.0 ** (self.tries - 1), MOST_WAIT)


def told(url: object, error: Exception) -> TamisError:
    """The error for a file that cannot be opened, or read further; RunFailed where it may be another time."""
    where = str(url)
    if isinstance(error, TamisError):
        return error
    status, first = _status(error), _chain(error)[0]
    if status >= 500 or status in (408, 429) or not (status or _is_final(first)):
        seconds = f"{retry_seconds():g}"
        what = _("no answer for {seconds} s: {reason}").format(seconds=seconds, reason=reason(error))
        return RunFailed(where, what, _("the same command goes on once the server answers"))
    if status == 404 or isinstance(first, FileNotFoundError) or (is_hub(where) and status == 401):
        what = _missing_in_hub(error) if is_hub(where) else _("no such file")
        return InputError(where, what, hint(where))
    if status:
        return InputError(
            where, _("the server refuses it: {reason}").format(reason=reason(error)), hint(where)
        )
    return InputError(where, _("cannot be opened: {reason}").format(reason=reason(error)), hint(where))


def hint(url: str) -> str:
    """What to do about an address that a server does not answer for."""
    if is_hub(url):
        return _(
            "write hf://datasets/OWNER/NAME/PATH; a private or gated one wants HF_TOKEN in the environment"
        )
    return _("check the address: it names one file, without wildcards")


def _missing_in_hub(error: Exception) -> str:
    kinds = {type(one).__name__ for one in _chain(error)}
    if "RevisionNotFoundError" in kinds:
        return _("there is no such revision of it")
    if "RepositoryNotFoundError" in kinds or _status(error) == 401:
        return _("there is no such repository, or it is private")
    return _("no such file")


def _chain(error: BaseException) -> list[BaseException]:
    """What lies behind comes first: libraries wrap the answer of a server."""
    return [*(_chain(error.__cause__) if error.__cause__ else []), error]


def _status(error: Exception) -> int:
    """The status of the server's answer; 0 where there was none."""
    for one in _chain(error):
        status = getattr(one, "status", None) or getattr(getattr(one, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
    return 0


def _is_final(error: BaseException) -> bool:
    """Whether no answer of a server is missing: an address that means nothing, too many redirects, no memory."""
    names = {one.__name__ for one in type(error).__mro__}
    final = (FileNotFoundError, ValueError, TypeError, RuntimeError, MemoryError, AttributeError)
    return isinstance(error, final) or "ClientResponseError" in names


def reason(error: Exception) -> str:
    """Why, on one line, without the address."""
    first = _chain(error)[0]
    if status := _status(error):
        phrase = getattr(getattr(first, "response", None), "reason_phrase", "")
        return f"{status} {phrase or getattr(first, 'message', '')}".strip()
    if "TooManyRedirects" in type(first).__name__:
        return _("it redirects in a circle")
    if any(type(one).__name__ == "ClientPayloadError" for one in _chain(error)):
        return _("the connection broke")
    text = " ".join(str(first).split()) or type(first).__name__
    return re.sub(r"^\[Errno -?\d+\] ", "", re.sub(r"\S+://\S+", "...", text))[:300]
