"""Two Ray nodes on the loopback interface, in a process of their own that takes orders on its standard input.

    python tests/ray_cluster.py FOLDER

Prints a line of JSON for each order, the first when the cluster is up: its address, and for each node, by a number from
0 (the head), the processes that belong to it. Orders: `nodes`; `add {"memory": N}`; `kill N` (the whole node N, by
SIGKILL); the end of the input ends all. FOLDER is short and not pytest's: longer paths break the limit of socket names.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path

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
            if order == "kill":
                nodes.kill(int(rest))
            elif order == "add":
                nodes.add(**json.loads(rest or "{}"))
            time.sleep(0.1)
            print(json.dumps(nodes.told()), flush=True)
    finally:
        nodes.end()


if __name__ == "__main__":
    main()
