"""What an operator declares of its signals is held against what its body returns."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import tamis
from tamis.engine.promises import held
from tamis.op import Signal, operator

SHARE = Signal("share", "float64", "a share", low=0, high=1)
COUNT = Signal("count", "int64", "a count", low=0)
OPEN = Signal("open", "float64", "anything", nullable="a reason")


@operator(kind="signal", reads=["text"], each=True, writes=[SHARE, COUNT, OPEN])
def promising(text: str) -> dict[str, Any]:
    """Says what the text says."""
    given = {"share": 0.5, "count": 3, "open": None}
    return {**given, **eval(text, {"nan": math.nan, "inf": math.inf})}


@operator(kind="signal", reads=["text"], writes=[SHARE])
def promising_batch(text: pa.Array) -> dict[str, Any]:
    """The same for whole batches."""
    return {"share": [eval(one, {"nan": math.nan}).get("share", 0.5) for one in text.to_pylist()]}


def applied(op: str, texts: list[str]) -> Any:
    rule = '{ signal = "share", max = 0.9 }'
    recipe = tamis.parse_recipe(f'name = "p"\n[[step]]\nop = "{op}"\nkeep = [{rule}]\n', "p.toml")
    return tamis.apply(recipe, pa.table({"text": texts, "id": [str(n) for n in range(len(texts))]}))


BROKEN = {
    "{'share': 5.0}": "share is 5, the declared range is 0 to 1",
    "{'share': -0.25}": "share is -0.25, the declared range is 0 to 1",
    "{'share': nan}": "share is nan, the declared range is 0 to 1",
    "{'share': inf}": "share is inf, the declared range is 0 to 1",
    "{'share': None}": "share is null, and no reason for a null is declared",
    "{'count': -1}": "count is -1, the declared range is 0 to inf",
    "{'open': -inf}": "open is -inf, the declared range is -inf to inf",
}


def test_documents_fail_by_name_and_their_neighbours_stay() -> None:
    good = ["{}", "{'share': 1.0}", "{'count': 0, 'open': 7.0}"]
    texts = [*BROKEN, *good]
    random.Random(5).shuffle(texts)
    found = applied("promising", texts)
    said = dict(zip(found.failed["id"].to_pylist(), found.failed["message"].to_pylist(), strict=True))
    assert said == {str(texts.index(text)): message for text, message in BROKEN.items()}
    assert set(found.failed["kind"].to_pylist()) == {"exception"}
    assert sorted(found.kept["text"].to_pylist()) == sorted([good[0], good[2]])
    assert found.removed["text"].to_pylist() == [good[1]]


def test_batches_too() -> None:
    found = applied("promising_batch", ["{'share': nan}", "{}", "{'share': 2}", "{'share': None}"])
    assert found.failed["id"].to_pylist() == ["0", "2", "3"]
    assert found.kept["promising_batch.share"].to_pylist() == [0.5]


@pytest.mark.parametrize("seed", range(20))
def test_a_look_at_a_column_finds_what_a_look_at_each_value_finds(seed: int) -> None:
    chance = np.random.default_rng(seed)
    pool = [0.0, 0.3, 1.0, 1e308, 1e308] + ([math.nan, -1.0, None] if seed % 2 else [])
    for signal in (Signal("s", "float64", "", low=0), Signal("s", "float64", "", nullable="r", high=1)):
        values = [pool[n] for n in chance.integers(0, len(pool), 12)]
        failures = {3: ("exception", "before")} if values[3] is None else {}
        made, failed = held([signal], {"s": pa.array(values, pa.float64())}, failures)

        def bad(value: float | None, signal: Signal = signal) -> bool:
            if value is None:
                return not signal.nullable
            low, high = (
                signal.low is not None and value < signal.low,
                signal.high is not None and value > signal.high,
            )
            return not math.isfinite(value) or low or high

        assert set(failed) == {n for n, value in enumerate(values) if bad(value)} | set(failures)
        assert [made["s"][n].as_py() for n in failed] == [None] * len(failed)
        kept = [n for n in range(12) if n not in failed]
        assert [made["s"][n].as_py() for n in kept] == [values[n] for n in kept]
