"""Checks of a rule's bounds: their types, their signal's range, and that some value can meet them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tamis.errors import RecipeError
from tamis.messages import _
from tamis.op import Signal
from tamis.recipe import Rule, Step
from tamis.recipe_lines import Lines
from tamis.recipe_parameters import is_number, limit_text

LOW, HIGH = {"min": False, "above": True}, {"max": False, "below": True}
"""Bounds from below and from above, and whether they exclude their own value."""


def check_bound(signal: str, bound: str, value: Any, declared: Signal, where: str) -> None:
    """One bound of a rule. Raises RecipeError."""
    if bound in ("in", "not_in"):
        _check_list(signal, bound, value, declared, where)
        return
    if declared.type in ("label", "spans"):
        what = _("{signal} is a {type}: it has no {bound}").format(
            signal=signal, type=declared.type, bound=bound
        )
        hint = _("use in = [...] or not_in = [...]") if declared.type == "label" else ""
        raise RecipeError(where, what, hint)
    if not is_number(value):
        what = _("{signal}: {bound} takes a number, not {value}")
        hint = _("give a number without quotes, for example 20 or 0.8")
        raise RecipeError(where, what.format(signal=signal, bound=bound, value=_toml(value)), hint)
    low, high = declared.low, declared.high
    if (low is not None and value < low) or (high is not None and value > high):
        what = _("{signal}: {bound} = {value} lies outside {low}..{high}").format(
            signal=signal, bound=bound, value=value, low=limit_text(low), high=limit_text(high)
        )
        hint = ""
        if signal.endswith("_ratio") and 1 < value <= 100:
            hint = _("a ratio is a share: write {share} for {value} %").format(
                share=limit_text(value / 100), value=limit_text(value)
            )
        raise RecipeError(where, what, hint)


def _check_list(signal: str, bound: str, value: Any, declared: Signal, where: str) -> None:
    if not isinstance(value, list):
        raise RecipeError(where, _("{signal}: {bound} takes a list").format(signal=signal, bound=bound))
    if declared.type == "spans":
        what = _("{signal} is a {type}: it has no {bound}")
        raise RecipeError(where, what.format(signal=signal, type=declared.type, bound=bound))
    if not value and bound == "in":
        what = _("{signal}: in = [] removes every document").format(signal=signal)
        raise RecipeError(where, what, _("list what is kept"))
    for item in value:
        if not _of_type(item, declared.type):
            wanted = {"label": _("texts"), "bool": _("true or false"), "int64": _("whole numbers")}
            what = _("{signal}: {bound} takes {wanted}, not {value}").format(
                signal=signal, bound=bound, wanted=wanted.get(declared.type, _("numbers")), value=_toml(item)
            )
            raise RecipeError(where, what)


def _of_type(item: Any, kind: str) -> bool:
    if kind == "label":
        return isinstance(item, str)
    if kind == "bool":
        return isinstance(item, bool)
    return is_number(item) and (kind == "float64" or isinstance(item, int))


def _toml(value: Any) -> str:
    """A value nearly as its TOML writes it."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def check_range(signal: str, bounds: Mapping[str, Any], declared: Signal, where: str) -> None:
    """A rule that no value can meet removes every document in silence. Raises RecipeError."""
    lows = [(bounds[name], strict) for name, strict in LOW.items() if name in bounds]
    highs = [(bounds[name], strict) for name, strict in HIGH.items() if name in bounds]
    if not lows and not highs:
        return
    lows += [(declared.low, False)] if declared.low is not None else []
    highs += [(declared.high, False)] if declared.high is not None else []
    if declared.type == "int64":
        lows = [(math.floor(at) + 1 if strict else math.ceil(at), False) for at, strict in lows]
        highs = [(math.ceil(at) - 1 if strict else math.floor(at), False) for at, strict in highs]
    low = max(lows, default=(-math.inf, False))
    high = min(((at, not strict) for at, strict in highs), default=(math.inf, True))
    if low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1])):
        said = ", ".join(f"{name} = {value}" for name, value in bounds.items() if name in (*LOW, *HIGH))
        within = ""
        if declared.low is not None or declared.high is not None:
            within = _("it lies within {low}..{high}").format(
                low=limit_text(declared.low), high=limit_text(declared.high)
            )
        raise RecipeError(where, _("{signal}: nothing meets {said}").format(signal=signal, said=said), within)


def check_measured(steps: Sequence[Step], lines: Lines) -> None:
    """A rule on a signal that its step's parameters leave unmeasured would remove every document, or bind none."""
    columns = {step.column(signal.name): (step, signal) for step in steps for signal in step.op.signals}
    for number, step in enumerate(steps):
        for rule in (*step.rules, *step.where, *(r.when for r in step.rules if r.when is not None)):
            owner, signal = columns.get(rule.column, (step, None))
            if signal is None or not signal.needs or owner.parameters[signal.needs]:
                continue
            if rule.null != "keep":
                raise _unmeasured(rule, owner, signal, lines.at(rule.signal, number))


def check_made(steps: Sequence[Step], lines: Lines) -> None:
    """A rule on a signal that no document has any more, since others took the place of all that had it."""
    places = {step.column(signal.name): at for at, step in enumerate(steps) for signal in step.op.signals}
    replacing = [at for at, step in enumerate(steps) if step.keep_source is False]
    for number, step in enumerate(steps):
        own = (*step.rules, *(rule.when for rule in step.rules if rule.when is not None))
        for end, rules in ((number + 1, own), (number, step.where)):
            for rule in rules:
                owner = places.get(rule.column, number)
                maker = next((at for at in replacing if owner < at < end), None)
                if maker is not None and rule.null != "keep":
                    what = _("{signal} is measured before {maker} makes other documents, which have none")
                    said = what.format(signal=rule.signal, maker=steps[maker].name)
                    hint = _("put the rule before {maker}, or measure once more behind it")
                    where = lines.at(rule.signal, number)
                    raise RecipeError(where, said, hint.format(maker=steps[maker].name))


def _unmeasured(rule: Rule, owner: Step, signal: Signal, where: str) -> RecipeError:
    what = _("{signal} is not measured: {step} has no {parameter}").format(
        signal=rule.signal, step=owner.name, parameter=signal.needs
    )
    hint = _("give it in the step or with --set {step}.{parameter}=..., or leave the rule out")
    return RecipeError(where, what, hint.format(step=owner.name, parameter=signal.needs))
