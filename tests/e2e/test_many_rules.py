"""A manifest stays small whatever the number of rules; what each rule did lies in a file that it names."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import tamis
from tamis.engine import store

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from run_inputs import write_texts

MOST_BYTES = 2_000


def recipe(steps: int) -> str:
    """Five rules a step, which remove one document in ten."""
    rules = ", ".join(
        f'{{ name = "part_{n}", signal = "value", max = 0.9, when = {{ signal = "value", min = 0.{n} }} }}'
        for n in range(1, 6)
    )
    text = 'name = "many"\n'
    for step in range(steps):
        text += f'[[step]]\nop = "random"\nas = "step_{step}"\nseed = {step}\nkeep = [{rules}]\n'
    return text


@pytest.mark.parametrize("removed", ["text", "none"])
def test_manifests_do_not_grow_with_the_rules(tmp_path: Path, removed: str) -> None:
    write_texts(tmp_path / "in", 200)
    sizes = {}
    for steps in (1, 12):
        (tmp_path / "r.toml").write_text(recipe(steps))
        out = tmp_path / f"out-{steps}"
        run = tamis.run(
            tmp_path / "r.toml", str(tmp_path / "in"), out, workers=1, fsync=False, removed=removed
        )
        assert run.counts()["removed"] > 0
        paths = sorted((out / "phases").rglob("[0-9]*.json"))
        assert len(paths) == 2
        sizes[steps] = max(path.stat().st_size for path in paths)
        for path in paths if removed == "none" else ():
            outputs = json.loads(path.read_text())["deterministic"]["outputs"]
            [named] = [one for one in outputs if one["role"] == "statistics"]
            assert store.digest(out / named["path"]) == named["digest"]
            table = pq.read_table(out / named["path"])
            first = pc.sum(table.filter(pc.equal(table["count"], "in_order"))["documents"]).as_py()
            assert first == json.loads(path.read_text())["deterministic"]["counts"]["removed"]
    assert sizes[12] - sizes[1] < 20, "a digit more in a count"
    assert sizes[12] < MOST_BYTES
