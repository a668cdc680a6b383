"""The laws of corpus operators: what their `sketch` makes of documents, whatever the batch."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from examples import column, corpus_operators, sketch_parameters
from hypothesis import given, settings
from hypothesis import strategies as st
from test_operators import EDGES, texts

from tamis import _core
from tamis.op import Operator

OPERATORS = {op.name: op for op in corpus_operators()}
CASES = [(name, one) for name, op in OPERATORS.items() for one in sketch_parameters(op)]
IDS = [f"{name}-{'-'.join(map(str, one.values()))}" for name, one in CASES]
DATES = [None, "2024-05-02", "2023", "yesterday"]


def documents(rows: list[str]) -> pa.RecordBatch:
    """Documents with the columns that some order or group asks for; all follow from the text."""
    lengths = [len(text) for text in rows]
    return pa.record_batch(
        {
            "id": column("id", rows),
            "text": column("text", rows),
            "url": column("url", rows),
            "date": pa.array([DATES[length % 4] for length in lengths], pa.string()),
            "source": pa.array([None if length % 3 else "web" for length in lengths], pa.string()),
            "text_chars": pa.array(lengths, pa.int64()),
            "quality.score": pa.array(
                [None if length % 5 == 1 else length / 7 for length in lengths], pa.float64()
            ),
        }
    )


def sketched(op: Operator, parameters: dict[str, Any], batch: pa.RecordBatch) -> pa.Table:
    """The sketch, after the laws on its form."""
    assert op.sketch is not None
    made = pa.table(dict(op.sketch(batch, **parameters)))
    assert made.num_rows == batch.num_rows
    # A text too short for a shingle has neither keys nor signature: it is nobody's duplicate; so is one without a URL.
    unsigned = made[compared(op)].is_null()
    assert op.name in ("minhash", "url") or made[compared(op)].null_count == 0
    for name in made.column_names:
        assert made[name].is_null().equals(unsigned) or made[name].null_count == 0, name
    return made


def compared(op: Operator) -> str:
    """The column by which documents are compared: of the whole document, or of its parts."""
    return "units" if op.evidence else "keys"


@pytest.mark.parametrize(("name", "parameters"), CASES, ids=IDS)
@settings(max_examples=20)
@given(rows=texts, cut=st.integers(0, 6))
def test_any_batch_split(name: str, parameters: dict[str, Any], rows: list[str], cut: int) -> None:
    op = OPERATORS[name]
    whole = sketched(op, parameters, documents(rows))
    _core.forget_texts()
    assert sketched(op, parameters, documents(rows)).equals(whole)
    parts = [sketched(op, parameters, documents(some)) for some in (rows[:cut], rows[cut:])]
    assert pa.concat_tables(parts).to_pylist() == whole.to_pylist()
    assert {part.schema for part in parts} == {whole.schema}
    inner = documents(["before", *rows, "after"]).slice(1, len(rows))
    assert sketched(op, parameters, inner).to_pylist() == whole.to_pylist()
    assert sketched(op, parameters, documents(rows[::-1])).to_pylist() == whole.to_pylist()[::-1]


@pytest.mark.parametrize(("name", "parameters"), CASES, ids=IDS)
def test_edge_inputs(name: str, parameters: dict[str, Any]) -> None:
    op = OPERATORS[name]
    whole = sketched(op, parameters, documents(EDGES)).to_pylist()
    alone = [sketched(op, parameters, documents([text])).to_pylist() for text in EDGES]
    assert [row for [row] in alone] == whole
    keys = [tuple(row[compared(op)]) for row in whole if row[compared(op)] is not None]
    assert len(set(keys)) > 2


def test_all_corpus_operators_are_here() -> None:
    assert {"exact", "minhash", "duplicate_id", "url", "line"} <= set(OPERATORS)
    assert all(op.merge is not None and op.absent is not None for op in OPERATORS.values())


@pytest.mark.parametrize("name", OPERATORS)
def test_rows_without_a_verdict(name: str) -> None:
    """`absent` fills every signal of the operator for rows that `merge` leaves out."""
    op = OPERATORS[name]
    assert op.absent is not None
    batch = documents(["one", "two"])
    made = op.absent(batch)
    assert set(made) == {one.name for one in op.signals}
    assert {len(values) for values in made.values()} == {2}
