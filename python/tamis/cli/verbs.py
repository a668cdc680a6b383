"""The verbs by group. A verb's module is imported only when the verb is asked for."""

from __future__ import annotations

import importlib
from types import ModuleType

from tamis.messages import later

GROUPS: dict[str, tuple[str, ...]] = {
    later("See"): ("ls", "show", "plan", "try", "look", "explain", "diff"),
    later("Run"): ("sample", "run", "retune"),
    later("Judge"): ("report",),
}
VERBS = tuple(verb for verbs in GROUPS.values() for verb in verbs)


def module(verb: str) -> ModuleType:
    """The module of a verb; `try` is a word of Python's own, so its module is `try_`."""
    return importlib.import_module(f"tamis.cli.{'try_' if verb == 'try' else verb}")
