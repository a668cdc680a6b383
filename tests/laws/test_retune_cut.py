"""Retune where a text follows from all other documents: lines cut out by a corpus step come back when they should."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from run_inputs import digests

OPS = [str(Path(__file__).resolve().parent.parent / "run_ops.py")]
RECIPE = """name = "cut-test"
[[step]]
op = "run_size"
keep = [{ signal = "length", min = 60 }]
[[step]]
op = "url"
normalise = "tfds"
survivor = "longest"
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "run_shout"
as = "first"
[[step]]
op = "line"
normalise = "strip-lower"
survivor = "url-md5"
keep = [{ signal = "duplicate_line_char_ratio", max = 0.9 }]
[[step]]
op = "cut"
spans = "line.spans"
keep = [{ signal = "left_chars", min = 30 }]
[[step]]
op = "run_size"
as = "after"
keep = [{ signal = "length", max = 250 }]
"""
BOUNDS = {
    "run_size.length.min": (0, 150),
    "url.rank.max": (0, 2),
    "line.duplicate_line_char_ratio.max": (0.3, 0.99),
    "cut.left_chars.min": (1, 120),
    "after.length.max": (150, 400),
}


def write(folder: Path, documents: int = 120) -> None:
    """Documents of a few lines each, half of them shared with some others, under URLs of which some come twice."""
    draw = random.Random(5)
    common = [f"{number} beta everybody says this line of theirs" for number in range(60)]
    folder.mkdir()
    for file in range(3):
        with (folder / f"part-{file}.jsonl").open("w") as target:
            for number in range(documents // 3):
                lines = [
                    draw.choice(common) if draw.random() < 0.5 else f"beta {draw.random():.6f} alone"
                    for _line in range(draw.randint(1, 9))
                ]
                url = f"http://a.example/{draw.randrange(documents)}"
                row = {"id": f"{file}-{number}", "url": url, "text": "\n".join(lines)}
                target.write(json.dumps(row) + "\n")


def run(folder: Path, name: str, recipe: str = RECIPE, **options: Any) -> Any:
    (folder / "r.toml").write_text(recipe)
    settings = {"workers": 1, "shard_bytes": 8_000, "ops": OPS, "fsync": False, **options}
    return tamis.run(folder / "r.toml", str(folder / "in" / "*.jsonl"), folder / name, **settings)


def verdicts(found: Any) -> list[tuple[str, ...]]:
    names = ["id", "removed_by", "removed_value", "removed_bound", "failed_rules"]
    tables = [
        pq.read_table(p, columns=names, partitioning=None).to_pylist() for _s, p in found.files("removed")
    ]
    return sorted(tuple(str(row[name]) for name in names) for table in tables for row in table)


def texts(found: Any) -> dict[str, str]:
    tables = [
        pq.read_table(p, columns=["id", "text"], partitioning=None).to_pylist()
        for _s, p in found.files("kept")
    ]
    return {row["id"]: row["text"] for table in tables for row in table}


@pytest.mark.parametrize(
    "options",
    [{}, {"corpus": "drop"}, {"originals": "drop"}, {"measure": "needed"}, {"removed": "signals"}],
    ids=lambda options: "-".join(map(str, options.items())) or "plain",
)
def test_retune_equals_a_fresh_run(tmp_path: Path, options: dict[str, Any]) -> None:
    write(tmp_path / "in")
    old = run(tmp_path, "old", **options)
    draw, before, rewritten = random.Random(str(options)), texts(old), 0
    for number in range(2):
        # One ahead of the lines' comparison: other documents are compared.
        names = [draw.choice(["run_size.length.min", "url.rank.max"]), *draw.sample(sorted(BOUNDS)[:3], 1)]
        change = {
            name: round(draw.uniform(*BOUNDS[name]), 2)
            if isinstance(BOUNDS[name][0], float)
            else draw.randint(int(BOUNDS[name][0]), int(BOUNDS[name][1]))
            for name in names
        }
        fresh = run(tmp_path, f"fresh-{number}", overrides=change, **options)
        again = tamis.retune(old.path, change, tmp_path / f"retuned-{number}", workers=1)
        assert digests(again.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters"), change
        assert verdicts(again) == verdicts(fresh), change
        now = texts(fresh)
        rewritten += sum(now[one] != before[one] for one in set(now) & set(before))
    edited = run(tmp_path, "old", overrides=change, **options)
    assert digests(edited.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters")
    assert rewritten > 0
    other = RECIPE.replace('"strip-lower"', '"none"')
    fresh = run(tmp_path, "fresh-other", other, **options)
    reused = run(tmp_path, "reused", other, reuse=old.path, **options)
    assert digests(reused.path, "kept", "clusters") == digests(fresh.path, "kept", "clusters")


def test_the_number_of_workers_and_of_shards_changes_no_text(tmp_path: Path) -> None:
    write(tmp_path / "in")
    one, two, whole = (
        run(tmp_path, name, **options)
        for name, options in (("one", {}), ("two", {"workers": 2}), ("whole", {"shard_bytes": 1 << 20}))
    )
    assert digests(one.path, "kept", "removed", "clusters") == digests(
        two.path, "kept", "removed", "clusters"
    )
    assert texts(one) == texts(whole)
    assert verdicts(one) == verdicts(whole)
    assert one.shards > whole.shards


def test_lines_of_an_older_run_are_kept_there(tmp_path: Path) -> None:
    write(tmp_path / "in")
    recipe = RECIPE.replace("max = 0.9", "max = 1").replace("min = 30", "min = 0")
    old = run(tmp_path, "old", recipe)
    later = tmp_path / "later"
    (later / "in").mkdir(parents=True)
    common = "7 beta everybody says this line of theirs"
    row = {
        "id": "new",
        "url": "http://b.example",
        "text": f"{common}\nbeta a line that nobody has, of the new one",
    }
    (later / "in" / "new.jsonl").write_text(json.dumps(row) + "\n")
    new = run(later, "new", recipe, against=[str(old.path)])
    [kept] = [row for _s, p in new.files("kept") for row in pq.read_table(p, partitioning=None).to_pylist()]
    assert kept["text"] == "BETA a line that nobody has, of the new one"
    [span] = kept["line.spans"]
    assert texts(old)[span["label"]].split("\n").count(common.replace("beta", "BETA")) == 1


def test_a_sweep_holds_what_retune_keeps(tmp_path: Path) -> None:
    """At most: lines that come back may bring back documents that were too short without them."""
    write(tmp_path / "in")
    recipe = RECIPE.replace("max = 250", "max = 2000").replace("min = 30", "min = 150")
    old = run(tmp_path, "old", recipe)
    swept = tamis.sweep(old.path, "run_size.length.min", [60, 250])
    assert swept["duplicates"] == ["url", "line"]
    same, tight = (one for one in swept["values"])
    assert same["kept"]["documents"] == len(texts(old))
    assert same["at_most"]["documents"] == 0
    again = tamis.retune(old.path, {"run_size.length.min": 250}, tmp_path / "tight", workers=1)
    came_back = set(texts(again)) - set(texts(old))
    assert came_back
    assert len(texts(again)) <= tight["kept"]["documents"] + tight["at_most"]["documents"]
    assert tight["kept"]["documents"] <= len(texts(again))
