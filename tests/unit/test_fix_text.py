"""`fix_text` in a run: what it stores, and what is said where ftfy is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import tamis
from tamis.errors import InputError
from tamis.ops.fix_text import load

RECIPE = 'name = "repair"\n[[step]]\nop = "fix_text"\nkeep = [{ signal = "mojibake_count", max = 1 }]\n'
TEXTS = ["schÃ¶n", "clean", "Ã¶Ã¼ Ã¤Ã¶ x Ã¶Ã¼", "明天，见"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "repair.toml").write_text(RECIPE)
    lines = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS)
    (tmp_path / "pages.jsonl").write_text(lines)
    return tmp_path


def test_a_run_keeps_what_was_there(folder: Path) -> None:
    pytest.importorskip("ftfy", reason="ftfy is not installed (extra `fix`)")
    out = folder / "out"
    tamis.run(str(folder / "repair.toml"), str(folder / "pages.jsonl"), out=str(out))
    kept = pq.read_table(out / "kept").to_pylist()
    assert {row["text"]: row["fix_text.text_changed"] for row in kept} == {
        "schön": True,
        "clean": False,
        "明天，见": False,
    }
    removed = pq.read_table(out / "removed").to_pylist()
    assert [(row["text"], row["removed_by"]) for row in removed] == [
        ("öü äö x öü", "fix_text.mojibake_count")
    ]
    originals = pq.read_table(out / "originals")["text"].to_pylist()
    assert sorted(originals) == sorted([TEXTS[0], TEXTS[2]])


def test_a_missing_package_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ftfy", None)
    with pytest.raises(InputError) as caught:
        load({"preset": "encoding"})
    assert (caught.value.where, caught.value.what) == ("ftfy", "this package is not installed")
    (folder / "ftfy.py").write_text('raise ImportError("hidden by a test")\n')
    path = os.pathsep.join([str(folder), *sys.path])
    done = subprocess.run(
        [sys.executable, "-m", "tamis", "run", "repair.toml", "pages.jsonl", "-o", "out"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: repair.toml:3: fix_text: ftfy: this package is not installed",
        "hint: pip install 'tamis[fix]'",
    ]
