"""Each file of a run directory is of one declared sort."""

from __future__ import annotations

from pathlib import Path

import tamis
from tamis.engine.layout import COLLECTED, OWN, SORTS


def names(run: Path) -> list[str]:
    return [str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()]


def sorts(name: str) -> list[str]:
    return [one.path for one in SORTS if one.pattern.fullmatch(name)]


def test_each_file_of_a_run_is_of_one_sort(tmp_path: Path) -> None:
    texts = [f"Sentence {n} has words that are its own, and some that are not." for n in range(30)]
    lines = [f'{{"text": "{text}"}}\n' for text in [*texts, *texts[:5], "no"]]
    (tmp_path / "in.jsonl").write_text("".join(lines))
    recipe = tmp_path / "small.toml"
    recipe.write_text(
        'name = "small"\n[[step]]\nop = "gopher_quality"\nwords = "whitespace"\n'
        'keep = [{ signal = "word_count", min = 5 }]\n[[step]]\nop = "mask_pii"\n[[step]]\nop = "minhash"\n'
    )
    ops = tmp_path / "my_ops.py"
    ops.write_text("from tamis import op\n")
    first = tamis.run(recipe, tmp_path / "in.jsonl", tmp_path / "a", workers=1, ops=ops)
    second = tamis.run(recipe, tmp_path / "in.jsonl", tmp_path / "b", workers=1, removed="none")
    tamis.report(first.path, against=second.path)
    tamis.review(first.path, 4, "gopher_quality.word_count", tmp_path / "sheet.csv")
    found = {name: sorts(name) for run in (first.path, second.path) for name in names(run)}
    assert {name: of for name, of in found.items() if len(of) != 1} == {}
    seen = {path for of in found.values() for path in of}
    rare = {"failed/N-DIGEST.parquet", "originals/N-DIGEST.parquet", "phases/N/_index-N.parquet", "work/NAME"}
    # tests/fault/test_parts.py has runs with these.
    rare |= {"parts.json", "lease/NAME"}
    assert {one.path for one in SORTS} - seen <= rare


def test_what_is_collected_is_what_a_run_writes() -> None:
    assert set(COLLECTED) < set(OWN)
    assert {"kept", "corpus", "phases"} <= set(COLLECTED)
    assert "report" not in COLLECTED
