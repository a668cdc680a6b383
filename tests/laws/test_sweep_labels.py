"""Precision and recall at each value of a sweep: the truth where every document is labelled, else `tamis.labels`."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis
from tamis.cli import retune
from tamis.cli.terminal import Terminal
from tamis.errors import InputError, RecipeError, TamisError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from run_inputs import write_texts

OPS = [str(Path(__file__).resolve().parent.parent / "run_ops.py")]
RECIPE = """name = "judged"
[[step]]
op = "run_size"
keep = [{ signal = "length", max = 450 }]
[[step]]
op = "run_shout"
keep = [
  { name = "many", signal = "hits", max = 12 },
  { name = "few", signal = "hits", min = 9, when = { signal = "run_size.length", above = 300 } },
]
"""
RULES = {"run_shout.many": (2, 26), "run_shout.few": (4, 16), "run_size.length": (200, 500)}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged")
    write_texts(folder / "in", 300)
    (folder / "r.toml").write_text(RECIPE)
    options: dict[str, Any] = {"workers": 1, "ops": OPS, "fsync": False}
    made: Path = tamis.run(folder / "r.toml", str(folder / "in" / "*.jsonl"), folder / "out", **options).path
    return made


def rows_of(run: Path) -> dict[str, dict[str, Any]]:
    tables = [path for side in ("kept", "removed") for path in sorted((run / side).glob("*.parquet"))]
    return {row["id"]: row for path in tables for row in pq.read_table(path).to_pylist()}


def bad(row: dict[str, Any]) -> bool:
    """What the reader of these tests removes: neither rule decides quite so."""
    return bool(int(row["id"], 16) % 5 < (4 if row["run_shout.hits"] > 8 else 1))


def labelled(run: Path, rule: str, size: int, to: Path, answer: Callable[[int, str], str]) -> Path:
    """A sheet of the run with the answers of a reader, asked by place and id."""
    drawn = to.with_name(f"drawn-{to.name}")
    key = json.loads(Path(tamis.review(run, size, rule, drawn)["key"]).read_text())
    ids = {row["number"]: row["id"] for row in key["rows"]}
    with drawn.open(encoding="utf-8-sig", newline="") as file:
        sheet = list(csv.DictReader(file))
    with to.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(sheet[0])
        for place, row in enumerate(sheet):
            writer.writerow([row["number"], row["original_text"], answer(place, ids[int(row["number"])])])
    return to


@pytest.mark.parametrize("rule", RULES)
def test_a_reader_of_all_documents_gives_the_truth(run: Path, tmp_path: Path, rule: str) -> None:
    rows = rows_of(run)
    sheet = labelled(
        run, rule, 1_000_000, tmp_path / "all.csv", lambda _place, key: "remove" if bad(rows[key]) else "keep"
    )
    bound = f"{rule}.{'min' if rule.endswith('few') else 'max'}"
    low, high = RULES[rule]
    found = tamis.sweep(run, bound, [low, (low + high) // 2, high], labels=[sheet])
    precise, column = set(), "run_size.length" if rule.endswith("length") else "run_shout.hits"
    for one in found["values"]:
        asked = [row for row in rows.values() if not rule.endswith("few") or row["run_size.length"] > 300]
        past = [
            bad(row)
            for row in asked
            if (row[column] < one["value"] if bound.endswith("min") else row[column] > one["value"])
        ]
        assert one["documents"] == one["rows"] == {"past": len(past), "within": len(asked) - len(past)}
        if past:
            assert one["precision"]["value"] == pytest.approx(sum(past) / len(past))
            assert one["recall"]["value"] == pytest.approx(sum(past) / sum(map(bad, asked)))
            assert one["recall"]["low"] <= one["recall"]["value"] <= one["recall"]["high"]
            precise.add(one["precision"]["value"])
        else:
            assert (one["precision"], one["recall"]) == (None, None)
    assert len(precise) > 1
    assert found["labels"]["remove"] + found["labels"]["keep"] == len(asked)


def test_the_runs_own_value_says_what_look_says(run: Path, tmp_path: Path) -> None:
    """Also where a third of the rows has no label and some are unsure."""
    rows = rows_of(run)
    sheet = labelled(
        run,
        "run_shout.many",
        60,
        tmp_path / "some.csv",
        lambda place, key: (
            "" if place % 3 == 0 else "unsure" if place % 7 == 0 else "remove" if bad(rows[key]) else "keep"
        ),
    )
    [told] = tamis.labels(run, sheet)["rules"]
    found = tamis.sweep(run, "run_shout.many.max", [8, 12, 16], labels=[sheet])
    own = found["values"][1]
    assert own["documents"] == told["documents"]
    assert own["rows"] == told["rows"]
    for name in ("precision", "recall"):
        assert own[name] == pytest.approx(told[name])
    assert found["labels"] == tamis.labels(run, sheet)["labels"]
    assert (
        found["values"][0]["recall"]["value"] > own["recall"]["value"] > found["values"][2]["recall"]["value"]
    )


def test_a_part_of_the_documents_comes_near_the_truth(run: Path, tmp_path: Path) -> None:
    rows = rows_of(run)
    sheet = labelled(
        run,
        "run_shout.many",
        120,
        tmp_path / "part.csv",
        lambda _place, key: "remove" if bad(rows[key]) else "keep",
    )
    held = 0
    for one in tamis.sweep(run, "run_shout.many.max", "4:20:4", labels=[sheet])["values"]:
        past = [bad(row) for row in rows.values() if row["run_shout.hits"] > one["value"]]
        truth = {"precision": sum(past) / len(past), "recall": sum(past) / sum(map(bad, rows.values()))}
        held += sum(one[name]["low"] <= share <= one[name]["high"] for name, share in truth.items())
    assert held >= 9, "of ten intervals of 95 %"


def test_labels_that_say_nothing_of_the_rule(run: Path, tmp_path: Path) -> None:
    sheet = labelled(run, "run_shout.many", 20, tmp_path / "s.csv", lambda *_: "keep")
    with pytest.raises(InputError, match=r"no row of the sheet was drawn for run_size\.length"):
        tamis.sweep(run, "run_size.length.max", [500], labels=[sheet])
    with pytest.raises(InputError, match="cannot be read"):
        tamis.sweep(run, "run_shout.many.max", [8], labels=[tmp_path / "none.csv"])
    with pytest.raises(RecipeError, match="no bound"):
        tamis.sweep(run, "run_shout.many.mux", [8], labels=[sheet])


def test_by_command(run: Path, tmp_path: Path) -> None:
    terminal = Terminal(io.StringIO(), io.StringIO(), width=120)
    sheet = labelled(
        run, "run_shout.many", 20, tmp_path / "s.csv", lambda place, _: "remove" if place % 2 else "keep"
    )

    def ask(*words: object) -> str:
        terminal.out.truncate(terminal.out.seek(0))
        assert retune.main(retune.parser(120).parse([str(word) for word in words]), terminal) == 0
        return terminal.out.getvalue()

    words = (run, "--sweep", "run_shout.many.max=8:16:4", "--labels", sheet)
    told = ask(*words).splitlines()
    assert told[2].split() == ["max", "documents", "characters", "rows", "precision", "recall"]
    assert told[4].count("(") == 2
    assert "past, " in told[4]
    assert told[-1].endswith("95 %") or "intervals of" in " ".join(told[-3:])
    assert json.loads(ask(*words, "--json")) == tamis.sweep(
        run, "run_shout.many.max", "8:16:4", labels=[sheet]
    )
    with pytest.raises(TamisError, match="it belongs to --sweep"):
        retune.main(
            retune.parser(80).parse(
                [str(run), "--set", "run_shout.many.max=3", "-o", "x", "--labels", "s.csv"]
            ),
            terminal,
        )
