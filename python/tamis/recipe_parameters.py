"""Checks of a step's parameters: names, types, choices, limits, and that no secret is written in a recipe."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tamis.errors import RecipeError
from tamis.messages import _, did_you_mean
from tamis.op import Columns, Operator, Parameter
from tamis.recipe import STEP_KEYS
from tamis.recipe_lines import Lines
from tamis.recipe_secrets import found, how_to_give, refuse_written


def check_parameters(
    op: Operator,
    step: str,
    given: Mapping[str, Any],
    by_caller: Collection[str],
    columns: Columns,
    number: int,
    lines: Lines,
) -> dict[str, Any]:
    """All parameters of a step, defaults filled in; `by_caller`: those that `--set` gave."""

    def place(name: str) -> str:
        return f"--set {step}.{name}" if name in by_caller else lines.at(name, number)

    known = {p.name: p for p in op.parameters}
    for key in given:
        if key not in known:
            hint = did_you_mean(key, [*known, *STEP_KEYS]) or _("it has {names}").format(
                names=", ".join(known) or _("none")
            )
            what = _("{op} has no parameter '{key}'").format(op=op.name, key=key)
            raise RecipeError(place(key), what, hint)
    checked = {}
    for name, parameter in known.items():
        value = given.get(name, parameter.default)
        if parameter.secret:
            if value and name in given and name not in by_caller:
                raise refuse_written(place(name), step, name)
            value = found(step, name, "" if name not in given and parameter.required else value)
        if name in given or (parameter.secret and value):
            checked[name] = _parameter(parameter, value, place(name))
        elif parameter.required:
            what = _("{op} needs the parameter '{name}'").format(op=op.name, name=name)
            hint = _("give it in the step, or with --set {step}.{name}=...").format(step=step, name=name)
            raise RecipeError(lines.at("op", number), what, hint)
        else:
            checked[name] = parameter.default
    try:
        if op.check is not None:
            op.check(checked, columns)
    except RecipeError as error:
        secret = error.where in known and known[error.where].secret
        hint = how_to_give(step, error.where) if secret else error.hint
        raise RecipeError(place(error.where), error.what, hint) from error
    return checked


def _parameter(parameter: Parameter, value: Any, where: str) -> Any:
    shown = "***" if parameter.secret else repr(value)
    if parameter.choices:
        if value not in parameter.choices:
            choices = ", ".join(str(choice) for choice in parameter.choices)
            hint = did_you_mean(str(value), [str(c) for c in parameter.choices])
            what = _("{name} is one of {choices}, not {value}").format(
                name=parameter.name, choices=choices, value=shown
            )
            raise RecipeError(where, what, hint)
        return value
    if not fits(value, parameter.annotation):
        wanted = getattr(parameter.annotation, "__name__", str(parameter.annotation))
        what = _("{name} must be {wanted}, not {value}").format(
            name=parameter.name, wanted=wanted, value=shown
        )
        raise RecipeError(where, what)
    low, high = parameter.low, parameter.high
    if (low is not None and value < low) or (high is not None and value > high):
        what = _("{name} = {value} lies outside {low}..{high}").format(
            name=parameter.name, value=value, low=limit_text(low), high=limit_text(high)
        )
        raise RecipeError(where, what)
    return value


def fits(value: Any, annotation: Any) -> bool:
    """Whether a value of TOML is of a parameter's type."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, part) for part in typing.get_args(annotation))
    if annotation is type(None):
        return value is None
    if origin in (list, tuple, Sequence, typing.Sequence) or annotation in (list, tuple):
        if not isinstance(value, list | tuple):
            return False
        inner = [part for part in typing.get_args(annotation) if part is not Ellipsis]
        return not inner or all(fits(item, inner[0]) for item in value)
    if annotation is float:
        return is_number(value)
    if annotation is int:
        return is_number(value) and isinstance(value, int)
    if isinstance(annotation, type):
        return isinstance(value, annotation)
    return True


def is_number(value: Any) -> bool:
    """Whether a value is a number that columns can hold: finite, and a whole one of at most 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -(2**63) <= value < 2**63 if isinstance(value, int) else math.isfinite(value)


def limit_text(limit: float | None) -> str:
    """A limit as errors write it; nothing where there is none."""
    return "" if limit is None else f"{limit:g}"
