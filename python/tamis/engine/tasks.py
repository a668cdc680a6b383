"""What a worker can do: kinds of tasks, each a function of a module that is imported when first asked for.

`function(spec, progress) -> summary`: both plain JSON below 64 kB. `progress(bytes=, rows=, kept=, failed=)` takes the
totals of this task so far; it may be called as often as one likes.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, Protocol

from tamis import _core
from tamis.engine import store
from tamis.errors import RunError
from tamis.messages import _, later
from tamis.op import Operator, register, registered, registered_names
from tamis.option_values import listed

Spec = dict[str, Any]
Summary = dict[str, Any]

_HINT = later("a file of --ops declares operators; this one could not be imported")


class Progress(Protocol):
    """Totals of a task so far."""

    def __call__(self, *, bytes: int = 0, rows: int = 0, kept: int = 0, failed: int = 0) -> None: ...


TaskFunction = Callable[[Spec, Progress], Summary]

# Kind -> "module:function".
KINDS: dict[str, str] = {
    "call": "tamis.engine.tasks:call",
    "rows": "tamis.engine.rows:run_rows",
    "corpus": "tamis.engine.corpus:run_corpus",
    "ingest": "tamis.engine.shards:run_ingest",
    "try": "tamis.engine.trying:run_try",
}


class _Imported(NamedTuple):
    """A file of `--ops`: the digest of it is of the moment when it was imported."""

    module: ModuleType
    digest: str
    operators: Sequence[Operator]


# By stem.
_files: dict[str, _Imported] = {}


def function(kind: str) -> TaskFunction:
    """The function of a kind of task."""
    return _resolve(KINDS[kind])


def call(spec: Spec, progress: Progress) -> Summary:
    """The kind `call`: runs `spec["function"]`, `module:function` of tamis or of a file of `--ops` (by its stem)."""
    module = spec["function"].partition(":")[0]
    if module != "tamis" and not module.startswith("tamis.") and module not in _files:
        raise RunError("", _("{function}: neither of tamis nor of --ops").format(function=spec["function"]))
    return _resolve(spec["function"])(spec, progress)


def load_ops_files(paths: str | Path | Sequence[str | Path]) -> list[ModuleType]:
    """Import the files of `--ops`; their operators register themselves.

    One that was imported before under this name with the same content, be it a copy elsewhere, is not imported again;
    its operators take the place of those that another file has declared since under the same names.

    Raises:
        RunError: no such file, or it raised something.
    """
    return [_load(str(store.local(path).resolve())) for path in listed(paths)]


class _Uncompiled(SourceFileLoader):
    """Leaves no compiled file beside the source: that lies in a run directory, or in a folder of the user's."""

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        pass


def _load(path: str) -> ModuleType:
    stem = Path(path).stem
    digest = store.digest(path) if store.is_file(path) else ""
    if stem in _files and _files[stem].digest == digest:
        for one in _files[stem].operators:
            register(one)
        return _files[stem].module
    name = f"tamis_ops_files.{stem}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_Uncompiled(name, path))
    if spec is None or spec.loader is None or not digest:
        what = _("not a Python file") if store.size(path) is not None else _("no such file")
        raise RunError(path, what, _("give a .py file that declares operators"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        raise RunError(_line_of(error, path), f"{type(error).__name__}: {error}", _(_HINT)) from error
    _refuse_our_names(path)
    declared = map(registered, registered_names())
    mine = [one for one in declared if one is not None and one.source_file == path]
    _files[stem] = _Imported(module, digest, mine)
    return module


def ops_digests() -> dict[str, str]:
    """The digests of the files of `--ops` that are imported, by the path that their operators carry."""
    return {str(one.module.__file__): one.digest for one in _files.values()}


def keep_ops_files(run: Path, paths: Sequence[str]) -> list[str]:
    """Copy files of `--ops` to `run/ops/DIGEST/`, from where workers import them; the copies, relative to `run`.

    The run then goes on, and is read, also where the files themselves are not: on another node, or next year.
    """
    kept = []
    for path in paths:
        data = store.read(path)
        name = f"ops/{_core.digest_bytes(data)[:8]}/{Path(path).name}"
        if not store.exists(run / name) or store.read(run / name) != data:
            store.replace(run / name, data)
        kept.append(name)
    return kept


def _refuse_our_names(path: str) -> None:
    """An operator of a user's file never takes the place of one that comes with tamis: recipes mean that one."""
    for name in registered_names():
        found = registered(name)
        if found is None or found.source_file != path or not importlib.util.find_spec(f"tamis.ops.{name}"):
            continue
        importlib.reload(importlib.import_module(f"tamis.ops.{name}"))
        what = _("an operator of tamis has the name '{name}'").format(name=name)
        line = inspect.unwrap(found.function).__code__.co_firstlineno
        raise RunError(f"{path}:{line}", what, _("give the function another name, and the recipe's step too"))


def _line_of(error: Exception, path: str) -> str:
    """`FILE:LINE` where the file of `--ops` itself went wrong."""
    if isinstance(error, SyntaxError):
        return f"{path}:{error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"{path}:{lines[-1]}" if lines else path


def _resolve(path: str) -> TaskFunction:
    module, _colon, name = path.partition(":")
    owner = _files[module].module if module in _files else importlib.import_module(module)
    found: TaskFunction = getattr(owner, name)
    return found
