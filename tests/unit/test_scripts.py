"""What a contributor runs first: the start of an operator, and the look at the Rust compiler before a build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The parts of a clone that `new_op.py` and what it writes need; the package by links, its operators copied."""
    package = tmp_path / "python" / "tamis"
    package.mkdir(parents=True)
    for path in (ROOT / "python" / "tamis").iterdir():
        if path.name not in ("ops", "__pycache__"):
            (package / path.name).symlink_to(path)
    shutil.copytree(ROOT / "python" / "tamis" / "ops", package / "ops", ignore=lambda *_: ["__pycache__"])
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    for path in ("scripts/new_op.py", "tests/unit/test_ops_declared.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def written(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*.py") if not path.is_symlink()}


def test_a_new_operator_and_its_test_work(clone: Path) -> None:
    before = written(clone)
    done = run(clone, "scripts/new_op.py", "exclamations")
    assert (done.returncode, done.stderr) == (0, "")
    made = {"python/tamis/ops/exclamations.py", "tests/unit/test_exclamations.py"}
    assert written(clone) - before == made
    tests = ["tests/unit/test_exclamations.py", "tests/unit/test_ops_declared.py"]
    tested = run(clone, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", "exclamations")
    assert tested.returncode == 0, tested.stdout
    # Its own six, and what each operator's declaration is held to.
    assert int(tested.stdout.split(" passed")[0].split()[-1]) >= 14
    again = run(clone, "scripts/new_op.py", "exclamations")
    assert again.returncode == 2
    assert "exists already" in again.stderr


@pytest.mark.parametrize(
    "name",
    [
        "class",
        "match",
        "str",
        "tamis",
        "operator",
        "source",
        "_x",
        "5a",
        "A",
        "a-b",
        "a b",
        "../x",
        "été",
        "",
    ],
)
def test_a_name_that_would_break_is_refused(clone: Path, name: str) -> None:
    before = written(clone)
    done = run(clone, "scripts/new_op.py", name)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {name!r}: ")
    assert "hint: " in done.stderr
    assert written(clone) == before


@pytest.mark.parametrize(
    ("version", "code", "said"),
    [
        ("rustc 1.63.0 (4b91a6ea7 2022-08-08)", 1, "needs Rust 1.85 or newer; this machine has 1.63.0"),
        ("rustc 1.84.1", 1, "this machine has 1.84.1"),
        ("rustc 1.85.0", 0, ""),
        ("rustc 2.0.0-nightly", 0, ""),
        (None, 1, "this machine has none"),
    ],
)
def test_a_build_says_which_rust_it_needs(tmp_path: Path, version: str | None, code: int, said: str) -> None:
    if version is not None:
        compiler = tmp_path / "rustc"
        compiler.write_text(f"#!/bin/sh\necho '{version}'\n")
        compiler.chmod(0o755)
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "build_backend.py")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert said in done.stderr
    assert ("hint: " in done.stderr) == bool(code)
