"""The wheel: built once, installed where there is no Rust, and at work on the sample."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(sys.executable).with_name("maturin")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (TOOL.exists() or shutil.which("maturin")), reason="maturin is not installed (extra `test`)"
    ),
    pytest.mark.skipif(not shutil.which("cargo"), reason="cargo is not on PATH"),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in the repository's own target folder, so that what is compiled already is not compiled again."""
    folder = tmp_path_factory.mktemp("wheel")
    tool = str(TOOL) if TOOL.exists() else "maturin"
    command = [tool, "build", "--release", "--out", str(folder), "--interpreter", sys.executable]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def home(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and what it asks for, and nothing of the compiler's."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True, symlinks=True)
    command = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        wheel,
    ]
    done = subprocess.run(command, env=bare(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def bare(home: Path) -> dict[str, str]:
    """The environment without cargo, rustc, this clone and the environment of the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CARGO", "RUST", "PYTHON", "VIRTUAL_ENV", "PYTEST"))
    }
    return {**kept, "PATH": f"{home / 'bin'}:/usr/bin:/bin"}


def tamis(home: Path, folder: Path, *words: str) -> str:
    command = [str(home / "bin" / "tamis"), *words]
    done = subprocess.run(command, cwd=folder, env=bare(home), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_wheel_for_python_from_3_11_on(wheel: Path) -> None:
    assert re.fullmatch(r"tamis-[\d.]+-cp311-abi3-(manylinux|macosx|win).+\.whl", wheel.name)


def test_what_is_inside(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = [
        "__init__.py",
        "py.typed",
        "_core.pyi",
        "_core.abi3.so",
        "recipes/fineweb.toml",
        "recipes/references.bib",
        "languages/zh.po",
    ]
    assert {
        f"tamis/{name}" for name in [*wanted, "report/page.html", "report/page.js", "report/page.css"]
    } <= names
    assert {Path(name).name for name in names if "/licenses/" in name} >= {"LICENSE", "NOTICE"}
    assert not [name for name in names if "test" in name or "__pycache__" in name]


def test_it_works_without_cargo(home: Path, tmp_path: Path) -> None:
    assert not shutil.which("cargo", path=bare(home)["PATH"])
    tamis(home, tmp_path, "sample", "demo")
    said = tamis(home, tmp_path, "try", "fineweb", "demo/prose.warc.gz", "--without", "url_blocklist")
    assert "gopher_quality" in said
    assert re.search(r"\b\d+ (documents|pages)", said)
