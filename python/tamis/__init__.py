"""tamis: make training data for language models.

Each verb of the command is a function here, in the same words; `try` is a word of Python's own, so it is `try_`.

Examples:
    >>> import tamis
    >>> tamis.__version__
    '0.1.0'
    >>> run = tamis.run("fineweb", "crawl/*.warc.gz", out="out")          # doctest: +SKIP
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tamis.catalogue import ls as ls
    from tamis.catalogue import show as show
    from tamis.engine.retune import retune as retune
    from tamis.engine.run import run as run
    from tamis.recipe import read_recipe as read_recipe
    from tamis.sample import sample as sample

_FUNCTIONS = {
    "ls": "tamis.catalogue",
    "show": "tamis.catalogue",
    "sample": "tamis.sample",
    "run": "tamis.engine.run",
    "retune": "tamis.engine.retune",
    "read_recipe": "tamis.recipe",
}


def __getattr__(name: str) -> Any:
    if name not in _FUNCTIONS:
        raise AttributeError(f"module 'tamis' has no attribute '{name}'")
    found = getattr(import_module(_FUNCTIONS[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_FUNCTIONS})


class _Package(ModuleType):
    """Keeps `tamis.plan` and the like the functions: importing the submodule of that name does not replace them."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _FUNCTIONS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
