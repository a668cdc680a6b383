"""Columns of numbers and of flags as slices of a real run."""

from __future__ import annotations

import json
import random
from typing import Any

import pyarrow as pa
import pytest

import tamis
from tamis.report.quarters import Parts

RECIPE = 'name = "s"\n[[step]]\nop = "gopher_quality"\nkeep = [{ signal = "word_count", min = 30 }]\n'


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    folder = tmp_path_factory.mktemp("columns")
    rng = random.Random(5)
    rows = [
        {
            "text": "word " * rng.randint(10, 60),
            "toxicity": round(rng.random() ** 3, 4) if n % 10 else None,
            "rating": rng.randint(1, 5),
            "adult": n % 3 == 0,
        }
        for n in range(400)
    ]
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "r.toml").write_text(RECIPE)
    out = folder / "out"
    tamis.run(
        folder / "r.toml", folder / "in.jsonl", out=out, columns=["toxicity", "rating", "adult"], workers=1
    )
    return rows, json.loads((out / "report" / "data.json").read_text())["slices"]


def test_numbers_stand_in_quarters(slices: tuple[list[dict[str, Any]], dict[str, Any]]) -> None:
    rows, found = slices
    groups = found["toxicity"]["groups"]
    assert [group["value"] is None for group in groups] == [False] * 4 + [True]
    assert groups[4]["in"]["documents"] == 40
    for group in groups[:4]:
        mine = [row for row in rows if row["toxicity"] is not None]
        mine = [row for row in mine if group["value"] <= row["toxicity"] <= group["to"]]
        assert len(mine) == group["in"]["documents"]
        assert abs(len(mine) - 90) <= 2
        assert sum(len(row["text"].split()) >= 30 for row in mine) == group["kept"]["documents"]


def test_few_values_and_flags_are_groups_of_their_own(
    slices: tuple[list[dict[str, Any]], dict[str, Any]],
) -> None:
    rows, found = slices
    told = {group["value"]: group["in"]["documents"] for group in found["rating"]["groups"]}
    assert list(told) == [1, 2, 3, 4, 5]
    assert told[3] == sum(row["rating"] == 3 for row in rows)
    assert found["adult"]["flags"]
    assert {group["value"]: group["in"]["documents"] for group in found["adult"]["groups"]} == {
        True: 134,
        False: 266,
    }


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ([], []),
        ([None, float("nan"), float("inf")], []),
        ([5.0] * 40, [(5, 5)]),
        ([0.0] * 90 + [float(n) for n in range(1, 11)], [(0, 10)]),
        ([0.0] * 50 + [float(n) for n in range(1, 51)], [(0, 0), (1, 25), (26, 50)]),
    ],
)
def test_values_that_many_share_lie_in_one_part(
    values: list[float | None], named: list[tuple[float, float]]
) -> None:
    column = pa.array(values, pa.float64())
    parts = Parts.of(column)
    assert parts.named == named
    places = parts.place(column).to_pylist() if parts.named else []
    for value, place in zip(values, places, strict=bool(places)):
        if place is not None and value is not None:
            assert named[place][0] <= value <= named[place][1]
