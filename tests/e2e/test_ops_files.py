"""Files of `--ops` lie in the run: it goes on, is retuned and explained without the user's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tamis
from run_inputs import digests, write_texts
from tamis.engine.rundir import Run

OPS = '''
from tamis.op import Signal, operator

@operator(kind="signal", reads=["text"], writes=[Signal("letters", "int64", "letters", low=0)], each=True)
def kept_letters(text: str) -> dict[str, object]:
    """Counts letters."""
    return {"letters": sum(one in "aeiou" for one in text)}
'''
RECIPE = 'name = "kept"\n[[step]]\nop = "kept_letters"\nkeep = [{ signal = "letters", min = 40 }]\n'


@pytest.fixture
def ops(tmp_path: Path) -> Path:
    (tmp_path / "r.toml").write_text(RECIPE)
    write_texts(tmp_path / "in", 60)
    (tmp_path / "my_ops.py").write_text(OPS)
    return tmp_path / "my_ops.py"


def tamis_says(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own, which has imported nothing yet."""
    command = [sys.executable, "-m", "tamis", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def refine(ops: Path, out: str) -> subprocess.CompletedProcess[str]:
    folder = ops.parent
    return tamis_says("run", folder / "r.toml", folder / "in", "-o", folder / out, "--ops", ops, "--no-fsync")


def test_without_the_users_file_a_run_is_retuned_into_one_that_has_it_too(ops: Path, tmp_path: Path) -> None:
    assert refine(ops, "out").returncode == 0
    ops.unlink()
    bound = "kept_letters.letters.min=30"
    done = tamis_says("retune", tmp_path / "out", "--set", bound, "-o", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    options = {"overrides": {"kept_letters.letters.min": 30}, "workers": 1, "fsync": False}
    kept_ops = Run(tmp_path / "again").ops_files
    fresh = tamis.run(tmp_path / "r.toml", tmp_path / "in", tmp_path / "fresh", ops=kept_ops, **options)
    assert digests(tmp_path / "again", "kept") == digests(fresh.path, "kept")
    assert digests(fresh.path, "kept")["kept"]
    assert fresh.info["options"]["ops"] == Run(tmp_path / "out").info["options"]["ops"]


def test_an_edited_file_is_another_one_and_measured_again(ops: Path, tmp_path: Path) -> None:
    assert refine(ops, "out").returncode == 0
    before = Run(tmp_path / "out").info["options"]["ops"], digests(tmp_path / "out", "kept")
    assert "nothing to run" in refine(ops, "out").stdout
    ops.write_text(OPS.replace("aeiou", "ae"))
    done = refine(ops, "out")
    assert done.returncode == 0, done.stderr
    after = Run(tmp_path / "out").info["options"]["ops"], digests(tmp_path / "out", "kept")
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert refine(ops, "fresh").returncode == 0
    assert digests(tmp_path / "fresh", "kept") == after[1]


def test_the_file_that_is_asked_for_is_the_one_that_measures(ops: Path, tmp_path: Path) -> None:
    """In one process two files may declare one name: each call means those of its own `ops`."""
    other = tmp_path / "other_ops.py"
    other.write_text(OPS.replace("aeiou", "ae"))
    found = []
    for number, file in enumerate((ops, other, ops)):
        out = tmp_path / f"out-{number}"
        run = tamis.run(tmp_path / "r.toml", tmp_path / "in", out, ops=file, workers=1, fsync=False)
        found.append((run.info["step_keys"], digests(out, "kept")))
    assert found[0] == found[2]
    assert found[0][0] != found[1][0]
    assert found[0][1] != found[1][1]
