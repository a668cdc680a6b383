"""What `tamis plan` foretells: from declared facts, the table of measurements and the sizes of files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tamis
from tamis import ops
from tamis.corpus.curve import minhash_curve, sketch_bytes
from tamis.engine.estimates import costs
from tamis.errors import TamisError
from tamis.op import find

MINHASH = 'name = "r"\n[[step]]\nop = "minhash"\nas = "near"\n'


def planned(tmp_path: Path, recipe: str, inputs: Any = (), **more: Any) -> dict[str, Any]:
    file = tmp_path / "r.toml"
    file.write_text(recipe)
    return tamis.plan(file, inputs, workers=1, **more).to_dict()


def sparse(path: Path, size: int) -> str:
    with path.open("wb") as file:
        file.truncate(size)
    return str(path)


def test_each_operator_has_a_measured_cost() -> None:
    measured = {name for part, name, _setting in costs() if part == "step"}
    assert len(measured) > 12
    # Other tests register operators of their own; these are those that come with tamis.
    shipped = {path.stem for path in Path(ops.__path__[0]).glob("*.py")} - {"__init__"}
    # It needs a tokenizer, and none is shipped.
    assert shipped - measured == {"token_count"}
    merged = {name for part, name, _setting in costs() if part == "merge"}
    assert merged == {name for name in shipped if (op := find(name)) and op.scope == "corpus"}
    assert all(cost.seconds > 0 for cost in costs().values())


@pytest.mark.parametrize(
    ("given", "sets", "signature"),
    [
        ("", True, False),
        ('mode = "components"\n', True, False),
        ('mode = "components"\nevidence = false\n', False, False),
        ('mode = "components"\nevidence = false\nsurvivor = "reference"\n', False, True),
    ],
)
def test_a_sketch_is_as_large_as_its_curve_says(
    tmp_path: Path, given: str, sets: bool, signature: bool
) -> None:
    size = 30_000_000
    found = planned(tmp_path, MINHASH + given, sparse(tmp_path / "a.jsonl", size))
    documents = found["estimates"]["text"] / 3_000
    whole = sketch_bytes(14, 8, words=500, sets=sets, signature=signature)
    disk = found["estimates"]["disk"]
    assert disk["sketches"] == pytest.approx(documents * whole, rel=1e-4)
    assert (disk["sets"] > 0) == sets
    # No rule removes anything before it, so all documents are kept and sketched.
    assert disk["removed"] == 0
    curve = minhash_curve(14, 8)
    assert found["steps"][0]["curve"] == {f"{s:g}": share for s, share in curve.points} | {"half": curve.half}


def test_time_follows_engine_and_format(tmp_path: Path) -> None:
    recipe = 'name = "r"\n[[step]]\nop = "extract"\n'
    warc = sparse(tmp_path / "a.warc.gz", 50_000_000)
    fast = planned(tmp_path, recipe, warc)["estimates"]
    slow = planned(tmp_path, recipe + 'engine = "trafilatura"\n', warc)["estimates"]
    assert slow["seconds"] > 5 * fast["seconds"]
    # The text of pages is a small part of an archive; the text of JSON lines is most of them.
    assert fast["text"] < 50_000_000 / 2
    lines = planned(tmp_path, recipe, sparse(tmp_path / "b.jsonl", 50_000_000))["estimates"]
    assert lines["text"] > 50_000_000 / 2
    assert lines["seconds"] < fast["seconds"]
    # Start and report cost their time also where there is next to nothing to read, however many work on it.
    tiny = planned(tmp_path, recipe, sparse(tmp_path / "c.jsonl", 100))["estimates"]
    assert 1 < tiny["seconds"] < 4


def test_models_and_lists_are_counted(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "domains").write_text("bad.example\n" * 100)
    step = f'[[step]]\nop = "url_blocklist"\nlists = {json.dumps(str(tmp_path / "lists"))}\n'
    found = planned(tmp_path, 'name = "r"\n' + step + '[[step]]\nop = "language"\n[[step]]\nop = "random"\n')
    sizes = {entry["step"]: entry["loaded"] for entry in found["steps"]}
    assert sizes["url_blocklist"] == 1_200
    assert 900_000 < sizes["language"] < 1_000_000
    assert sizes["random"] == 0
    lacking = 'name = "r"\n[[step]]\nop = "url_blocklist"\nlists = "nowhere"\n'
    told = planned(tmp_path, lacking)
    assert told["steps"][0]["loaded"] == 0
    assert len(told["problems"]) == 1


def test_an_operator_of_an_unmeasured_kind_counts_by_its_cost(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from tamis.op import Signal, operator\n"
        '@operator(kind="signal", reads=["text"], each=True, cost="model",\n'
        '          writes=[Signal("answer_score", "float64", "an answer")])\n'
        "def asked(text: str) -> dict[str, object]:\n"
        '    """An answer."""\n'
        '    return {"answer_score": 0.0}\n'
    )
    lines = sparse(tmp_path / "a.jsonl", 10_000_000)
    cheap = planned(tmp_path, 'name = "r"\n[[step]]\nop = "random"\n', lines)["estimates"]["seconds"]
    recipe = 'name = "r"\n[[step]]\nop = "asked"\n'
    dear = planned(tmp_path, recipe, lines, ops=[str(tmp_path / "mine.py")])["estimates"]["seconds"]
    assert dear > 10 * cheap
    with pytest.raises(TamisError):
        planned(tmp_path, recipe.replace("asked", "unheard"), lines)
