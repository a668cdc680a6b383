"""Corpus steps inside runs: the same bytes whatever the workers, resume by task, an older run, copies kept."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis

RECIPE = """name = "dedup-test"
[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "minhash"
survivor = "longest"
keep = [{ signal = "rank", max = 0 }]
"""


def write_documents(folder: Path, families: int, seed: int = 3) -> None:
    """Families of one to four near-copies, and some exact copies, dealt to three files."""
    drawn, texts = random.Random(seed), []
    for _family in range(families):
        base = ["".join(drawn.choices("abcdefghijklmnop", k=4)) for _ in range(150)]
        for _copy in range(drawn.choice([1, 1, 2, 4])):
            made = list(base)
            made[drawn.randrange(150)] = "copy"
            texts += [" ".join(made)] * drawn.choice([1, 1, 1, 2])
    drawn.shuffle(texts)
    folder.mkdir(parents=True)
    for number in range(3):
        lines = [json.dumps({"text": text}) for text in texts[number::3]]
        (folder / f"part-{number}.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture
def refine(tmp_path: Path) -> Callable[..., Any]:
    (tmp_path / "r.toml").write_text(RECIPE)
    write_documents(tmp_path / "in", 150)

    def run(name: str, **options: Any) -> Any:
        settings = {"workers": 1, "shard_bytes": 60_000, "fsync": False, **options}
        return tamis.run(tmp_path / "r.toml", str(tmp_path / "in" / "*.jsonl"), tmp_path / name, **settings)

    return run


def names(run: Any) -> list[str]:
    roles = ("kept", "removed", "clusters")
    return sorted(f"{role}/{path.name}" for role in roles for path in (run.path / role).glob("*"))


def column(run: Any, role: str, name: str) -> list[Any]:
    return [
        value
        for path in sorted((run.path / role).glob("*"))
        for value in pq.read_table(path).column(name).to_pylist()
    ]


def test_workers_and_interrupted_tasks_do_not_matter(refine: Callable[..., Any]) -> None:
    one, two = refine("one"), refine("two", workers=2)
    assert names(one) == names(two)
    assert any(name.startswith("clusters/") for name in names(one))
    manifests = list((one.path / "phases").rglob("*.json"))
    assert len(manifests) > 10
    assert max(path.stat().st_size for path in manifests) < 2_000
    rules = set(column(one, "removed", "removed_by"))
    assert rules == {"exact.rank", "minhash.rank"}
    # some tasks of the merge are lost: the same command makes them again
    lost = sorted((one.path / "phases" / "1").glob("*.json"))[2::2]
    assert lost
    for manifest in lost:
        manifest.unlink()
    assert names(refine("one")) == names(two)


def test_clusters_lead_to_a_kept_document(refine: Callable[..., Any]) -> None:
    run = refine("out")
    kept = set(column(run, "kept", "id"))
    removed = dict(zip(column(run, "removed", "id"), column(run, "removed", "minhash.cluster"), strict=True))
    near = {id: cluster for id, cluster in removed.items() if cluster is not None and cluster != id}
    assert len(near) > 50
    assert set(near.values()) <= kept


def test_an_older_run_comes_first(refine: Callable[..., Any]) -> None:
    old = refine("old")
    assert len(column(old, "kept", "id")) > 50
    again = refine("again", against=[old.path])
    assert column(again, "kept", "id") == []


@pytest.mark.parametrize("mode", ["checked", "components"])
def test_what_an_older_run_removed_is_no_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str
) -> None:
    """A is like B and B like C, but A is not like C: with B removed before, C stays where likeness is checked."""
    from tamis.cli import main

    drawn = random.Random(9)
    words = ["".join(drawn.choices("abcdefghijklmnop", k=6)) for _ in range(240)]
    a, b, c = list(words), list(words), list(words)
    b[20] = c[20] = "early"
    for place in (120, 200):
        c[place] = "late"
    recipe = f"""name = "chain"
[[step]]
op = "minhash"
mode = "{mode}"
threshold = 0.9
survivor = "first"
words = "whitespace"
bands = 60
rows = 1
keep = [{{ signal = "rank", max = 0 }}]
"""
    (tmp_path / "chain.toml").write_text(recipe)
    for name, texts in (("ab", [a, b]), ("c", [c]), ("abc", [a, b, c])):
        lines = (json.dumps({"text": " ".join(text)}) for text in texts)
        (tmp_path / f"{name}.jsonl").write_text("".join(line + chr(10) for line in lines))

    def run(name: str, out: str, **options: Any) -> Any:
        return tamis.run(
            tmp_path / "chain.toml", tmp_path / f"{name}.jsonl", tmp_path / out, workers=1, **options
        )

    old, whole = run("ab", "old"), run("abc", "whole")
    later = run("c", "later", against=[old.path])
    assert (old.counts()["kept"], old.counts()["removed"]) == (1, 1)
    kept = 1 if mode == "checked" else 0
    assert whole.counts()["kept"] == 1 + kept
    assert later.counts()["kept"] == kept
    again = run("ab", "again", against=[old.path])
    assert again.counts()["kept"] == 0
    capsys.readouterr()
    assert main(["explain", str(again.path), "removed/0:0"]) == 0
    told = capsys.readouterr().out
    assert "copy of" in told
    assert "kept it" not in told


def test_documents_at_the_bound_of_comparisons_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A crowd that shares bands and is not alike: each after the third meets three kept ones, and stays."""
    from tamis.cli import main

    drawn = random.Random(5)

    def words() -> list[str]:
        return ["".join(drawn.choices("abcdefghijklmnop", k=6)) for _ in range(60)]

    common = words()
    texts = [" ".join([*common, *words()]) for _copy in range(12)]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (tmp_path / "crowd.jsonl").write_text(lines)
    step = 'op = "minhash"\nbands = 40\nrows = 1\nthreshold = 0.9\nmax_candidates = 3\n'
    rule = 'keep = [{ signal = "rank", max = 0 }]\n'
    (tmp_path / "r.toml").write_text(f'name = "crowd"\n[[step]]\n{step}{rule}')
    out = tmp_path / "out"
    arguments = ["run", tmp_path / "r.toml", tmp_path / "crowd.jsonl", "-o", out, "--workers", 1]
    assert main([str(argument) for argument in arguments]) == 0
    summary = json.loads((out / "phases" / "1" / "000000.json").read_text())["deterministic"]["summary"]
    assert summary == {"compared": 1 + 2 + 3 * 9, "capped": 9}
    report = json.loads((out / "report" / "data.json").read_text())
    assert report["summary"]["documents"]["kept"] == 12
    assert report["duplicates"][0]["capped"] == 9
    assert [alert["documents"] for alert in report["alerts"] if alert["kind"] == "capped"] == [9]
    assert "minhash stopped looking for the duplicates of 9 documents." in capsys.readouterr().out


def test_a_conclusion_of_another_form_is_drawn_again(refine: Callable[..., Any]) -> None:
    """Without the table of its files nothing says which verdict is whose; the merge's own tasks are not run again."""
    run = refine("out")
    before, final = names(run), run.path / "phases" / "1" / "000000.json"
    facts = json.loads(final.read_text())
    table = run.path / facts["deterministic"]["outputs"][0]["path"]
    tasks = {path: path.stat().st_mtime_ns for path in final.parent.glob("*.json") if path != final}
    assert len(tasks) > 3
    table.unlink()
    facts["deterministic"]["outputs"], facts["measured"] = [], "0" * 32
    final.write_text(json.dumps(facts))
    assert names(refine("out")) == before
    assert table.exists()
    assert {path: path.stat().st_mtime_ns for path in tasks} == tasks
