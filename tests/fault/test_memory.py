"""A run over more than its memory stays within it: the bench of that name on a small input."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "memory.py"
RECIPE = """name = "memory"
[[step]]
op = "gopher_quality"
keep = [{ signal = "word_count", min = 20 }]
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="this system does not tell PSS")
def test_150_megabytes_within_512_for_the_whole_tree(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE)
    command = [sys.executable, str(BENCH), "--size", "150MB", "--memory", "512MB"]
    command += ["--recipe", str(tmp_path / "r.toml"), "--folder", str(tmp_path / "large")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"peak of the tree (\d+) MB of 512 MB", done.stdout)
    assert found
    # Less than an empty interpreter with Arrow would mean that nothing was measured.
    assert 100 < int(found[1]) < 512
    assert not list((tmp_path / "large").iterdir())
