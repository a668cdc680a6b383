"""tamis: make training data for language models.

Each verb of the command is a function here, in the same words; `try` is a word of Python's own, so it is `try_`.

Examples:
    >>> import tamis
    >>> tamis.__version__
    '0.1.0'
    >>> run = tamis.run("fineweb", "crawl/*.warc.gz", out="out")          # doctest: +SKIP
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tamis.api import apply, plan, report, retune, run, try_
    from tamis.catalogue import ls, show
    from tamis.comparison import diff
    from tamis.explaining import explain
    from tamis.exporting import export
    from tamis.recipe import parse_recipe, read_recipe
    from tamis.report.look import look
    from tamis.reviewing import labels, review, sweep
    from tamis.sample import sample

# Where each public name lives: nothing heavy is imported before one is asked for.
_PUBLIC = {
    "apply": "tamis.api",
    "diff": "tamis.comparison",
    "export": "tamis.exporting",
    "explain": "tamis.explaining",
    "labels": "tamis.reviewing",
    "look": "tamis.report.look",
    "ls": "tamis.catalogue",
    "plan": "tamis.api",
    "report": "tamis.api",
    "retune": "tamis.api",
    "review": "tamis.reviewing",
    "run": "tamis.api",
    "sample": "tamis.sample",
    "show": "tamis.catalogue",
    "sweep": "tamis.reviewing",
    "try_": "tamis.api",
    "parse_recipe": "tamis.recipe",
    "read_recipe": "tamis.recipe",
}

__all__ = [
    "apply",
    "diff",
    "explain",
    "export",
    "labels",
    "look",
    "ls",
    "parse_recipe",
    "plan",
    "read_recipe",
    "report",
    "retune",
    "review",
    "run",
    "sample",
    "show",
    "sweep",
    "try_",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'tamis' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])


class _Package(ModuleType):
    """Keeps `tamis.plan`, `tamis.report` and `tamis.sample` the functions.

    Python sets a submodule of the same name on the package when it is imported, which would hide the function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _PUBLIC and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
