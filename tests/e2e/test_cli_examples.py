"""Every example of every `--help` works as it stands, in the order in which a newcomer meets the verbs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tamis.cli.verbs import VERBS, module
from tamis.recipe import recipe_names

ROOT = Path(__file__).resolve().parents[2]
ORDER = ("sample", "ls", "show", "plan", "try", "run", "look", "retune", "explain", "diff", "report")
NEEDED = ("gopher", "fineweb")


def examples() -> list[str]:
    return [command for verb in ORDER for command, _meaning in module(verb).EXAMPLES]


def test_each_verb_has_examples() -> None:
    assert sorted(ORDER) == sorted(VERBS)
    assert all(command.startswith("tamis ") for command in examples())


@pytest.mark.skipif(
    not set(NEEDED) <= set(recipe_names()), reason="the recipes gopher and fineweb are not here"
)
def test_all_examples_work(tmp_path: Path) -> None:
    shim = tmp_path / "bin" / "tamis"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tamis "$@"\n', "utf-8")
    shim.chmod(0o755)
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "python"), "COLUMNS": "80"}
    for command in examples():
        done = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, env=env, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout or "look" in command, command
        assert "Traceback" not in done.stderr
