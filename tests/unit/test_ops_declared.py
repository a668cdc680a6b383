"""Each operator that comes with tamis says about itself what a user and the checks of a recipe need."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path

import pytest

from tamis.catalogue import argument_meaning, operator_names
from tamis.op import Operator, find
from tamis.references import entries

# Other tests register operators of their own in this process.
NAMES = [name for name in operator_names() if importlib.util.find_spec(f"tamis.ops.{name}")]
# Units of DESIGN's naming: what a number counts or is a share of stands at the end of its name.
COUNTED = re.compile(r"(_count|_size|_chars|_bytes|^rank|^value)$")
SHARES = re.compile(r"(_ratio|similarity|link_density|^value)$")


def declared(name: str) -> Operator:
    found = find(name)
    assert found is not None
    return found


def test_all_of_them_are_found() -> None:
    assert len(NAMES) >= 13


@pytest.fixture(params=NAMES)
def operator(request: pytest.FixtureRequest) -> Operator:
    return declared(request.param)


def test_one_file_of_its_own_name(operator: Operator) -> None:
    assert Path(operator.source_file).stem == operator.name


def test_a_docstring_with_a_title_and_an_example(operator: Operator) -> None:
    text = inspect.getdoc(operator.function) or ""
    assert operator.title.endswith(".")
    assert len(operator.title) <= 100
    assert ">>> " in text


def test_each_parameter_is_explained(operator: Operator) -> None:
    silent = [p.name for p in operator.parameters if not argument_meaning(operator, p.name)]
    assert not silent


def test_each_signal_has_a_meaning_and_a_range(operator: Operator) -> None:
    for signal in operator.signals:
        assert signal.meaning, signal.name
        if signal.type in ("int64", "float64"):
            assert signal.low is not None, signal.name
            assert signal.high is None or signal.low < signal.high, signal.name
        else:
            assert signal.low is signal.high is None, signal.name
    assert all(column.meaning for column in operator.fields)


def test_names_of_signals_end_in_their_unit(operator: Operator) -> None:
    for signal in operator.signals:
        if signal.type == "int64":
            assert COUNTED.search(signal.name), signal.name
        if signal.name.endswith("_ratio"):
            assert (signal.low, signal.high) == (0, 1), signal.name
        if SHARES.search(signal.name) and signal.type == "float64":
            assert signal.high == 1, signal.name


def test_names_are_declared_once(operator: Operator) -> None:
    names = [column.name for column in operator.writes]
    assert len(names) == len(set(names))
    assert operator.version >= 1


def test_what_it_cites_is_in_the_bibliography(operator: Operator) -> None:
    assert not operator.cite or operator.cite in entries()


def test_a_corpus_operator_has_its_three_parts(operator: Operator) -> None:
    parts = (operator.sketch, operator.merge, operator.absent)
    assert all(parts) if operator.scope == "corpus" else not any(parts)
