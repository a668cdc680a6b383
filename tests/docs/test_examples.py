"""The examples in docstrings run and print what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import tamis

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
NEEDS = {"tamis.ops.fix_text": "ftfy", "tamis.ops.token_count": "tokenizers"}


def names() -> Iterator[str]:
    yield "tamis"
    for found in pkgutil.walk_packages(tamis.__path__, "tamis."):
        if not found.name.endswith(("__main__", "._core")):
            yield found.name


def examples(name: str) -> list[doctest.DocTest]:
    module = importlib.import_module(name)
    return [test for test in doctest.DocTestFinder().find(module, name) if test.examples]


@pytest.mark.parametrize("name", list(names()))
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in examples(name):
        runner.run(test, out=said.append)
    assert runner.failures == 0, "".join(said)


def test_there_are_examples() -> None:
    assert sum(len(examples(name)) for name in names() if name.startswith("tamis.ops.")) > 10
