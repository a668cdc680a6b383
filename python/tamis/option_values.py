"""What the options of the verbs take, from the command line as text or from Python as values: one check for both.

Examples:
    >>> size("2GB"), share("10%"), count("10_000"), names("title")
    (2000000000, 0.1, 10000, ['title'])
    >>> checked("workers", -1)
    Traceback (most recent call last):
    ...
    tamis.option_values.Refused: ("'-1' is no count", 'a whole number, at least 1')
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, overload

from tamis.messages import _, did_you_mean

_POWERS = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "KI": 2**10,
    "MI": 2**20,
    "GI": 2**30,
    "TI": 2**40,
}


MOST_STEPS = 1_000
"""Values of a range, at most."""


class Refused(ValueError):
    """A value that an option does not take: what is wrong, and a hint."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what, self.hint = what, hint


def size(value: Any) -> int:
    """`512MB`, `2GB`, `1.5 GiB` or a plain number of bytes."""
    text = _text(value)
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]I?)?B?", text.strip().upper())
    if not match or float(match[1]) <= 0:
        raise Refused(_("'{text}' is no size").format(text=text), _("for example 512MB or 2GB"))
    return int(float(match[1]) * _POWERS[match[2] or ""])


def count(value: Any) -> int:
    """A whole number, at least 1; `10_000` and `10,000` too."""
    text = _text(value)
    plain = text.replace(",", "").replace("_", "")
    if not plain.isdecimal() or int(plain) < 1:
        raise Refused(_("'{text}' is no count").format(text=text), _("a whole number, at least 1"))
    return int(plain)


def documents(value: Any) -> int:
    """A whole number of documents, at least 1; `1e9`, `2.5e6`, `1_000_000_000` too.

    Examples:
        >>> documents("1e9") == documents("1_000_000_000") == documents(10**9) == 10**9
        True
    """
    text = _text(value)
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?e\+?[0-9]{1,2}", text, re.I):
        found = Decimal(text)
        if found >= 1 and found == found.to_integral_value():
            return int(found)
    return count(text)


def seed(value: Any) -> int:
    """A whole number, 0 or more."""
    text = _text(value)
    if not text.isdecimal():
        raise Refused(_("'{text}' is no seed").format(text=text), _("a whole number, 0 or more"))
    return int(text)


def seconds(value: Any) -> float:
    """A time in seconds, more than 0; `30`, `2.5`, `30s`."""
    text = _text(value)
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*s?", text)
    if not match or float(match[1]) <= 0:
        raise Refused(_("'{text}' is no time in seconds").format(text=text), _("for example 30"))
    return float(match[1])


def share(value: Any) -> float:
    """A share above 0 and up to 1: `0.1` or `10%`."""
    text = _text(value)
    match = re.fullmatch(r"([0-9]*\.?[0-9]+(?:e-[0-9]+)?)\s*(%)?", text)
    found = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 < found <= 1:
        raise Refused(
            _("'{text}' is no share").format(text=text), _("above 0 and up to 1: 0.1 takes a tenth")
        )
    return found


def count_or_share(value: Any) -> int | float:
    """`12` documents, or `0.01` (`1%`) of all."""
    text = _text(value)
    if text.isdecimal():
        return int(text)
    try:
        return share(text)
    except Refused:
        hint = _("12 allows twelve documents, 0.01 one in a hundred")
        raise Refused(_("'{text}' is neither a count nor a share").format(text=text), hint) from None


def part(value: Any) -> str:
    """`3/64`, the third of 64 parts; `slurm/64` and `kubernetes/64` take the number from the array or job that this is.

    Examples:
        >>> part("3/64"), part(" 64/64 ")
        ('3/64', '64/64')
        >>> part("65/64")
        Traceback (most recent call last):
        ...
        tamis.option_values.Refused: ('there is no part 65 of 64', 'parts are numbered from 1 to 64')
    """
    text = _text(value)
    match = re.fullmatch(r"\s*(-?[0-9]+|[a-z]+)/([0-9]+)\s*", text)
    if not match or (match[1].isalpha() and match[1] not in SCHEDULERS) or int(match[2]) < 1:
        hint = _("for example 3/64, slurm/64 or kubernetes/64")
        raise Refused(_("'{text}' is no part").format(text=text), hint)
    parts = int(match[2])
    number = SCHEDULERS[match[1]](parts) if match[1] in SCHEDULERS else int(match[1])
    if not 1 <= number <= parts:
        what = _("there is no part {number} of {parts}").format(number=number, parts=parts)
        raise Refused(what, _("parts are numbered from 1 to {parts}").format(parts=parts))
    return f"{number}/{parts}"


def _of_slurm(parts: int) -> int:
    """The number of this task of a Slurm array, which may count from 0, from 1, or in steps.

    What the array was given as is not told, only its smallest, its largest and how many there are. Of a whole array
    the smallest is the first part; of some tasks of one (`--array=5,17`) that is known only where 0 or the number of
    parts is among them.
    """
    where = _("a task of a Slurm array")
    own, low = _number("SLURM_ARRAY_TASK_ID", where), _number("SLURM_ARRAY_TASK_MIN", where)
    high, count, step = (_number(f"SLURM_ARRAY_TASK_{name}") for name in ("MAX", "COUNT", "STEP"))
    if count == parts or (count is None and low in (0, 1)):
        return (own - low) // (step or 1) + 1
    if low == 0 or high == parts:
        return own + (low == 0)
    what = _(
        "Slurm gives task {own} of {count}, from {low} to {high}: does the array count from 0 or from 1?"
    )
    hint = _("give all {parts} tasks again (those that are done end at once), or --part I/{parts}")
    raise Refused(what.format(own=own, count=count, low=low, high=high), hint.format(parts=parts))


