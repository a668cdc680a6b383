"""The committed reference pages are those that the declarations make."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_reference_pages_are_current() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    command = [sys.executable, str(ROOT / "scripts" / "docs_pages.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(list((ROOT / "docs" / "reference" / "operators").glob("*.md"))) > 5


def test_pages_of_recipes_say_where_they_leave_the_reference() -> None:
    folder = ROOT / "docs" / "reference" / "recipes"
    pages = {path.stem: path.read_text("utf-8") for path in folder.glob("*.md")}
    listed = (ROOT / "tests" / "golden" / "divergences.toml").read_text("utf-8")
    assert 'id = "repeated-strings"' in listed
    trafilatura = {name for name, page in pages.items() if "`engine = trafilatura`" in page}
    assert trafilatura == {"fineweb-2024", "fineweb-head"}
    assert all("the listed divergence `repeated-strings`" in pages[name] for name in trafilatura)
    for name in ("fineweb", "fineweb-head"):
        assert "example no longer filters to English; this does" in pages[name]


def test_measured_claims_name_a_bench() -> None:
    pages = list((ROOT / "docs" / "reference").rglob("*.md"))
    named = {name for page in pages for name in re.findall(r"bench/\w+\.py", page.read_text("utf-8"))}
    assert named >= {"bench/extract.py", "bench/language.py", "bench/url_blocklist.py"}
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_bench_of_lists_counts_what_it_loads() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    command = [sys.executable, str(ROOT / "bench" / "url_blocklist.py"), "20000"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    assert "20,000 hashes of 8 bytes, 0.2 MB" in done.stdout
