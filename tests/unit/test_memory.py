"""Memory is shared out, measured and said aloud."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tamis import _core
from tamis.engine import memory
from tamis.engine.guards import Crumb

MB, GB = 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("total", "wanted", "workers", "each"),
    [
        (2 * GB, 2, 2, 600 * MB),
        (1 * GB, 2, 2, 412 * MB),
        (1 * GB, 8, 3, 824 * MB // 3),
        (300 * MB, 4, 1, 256 * MB),
        (64 * GB, 16, 16, 600 * MB),
    ],
)
def test_workers_get_their_share_or_there_are_fewer(total: int, wanted: int, workers: int, each: int) -> None:
    found = memory.budget(total, wanted)
    assert (found.workers, found.worker) == (workers, each)
    assert bool(found.note) == (workers < wanted)


def test_the_default_is_a_part_of_what_there_is() -> None:
    found = memory.budget()
    assert 0 < found.memory < memory.limit() <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 1 <= found.workers <= memory.cores()


def test_sizes_of_processes_follow_what_they_hold() -> None:
    before, shared = memory.anonymous(os.getpid()), memory.pss([os.getpid()])
    held = b"\1" * (100 * MB)
    assert memory.anonymous(os.getpid()) - before > 90 * MB
    assert memory.pss([os.getpid()]) - shared > 90 * MB
    assert memory.peak() > len(held)
    del held
    memory.reset_peak()
    assert memory.anonymous(2**22 - 1) == 0
    assert memory.pss([2**22 - 1]) == 0


def test_a_full_disk_has_a_sentence_and_a_reserve(tmp_path: Path) -> None:
    assert memory.is_disk_full(OSError(28, "No space left on device"))
    assert not memory.is_disk_full(OSError(13, "Permission denied"))
    assert "at least 5 MB" in memory.disk_full(tmp_path / "not" / "there", 5 * MB).what
    ballast = memory.Ballast(tmp_path / "work" / "ballast")
    assert ballast.path.stat().st_blocks * 512 >= memory.BALLAST
    ballast.drop()
    ballast.drop()
    assert not ballast.path.exists()


def test_the_breadcrumb_is_read_as_it_was_written() -> None:
    import pyarrow as pa

    crumb = Crumb()
    try:
        _core.breadcrumb_open(crumb.descriptor)
        assert crumb.read().first is None
        _core.breadcrumb(100, 2, 50)
        seen = crumb.read()
        assert (seen.row, seen.first, seen.end, seen.step, seen.exact) == (None, 100, 150, 2, None)
        _core.breadcrumb_row(7)
        assert (crumb.read().row, crumb.read().beat) == (107, seen.beat)
        _core.breadcrumb(9, 3)
        assert crumb.read().exact == 9
        _core.breadcrumb(0, 4, rows=pa.array([5, 9, 200], pa.int64()))
        _core.split_words(pa.array(["a", "b", "c"], pa.large_string()), words="whitespace")
        assert (crumb.read().row, crumb.read().first, crumb.read().end) == (200, 5, 201)
        for wrong in (pa.array([1, None], pa.int64()), pa.array([1], pa.int32())):
            with pytest.raises(ValueError, match="rows"):
                _core.breadcrumb(0, 0, rows=wrong)
        _core.breadcrumb_idle()
        assert crumb.read().exact is None
    finally:
        idle = Crumb()
        _core.breadcrumb_open(idle.descriptor)
        crumb.close()
