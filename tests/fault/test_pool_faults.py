"""Workers and supervisors that die: nothing is lost, nobody is blamed wrongly, nothing is left behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tamis.engine.guards import Guards
from tamis.engine.pool import Pool
from tamis.errors import RunFailed

HERE = Path(__file__).resolve().parent
OPS = str(HERE / "pool_tasks.py")
GB = 1 << 30


def rows(**fields: object) -> dict[str, Any]:
    return {"kind": "call", "function": "pool_tasks:rows", **fields}


def run(
    tmp_path: Path, tasks: list[dict[str, Any]], workers: int = 2, **guards: Any
) -> tuple[list[Any], Pool]:
    with Pool(workers, 3 * GB, tmp_path / "work", Guards(**guards), [OPS]) as pool:
        done = dict(pool.run(tasks))
    assert sorted(done) == list(range(len(tasks)))
    assert list((tmp_path / "work").glob("tmp/*")) == []
    assert list((tmp_path / "work").glob("died/*")) == []
    return [done[index] for index in range(len(tasks))], pool


def everything(count: int, without: dict[int, Any]) -> list[int]:
    return [row for row in range(count) if row not in without]


POISON = {
    100: ("segfault", "crash", 11),
    200: ("hang", "timeout", None),
    300: ("allocate", "memory", None),
    301: ("raise", "exception", None),
    500: ("os_exit", "crash", None),
    600: ("exit", "crash", None),
    700: ("overflow", "crash", 11),
}


def test_exactly_the_poison_rows_fail_each_with_its_kind(tmp_path: Path) -> None:
    bad = {str(row): how for row, (how, _kind, _signal) in POISON.items()}
    tasks = [rows(rows=1000, bad=bad), rows(rows=100), rows(rows=50, bad={"3": "segfault"})]
    (first, second, third), pool = run(tmp_path, tasks, seconds=2.5, memory=400 << 20)
    assert first["kept"] == everything(1000, POISON)
    found = {int(row): (entry[0], entry[2], entry[3]) for row, entry in first["failed"].items()}
    assert found == {row: (kind, number, 3) for row, (_how, kind, number) in POISON.items()}
    assert (second["kept"], second["failed"]) == (list(range(100)), {})
    assert third["kept"] == everything(50, {3: None})
    assert {one["why"] for one in pool.deaths} == {"crash", "timeout", "memory"}


def test_a_poison_row_is_found_where_the_body_names_no_rows(tmp_path: Path) -> None:
    tasks = [rows(rows=300, batch=64, marks=False, bad={"70": "segfault", "200": "os_exit"})]
    (only,), _pool = run(tmp_path, tasks)
    assert only["kept"] == everything(300, {70: None, 200: None})


def test_a_row_that_dies_in_company_only_is_kept_with_smaller_batches(tmp_path: Path) -> None:
    """Alone it is well; the run ends, and at worst this one row is given up."""
    (only,), pool = run(tmp_path, [rows(rows=200, bad={"70": "in company"})])
    assert only["kept"] == everything(200, {70: None})
    assert any(one["probe"] is None for one in pool.deaths)


def test_the_watchdog_inside_the_worker_ends_a_hang_when_the_supervisor_is_busy(tmp_path: Path) -> None:
    with Pool(1, GB, tmp_path / "work", Guards(seconds=0.3), [OPS]) as pool:
        results = pool.run([rows(rows=3), rows(rows=10, bad={"5": "hang"})])
        assert next(results)[0] == 0
        time.sleep(2.5)
        assert list((tmp_path / "work" / "died").iterdir())
        assert next(results)[1]["kept"] == everything(10, {5: None})


def test_random_kills_of_workers_lose_nothing(tmp_path: Path) -> None:
    """50 times kill -9, at random rows of eight tasks."""
    work, chance, stop = tmp_path / "work", random.Random(7), threading.Event()
    kills = 0
    with Pool(2, 3 * GB, work, Guards(), [OPS]) as pool:

        def killer() -> None:
            nonlocal kills
            while not stop.is_set() and kills < 50:
                time.sleep(chance.uniform(0.0, 0.2))
                busy = pool._crew.busy()
                if busy:
                    victim = chance.choice(busy)
                    if victim.process.returncode is None and not victim.gone():
                        os.kill(victim.pid, signal.SIGKILL)
                        kills += 1

        thread = threading.Thread(target=killer)
        thread.start()
        tasks = [rows(rows=400, batch=8, sleep=0.001) for _ in range(8)]
        done: dict[int, Any] = {}
        while kills < 50 or not done:
            done = dict(pool.run(tasks))
            assert sorted(done) == list(range(8))
            assert all(one["kept"] == list(range(400)) and not one["failed"] for one in done.values())
        stop.set()
        thread.join()
    assert {one["why"] for one in pool.deaths} <= {"lost", "oom"}
    assert len(pool.deaths) >= 40


def test_a_row_at_which_the_worker_is_always_killed_is_given_up_alone(tmp_path: Path) -> None:
    (only,), _pool = run(tmp_path, [rows(rows=30, bad={"9": "kill"})])
    assert only["kept"] == everything(30, {9: None})
    assert only["failed"]["9"][0] == "memory"


def test_three_deaths_at_the_start_end_the_run_with_the_log(tmp_path: Path) -> None:
    broken = tmp_path / "broken_ops.py"
    broken.write_text("raise ImportError('no module named flour')\n")
    with Pool(2, GB, tmp_path / "work", Guards(), [str(broken)]) as pool:
        with pytest.raises(RunFailed, match="workers ended before their first task") as caught:
            list(pool.run([{"kind": "call", "function": "broken_ops:x"}]))
        assert "no module named flour" in caught.value.hint
    assert children(os.getpid()) == []


def test_a_task_that_always_kills_between_documents_ends_the_run(tmp_path: Path) -> None:
    with Pool(1, GB, tmp_path / "work", Guards(attempts=3), [OPS]) as pool:
        with pytest.raises(RunFailed, match="no document could be blamed"):
            list(pool.run([{"kind": "call", "function": "pool_tasks:die_at_once"}]))
        assert len(pool.deaths) == 3


def test_workers_together_above_the_memory_work_one_after_the_other(tmp_path: Path) -> None:
    with Pool(2, 900 << 20, tmp_path / "work", Guards(), [OPS]) as pool:
        tasks = [{"kind": "call", "function": "pool_tasks:hold", "bytes": 500 << 20, "seconds": 1.5}] * 3
        assert len(list(pool.run(tasks))) == 3
    assert {one["why"] for one in pool.deaths} == {"oom"}


def test_a_full_disk_is_waited_for_and_then_ends_the_run(tmp_path: Path) -> None:
    flag = tmp_path / "full"
    flag.write_text("")
    task = {"kind": "call", "function": "pool_tasks:full_disk", "flag": str(flag)}
    with Pool(1, GB, tmp_path / "work", Guards(disk_wait=0.8), [OPS]) as pool:
        with pytest.raises(RunFailed, match="no space left"):
            list(pool.run([task]))
        timer = threading.Timer(0.3, flag.unlink)
        timer.start()
        assert list(pool.run([task])) == [(0, {"wrote": True})]
        timer.join()


# Whole supervisors ------------------------------------------------------------------------------------------------

DRIVER = """
import sys
from pathlib import Path
from tamis.engine.guards import Guards
from tamis.engine.lock import RunLock
from tamis.engine.pool import Pool
from tamis.errors import Interrupted

