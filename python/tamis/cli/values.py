"""What may follow an option, for argparse: the checks of `tamis.option_values`, and STEP.SIGNAL.BOUND=V."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tamis import option_values
from tamis.messages import _

T = TypeVar("T")


def _refuse(what: str, hint: str = "") -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{what}\t{hint}" if hint else what)


def _typed(check: Callable[[Any], T]) -> Callable[[str], T]:
    def read(text: str) -> T:
        try:
            return check(text)
        except option_values.Refused as error:
            raise _refuse(error.what, error.hint) from None

    return read


size = _typed(option_values.size)
count = _typed(option_values.count)
documents = _typed(option_values.documents)
seed = _typed(option_values.seed)
seconds = _typed(option_values.seconds)
share = _typed(option_values.share)
count_or_share = _typed(option_values.count_or_share)
cluster = _typed(option_values.cluster)
names = _typed(option_values.names)
part = _typed(option_values.part)


def one_of(*choices: str) -> Callable[[str], str]:
    """One of a few words."""
    return _typed(option_values.one_of(*choices))


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
    if name.count(".") == 2 and name.endswith((".in", ".not_in")) and not isinstance(parsed, list):
        what = _("{bound} takes a list").format(bound=name.rpartition(".")[2])
        values = [one.strip() for one in parsed.split(",")] if isinstance(parsed, str) else [parsed]
        listed = json.dumps(values, ensure_ascii=False, default=str)
        raise _refuse(what, f"--set {name}={shlex.quote(listed)}")
    return name, parsed


def swept(text: str) -> tuple[str, list[float]]:
    """`STEP.SIGNAL.BOUND=FROM:TO:STEP`."""
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[\w-]+(\.[\w-]+){2}", name.strip()):
        form = _("write STEP.SIGNAL.BOUND=FROM:TO:STEP, for example gopher_quality.word_count.min=20:100:10")
        raise _refuse(_("'{text}' names no bound and its values").format(text=text), form)
    return name.strip(), _typed(option_values.steps_between)(value.strip())


def settings(pairs: Sequence[tuple[str, Any]] | None) -> dict[str, Any]:
    """All `--set` of a command line; the last one of a name holds."""
    return dict(pairs or ())