def _of_kubernetes(_parts: int) -> int:
    """The number of this pod of an indexed job, which counts from 0."""
    return _number("JOB_COMPLETION_INDEX", _("a pod of an indexed Kubernetes job")) + 1


SCHEDULERS: dict[str, Callable[[int], int]] = {"slurm": _of_slurm, "kubernetes": _of_kubernetes}


@overload
def _number(name: str, place: str) -> int: ...
@overload
def _number(name: str) -> int | None: ...
def _number(name: str, place: str | None = None) -> int | None:
    """A whole number of the environment; None where it is not set, which is refused if `place` says what sets it."""
    text = os.environ.get(name, "")
    if text.isdecimal():
        return int(text)
    if not text and place is None:
        return None
    what = _("{name} is '{text}', no number") if text else _("{name} is not set: this is not {place}")
    raise Refused(what.format(name=name, text=text, place=place), _("give the part's number: --part 3/64"))


def steps_between(value: Any) -> list[float]:
    """The numbers of `FROM:TO:STEP`, both ends among them, in exact decimal steps.

    Examples:
        >>> steps_between("0.1:0.25:0.05"), steps_between("50:100:20")
        ([0.1, 0.15, 0.2, 0.25], [50, 70, 90, 100])
    """
    text, form = _text(value), _("write FROM:TO:STEP, for example 0.1:0.5:0.05")
    parts = text.replace("_", "").split(":")
    if len(parts) != 3 or not all(
        re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", p, re.I) for p in parts
    ):
        raise Refused(_("'{text}' is no range of numbers").format(text=text), form)
    first, last, step = (Decimal(part.strip()) for part in parts)
    if step <= 0 or last < first:
        raise Refused(_("'{text}' goes nowhere").format(text=text), _("FROM below TO, and a STEP above 0"))
    if (last - first) / step >= MOST_STEPS:
        what = _("'{text}' has more than {most} values").format(text=text, most=f"{MOST_STEPS:,}")
        raise Refused(what, _("take a larger step"))
    whole = all(re.fullmatch(r"\s*[+-]?\d+\s*", part) for part in parts)
    found = [first + step * n for n in range(int((last - first) / step) + 1)]
    found += [last] if found[-1] != last else []
    return [int(one) if whole else float(one) for one in found]


def one_of(*choices: str) -> Callable[[Any], str]:
    """One of a few words."""

    def chosen(value: Any) -> str:
        text = _text(value)
        if text not in choices:
            known = _("one of {choices}").format(choices=", ".join(choices))
            what = _("'{text}' is none of its values").format(text=text)
            raise Refused(what, did_you_mean(text, choices) or known)
        return text

    return chosen


def names(value: Any) -> list[str]:
    """Names with commas between them, or a list of names; none in an empty text."""
    given = (value.split(",") if value.strip() else []) if isinstance(value, str) else list(value)
    found = [name.strip() if isinstance(name, str) else name for name in given]
    if not all(isinstance(name, str) and name for name in found):
        raise Refused(_("an empty name in '{text}'").format(text=value), _("for example: title,lang"))
    return found


def cluster(value: Any) -> str:
    """Where a run works: `ray` (the cluster of RAY_ADDRESS) or `ray=HOST:PORT`."""
    text = _text(value)
    if text != "ray" and not re.fullmatch(r"ray=\S+", text):
        raise Refused(_("'{text}' is no cluster").format(text=text), _("ray, or ray=HOST:PORT"))
    return text


def flag(value: Any) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise Refused(_("'{text}' is neither True nor False").format(text=value))
    return value


def name(value: Any) -> str:
    """The name of a column."""
    if not isinstance(value, str) or not value:
        raise Refused(_("'{text}' is no name").format(text=value))
    return value


def listed(value: Any) -> list[Any]:
    """The items of a list; a plain text or path is one item, not its letters."""
    return [value] if isinstance(value, str | Path) else list(value)


def _text(value: Any) -> str:
    """A value as it would be typed; True is no number."""
    if isinstance(value, float) and value.is_integer() and value > 1:
        return str(int(value))
    return str(value)


CHOICES = {
    "measure": ("all", "needed"),
    "removed": ("text", "signals", "none"),
    "originals": ("keep", "drop"),
    "corpus": ("keep", "drop"),
}
CHECKS: dict[str, Callable[[Any], Any]] = {
    "workers": count,
    "memory": size,
    "on": cluster,
    "limit": count,
    "sample": share,
    "seed": seed,
    "max_failed": count_or_share,
    "max_document": size,
    **{option: one_of(*choices) for option, choices in CHOICES.items()},
    "shard_bytes": size,
    "document_seconds": seconds,
    "document_memory": size,
    "fsync": flag,
    "verify": flag,
    "keep_work": flag,
    "hash_inputs": flag,
    "retry_failed": flag,
    "text": name,
    "columns": names,
    "part": part,
    "stop_after_corpus": flag,
}
OPEN = (
    "workers",
    "memory",
    "on",
    "limit",
    "max_failed",
    "sample",
    "shard_bytes",
    "document_seconds",
    "document_memory",
    "text",
    "columns",
    "part",
)
"""Options that None leaves open."""


def checked(option: str, value: Any) -> Any:
    """The value of an option as the engine takes it.

    Raises:
        Refused: the option does not take it.
    """
    if option not in CHECKS or (value is None and option in OPEN):
        return value
    return CHECKS[option](value)
