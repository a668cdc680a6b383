"""Runs from beginning to end: the same bytes whatever the workers, resume, edits in place, samples, limits."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tamis
from tamis import _core
from tamis.errors import RunError, RunFailed

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from run_inputs import RECIPE, digests, write_texts

OPS = [str(Path(__file__).resolve().parent.parent / "run_ops.py")]
ROLES = ("kept", "removed", "failed", "originals")


@pytest.fixture
def refine(tmp_path: Path) -> Callable[..., Any]:
    """A function that runs the test recipe over the same texts into a named directory."""
    (tmp_path / "r.toml").write_text(RECIPE)
    write_texts(tmp_path / "in", 600, special={77: "EXPLODE"})

    def run(name: str, **options: Any) -> Any:
        settings = {"workers": 1, "shard_bytes": 60_000, "ops": OPS, "fsync": False, **options}
        return tamis.run(tmp_path / "r.toml", str(tmp_path / "in" / "*.jsonl"), tmp_path / name, **settings)

    return run


def test_workers_do_not_shape_the_output(refine: Callable[..., Any]) -> None:
    runs = [refine(f"w{workers}", workers=workers) for workers in (1, 2, 4)]
    first = digests(runs[0].path, *ROLES)
    assert len(first["kept"]) > 2
    assert len(first["failed"]) == 1
    data = (runs[0].path / "report" / "data.json").read_bytes()
    for other in runs[1:]:
        assert digests(other.path, *ROLES) == first
        assert (other.path / "report" / "data.json").read_bytes() == data


def test_fewer_workers_than_asked_for_are_said(refine: Callable[..., Any], tmp_path: Path) -> None:
    notes: list[str] = []
    run = refine("out", workers=4, memory=500 << 20, on_note=notes.append)
    assert run.info["options"]["workers"] == 1
    sentence = "500 MiB of memory are enough for 1 of 4 workers, each with at least 256 MiB"
    assert notes == [sentence]
    again: list[str] = []
    change = {"run_shout.hits.max": 2}
    tamis.retune(run.path, change, tmp_path / "again", workers=4, memory=500 << 20, on_note=again.append)
    assert again == [sentence]


def test_every_document_is_accounted_for(refine: Callable[..., Any]) -> None:
    counts = refine("out").counts()
    assert counts["in"] == 600
    assert counts["in"] + counts["made"] == counts["kept"] + counts["removed"] + counts["failed"]
    assert min(counts["kept"], counts["removed"], counts["failed"]) > 0


def test_the_same_command_again_has_nothing_to_do(refine: Callable[..., Any]) -> None:
    run = refine("out")
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("phases/*/*.json")}
    assert before
    again = refine("out", workers=2)
    assert {path: path.stat().st_mtime_ns for path in again.path.rglob("phases/*/*.json")} == before


@pytest.mark.parametrize(
    "change",
    [
        {"run_size.length.min": 40, "after.length.max": 600},
        {"run_shout.hits.max": 2},
        {"run_shout.word": "gamma"},
    ],
)
def test_an_edit_in_place_equals_a_fresh_run(refine: Callable[..., Any], change: dict[str, Any]) -> None:
    refine("edited")
    edited = refine("edited", overrides=change)
    fresh = refine("fresh", overrides=change)
    assert digests(edited.path, "kept", "originals") == digests(fresh.path, "kept", "originals")
    assert edited.counts() == fresh.counts()


def test_reuse_takes_over_what_holds(refine: Callable[..., Any]) -> None:
    old = refine("old")
    change = {"run_shout.word": "delta"}
    reused = refine("reused", overrides=change, reuse=old.path)
    assert digests(reused.path, *ROLES) == digests(refine("fresh", overrides=change).path, *ROLES)


def test_a_smaller_sample_lies_inside_a_larger_one(refine: Callable[..., Any]) -> None:
    import pyarrow.parquet as pq

    found = []
    for share in (0.1, 0.5):
        run = refine(f"s{share}", sample=share)
        paths = [path for role in ("kept", "removed") for _shard, path in run.files(role)]
        found.append(
            {
                one
                for path in paths
                for one in pq.read_table(path, columns=["id"], partitioning=None)["id"].to_pylist()
            }
        )
    assert 20 < len(found[0]) < 120
    assert found[0] < found[1]


def test_a_limit_takes_the_first_documents(refine: Callable[..., Any]) -> None:
    assert refine("out", limit=101, workers=2).counts()["in"] == 101


def test_other_options_in_a_complete_directory_are_named(refine: Callable[..., Any]) -> None:
    refine("out", limit=50, removed="signals")
    notes: list[str] = []
    refine("out", limit=50, removed="signals", workers=2, on_note=notes.append)
    assert notes == []
    refine("out", seed=7, on_note=notes.append)
    assert notes == [
        "other options than this run's before: --limit 50 -> none, --seed 0 -> 7, --removed signals -> text"
    ]


def test_from_a_run_keeps_ids_and_final_texts(refine: Callable[..., Any], tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    old = refine("old")
    (tmp_path / "next.toml").write_text('name = "next"\n[[step]]\nop = "run_size"\n')
    new = tamis.run(tmp_path / "next.toml", (), tmp_path / "new", from_run=old.path, ops=OPS, workers=1)
    tables = [
        [pq.read_table(path, partitioning=None) for _shard, path in run.files("kept")] for run in (old, new)
    ]
    ids, texts = ([[v for t in ts for v in t[name].to_pylist()] for ts in tables] for name in ("id", "text"))
    assert sorted(ids[0]) == sorted(ids[1])
    assert dict(zip(ids[0], texts[0], strict=True)) == dict(zip(ids[1], texts[1], strict=True))
    assert "after.length" not in tables[1][0].column_names


def test_another_recipe_in_the_directory_is_refused(refine: Callable[..., Any], tmp_path: Path) -> None:
    refine("out")
    (tmp_path / "r.toml").write_text(RECIPE.replace("engine-test", "other"))
    with pytest.raises(RunError, match="made by engine-test, you ask for other"):
        refine("out")


def test_a_directory_of_another_version_is_refused(refine: Callable[..., Any]) -> None:
    run = refine("out")
    info = json.loads((run.path / "run.json").read_text())
    (run.path / "run.json").write_text(json.dumps({**info, "v": 99}))
    with pytest.raises(RunError, match="version 99"):
        refine("out")


def test_more_failures_than_allowed_fail_the_run_and_can_be_raised(refine: Callable[..., Any]) -> None:
    with pytest.raises(RunFailed, match="1 documents failed, more than the 0"):
        refine("out", max_failed=0)
    assert refine("out", max_failed=1).complete


TALKATIVE = '''from tamis.errors import DocumentFailed
from tamis.op import Signal, operator

@operator(kind="signal", reads=["text"], each=True, writes=[Signal("n", "int64", "characters", low=0)])
def run_talkative(text: str) -> dict[str, object]:
    """Fails with a message of its own for each text."""
    if len(text) % 3:
        raise DocumentFailed("size" if len(text) % 3 == 1 else "exception", f"at {text[:20]}, {len(text)}")
    return {"n": len(text)}
'''


def test_reasons_are_counted_by_step_and_kind(refine: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "talkative.py").write_text(TALKATIVE)
    (tmp_path / "r.toml").write_text(RECIPE + '[[step]]\nop = "run_talkative"\n')
    with pytest.raises(RunFailed) as caught:
        refine("out", max_failed=0.01, ops=[*OPS, str(tmp_path / "talkative.py")])
    said = re.findall(r"(\d+) (\w+) at (\w+), one: [^;]+", caught.value.what)
    assert {(kind, step) for _count, kind, step in said} == {
        ("size", "run_talkative"),
        ("exception", "run_talkative"),
        ("exception", "run_shout"),
    }
    assert sum(int(count) for count, _kind, _step in said) == int(caught.value.what.split()[0]) > 100


def test_a_damaged_output_is_made_again(refine: Callable[..., Any]) -> None:
    run = refine("out")
    before = digests(run.path, *ROLES)
    path = run.files("kept")[0][1]
    path.write_bytes(path.read_bytes()[:-10])
    assert digests(refine("out").path, *ROLES) == before
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    refine("out", verify=True)
    assert path.read_bytes() != bytes(data)


def test_each_missing_file_is_said_once(
    refine: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also behind a corpus step, where a shard is looked at again once what it starts from was made anew."""
    exact = '[[step]]\nop = "exact"\nkeep = [{ signal = "rank", max = 0 }]\n'
    (tmp_path / "r.toml").write_text(RECIPE + exact)
    run = refine("out")
    before = digests(run.path, *ROLES)
    gone = [path for _shard, path in run.files("kept")[:2]]
    for path in gone:
        path.unlink()
    caplog.clear()
    assert digests(refine("out").path, *ROLES) == before
    said = [one.getMessage() for one in caplog.records]
    assert sorted(said) == sorted(f"{path.relative_to(run.path)} is missing" for path in gone)


