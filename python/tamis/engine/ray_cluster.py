"""A Ray cluster: which one is meant, how it is joined, and whether each node can do this run's work."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tamis.engine import memory as memories
from tamis.engine import ray_node, store
from tamis.engine.ray_watch import Watch, ask
from tamis.errors import RunError, RunFailed, TamisError
from tamis.messages import _

ANSWER_SECONDS = 60.0
"""How long a node may take to answer the first question: it starts a process for it."""

REACH_SECONDS = 5.0
SILENT = 3.0
"""A control store that has not answered for so long is asked nothing: Ray would wait for its answer."""


def address(on: str) -> str:
    """HOST:PORT of the cluster that `--on` means.

    Raises:
        RunError: `--on ray` without RAY_ADDRESS, or an address that is not the one of the control store.

    Examples:
        >>> address("ray=10.0.0.1:6379")
        '10.0.0.1:6379'
    """
    given = on.partition("=")[2]
    where, found = ("--on", given) if given else ("RAY_ADDRESS", os.environ.get("RAY_ADDRESS", ""))
    hint = _("give the address of the cluster's control store: --on ray=HOST:6379")
    if not found:
        raise RunError("--on", _("which cluster? RAY_ADDRESS is not set"), hint)
    if found.startswith("ray://"):
        what = _("{address} is an address of Ray Client, through which no files can be checked")
        hint = _("run the command on a node of the cluster, with --on ray=HOST:6379")
        raise RunError(where, what.format(address=found), hint)
    host, colon, port = found.rpartition(":")
    if not colon or not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise RunError(where, _("'{address}' is no HOST:PORT").format(address=found), hint)
    return found


class Cluster:
    """A cluster that this process has joined.

    Raises:
        RunError: the package ray is not here, nobody answers at the address, or this machine is no node of it.
    """

    def __init__(self, on: str) -> None:
        self.address = address(on)
        try:
            import ray
        except ImportError:
            what = _("the package ray is not installed")
            raise RunError("--on", what, 'pip install "tamis[ray]"') from None
        self.ray: Any = ray
        # A program that has joined already stays joined.
        self._joined_before = ray.is_initialized()
        if not self._joined_before:
            _reach(self.address)
            self._join()
        elif ray.get_runtime_context().gcs_address != self.address:
            what = _("this process has joined another cluster: {address}")
            told = what.format(address=ray.get_runtime_context().gcs_address)
            raise RunError("--on", told, _("call ray.shutdown() before, or give that address"))
        self.watch = Watch(self.address)

    def _join(self) -> None:
        main = threading.current_thread() is threading.main_thread()
        before = signal.getsignal(signal.SIGTERM)
        try:
            self.ray.init(address=self.address, log_to_driver=False, logging_level="error")
        except Exception as error:
            what = _("cannot be joined: {why}").format(why=(str(error).splitlines() or [repr(error)])[0])
            hint = _("the command runs on a node of the cluster: `ray start --address HOST:PORT` makes one")
            raise RunError(self.address, what, hint) from error
        finally:
            # Ray puts its own in place, which would end the process in the middle of a commit.
            if main and before is not None:
                signal.signal(signal.SIGTERM, before)

    def nodes(self) -> list[dict[str, Any]]:
        """The nodes that live and have a core for tasks, as Ray describes them."""
        return [one for one in self.ray.nodes() if one["Alive"] and one["Resources"].get("CPU", 0) >= 1]

    def cores(self) -> int:
        """How many tasks of one core the cluster has room for now."""
        return sum(int(one["Resources"]["CPU"]) for one in self.nodes())

    def check_room(self, memory: int) -> None:
        """A task asks for one core and so many bytes: some node must have them, else Ray would wait for ever.

        Raises:
            RunError: none has.
        """
        nodes = self.nodes()
        if any(one["Resources"].get("memory", 0) >= memory for one in nodes):
            return
        if not nodes:
            raise RunError(
                self.address, _("no node of the cluster has a core for tasks"), _("ray start --num-cpus N")
            )
        most = max(int(one["Resources"].get("memory", 0)) for one in nodes)
        what = _("a task asks for 1 core and {asked} MiB of memory; no node has more than {most} MiB")
        hint = _("less --memory or more --workers make tasks smaller, down to {least} MiB")
        raise RunError(
            self.address,
            what.format(asked=memory // memories.MB, most=most // memories.MB),
            hint.format(least=memories.WORKER_LEAST // memories.MB),
        )

    def check_own_node(self) -> None:
        """A driver sends its tasks through the node that it joined; without that one each of them dies at once.

        Raises:
            RunFailed: the cluster has counted it out, 15 seconds after it died where nothing else is set.
        """
        own = self.ray.get_runtime_context().get_node_id()
        if self.watch.silence < SILENT and not any(
            one["NodeID"] == own and one["Alive"] for one in self.ray.nodes()
        ):
            what = _("the node of this machine is no longer part of the Ray cluster")
            hint = _("`ray start --address {address}` makes it one again; the same command goes on")
            raise RunFailed(self.address, what, hint.format(address=self.address))

    def check_nodes(self, out: Path, nonce: str) -> None:
        """Ask each node for its versions, and whether it reads and writes the run directory.

        Args:
            out: the run directory, absolute. nonce: the name of a file in `work/ray/` there.

        Raises:
            RunError: one that cannot do this run's work, by name.
        """
        asked = {}
        for node in self.nodes():
            strategy = self.ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
                node["NodeID"], soft=False
            )
            task = self.ray.remote(num_cpus=0, max_retries=0)(ray_node.look)
            chosen = task.options(scheduling_strategy=strategy)
            asked[chosen.remote(str(out), nonce, node["NodeID"], os.getcwd())] = node
        _answered, silent = self.ray.wait(list(asked), num_returns=len(asked), timeout=ANSWER_SECONDS)
        for ref, node in asked.items():
            name = ray_node.node_name(node["NodeManagerAddress"], node["NodeID"])
            if ref in silent:
                what = _("{node} did not answer within {seconds:g} s")
                raise RunError(self.address, what.format(node=name, seconds=ANSWER_SECONDS))
            try:
                answer = self.ray.get(ref)
            except Exception as error:
                what = _("{node} cannot run tasks of tamis: {why}").format(node=name, why=_last_line(error))
                raise RunError(self.address, what, ray_node.same_everywhere()) from error
            check_answer(answer, str(out), name, node["NodeID"], nonce)

    def close(self) -> None:
        """Leave the cluster, where it was joined here."""
        if not self._joined_before:
            self.ray.shutdown()
        self.watch.close()


def check_answer(answer: Mapping[str, Any], out: str, name: str, identity: str, nonce: str) -> None:
    """Compare what a node answered with this process, and look for the file that it wrote.

    Raises:
        RunError: other versions there, the run directory is not the same one, or this process's folder is not there.
    """
    ray_node.check_versions(answer["versions"], ray_node.versions(), name)
    reply = Path(out) / ray_node.FOLDER / f"{nonce}-{identity}"
    if not answer["sees"] or not ray_node.shown(reply, ray_node.LOOK_SECONDS):
        raise ray_node.blind(out, name)
    if not answer["stands"]:
        raise ray_node.elsewhere(os.getcwd(), name)


def new_nonce(out: Path) -> str:
    """A file of a new name in the run directory, by which nodes show that they see the same one."""
    nonce = secrets.token_hex(8)
    store.write_new(out / ray_node.FOLDER / nonce, nonce.encode())
    return nonce


def _reach(place: str) -> None:
    """Ray itself would try for minutes."""
    hint = _("`ray start --head --port 6379` starts one")
    try:
        ask(place, REACH_SECONDS)
    except OSError as error:
        what = _("no Ray cluster answers there: {why}").format(why=error.strerror or error)
        raise RunError(place, what, hint) from error
    except ValueError:
        what = _("what answers there is not the control store of a Ray cluster")
        raise RunError(
            place, what, _("its port is that of `ray start --head`, 6379 where none was given")
        ) from None


def _last_line(error: BaseException) -> str:
    if isinstance(error, TamisError):
        return error.what
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
