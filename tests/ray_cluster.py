"""Two Ray nodes on the loopback interface, in a process of their own that takes orders on its standard input.

    python tests/ray_cluster.py FOLDER

Prints a line of JSON for each order, the first when the cluster is up: its address, and for each node, by a number from
0 (the head), the processes that belong to it. Orders: `nodes`; `add {"memory": N}`; `kill N` (the whole node N, by
SIGKILL); `kill gcs`, `kill raylet` (that service of the head alone); the end of the input ends all. FOLDER is short and
not pytest's: longer paths break the limit of socket names.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# Read when ray is imported. Without the last one ports would be open on all interfaces.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_health_check_initial_delay_ms": "500",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "3",
    "RAY_health_check_timeout_ms": "1000",
}


def descendants(pid: int) -> set[int]:
    """All living processes below one."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = set(), [pid]
    while todo:
        below = parents.get(todo.pop(), [])
        found |= set(below)
        todo += below
    return found


def kill(pids: set[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Cluster:
    """The process that this file is, as a test holds it."""

    def __init__(self) -> None:
        # Short, and not pytest's: see above.
        self.folder = Path(tempfile.mkdtemp(prefix="ry-", dir="/tmp"))
        command = [sys.executable, __file__, str(self.folder)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.nodes: dict[int, list[int]] = {}
        self.address = self._answer()["address"]

    def order(self, order: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.nodes = {int(number): pids for number, pids in told["nodes"].items()}
        return told

    def workers(self) -> list[int]:
        """The worker processes of tamis on all nodes."""
        self.order("nodes")
        found = []
        for pid in (pid for pids in self.nodes.values() for pid in pids):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"tamis.engine.worker" in words:
                found.append(pid)
        return found

    def end(self) -> None:
        started = {self.process.pid, *(pid for pids in self.nodes.values() for pid in pids)}
        started |= descendants(self.process.pid)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(timeout=30)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        deadline = time.monotonic() + 5
        while (left := [pid for pid in started if alive(pid)]) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left == []


class Nodes:
    """The cluster, and what was started for it."""

    def __init__(self, folder: Path) -> None:
        (folder / "ray").mkdir(parents=True)
        os.environ.update(ENVIRONMENT, RAY_TMPDIR=str(folder))
        from ray.cluster_utils import Cluster

        self.cluster = Cluster(initialize_head=True, head_node_args=self._arguments())
        self.nodes = [self.cluster.head_node]
        self.killed: set[int] = set()
        self.started: set[int] = set()
        self.add()

    def add(self, **arguments: object) -> None:
        self.nodes.append(self.cluster.add_node(**self._arguments(**arguments)))
        self.cluster.wait_for_nodes()

    def _arguments(self, **more: object) -> dict[str, object]:
        plain = {
            "num_cpus": 1,
            "memory": 500 << 20,
            "include_dashboard": False,
            "object_store_memory": 80 << 20,
        }
        return {**plain, "node_ip_address": "127.0.0.1", **more}

    def processes(self, number: int) -> set[int]:
        """Of a node: its services, their workers, and the workers of those."""
        services = [info.process.pid for infos in self.nodes[number].all_processes.values() for info in infos]
        return {*services, *(below for pid in services for below in descendants(pid))}

    def kill(self, number: int) -> None:
        victims = self.processes(number)
        self.killed.add(number)
        self.cluster.worker_nodes.discard(self.nodes[number])
        kill(victims)
        self.started |= victims

    def kill_service(self, name: str) -> None:
        kill({info.process.pid for info in self.cluster.head_node.all_processes[name]})

    def told(self) -> dict[str, object]:
        found = {
            number: sorted(self.processes(number))
            for number in range(len(self.nodes))
            if number not in self.killed
        }
        self.started |= {pid for pids in found.values() for pid in pids}
        return {"address": self.cluster.address, "nodes": found}

    def end(self) -> None:
        """By the numbers of processes that were started here, never by name."""
        self.told()
        kill(self.started | descendants(os.getpid()))


def main() -> None:
    nodes = Nodes(Path(sys.argv[1]))
    try:
        print(json.dumps(nodes.told()), flush=True)
        for line in sys.stdin:
            order, _blank, rest = line.strip().partition(" ")
            if order == "kill" and not rest.isdecimal():
                nodes.kill_service({"gcs": "gcs_server"}.get(rest, rest))
            elif order == "kill":
                nodes.kill(int(rest))
            elif order == "add":
                nodes.add(**json.loads(rest or "{}"))
            time.sleep(0.1)
            print(json.dumps(nodes.told()), flush=True)
    finally:
        nodes.end()


if __name__ == "__main__":
    main()