def test_removed_signals_leaves_texts_out(refine: Callable[..., Any]) -> None:
    import pyarrow.parquet as pq

    run = refine("out", removed="signals")
    table = pq.read_table(run.files("removed")[0][1], partitioning=None)
    assert "text" not in table.column_names
    assert table.num_rows > 0


def report_of(run: Any) -> dict[str, Any]:
    from tamis.report.data import data

    parts, _examples = data(run.path)
    return parts


def test_removed_documents_that_are_not_stored_are_counted_all_the_same(refine: Callable[..., Any]) -> None:
    stored, bare = refine("stored"), refine("bare", removed="none")
    one, other = report_of(stored), report_of(bare)
    assert not list((bare.path / "removed").glob("*"))
    assert one["summary"]["documents"]["removed"] > 100
    assert {alert["kind"] for alert in other["alerts"]} <= {"failed", "nothing", "nearly_all"}
    for part in ("summary", "steps", "rules", "removed_by"):
        assert one[part] == other[part]
    assert digests(stored.path, "kept") == digests(bare.path, "kept")


CUTTING = """
from typing import Any

from tamis.op import Field, operator


@operator(kind="transform", reads=["text"], writes=[Field("text", "string", "the text without a word")], each=True)
def cut_word(text: str, *, word: str = "beta") -> dict[str, Any]:
    \"\"\"Cut a word out.\"\"\"
    return {"text": " ".join(part for part in text.split(" ") if part != word)}
"""


