"""`tamis.explain` over real runs: what a run did not store of a document is what another run stores."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from archive_inputs import member, response
from run_inputs import write_texts

OPS = [str(Path(__file__).resolve().parent.parent / "run_ops.py")]
ENGLISH = (
    "The mill stood by the river for a hundred years, and the people of the town came to it with their corn.",
    "In the summer the children would swim below the weir, where the water was slow and warm.",
    "{ color: red } is what the sheet of the mill says of the water.",
    "Nobody could say who had built it, but the old stones were strong and the wheel turned.",
    "When the flood came, the wheel was lost, and with it the work of many people in that valley.",
    "Read more ...",
    "They built it again, larger than before, with timber that was brought down from the hills.",
)
GERMAN = (
    "Die Mühle stand am Fluss, und die Leute aus der Stadt kamen mit ihrem Korn zu ihr.",
    "Im Sommer badeten die Kinder unter dem Wehr, wo das Wasser langsam und warm war.",
    "Niemand wusste, wer sie gebaut hatte, aber die alten Steine waren stark.",
)
ROWS = """name = "explained"
[source]
content_types = [{types}]
[[step]]
op = "extract"
[[step]]
op = "language"
gate = {gate}
keep = [{{ signal = "label", in = ["en"] }}]
[[step]]
op = "gopher_quality"
keep = [{{ signal = "word_count", min = 60 }}, {{ signal = "ellipsis_line_ratio", max = 0.1 }}]
[[step]]
op = "c4_lines"
keep = [{{ signal = "sentence_count", min = 4 }}, {{ signal = "curly_bracket_count", max = 0 }}]
[[step]]
op = "fineweb_quality"
keep = [{{ signal = "duplicate_line_char_ratio", max = 0.2 }}]
"""
HTML = '"text/html"'


def pages(draw: random.Random) -> Iterator[bytes]:
    for number in range(40):
        lines = [draw.choice(GERMAN if number % 3 == 0 else ENGLISH) for _ in range(draw.randint(2, 14))]
        body = "".join(f"<p>{line}</p>" for line in lines)
        page = response(number, f"<html><body><main>{body}</main></body></html>".encode())
        # Of the same length, so that the record stays whole.
        other = page.replace(b"text/html; charset=utf-8", b"text/css;  charset=utf-8")
        yield other if number % 10 == 9 else page


@pytest.fixture
def refine(tmp_path: Path) -> Callable[..., Any]:
    (tmp_path / "in").mkdir()
    content = b"".join(member(page) for page in pages(random.Random(5)))
    (tmp_path / "in" / "a.warc.gz").write_bytes(content)

    def run(name: str, gate: str, types: str = HTML, **options: Any) -> Any:
        recipe = tamis.parse_recipe(ROWS.format(gate=gate, types=types), "r.toml")
        settings = {"workers": 1, "fsync": False, "max_failed": 1.0, **options}
        return tamis.run(recipe, tmp_path / "in" / "a.warc.gz", tmp_path / name, **settings)

    return run


def rows(run: Any, role: str) -> list[dict[str, Any]]:
    return [
        row for _shard, path in run.files(role) for row in pq.read_table(path, partitioning=None).to_pylist()
    ]


def same_as(explained: dict[str, Any], full: dict[str, Any]) -> int:
    """How many computed values were compared with those of the run that measured everything."""
    compared = 0
    for step in explained["steps"]:
        for entry in step["signals"] if step["computed"] else ():
            assert entry["value"] == full[f"{step['step']}.{entry['signal']}"], entry
            assert (entry["verdict"] == "remove") == (entry["rule"] in (full.get("failed_rules") or []))
            compared += 1
    return compared


@pytest.mark.parametrize(
    ("gate", "options"),
    [
        ("true", {}),
        ("true", {"removed": "signals"}),
        ("true", {"originals": "drop"}),
        ("false", {"measure": "needed"}),
        ("false", {"measure": "needed", "originals": "drop"}),
    ],
)
def test_what_a_run_left_out_is_what_a_whole_run_stores(
    refine: Callable[..., Any], gate: str, options: dict[str, Any]
) -> None:
    part, whole = refine("part", gate, **options), refine("whole", "false")
    full = {row["id"]: row for role in ("kept", "removed") for row in rows(whole, role)}
    removed = [row for row in rows(part, "removed") if row["removed_by"] != "source.content_type"]
    assert {row["removed_by"] for row in removed} > {"language.label"}
    compared = 0
    for row in removed:
        explained = tamis.explain(part.path, row["id"])
        assert all(step["ran"] or step["computed"] for step in explained["steps"]), row["removed_by"]
        assert all("--originals drop" in note for note in explained["notes"])
        assert not explained["notes"] or "originals" in options
        assert explained["reread"] == (row.get("text") is None and explained["original"] is None)
        compared += same_as(explained, full[row["id"]])
    assert compared > 100


def test_a_page_that_the_source_did_not_admit(refine: Callable[..., Any]) -> None:
    part, whole = refine("part", "true"), refine("whole", "false", types=f'{HTML}, "text/css"')
    full = {row["id"]: row for role in ("kept", "removed") for row in rows(whole, role)}
    removed = [row for row in rows(part, "removed") if row["removed_by"] == "source.content_type"]
    assert len(removed) == 4
    for row in removed:
        explained = tamis.explain(part.path, row["id"])
        [source, *steps] = explained["steps"]
        assert source["signals"][0]["value"] == "text/css"
        assert source["signals"][0]["first"]
        assert {step["computed"] for step in steps} == {True}
        assert same_as(explained, full[row["id"]]) > 15
        assert explained["text"] == full[row["id"]]["text"]


def test_edits_are_told_step_by_step(refine: Callable[..., Any]) -> None:
    run = refine("out", "true")
    [kept, *_more] = [
        row for row in rows(run, "removed") if "c4_lines.curly_bracket_count" in row["failed_rules"]
    ]
    explained = tamis.explain(run.path, kept["id"])
    [edit] = [step["edit"] for step in explained["steps"] if "edit" in step]
    assert edit == {"before": explained["original"], "after": explained["text"]}
    assert "{" in edit["before"]
    assert "{" not in edit["after"]


def test_an_input_that_moved_changed_or_went(refine: Callable[..., Any], tmp_path: Path) -> None:
    run = refine("out", "true", removed="signals")
    [row, *_more] = [row for row in rows(run, "removed") if row["removed_by"] == "language.label"]
    archive = tmp_path / "in" / "a.warc.gz"
    archive.rename(tmp_path / "a.warc.gz")
    explained = tamis.explain(run.path, row["id"])
    assert not any(step["computed"] for step in explained["steps"])
    [note] = explained["notes"]
    assert "no such file" in note
    found = tamis.explain(run.path, row["id"], inputs=tmp_path)
    assert (found["reread"], found["notes"]) == (True, [])
    assert [step["computed"] for step in found["steps"]] == [False, False, True, True, True]
    archive.write_bytes(b"".join(member(response(number)) for number in range(40, 80)))
    [note] = tamis.explain(run.path, row["id"])["notes"]
    assert "changed since the run" in note


def test_a_failed_document_is_measured_up_to_the_step_that_it_failed(tmp_path: Path) -> None:
    paths = write_texts(tmp_path / "in", 60, special={7: "EXPLODE"})
    text = 'name = "r"\n[[step]]\nop = "run_size"\n[[step]]\nop = "run_shout"\n[[step]]\nop = "run_size"\nas = "z"\n'
    (tmp_path / "r.toml").write_text(text)
    options = {"workers": 1, "fsync": False, "ops": OPS, "max_failed": 1.0}
    run = tamis.run(tmp_path / "r.toml", paths, tmp_path / "out", **options)
    [row] = rows(run, "failed")
    explained = tamis.explain(run.path, row["id"])
    assert [(step["ran"], step["computed"], step["why"]) for step in explained["steps"]] == [
        (False, True, "failed before"),
        (False, False, "failed before"),
        (False, False, "failed before"),
    ]
    [size] = explained["steps"][0]["signals"]
    assert size["value"] == len(explained["text"])
    assert "EXPLODE" in explained["text"]


def test_operators_that_are_gone(tmp_path: Path) -> None:
    paths = write_texts(tmp_path / "in", 20)
    ops = tmp_path / "mine.py"
    ops.write_text(Path(OPS[0]).read_text().replace("run_size", "gone_size"))
    recipe = 'name = "r"\n[[step]]\nop = "gone_size"\nkeep = [{ signal = "length", min = 200 }]\n'
    (tmp_path / "r.toml").write_text(recipe)
    run = tamis.run(tmp_path / "r.toml", paths, tmp_path / "out", workers=1, fsync=False, ops=[str(ops)])
    [row, *_more] = rows(run, "removed")
    # The user's file is not asked for, but the run's copy of it.
    ops.unlink()
    for copy in run.ops_files:
        Path(copy).unlink()
    # In another process: this one has the operator still.
    command = [sys.executable, "-m", "tamis", "explain", str(run.path), row["id"], "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    explained = json.loads(told.stdout)
    assert explained["removed_by"] == "gone_size.length"
    [note] = explained["notes"]
    assert "nothing was computed" in note


NEAR = """name = "near"
[[step]]
op = "run_size"
keep = [{ signal = "length", min = 900 }]
[[step]]
op = "minhash"
words = "whitespace"
"""


def test_the_nearest_kept_document(tmp_path: Path) -> None:
    """A near copy that a rule removed before the corpus step finds its twin; one like no other finds none."""
    draw = random.Random(3)
    base = [["".join(draw.choices("abcdefghij", k=4)) for _ in range(200)] for _ in range(30)]
    # Cut to under 900 characters, so that the rule on length removes it; 170 of 200 words are left.
    texts = [" ".join(words) for words in base] + [" ".join(base[11][:170])]
    texts += [" ".join("".join(draw.choices("klmnop", k=4)) for _ in range(50)), "too short"]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts) + "\n")
    (tmp_path / "r.toml").write_text(NEAR)
    options = {"workers": 1, "fsync": False, "ops": OPS, "shard_bytes": 4_000}
    run = tamis.run(tmp_path / "r.toml", tmp_path / "a.jsonl", tmp_path / "out", **options)
    assert run.shards > 3
    found = {row["text"]: tamis.explain(run.path, row["id"]) for row in rows(run, "removed")}
    twin = next(row for row in rows(run, "kept") if row["text"] == texts[11])
    [nearest] = found[texts[30]]["nearest"]
    shingles = [
        {tuple(words[at : at + 5]) for at in range(len(words) - 4)} for words in (base[11], base[11][:170])
    ]
    jaccard = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
    assert (nearest["id"], nearest["step"]) == (twin["id"], "minhash")
    assert nearest["similarity"] == pytest.approx(jaccard)
    assert nearest["buckets"] > 0
    assert tamis.explain(run.path, nearest["place"])["id"] == twin["id"]
    assert [one["id"] for one in found[texts[31]]["nearest"]] == [None]
    assert found[texts[32]]["nearest"] == []
    assert "too short" in found[texts[32]]["notes"][0]
    # A kept one that stands alone is not its own neighbour.
    assert [one["id"] for one in tamis.explain(run.path, twin["id"])["nearest"]] == [None]
    # Without the signatures it says so.
    again = tamis.run(tmp_path / "r.toml", tmp_path / "a.jsonl", tmp_path / "two", corpus="drop", **options)
    explained = tamis.explain(again.path, found[texts[30]]["id"])
    assert explained["nearest"] == []
    assert explained["notes"] == ["the signatures of minhash were not kept"]
