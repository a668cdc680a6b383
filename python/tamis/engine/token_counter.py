"""Counting the tokens of texts outside a run, by the operator `token_count`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from tamis.op import find


def token_counter(path: str | Path) -> Callable[[pa.Array], list[int]]:
    """How many tokens each text has, by a `tokenizer.json`.

    Raises InputError: the package tokenizers or the file is missing, or the file is no tokenizer.
    """
    operator = find("token_count")
    assert operator is not None
    assert operator.load is not None
    function, state = operator.function, operator.load({"tokenizer": str(path)})

    def count(texts: pa.Array) -> list[int]:
        counted: list[int] = function(texts, tokenizer=str(path), state=state)["token_count"].to_pylist()
        return counted

    return count