run, ops, seconds, grace = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
function = sys.argv[5]
try:
    with RunLock(run), Pool(2, 2 << 30, run / "work", Guards(grace=grace), [ops]) as pool:
        tasks = [{"kind": "call", "function": function, "seconds": seconds, "rows": 10**6, "sleep": 0.001,
                  "bad": {"300": "hang"}, "mark": str(run / "started")}] * 8
        for index, summary in pool.run(tasks):
            print("done", index, flush=True)
except Interrupted as error:
    print(error)
    sys.exit(error.exit_code)
"""


COMMITS = """
import sys
from pathlib import Path
from tamis.engine.lock import RunLock
from tamis.engine.pool import Pool

run = Path(sys.argv[1])
with RunLock(run), Pool(2, 2 << 30, run / "work", None, [sys.argv[2]]) as pool:
    tasks = [{"kind": "call", "function": "pool_tasks:commit", "run": str(run), "number": n} for n in range(6)]
    print(sum(summary["again"] for _index, summary in pool.run(tasks)))
"""


def commits(run: Path, point: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", COMMITS, str(run), OPS]
    environment = {**os.environ, "TAMIS_CRASH_AT": point}
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=60)


def digests(run: Path) -> dict[str, str]:
    """What the manifests name, checked against the files; their number is the number of tasks."""
    from tamis.engine.manifest import outputs, problems, read_manifest

    found = {}
    for task in range(6):
        manifest = read_manifest(run, 0, task)
        assert manifest is not None
        assert problems(run, manifest, digests=True) == []
        found |= {output["path"]: output["digest"] for output in outputs(manifest)}
    return found


def test_after_a_kill_of_the_whole_tree_only_unfinished_tasks_run_and_bytes_are_equal(tmp_path: Path) -> None:
    assert commits(tmp_path / "undisturbed", "").stdout == "6\n"
    for point in ("K3", "K5:2", "K6:2", "K7"):
        run = tmp_path / point
        assert commits(run, point).returncode == -signal.SIGKILL
        done = len(list(run.glob("phases/0/*.json")))
        assert done < 6
        assert commits(run, "").stdout == f"{6 - done}\n"
        assert digests(run) == digests(tmp_path / "undisturbed")


def children(pid: int) -> list[int]:
    """The living descendants of a process."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents.setdefault(int(fields[1]), []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        below = parents.get(todo.pop(), [])
        found += below
        todo += below
    return found