def test_manifests_count_what_kept_documents_lost(refine: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "cutting.py").write_text(CUTTING)
    text = (
        (tmp_path / "r.toml")
        .read_text()
        .replace('op = "run_shout"', 'op = "cut_word"\n[[step]]\nop = "run_shout"')
    )
    (tmp_path / "r.toml").write_text(text)
    ops = [*OPS, str(tmp_path / "cutting.py")]
    run = refine("out", ops=ops)
    said = report_of(run)["summary"]
    characters = documents = words = 0
    for path in (run.path / "kept").glob("*"):
        for row in pq.read_table(path).to_pylist():
            characters += row["text_chars"] - len(row["text"])
            words += row["text_words"] - _core_words(row["text"])
            documents += row["text_chars"] != len(row["text"])
    assert documents > 100
    assert (said["characters"]["edited"], said["words"]["edited"]) == (characters, words)
    assert said["edited"] >= documents
    change = {"after.length.max": 500}
    again = tamis.retune(run.path, change, tmp_path / "retuned", workers=1)
    fresh = report_of(refine("fresh", overrides=change, ops=ops))["summary"]
    assert fresh["edited"] > said["edited"]
    assert report_of(again)["summary"] == fresh


def _core_words(text: str) -> int:
    return int(pa.array(_core.count_words(pa.array([text], pa.large_string()), words="uax29"))[0].as_py())


def test_manifests_stay_small(refine: Callable[..., Any]) -> None:
    run = refine("out")
    sizes = [path.stat().st_size for path in run.path.rglob("phases/*/*.json")]
    assert len(sizes) > 2
    assert max(sizes) < 2_000
