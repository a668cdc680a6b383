"""Secrets of a recipe: values that an operator's body gets and that no file holds.

A recipe is published and every run stores it, so a secret (`Annotated[str, Secret()]`) stands in neither: it is given
with `--set STEP.PARAMETER=VALUE` or in an environment variable, and where it would be written its stand-in is, which
tells whether two secrets are equal.

Examples:
    >>> from tamis.recipe_secrets import stand_in, variable
    >>> stand_in("mask_pii", "salt", "pepper")
    'secret:983d8af87fbd7000'
    >>> variable("mask_pii", "salt")
    'TAMIS_MASK_PII_SALT'
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from typing import Any

from tamis.errors import RecipeError
from tamis.messages import _

PREFIX = "secret:"
ROUNDS = 100_000
"""A salt that people think up is soon found by trying, where its digest is quick to make."""


@cache
def _digest(place: str, value: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", value.encode(), f"tamis:{place}".encode(), ROUNDS, 8).hex()


def is_stand_in(value: Any) -> bool:
    """Whether a value only stands for a secret."""
    return isinstance(value, str) and re.fullmatch(f"{PREFIX}[0-9a-f]{{16}}", value) is not None


def stand_in(step: str, parameter: str, value: Any) -> Any:
    """What is written in place of a secret; no secret and a stand-in stay as they are."""
    if not isinstance(value, str) or not value or is_stand_in(value):
        return value
    return PREFIX + _digest(f"{step}.{parameter}", value)


def variable(step: str, parameter: str) -> str:
    """The environment variable that may hold a secret."""
    return "TAMIS_" + re.sub(r"\W", "_", f"{step}_{parameter}").upper()


def found(step: str, parameter: str, given: Any) -> Any:
    """The secret itself: as given, else of the environment; a stand-in stays where the environment has another."""
    held = os.environ.get(variable(step, parameter), "")
    if not given:
        return held or given
    return held if is_stand_in(given) and stand_in(step, parameter, held) == given else given


def refuse_written(where: str, step: str, parameter: str) -> RecipeError:
    """A secret in a recipe's text."""
    what = _("{name} is a secret, and a recipe is published and stored with each run").format(name=parameter)
    return RecipeError(where, what, how_to_give(step, parameter))


def how_to_give(step: str, parameter: str) -> str:
    """The hint of all errors about secrets."""
    hint = _("give it with --set {step}.{name}=..., or in the environment variable {variable}")
    return hint.format(step=step, name=parameter, variable=variable(step, parameter))


def not_given(where: str, step: str, parameter: str) -> RecipeError:
    """A secret whose stand-in alone is known, where the step has to run."""
    what = _("the step must run again, and its secret '{name}' is stored nowhere").format(name=parameter)
    hint = _("put the one that the run was made with into the environment variable {variable}")
    return RecipeError(where, what, hint.format(variable=variable(step, parameter)))