def alive(pids: list[int]) -> list[int]:
    def living(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return [pid for pid in pids if living(pid)]


class Supervisor:
    """A process with a pool of two workers that are in the middle of a task."""

    def __init__(self, run: Path, seconds: float, grace: float, function: str = "pool_tasks:sleep") -> None:
        command = [sys.executable, "-c", DRIVER, str(run), OPS, str(seconds), str(grace), function]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        deadline = time.monotonic() + 20
        while len(list(run.glob("started*"))) < 2:
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.workers = children(self.process.pid)
        assert len(self.workers) == 2

    def end(self) -> tuple[int, str, float]:
        started = time.monotonic()
        out, _err = self.process.communicate(timeout=30)
        return self.process.returncode, out, time.monotonic() - started


@pytest.mark.parametrize("function", ["pool_tasks:sleep", "pool_tasks:hang"])
def test_kill_of_the_supervisor_leaves_no_process_and_frees_the_lock(tmp_path: Path, function: str) -> None:
    from tamis.engine.lock import RunLock

    supervisor = Supervisor(tmp_path / "run", 60, 10, function)
    os.kill(supervisor.process.pid, signal.SIGKILL)
    supervisor.end()
    deadline = time.monotonic() + 1.0
    while alive(supervisor.workers) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert alive(supervisor.workers) == []
    with RunLock(tmp_path / "run"):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_running_tasks_finish(tmp_path: Path, number: signal.Signals) -> None:
    supervisor = Supervisor(tmp_path / "run", 1.5, 10)
    os.killpg(supervisor.process.pid, number)
    code, out, _seconds = supervisor.end()
    assert code == 130
    assert out.count("done") == 2
    assert out.endswith("stopped; the same command continues\n")
    assert alive(supervisor.workers) == []


def test_after_the_grace_running_tasks_are_killed(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "run", 60, 0.5)
    os.kill(supervisor.process.pid, signal.SIGINT)
    code, out, seconds = supervisor.end()
    assert (code, out.count("done")) == (130, 0)
    assert seconds < 5
    assert alive(supervisor.workers) == []


def test_the_second_signal_kills_at_once(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "run", 60, 60)
    os.kill(supervisor.process.pid, signal.SIGINT)
    time.sleep(0.3)
    assert alive(supervisor.workers) == supervisor.workers
    os.kill(supervisor.process.pid, signal.SIGINT)
    code, out, seconds = supervisor.end()
    assert (code, out.count("done")) == (130, 0)
    assert seconds < 5
    assert alive(supervisor.workers) == []


def test_what_a_worker_started_dies_with_it(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    tasks = [{"kind": "call", "function": "pool_tasks:spawn_and_die", "note": str(note)}]
    with Pool(1, GB, tmp_path / "work", Guards(attempts=1), [OPS]) as pool, pytest.raises(RunFailed):
        list(pool.run(tasks))
    started = [int(note.read_text())]
    # The signal has been sent; on a busy machine the kernel takes a moment to carry it out.
    deadline = time.monotonic() + 10
    while alive(started) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert alive(started) == []
