"""The pool on its good days, and the decisions after a death without any process."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tamis.engine import wire
from tamis.engine.guards import Death, Guards, Seen, classify
from tamis.engine.pool import Pool
from tamis.engine.retry import COMPANY_BEFORE_BLAME, MOST_LOST, Job
from tamis.errors import RunError, RunFailed

OPS = str(Path(__file__).resolve().parent.parent / "fault" / "pool_tasks.py")
GB = 1 << 30


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    with Pool(2, 3 * GB, tmp_path / "work", Guards(), [OPS]) as pool:
        yield pool


def call(function: str, **fields: object) -> dict[str, object]:
    return {"kind": "call", "function": f"pool_tasks:{function}", **fields}


def test_each_task_is_answered_once_and_both_workers_work(pool: Pool) -> None:
    done = dict(pool.run([call("sleep", seconds=0.02) for _ in range(40)]))
    assert sorted(done) == list(range(40))
    pids = {summary["pid"] for _index, summary in pool.run([call("nothing") for _ in range(200)])}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_a_run_of_no_tasks_starts_no_worker(pool: Pool) -> None:
    assert list(pool.run([])) == []
    assert not (pool.work / "logs").exists()


def test_one_task_starts_one_worker(pool: Pool) -> None:
    assert len(list(pool.run([call("nothing")]))) == 1
    assert len(list((pool.work / "logs").iterdir())) == 1


def test_an_empty_task_costs_less_than_a_millisecond(pool: Pool) -> None:
    """A figure of this machine under whatever load there is, so the best of three with room; see the printed one."""
    list(pool.run([call("nothing") for _ in range(20)]))
    costs = []
    for _round in range(3):
        started = time.perf_counter()
        assert len(list(pool.run([call("nothing") for _ in range(500)]))) == 500
        costs.append((time.perf_counter() - started) / 500)
    print(f"empty task: {min(costs) * 1e3:.3f} ms")
    assert min(costs) < 0.003


def test_progress_comes_as_totals_and_not_more_often_than_every_half_second(pool: Pool) -> None:
    told: list[tuple[int, dict[str, int]]] = []
    task = call("rows", rows=40, batch=1, sleep=0.05)
    list(pool.run([task], lambda index, progress: told.append((index, progress))))
    assert 2 <= len(told) <= 5
    assert [index for index, _progress in told] == [0] * len(told)
    assert told == sorted(told, key=lambda one: one[1]["rows"])


def test_what_progress_raises_ends_the_run_and_the_pool_goes_on(pool: Pool) -> None:
    def too_many(index: int, progress: dict[str, int]) -> None:
        raise RunFailed("run1", "too many failed documents")

    with pytest.raises(RunFailed, match="too many"):
        list(pool.run([call("rows", rows=100, batch=1, sleep=0.05)], too_many))
    assert len(list(pool.run([call("nothing")]))) == 1


def test_an_error_of_the_task_names_it_and_carries_the_traceback(pool: Pool) -> None:
    with pytest.raises(RunFailed, match=r"task 0 .*ZeroDivisionError: an error of the task itself") as caught:
        list(pool.run([call("fail")]))
    assert "pool_tasks.py" in caught.value.__notes__[0]


def test_an_error_of_tamis_keeps_its_class(pool: Pool) -> None:
    with pytest.raises(RunError, match="neither of tamis nor of --ops"):
        list(pool.run([{"kind": "call", "function": "os:getcwd"}]))


def test_a_consumer_that_leaves_early_leaves_nothing_running(pool: Pool) -> None:
    results = pool.run([call("nothing"), call("sleep", seconds=60)])
    assert next(results)[0] == 0
    started = time.monotonic()
    results.close()
    assert len(list(pool.run([call("nothing")]))) == 1
    assert time.monotonic() - started < 10


def test_messages_come_whole_however_they_are_cut() -> None:
    read, write = os.pipe()
    os.set_blocking(read, False)
    inbox = wire.Inbox(read)
    assert inbox.take() == []
    messages = [{"text": "ä" * length} for length in (0, 1, 100)]
    data = b"".join(len(m := wire.json.dumps(x).encode()).to_bytes(4, "little") + m for x in messages)
    found = []
    for byte in data:
        os.write(write, bytes([byte]))
        found += inbox.take()
    assert found == messages
    os.close(write)
    assert inbox.take() == []
    assert not inbox.open
    os.close(read)


# Decisions after a death -----------------------------------------------------------------------------------------


def death(kind: str, row: int | None = None, batch: tuple[int, int] | None = None) -> Death:
    first, end = batch or ((row, row + 1) if row is not None else (None, None))
    return Death(kind, Seen(row, first, end, 4, 0), "as a test", 11 if kind == "crash" else None, "somehow")  # type: ignore[arg-type]


def job(**fields: object) -> Job:
    return Job(0, {"kind": "rows", **fields}, Guards())


def test_only_a_row_that_dies_alone_is_quarantined() -> None:
    suspect = job()
    assert suspect.died(death("crash", 7)) is None
    spec = suspect.next_spec("aaaaaaaa")
    assert (spec["only_row"], spec["discard"], "poison" in spec) == (7, True, False)
    assert suspect.died(death("crash", 7)) is None
    spec = suspect.next_spec("bbbbbbbb")
    assert spec["poison"] == {"7": ["crash", "as a test", 11, 4]}
    assert "only_row" not in spec
    assert suspect.finished()


def test_a_row_that_is_well_alone_is_kept_and_batches_shrink() -> None:
    suspect = job(batch_bytes=1 << 20)
    suspect.died(death("memory", 7))
    assert suspect.exclusive
    assert not suspect.finished()
    spec = suspect.next_spec("aaaaaaaa")
    assert spec["batch_bytes"] == 1 << 19
    assert "poison" not in spec
    assert not suspect.exclusive
    assert suspect.finished()


def test_a_row_that_only_dies_in_company_goes_in_the_end_but_not_for_memory() -> None:
    suspect = job()
    for _time in range(COMPANY_BEFORE_BLAME):
        assert suspect.died(death("crash", 7)) is None
        if suspect.probe is not None:
            assert not suspect.finished()
    assert list(suspect.poison) == ["7"]
    leaking = job()
    reasons = []
    while not reasons or reasons[-1] is None:
        reasons.append(leaking.died(death("memory", 7)))
        if leaking.probe is not None:
            leaking.finished()
    assert leaking.poison == {}
    assert "no document could be blamed" in str(reasons[-1])


def test_where_only_the_batch_is_known_its_rows_go_one_by_one() -> None:
    suspect = job()
    suspect.died(death("crash", None, (64, 128)))
    assert suspect.next_spec("aaaaaaaa")["single"] == [64, 128]
    assert suspect.failures == 0
    suspect.died(death("crash", None, (64, 128)))
    assert suspect.failures == 1
    suspect.died(death("crash", 70))
    assert suspect.probe == 70


def test_kills_from_outside_blame_no_row_until_it_is_always_the_same() -> None:
    unlucky = job()
    for row in range(MOST_LOST - 1):
        assert unlucky.died(death("lost", row)) is None
    assert unlucky.poison == {}
    assert unlucky.probe is None
    assert unlucky.died(death("lost", 0)) is not None
    guilty = job()
    while not guilty.poison:
        assert guilty.died(death("lost", 7)) is None
    assert guilty.poison["7"][0] == "memory"


def test_deaths_without_any_document_end_the_run() -> None:
    hopeless = job()
    reasons = [hopeless.died(death("crash")) for _time in range(Guards().attempts)]
    assert [reason is None for reason in reasons] == [True] * (Guards().attempts - 1) + [False]


@pytest.mark.parametrize(
    ("status", "killed", "oom", "kind"),
    [
        (-9, "timeout", False, "timeout"),
        (-9, "memory", False, "memory"),
        (-9, "oom", False, "oom"),
        (-9, None, True, "oom"),
        (-9, None, False, "lost"),
        (75, None, False, "timeout"),
        (76, None, False, "memory"),
        (-11, None, True, "crash"),
        (0, None, False, "crash"),
        (-64, None, False, "crash"),
    ],
)
def test_deaths_have_names(status: int, killed: object, oom: bool, kind: str) -> None:
    seen = Seen(None, None, None, 0, 0)
    found = classify(status, killed, seen, Guards(), GB, oom)  # type: ignore[arg-type]
    assert found.kind == kind
    assert found.message
