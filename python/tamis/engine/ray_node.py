"""What runs inside a Ray task, on the node that Ray has chosen.

A task of tamis does not run in Ray's worker process but in a worker of our own that this one supervises, exactly as the
local pool does: the same breadcrumb, watchdog, limits, bisecting and blame. Ray sees a segmentation fault only as a
worker that is gone, knows nothing of documents, and what it calls memory of a task is no limit. So the only deaths that
reach the driver are those of nodes and of Ray's own processes.
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tamis
from tamis.engine import keys, memory, store
from tamis.engine.guards import Guards
from tamis.engine.pool import Pool
from tamis.engine.tasks import Spec
from tamis.errors import RunError, TamisError
from tamis.messages import _

FOLDER = "work/ray"
LOOK_SECONDS = 10.0
SHOWN_SECONDS = 60.0
"""A network file system may hide a new file for so long: its clients remember that a name was not there."""

_pools: dict[str, Pool] = {}


def look(out: str, nonce: str, identity: str, cwd: str) -> dict[str, Any]:
    """What this node has and sees: its versions, whether it reads and writes the run directory, and the driver's folder."""
    return {"versions": versions(), "sees": _sees(out, nonce, identity), "stands": os.path.isdir(cwd)}


def run_task(settings: dict[str, Any], index: int, spec: Spec) -> dict[str, Any]:
    """Run one task under supervision; answers `{"done": summary}` or `{"error": ...}` as a worker does.

    Args:
        settings: of the run, the same for all its tasks: `out`, `nonce`, `versions`, `cwd`, `memory` (bytes, or None),
            `guards`, `ops_files`, `fsync`.
        index: the task's number, for messages.
        spec: the task.
    """
    try:
        pool = _pool(settings)
        _await_inputs(spec)
        [(_index, summary)] = pool.run([spec], first=index)
        return {"done": summary}
    except TamisError as error:
        what = _("{what} (on {node})").format(what=error.what, node=_here())
        notes = getattr(error, "__notes__", [])
        args = [error.where, what, error.hint]
        return {"error": {"tamis": type(error).__name__, "args": args, "notes": notes}}


def versions() -> dict[str, str]:
    """What must be equal on all nodes: package, compiled kernels, pyarrow, Python."""
    package = Path(tamis.__file__).parent
    names = [name for name in store.names_below(package) or () if name.endswith((".py", ".toml", ".csv"))]
    sources = keys.key([[name, keys.file_digest(str(package / name))] for name in names])
    return {
        "tamis": f"{tamis.__version__} ({sources[:8]})",
        "kernels": keys.file_digest(str(tamis._core.__file__))[:8],
        "pyarrow": keys.versions()["pyarrow"],
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def check_versions(theirs: Mapping[str, str], ours: Mapping[str, str], name: str) -> None:
    """Raises RunError where a node has another version of anything than the driver."""
    for package, version in ours.items():
        if theirs.get(package) != version:
            what = _("it has {package} {theirs}, the driver {ours}")
            told = what.format(package=package, theirs=theirs.get(package, "-"), ours=version)
            raise RunError(name, told, same_everywhere())


def same_everywhere() -> str:
    """What to do about versions that differ."""
    return _("install the same wheel of tamis, and the same packages, on every node")


def blind(out: str, name: str) -> RunError:
    """The error for a node that does not see the run directory."""
    what = _("{node} cannot see it").format(node=name)
    return RunError(out, what, _("the run directory must lie where all nodes see it, on NFS for example"))


def elsewhere(cwd: str, name: str) -> RunError:
    """The error for a node without the folder of the driver: `-o run1` would mean another place there."""
    what = _("{node} cannot see it").format(node=name)
    hint = _("give the command in a folder that all nodes see: relative paths begin there")
    return RunError(cwd, what, hint)


def shown(path: Path, seconds: float) -> bool:
    """Whether a file is there, or is within so many seconds. It is opened: only that asks the server anew."""
    deadline, wait = time.monotonic() + seconds, 0.05
    while True:
        with contextlib.suppress(OSError):
            store.read(path, 0, 1)
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(wait)
        wait = min(1.0, wait * 2)


def _sees(out: str, nonce: str, identity: str) -> bool:
    file = Path(out) / FOLDER / nonce
    # Where the folder itself is missing, waiting does not help; it is older than the question.
    if not shown(file, LOOK_SECONDS if store.exists(out) else 0.0):
        return False
    try:
        store.write_new(file.with_name(f"{nonce}-{identity}"), b"seen")
    except OSError:
        return False
    return True


def _pool(settings: dict[str, Any]) -> Pool:
    """The pool of this process: one worker, kept from task to task with the models that it has loaded."""
    nonce = settings["nonce"]
    if nonce in _pools:
        return _pools[nonce]
    for old in [_pools.pop(name) for name in list(_pools)]:
        old.__exit__(None, None, None)
    # A node that came while the run was under way was not asked before.
    check_versions(versions(), settings["versions"], _here())
    if not shown(Path(settings["out"]) / FOLDER / nonce, LOOK_SECONDS):
        raise blind(settings["out"], _here())
    try:
        os.chdir(settings["cwd"])
    except OSError:
        raise elsewhere(settings["cwd"], _here()) from None
    store.set_fsync(settings["fsync"])
    here = memory.budget().memory
    most = min(here, settings["memory"] or here)
    guards = Guards(**settings["guards"])
    pool = Pool(1, most, store.work(settings["out"]), guards, settings["ops_files"], signals=False)
    _pools[nonce] = pool.__enter__()
    return pool


def _await_inputs(spec: Spec) -> None:
    """Wait for the files of the phase before, which another node may have written a moment ago."""
    for path in _paths([spec.get("passing"), spec.get("verdict"), spec.get("given")]):
        if path.startswith(f"{spec.get('run')}/"):
            shown(Path(path), SHOWN_SECONDS)


def _paths(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _paths(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _paths(one)


def _here() -> str:
    import ray

    util: Any = ray.util
    return node_name(util.get_node_ip_address(), ray.get_runtime_context().get_node_id())


def node_name(host: str, identity: str) -> str:
    """How a node is called in messages: its address, and the first digits of its number in `ray list nodes`."""
    return _("node {host} ({number})").format(host=host, number=identity[:8])
