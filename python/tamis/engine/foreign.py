"""Files in an output directory that no run made: they are never touched, and a run does not begin over them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tamis.engine import lease, store
from tamis.engine.layout import OWN
from tamis.errors import RunError
from tamis.messages import _
from tamis.sources import Input

MADE = re.compile(r"\d{6}[-.]|_index-|\.")
"""How the names of files begin that the engine writes in the folders that it collects."""


def check_foreign(out: Path) -> None:
    """Raises RunError where no run ever began and a folder that a run would write already holds something.

    Called before the lock is taken: the lock file is the mark of a directory in which a run began.
    """
    if _begun(out):
        return
    for name in OWN:
        if name == lease.FOLDER:
            # Of a call that ended before it began a run, or begins one now.
            continue
        for one in store.list_for_gc(out / name):
            if _begun(out):
                # Another part began at this moment.
                return
            what = _("{name}/ is there already and holds files of no run: {file}")
            hint = _("give another -o: a run removes from its folders what is not its own")
            raise RunError(str(out), what.format(name=name, file=one.path.relative_to(out)), hint)


def _begun(out: Path) -> bool:
    return any(store.exists(out / name) for name in ("run.json", "lock", "parts.json"))


def check_inside(inputs: Iterable[Input], out: Path) -> None:
    """Raises RunError for an input that lies in a folder that the run writes."""
    own = [_whole(out / name) for name in OWN]
    for one in inputs:
        for path in (one.path, *(file.path for file in one.files)):
            if any(_whole(store.place(path)).is_relative_to(folder) for folder in own):
                what = _("this input lies in a folder that the run itself writes")
                raise RunError(path, what, _("give another -o than {out}").format(out=out))


def _whole(path: Path) -> Path:
    return path if "://" in str(path) else path.resolve()
