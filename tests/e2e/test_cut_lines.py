"""Lines that other documents keep, inside runs: resumed tasks, `explain`, `try`, the report's marks, what is refused."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis
from tamis.errors import RecipeError

RECIPE = """name = "cut-lines"
[[step]]
op = "c4_lines"
end_marks = false
min_words_per_line = 1
[[step]]
op = "line"
normalise = "strip-lower"
survivor = "url-md5"
keep = [{ signal = "duplicate_line_char_ratio", max = 0.8 }]
[[step]]
op = "cut"
spans = "line.spans"
keep = [{ signal = "left_chars", min = 40 }]
"""
COMMON = [
    f"Read more about the {word} of the valley" for word in ("mills", "rivers", "roads", "bells", "gates")
]


@pytest.fixture
def refine(tmp_path: Path) -> Callable[..., Any]:
    draw = random.Random(11)
    (tmp_path / "r.toml").write_text(RECIPE)
    (tmp_path / "in").mkdir()
    for file in range(3):
        with (tmp_path / "in" / f"part-{file}.jsonl").open("w") as target:
            for number in range(40):
                lines = [
                    draw.choice(COMMON) if draw.random() < 0.5 else f"a line {draw.random():.9f} of its own"
                    for _line in range(draw.randint(1, 8))
                ]
                url = f"http://{file}.example/{number}"
                target.write(json.dumps({"url": url, "text": "\n".join(lines)}) + "\n")

    def run(name: str, **options: Any) -> Any:
        settings = {"workers": 1, "shard_bytes": 6_000, "fsync": False, **options}
        return tamis.run(tmp_path / "r.toml", str(tmp_path / "in" / "*.jsonl"), tmp_path / name, **settings)

    return run


def rows(run: Any, role: str) -> list[dict[str, Any]]:
    return [row for _s, path in run.files(role) for row in pq.read_table(path, partitioning=None).to_pylist()]


def names(run: Any) -> list[str]:
    return sorted(
        f"{role}/{path.name}" for role in ("kept", "removed") for path in (run.path / role).glob("*")
    )


def test_tasks_that_are_lost_are_made_again(refine: Callable[..., Any]) -> None:
    run = refine("out")
    before = names(run)
    assert run.shards > 2
    lost = sorted((run.path / "phases" / "1").glob("*.json"))[1::2]
    assert len(lost) > 2
    for manifest in lost:
        manifest.unlink()
    assert names(refine("out")) == before
    assert names(refine("two", workers=2)) == before


def test_explain_leads_to_the_document_that_keeps_the_line(refine: Callable[..., Any]) -> None:
    run = refine("out")
    kept = {row["id"]: row for row in rows(run, "kept")}
    told = 0
    for row in [*kept.values(), *rows(run, "removed")]:
        found = tamis.explain(run.path, row["id"])["spans"].get("line", [])
        assert len(found) == row["line.duplicate_line_count"]
        for span in found:
            assert span["text"] in COMMON
            keeper = tamis.explain(run.path, span["kept_by"])
            seen = next(
                (step["edit"]["before"] for step in keeper["steps"] if "edit" in step), keeper["text"]
            )
            assert span["text"] in seen
            told += 1
        if told > 60:
            break
    assert told > 60
    one = next(row for row in kept.values() if row["line.duplicate_line_count"] > 1)
    command = [sys.executable, "-m", "tamis", "explain", str(run.path), one["id"]]
    page = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert f"{one['line.spans'][0]['label'][:12]} keeps it, of" in page or "keeps it once, of" in page
    assert "Read more about the" in page


def test_the_report_marks_the_lines(refine: Callable[..., Any]) -> None:
    run = refine("out")
    examples = pq.read_table(run.path / "report" / "examples.parquet").to_pylist()
    rules = ("line.duplicate_line_char_ratio", "cut.left_chars")
    marked = [row for row in examples if row["removed_by"] in rules]
    assert {row["removed_by"] for row in marked} == set(rules)
    for row in marked:
        assert row["numerator"] / row["denominator"] == float(row["removed_value"])
        pieces = [row["text"][span["start"] : span["end"]] for span in row["spans"]]
        assert set(pieces) <= set(COMMON)
    assert sum(bool(row["spans"]) for row in marked) > 3
    edited = [row for row in examples if row["side"] == "kept" and row["before"] is not None]
    assert any(line in row["before"] and line not in row["text"] for row in edited for line in COMMON)


def test_without_other_documents_nothing_is_cut(refine: Callable[..., Any], tmp_path: Path) -> None:
    """`try` sees a beginning of each input, and `apply` a table: no line is looked for elsewhere."""
    refine("out")
    tried = tamis.try_(tmp_path / "r.toml", str(tmp_path / "in" / "*.jsonl"))
    applied = tried.applied
    assert applied.kept["cut.span_count"].to_pylist() == [0] * applied.kept.num_rows
    assert applied.kept.num_rows > 50
    with pytest.raises(RecipeError, match="must see all documents"):
        tamis.apply(tmp_path / "r.toml", {"text": ["one"]})


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ('op = "cut"', "needs the parameter 'spans'", ""),
        ('op = "cut"\nspans = "line.span"', "no column 'line.span' in earlier steps", "line.spans"),
        ('op = "cut"\nspans = "line.line_count"', "holds no spans", "line.spans"),
        ('op = "cut"\nspans = "url"', "holds no spans", "line.spans"),
        ('op = "url"\nsurvivor = "urlmd5"', "no order named urlmd5", "url-md5"),
        ('op = "line"\nas = "other"\nby = "line.spans"', "holds spans", "one value"),
    ],
)
def test_what_cannot_run_is_refused_before_data_is_read(text: str, what: str, hint: str) -> None:
    with pytest.raises(RecipeError) as caught:
        tamis.parse_recipe(f'name = "r"\n[[step]]\nop = "line"\n[[step]]\n{text}\n', "r.toml")
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_a_column_that_is_cut_by_stays(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"line\.spans cannot be left out"):
        tamis.parse_recipe(f'{RECIPE}[[step]]\nop = "drop_columns"\ncolumns = ["line.spans"]\n', "r.toml")
