"""A plan from a small run against a larger one: files exact, bytes within a tenth; runs that tell nothing are refused."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tamis
from tamis.engine import manifest as manifests
from tamis.errors import RunError

ROWS = """name = "scale-test"
[[step]]
op = "gopher_quality"
keep = [{ signal = "text_words", min = 60 }]
"""
MINHASH = """[[step]]
op = "minhash"
mode = "MODE"
keep = [{ signal = "rank", max = 0 }]
"""
LINE = """[[step]]
op = "line"
"""
SHARD = 60_000


def write(path: Path, documents: int, seed: int) -> Path:
    """Texts of 50 to 150 words in lines; three in ten are an earlier one with a word changed."""
    drawn, originals = random.Random(seed), []
    words = ["".join(drawn.choices("abcdefghijklmnop", k=6)) for _ in range(5_000)]
    with path.open("w") as file:
        for number in range(documents):
            if originals and drawn.random() < 0.3:
                text = list(drawn.choice(originals))
                text[drawn.randrange(len(text))] = "copy"
            else:
                text = drawn.choices(words, k=drawn.randint(50, 150))
                originals.append(text)
            lines = [" ".join(text[at : at + 10]) for at in range(0, len(text), 10)]
            file.write(json.dumps({"id": f"{number:06}", "text": "\n".join(lines)}) + "\n")
    return path


def run_of(tmp_path: Path, recipe: str, documents: int, **more: Any) -> Any:
    (tmp_path / "r.toml").write_text(recipe)
    source = write(tmp_path / f"{documents}.jsonl", documents, documents)
    settings = {"workers": 1, "shard_bytes": SHARD, "fsync": False, **more}
    return tamis.run(tmp_path / "r.toml", str(source), tmp_path / f"run-{documents}", **settings)


def named(run: Any) -> dict[str, int]:
    """Bytes of the files that all manifests name, by phase."""
    found: dict[str, int] = {}
    for path in (run.path / "phases").glob("*/[0-9]*.json"):
        for output in manifests.outputs(json.loads(path.read_text())):
            if output["role"] != "files":
                phase = path.parent.name
                found[phase] = found.get(phase, 0) + output["size"]
    return found


@pytest.mark.parametrize(
    "recipe",
    [ROWS, ROWS + MINHASH.replace("MODE", "checked"), MINHASH.replace("MODE", "components"), LINE],
    ids=["rows", "checked", "components", "line"],
)
def test_files_are_exact_and_bytes_near(tmp_path: Path, recipe: str) -> None:
    recipe = recipe if recipe.startswith("name") else 'name = "scale-test"\n' + recipe
    small, large = (run_of(tmp_path, recipe, documents) for documents in (1_500, 6_000))
    assert large.shards >= 64, "so that the indexes of manifests are planned too"
    assert large.counts()["removed"] > 0 or recipe.endswith(LINE)
    options = {"workers": 1, "shard_bytes": SHARD, "from_run": small.path, "assume_documents": 6_000}
    scale = tamis.plan(tmp_path / "r.toml", str(tmp_path / "6000.jsonl"), **options).to_dict()["scale"]
    files = sum(1 for path in large.path.rglob("*") if path.is_file())
    assert scale["total"]["files"]["value"] == files
    planned: dict[str, int] = {}
    tasks: dict[str, int] = {}
    for one in scale["stages"]:
        size = one["exchanged"]["value"] + one["stored"]["value"]
        planned[str(one["phase"])] = planned.get(str(one["phase"]), 0) + size
        # The manifest of a corpus phase itself is no task.
        tasks.setdefault(str(one["phase"]), int(one["task"] != "rows"))
        tasks[str(one["phase"])] += one["tasks"]["value"]
    written = {phase: len(list((large.path / "phases" / phase).glob("[0-9]*.json"))) for phase in tasks}
    assert tasks == written
    assert planned == pytest.approx(named(large), rel=0.1)
    assert {one["core_seconds"]["origin"] for one in scale["stages"]} == {"run"}


def test_files_of_a_run_that_drops_its_corpus_files(tmp_path: Path) -> None:
    small = run_of(tmp_path, ROWS + MINHASH.replace("MODE", "checked"), 1_500)
    large = run_of(tmp_path, ROWS + MINHASH.replace("MODE", "checked"), 3_000, corpus="drop")
    options = {"shard_bytes": SHARD, "from_run": small.path, "assume_documents": 3_000, "corpus": "drop"}
    scale = tamis.plan(tmp_path / "r.toml", str(tmp_path / "3000.jsonl"), **options).to_dict()["scale"]
    assert scale["total"]["files"]["value"] == sum(1 for path in large.path.rglob("*") if path.is_file())
    with pytest.raises(RunError, match="dropped"):
        tamis.plan(tmp_path / "r.toml", assume_documents=10, from_run=large.path)


def test_a_run_of_another_recipe_tells_nothing(tmp_path: Path) -> None:
    run = run_of(tmp_path, ROWS, 60)
    changed = {"gopher_quality.text_words.min": 70}
    with pytest.raises(RunError, match="another recipe"):
        tamis.plan(tmp_path / "r.toml", assume_documents=10, from_run=run.path, overrides=changed)
    known = tamis.plan(tmp_path / "r.toml", assume_documents=10, from_run=run.path).to_dict()
    assert known["scale"]["from"] == "run"


def test_a_run_that_stored_other_things_tells_nothing(tmp_path: Path) -> None:
    run = run_of(tmp_path, ROWS, 60, removed="signals")
    options = {"assume_documents": 10, "from_run": run.path}
    for name, value in (("removed", "none"), ("measure", "needed"), ("originals", "drop")):
        with pytest.raises(RunError, match=f"made with --{name}"):
            tamis.plan(tmp_path / "r.toml", **{name: value}, **options)
    same = tamis.plan(tmp_path / "r.toml", removed="signals", **options).to_dict()
    assert same["scale"]["from"] == "run"
    assert same["scale"] == tamis.plan(tmp_path / "r.toml", **options).to_dict()["scale"]


def test_the_memory_of_a_reports_process_is_near(tmp_path: Path) -> None:
    run = run_of(tmp_path, ROWS, 1_500)
    plan = tamis.plan(tmp_path / "r.toml", assume_documents=1_500, from_run=run.path).to_dict()
    script = "import sys; from tamis.report.data import data; from tamis.engine.memory import peak; data(sys.argv[1]); print(peak())"
    done = subprocess.run([sys.executable, "-c", script, str(run.path)], check=True, capture_output=True)
    assert (
        0.3 * plan["scale"]["report_memory"]["value"]
        < int(done.stdout)
        < plan["scale"]["report_memory"]["value"]
    )


def test_a_run_that_read_a_part_or_took_over_tells_nothing(tmp_path: Path) -> None:
    first = run_of(tmp_path, ROWS, 60)
    part = tamis.run(
        tmp_path / "r.toml", str(tmp_path / "60.jsonl"), tmp_path / "part", limit=10, fsync=False
    )
    reused = tamis.run(
        tmp_path / "r.toml", str(tmp_path / "60.jsonl"), tmp_path / "again", reuse=first.path,
        shard_bytes=SHARD, fsync=False,
    )  # fmt: skip
    for run, why in ((part, "--limit"), (reused, "measure all")):
        with pytest.raises(RunError, match=why):
            tamis.plan(tmp_path / "r.toml", assume_documents=10, from_run=run.path)


def test_a_run_without_documents_tells_nothing(tmp_path: Path) -> None:
    run = run_of(tmp_path, ROWS, 0)
    with pytest.raises(RunError, match="no document"):
        tamis.plan(tmp_path / "r.toml", assume_documents=10, from_run=run.path)
