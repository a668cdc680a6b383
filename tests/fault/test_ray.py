"""Runs on a real Ray cluster of two nodes, disturbed in each way that a cluster knows: the bytes of the local pool."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ray_cluster import ENVIRONMENT, Cluster
from run_inputs import digests, write_texts

pytestmark = pytest.mark.slow

TESTS = Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
ROLES = ("kept", "removed", "failed", "originals", "clusters")
RECIPE = """name = "cluster"
[[step]]
op = "run_poison"
[[step]]
op = "run_slow"
[[step]]
op = "run_size"
keep = [{ signal = "length", min = 60 }]
[[step]]
op = "minhash"
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "run_shout"
keep = [{ signal = "hits", max = 12 }]
"""
# An operator of the user's own, beside those of run_ops.py.
SLOW = """
import os
import time
from tamis.op import Signal, operator

@operator(kind="signal", reads=["text"], writes=[Signal("waited", "int64", "always 1", low=0)], each=True)
def run_slow(text: str) -> dict[str, object]:
    '''Takes its time, and more of it where the folder of the call has a file `slow`.'''
    time.sleep(0.3 if os.path.exists("slow") else 0.004)
    return {"waited": 1}
"""
POISON = {12: "SEGFAULT", 45: "EXIT", 46: "HANG", 70: "HOARD"}
# So much that two tasks fit the small memory that the nodes say they have.
MEMORY = ["--memory", "900MB", "--workers", "2"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    pytest.importorskip("ray", reason='Ray is not installed: pip install "tamis[ray]"')
    found = Cluster()
    yield found
    found.end()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with recipe, operators and inputs, some texts twice."""
    found = tmp_path_factory.mktemp("cluster")
    (found / "r.toml").write_text(RECIPE)
    (found / "slow_ops.py").write_text(SLOW)
    write_texts(found / "in", 300)
    copies = (found / "in" / "part-0.jsonl").read_text().splitlines()[:40]
    (found / "in" / "part-2.jsonl").write_text("\n".join(copies) + "\n")
    write_texts(found / "poison", 80, special=POISON)
    return found


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(scope="module")
def start(place: Path, cluster: Cluster) -> Start:
    """A function that starts a run in a process of its own, on the cluster, or `local`."""

    def begin(
        out: Path | str, *more: str, local: bool = False, inputs: str = "in", **popen: Any
    ) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tamis", "run", "r.toml", f"{inputs}/*.jsonl", "-o", str(out)]
        command += ["--ops", str(TESTS / "run_ops.py"), "--ops", "slow_ops.py", "--shard-bytes", "9000"]
        command += [] if local else ["--on", f"ray={cluster.address}"]
        return subprocess.Popen(
            [*command, *(more or MEMORY)],
            cwd=place,
            env={**os.environ, **ENVIRONMENT, **popen.pop("env", {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **popen,
        )

    return begin


def ended(process: subprocess.Popen[str], code: int = 0) -> str:
    """What a run wrote to stderr, once it has ended with this code."""
    out, error = process.communicate(timeout=120)
    assert process.returncode == code, f"{out}\n{error}"
    return error


def result(run: Path) -> tuple[Any, bytes]:
    return digests(run, *ROLES), (run / "report" / "data.json").read_bytes()


def committed(run: Path) -> dict[str, bytes]:
    """The manifests of the first phase, as they are now."""
    return {path.name: path.read_bytes() for path in sorted(run.glob("phases/0/0*.json"))}


def until(run: Path, tasks: int, process: subprocess.Popen[str]) -> None:
    """Wait for so many tasks of the first phase."""
    deadline = time.monotonic() + 60
    while len(committed(run)) < tasks:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def expected(start: Start, place: Path) -> tuple[Any, bytes]:
    """What the local pool makes of the same inputs."""
    ended(start("local", local=True))
    found = result(place / "local")
    assert len(found[0]["kept"]) > 6
    assert found[0]["removed"]
    assert found[0]["clusters"]
    return found


def test_a_cluster_makes_the_bytes_of_the_local_pool(start: Start, expected: Any, tmp_path: Path) -> None:
    ended(start(tmp_path / "run"))
    assert result(tmp_path / "run") == expected
    assert not (tmp_path / "run" / "work").exists()
    kept = json.loads((tmp_path / "run" / "run.json").read_text())["options"]["ops"]
    assert [Path(name).name for name in kept] == ["run_ops.py", "slow_ops.py"]
    assert all((tmp_path / "run" / name).is_file() for name in kept)
    manifests = committed(tmp_path / "run")
    ended(start(tmp_path / "run"))
    assert committed(tmp_path / "run") == manifests


def test_a_node_that_dies_in_the_middle_loses_nothing(
    start: Start, expected: Any, tmp_path: Path, cluster: Cluster
) -> None:
    process = start(tmp_path / "run")
    until(tmp_path / "run", 4, process)
    victim = max(cluster.nodes)
    assert len(cluster.nodes) == 2
    cluster.order(f"kill {victim}")
    done = len(committed(tmp_path / "run"))
    ended(process)
    assert done < len(committed(tmp_path / "run"))
    assert result(tmp_path / "run") == expected
    cluster.order("add")
    assert len(cluster.nodes) == 2


def test_the_driver_is_killed_and_the_same_command_goes_on(
    start: Start, expected: Any, tmp_path: Path, cluster: Cluster
) -> None:
    process = start(tmp_path / "run")
    until(tmp_path / "run", 4, process)
    assert len(cluster.workers()) > 0
    process.send_signal(signal.SIGKILL)
    ended(process, -signal.SIGKILL)
    deadline = time.monotonic() + 30
    while cluster.workers():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    before = committed(tmp_path / "run")
    ended(start(tmp_path / "run"))
    after = committed(tmp_path / "run")
    assert len(before) < len(after)
    assert {name: after[name] for name in before} == before
    assert result(tmp_path / "run") == expected


def test_the_control_store_dies_and_the_same_command_goes_on_elsewhere(
    start: Start, expected: Any, place: Path, tmp_path: Path
) -> None:
    """Ray would end the process after 20 seconds without a word, and until then its answers only stay away."""
    broken = Cluster()
    try:
        on = [*MEMORY, "--on", f"ray={broken.address}"]
        process = start(tmp_path / "run", *on, env={"RAY_gcs_rpc_server_reconnect_timeout_s": "20"})
        until(tmp_path / "run", 3, process)
        (place / "slow").touch()
        broken.order("kill gcs")
        error = ended(process, 1)
    finally:
        (place / "slow").unlink(missing_ok=True)
        broken.end()
    what = rf"error: {broken.address}: the control store \(GCS\) of the Ray cluster has not answered for 1\d seconds"
    assert re.search(rf"{what}\nhint: nothing is lost: the same command goes on", error), error
    assert "Traceback" not in error
    before = committed(tmp_path / "run")
    shutil.copytree(tmp_path / "run", tmp_path / "copy")
    for out, local in (("run", False), ("copy", True)):
        ended(start(tmp_path / out, local=local))
        after = committed(tmp_path / out)
        assert len(before) < len(after)
        assert {name: after[name] for name in before} == before
        assert result(tmp_path / out) == expected


def test_the_driver_s_own_node_dies(start: Start, place: Path, tmp_path: Path) -> None:
    """Through it the driver sends its tasks: without it each would die at once, on every node."""
    broken = Cluster()
    try:
        process = start(tmp_path / "run", *MEMORY, "--on", f"ray={broken.address}")
        until(tmp_path / "run", 3, process)
        (place / "slow").touch()
        broken.order("kill raylet")
        killed = time.monotonic()
        error = ended(process, 1)
        assert time.monotonic() - killed < 30
    finally:
        (place / "slow").unlink(missing_ok=True)
        broken.end()
    what = f"error: {broken.address}: the node of this machine is no longer part of the Ray cluster"
    assert f"{what}\nhint: `ray start --address {broken.address}` makes it one again" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal_it_leaves_no_task_and_goes_on(
    start: Start, expected: Any, tmp_path: Path, cluster: Cluster, number: signal.Signals
) -> None:
    process = start(tmp_path / "run")
    until(tmp_path / "run", 4, process)
    process.send_signal(number)
    assert "the same command goes on from here" in ended(process, 130)
    deadline = time.monotonic() + 10
    while cluster.workers():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    before = committed(tmp_path / "run")
    ended(start(tmp_path / "run"))
    after = committed(tmp_path / "run")
    assert len(before) < len(after)
    assert {name: after[name] for name in before} == before
    assert result(tmp_path / "run") == expected


def test_poison_documents_fail_alone(start: Start, place: Path, tmp_path: Path) -> None:
    """A segmentation fault, an exit, a hang and an allocation without end, on the cluster as here."""
    more = ["--document-seconds", "6", *MEMORY]
    both = [
        start(tmp_path / "run", *more, inputs="poison"),
        start(tmp_path / "local", *more, inputs="poison", local=True),
    ]
    for process in both:
        ended(process)
    assert digests(tmp_path / "run", "kept", "removed") == digests(tmp_path / "local", "kept", "removed")
    kinds = {"SEGFAULT": "crash", "EXIT": "crash", "HANG": "timeout", "HOARD": "memory"}
    assert failures(tmp_path / "run") == failures(tmp_path / "local") == kinds


def failures(run: Path) -> dict[str, str]:
    """The last word of each failed document, and what ended it."""
    import pyarrow.parquet as pq

    rows = [row for path in run.glob("failed/*.parquet") for row in pq.read_table(path).to_pylist()]
    return {row["raw"].decode().split()[-1]: row["kind"] for row in rows}


def test_a_worker_that_is_killed_costs_no_document(
    start: Start, expected: Any, tmp_path: Path, cluster: Cluster
) -> None:
    """Our worker, and the next time Ray's, which takes ours with it."""
    process = start(tmp_path / "run")
    until(tmp_path / "run", 3, process)
    ours = cluster.workers()[0]
    os.kill(ours, signal.SIGKILL)
    until(tmp_path / "run", 6, process)
    supervisor = int(Path(f"/proc/{cluster.workers()[0]}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    ended(process)
    assert result(tmp_path / "run") == expected


def test_a_task_that_asks_for_more_than_any_node_has_is_not_sent(start: Start, tmp_path: Path) -> None:
    error = ended(start(tmp_path / "run", "--memory", "8GB", "--workers", "2"), 2)
    assert "a task asks for 1 core and 600 MiB of memory; no node has more than 500 MiB" in error
    assert "hint: " in error
    assert committed(tmp_path / "run") == {}


def test_a_node_that_does_not_see_the_run_is_named(start: Start, tmp_path: Path) -> None:
    """The path leads through a folder that only the driver holds open."""
    (tmp_path / "private").mkdir()
    folder = os.open(tmp_path / "private", os.O_RDONLY)
    try:
        process = start(f"/proc/self/fd/{folder}/run", pass_fds=[folder])
        error = ended(process, 2)
    finally:
        os.close(folder)
    assert f"error: /proc/self/fd/{folder}/run: node 127.0.0.1 (" in error
    assert "cannot see it\nhint: the run directory must lie where all nodes see it" in error
    assert committed(tmp_path / "private" / "run") == {}


def test_a_node_with_another_tamis_is_named(start: Start, tmp_path: Path, cluster: Cluster) -> None:
    shutil.copytree(ROOT / "python" / "tamis", tmp_path / "other" / "tamis")
    with (tmp_path / "other" / "tamis" / "errors.py").open("a") as file:
        file.write("\n# another version\n")
    place = {"memory": 500 << 20, "env_vars": {"PYTHONPATH": str(tmp_path / "other")}}
    cluster.order(f"add {json.dumps(place)}")
    newest = max(cluster.nodes)
    try:
        error = ended(start(tmp_path / "run"), 2)
    finally:
        cluster.order(f"kill {newest}")
    assert "error: node 127.0.0.1 (" in error
    assert "it has tamis " in error
    assert committed(tmp_path / "run") == {}


@pytest.mark.parametrize(
    ("on", "address", "said"),
    [
        ("ray", "", "RAY_ADDRESS is not set"),
        ("ray", "ray://10.0.0.1:10001", "an address of Ray Client"),
        ("ray=ray://10.0.0.1:10001", "", "an address of Ray Client"),
        ("ray", "auto", "'auto' is no HOST:PORT"),
        ("ray=http://127.0.0.1:8265", "", "is no HOST:PORT"),
        ("ray=127.0.0.1:99999", "", "'127.0.0.1:99999' is no HOST:PORT"),
        ("ray=127.0.0.1:1", "", "no Ray cluster answers there"),
        ("dask", "", "'dask' is no cluster"),
    ],
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, on: str, address: str, said: str) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "one document"}\n')
    done = subprocess.run(
        [sys.executable, "-m", "tamis", "run", "gopher", "in.jsonl", "-o", "out", "--on", on],
        cwd=tmp_path,
        env={**os.environ, "RAY_ADDRESS": address},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_cluster_of_the_environment_is_used_without_an_address(
    start: Start, expected: Any, tmp_path: Path, cluster: Cluster
) -> None:
    process = start(tmp_path / "run", *MEMORY, "--on", "ray", env={"RAY_ADDRESS": cluster.address})
    ended(process)
    assert result(tmp_path / "run") == expected


def test_the_page_about_ray_works(cluster: Cluster, tmp_path: Path) -> None:
    """The commands of docs/how-to/ray.md, with tasks that are small enough for these nodes."""
    text = (ROOT / "docs" / "how-to" / "ray.md").read_text()
    commands = [
        line[2:]
        for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
        for line in block.splitlines()
    ]
    assert len(commands) == 2
    for command in commands:
        small = " ".join(MEMORY) if " --on " in command else ""
        line = f"{shlex.quote(sys.executable)} -m {command} {small}"
        env = {**os.environ, **ENVIRONMENT, "RAY_ADDRESS": cluster.address}
        done = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
    assert list((tmp_path / "out" / "kept").iterdir())
