"""What may follow an option: sizes, counts, shares, one of a list, STEP.SIGNAL.BOUND=V."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any

from tamis.cli.parser import suggestion
from tamis.messages import _

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


def _refuse(what: str, hint: str = "") -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{what}\t{hint}" if hint else what)


def size(text: str) -> int:
    """`512MB`, `2GB`, `1.5 GiB` or a plain number of bytes."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]I?)?B?", text.strip().upper())
    if not match or float(match[1]) <= 0:
        raise _refuse(_("'{text}' is no size").format(text=text), _("for example 512MB or 2GB"))
    return int(float(match[1]) * _POWERS[match[2] or ""])


def count(text: str) -> int:
    """A whole number, at least 1; `10_000` and `10,000` too."""
    plain = text.replace(",", "").replace("_", "")
    if not plain.isdecimal() or int(plain) < 1:
        raise _refuse(_("'{text}' is no count").format(text=text), _("a whole number, at least 1"))
    return int(plain)


def seed(text: str) -> int:
    """A whole number, 0 or more."""
    if not text.isdecimal():
        raise _refuse(_("'{text}' is no seed").format(text=text), _("a whole number, 0 or more"))
    return int(text)


def seconds(text: str) -> float:
    """A time in seconds, more than 0; `30`, `2.5`, `30s`."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*s?", text)
    if not match or float(match[1]) <= 0:
        raise _refuse(_("'{text}' is no time in seconds").format(text=text), _("for example 30"))
    return float(match[1])


def share(text: str) -> float:
    """A share above 0 and up to 1: `0.1` or `10%`."""
    match = re.fullmatch(r"([0-9]*\.?[0-9]+)\s*(%)?", text)
    found = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 < found <= 1:
        raise _refuse(
            _("'{text}' is no share").format(text=text), _("above 0 and up to 1: 0.1 takes a tenth")
        )
    return found


def count_or_share(text: str) -> int | float:
    """`12` documents, or `0.01` (`1%`) of all."""
    if text.isdecimal():
        return int(text)
    try:
        return share(text)
    except argparse.ArgumentTypeError:
        hint = _("12 allows twelve documents, 0.01 one in a hundred")
        raise _refuse(_("'{text}' is neither a count nor a share").format(text=text), hint) from None


def one_of(*choices: str) -> Callable[[str], str]:
    """One of a few words."""

    def chosen(text: str) -> str:
        if text not in choices:
            hint = suggestion(text, choices)
            known = _("one of {choices}").format(choices=", ".join(choices))
            raise _refuse(_("'{text}' is none of its values").format(text=text), hint or known)
        return text

    return chosen


def names(text: str) -> list[str]:
    """Names with commas between them; none in an empty text."""
    if not text.strip():
        return []
    found = [name.strip() for name in text.split(",")]
    if not all(found):
        raise _refuse(_("an empty name in '{text}'").format(text=text), _("for example: title,lang"))
    return found


def setting(text: str) -> tuple[str, Any]:
    """`STEP.SIGNAL.BOUND=V` or `STEP.PARAMETER=V`; V as in TOML, a bare word is a text."""
    import tomllib

    name, equals, value = text.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not re.fullmatch(r"[\w-]+(\.[\w-]+){1,2}", name):
        form = _(
            "write STEP.SIGNAL.BOUND=V or STEP.PARAMETER=V, for example gopher_quality.word_count.min=20"
        )
        raise _refuse(_("'{text}' sets nothing").format(text=text), form)
    try:
        parsed: Any = tomllib.loads(f"v = {value}")["v"]
    except tomllib.TOMLDecodeError:
        parsed = value
    return name, parsed


def settings(pairs: Sequence[tuple[str, Any]] | None) -> dict[str, Any]:
    """All `--set` of a command line; the last one of a name holds."""
    return dict(pairs or ())
