"""A run whose inputs went away since: the same command leaves what a fresh run writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tamis


@pytest.mark.parametrize("gone", ["a", "b", "c"])
def test_what_came_from_an_input_that_is_gone_goes_too(tmp_path: Path, gone: str) -> None:
    """Of three files one is taken away; no step needs the corpus, so that no task is due for the others."""
    (tmp_path / "in").mkdir()
    for name in "abc":
        lines = (json.dumps({"text": f"Line {n} of {name} is kept or not. It ends."}) for n in range(5))
        (tmp_path / "in" / f"{name}.jsonl").write_text("\n".join(lines))

    def run(out: str) -> Any:
        return tamis.run(
            "c4", str(tmp_path / "in" / "*.jsonl"), tmp_path / out, without="c4_bad_words", workers=1
        )

    assert run("out").counts()["in"] == 15
    (tmp_path / "in" / f"{gone}.jsonl").unlink()
    again, fresh = run("out"), run("fresh")
    assert not again.idle
    assert again.counts() == fresh.counts()
    assert again.counts()["in"] == 10
    for role in ("kept", "removed", "statistics", "phases"):
        names = [
            sorted(p.name for p in (r.path / role).rglob("*") if p.suffix != ".json") for r in (again, fresh)
        ]
        names = [[n for n in listed if not n.startswith("_index")] for listed in names]
        assert names[0] == names[1], role
    data = [json.loads((r.path / "report" / "data.json").read_text())["summary"] for r in (again, fresh)]
    assert data[0] == data[1]
    assert run("out").idle
