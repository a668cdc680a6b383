"""One run directory has one writer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tamis.engine.lock import RunLock
from tamis.errors import RunError

HOLD = """
import sys, time
from tamis.engine.lock import RunLock
with RunLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_told_who_holds_it(tmp_path: Path) -> None:
    run = tmp_path / "run1"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(run)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(RunError) as caught, RunLock(run):
            pass
        assert f"run1: in use by process {holder.pid} on {os.uname().nodename} since " in str(caught.value)
        assert caught.value.hint == "wait, or use another -o"
        assert caught.value.exit_code == 2
        holder.kill()
    with RunLock(run), pytest.raises(RunError, match=f"process {os.getpid()}"), RunLock(run):
        pass
    with RunLock(run):
        pass


def test_a_folder_that_cannot_be_made_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file/run1"), RunLock(tmp_path / "file" / "run1"):
        pass


def test_a_started_process_does_not_keep_the_lock(tmp_path: Path) -> None:
    with RunLock(tmp_path):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with RunLock(tmp_path):
            pass
    finally:
        child.kill()
        child.wait()
