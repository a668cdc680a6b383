"""The laws of row operators, for all of them at once: rows, order, ranges, nulls, batches, edge inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from examples import columns_of, parameters_of, row_operators
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_texts import LINES

from tamis import _core
from tamis.errors import DocumentFailed
from tamis.op import Operator, Signal
from tamis.plan import arrow_type

OPERATORS = {op.name: op for op in row_operators()}
TYPES = {
    "bool": pa.bool_(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "label": pa.string(),
    "string": pa.string(),
    "timestamp": pa.string(),
}
PLAIN = {"bool": bool, "int64": int, "float64": float, "label": str, "string": str, "spans": list}
EDGES = [
    "",
    "x",
    "\n",
    " ",
    "\u00a0",
    "\0",
    "\x1b\x07\x7f\x85",
    "x" * 1_000_000,
    "\n" * 1_000_000,
    "x " * 500_000,
    "字" * 100_000,
    "שלום עולם. مرحبا بالعالم؟ \u202eabc\u202c",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 e\u0301\u0301 \U0001f1e8\U0001f1f3",
    "\ufeff\ufffd\uffff\U0010ffff",
    "a\r\nb\rc\u2028d\u2029e\x0b\x0cf",
    "@" * 1000 + "." * 1000 + "1.2.3.4" * 100 + "a@b.c" * 100,
    "[" * 1000 + "]" * 1000 + "{" * 100,
]
texts = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
        st.lists(st.sampled_from(LINES), max_size=12).map("\n".join),
        st.lists(st.sampled_from(["the", "a@b.co", "1.2.3.4", "...", "#", "•", "字", "{"]), max_size=40).map(
            " ".join
        ),
    ),
    max_size=6,
)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return {name: tmp_path_factory.mktemp(name) for name in OPERATORS}


@cache
def loaded(name: str, folder: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each choice of parameters with what the body gets."""
    op = OPERATORS[name]
    chosen = parameters_of(op, folder)
    return [(one, {**one, "state": op.load(one)} if op.load else one) for one in chosen]


def called(op: Operator, keywords: dict[str, Any], rows: list[str]) -> dict[str, list[Any]]:
    arrays = columns_of(op, rows)
    return checked(op, keywords, arrays, len(rows))


def checked(
    op: Operator, keywords: dict[str, Any], arrays: list[pa.Array], rows: int
) -> dict[str, list[Any]]:
    """The columns as Python values, after the laws on their form and range."""
    if op.each:
        made = [
            one_row(op, keywords, values) for values in zip(*(a.to_pylist() for a in arrays), strict=True)
        ]
        return {name: [row[name] for row in made] for name in [*(one.name for one in op.writes), "failed"]}
    found = op.function(*arrays, **keywords)
    assert set(found) == {one.name for one in op.writes}
    for one in op.writes:
        assert len(found[one.name]) == rows, one.name
        check_type(one, found[one.name].type)
        if isinstance(one, Signal):
            for value in found[one.name].to_pylist():
                check_value(one, value)
    return {name: array.to_pylist() for name, array in found.items()}


def one_row(op: Operator, keywords: dict[str, Any], values: Sequence[Any]) -> dict[str, Any]:
    """What a body of single rows makes of one, after the laws; `failed` is why it took none."""
    try:
        made = op.function(*values, **keywords)
    except DocumentFailed as failure:
        return {**dict.fromkeys(one.name for one in op.writes), "failed": failure.kind}
    assert set(made) == {one.name for one in op.writes}
    for one in op.writes:
        value = made[one.name]
        assert value is None or type(value) is PLAIN[one.type], one.name
        assert pa.array([value], arrow_type(one)).to_pylist() == [value]
        if isinstance(one, Signal):
            check_value(one, value)
    return {**made, "failed": None}


def check_type(one: Any, found: pa.DataType) -> None:
    if one.type == "spans":
        assert pa.types.is_list(found)
        assert [field.name for field in found.value_type] == ["start", "end", "score", "label"]
    elif one.type in ("label", "string"):
        inner = found.value_type if pa.types.is_dictionary(found) else found
        assert pa.types.is_string(inner) or pa.types.is_large_string(inner), one.name
    else:
        assert found == TYPES[one.type], one.name


def check_value(signal: Signal, value: Any) -> None:
    if value is None:
        assert signal.nullable, f"{signal.name}: null without a declared reason"
    elif signal.type in ("int64", "float64"):
        assert math.isfinite(value), signal.name
        assert signal.low is None or value >= signal.low, (signal.name, value)
        assert signal.high is None or value <= signal.high, (signal.name, value)


def cases(folders: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    for _, keywords in loaded(name, folders[name]):
        yield keywords


@pytest.mark.parametrize("name", OPERATORS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=texts, cut=st.integers(0, 6))
def test_any_batch_split(name: str, folders: dict[str, Any], rows: list[str], cut: int) -> None:
    op = OPERATORS[name]
    for keywords in cases(folders, name):
        whole = called(op, keywords, rows)
        _core.forget_texts()
        assert called(op, keywords, rows) == whole
        left, right = called(op, keywords, rows[:cut]), called(op, keywords, rows[cut:])
        assert {one: left[one] + right[one] for one in whole} == whole
        arrays = [one.slice(1, len(rows)) for one in columns_of(op, ["before", *rows, "after"])]
        assert checked(op, keywords, arrays, len(rows)) == whole
        turned = called(op, keywords, rows[::-1])
        assert {one: values[::-1] for one, values in turned.items()} == whole


@pytest.mark.parametrize("name", OPERATORS)
def test_edge_inputs(name: str, folders: dict[str, Any]) -> None:
    op = OPERATORS[name]
    for keywords in cases(folders, name):
        whole = called(op, keywords, EDGES)
        assert whole.get("failed", [None]).count(None) > 0
        for place, text in enumerate(EDGES):
            alone = called(op, keywords, [text])
            assert {one: values[0] for one, values in alone.items()} == {
                one: values[place] for one, values in whole.items()
            }


def test_all_operators_are_here() -> None:
    assert {"gopher_repetition", "gopher_quality", "c4_lines", "c4_page", "fineweb_quality"} <= set(OPERATORS)
    assert {"url_blocklist", "mask_pii", "random", "language", "extract"} <= set(OPERATORS)
    assert any(op.each for op in OPERATORS.values())


@pytest.mark.parametrize("name", OPERATORS)
def test_declarations_are_whole(name: str) -> None:
    op = OPERATORS[name]
    assert op.title.endswith(".")
    assert all(one.meaning for one in op.writes)
    docstring = op.function.__doc__ or ""
    assert "Examples:" in docstring
    for parameter in op.parameters:
        assert parameter.name in docstring, parameter.name
