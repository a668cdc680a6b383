"""tamis: make training data for language models.

Examples:
    >>> import tamis
    >>> tamis.__version__
    '0.1.0'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tamis.api import apply, plan, report, retune, run, try_
    from tamis.recipe import parse_recipe, read_recipe

# Where each public name lives: nothing heavy is imported before one is asked for.
_PUBLIC = {
    "apply": "tamis.api",
    "plan": "tamis.api",
    "report": "tamis.api",
    "retune": "tamis.api",
    "run": "tamis.api",
    "try_": "tamis.api",
    "parse_recipe": "tamis.recipe",
    "read_recipe": "tamis.recipe",
}

__all__ = ["apply", "parse_recipe", "plan", "read_recipe", "report", "retune", "run", "try_"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'tamis' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
