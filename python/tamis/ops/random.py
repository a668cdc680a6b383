"""A random number for each document."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa

from tamis import _core
from tamis.messages import later
from tamis.op import Limits, Signal, operator


@operator(
    kind="signal",
    reads=["id"],
    writes=[Signal("value", "float64", later("even over [0, 1), by id and seed"), 0, 1)],
)
def random(id: pa.Array, *, seed: Annotated[int, Limits(0, 2**63 - 1)] = 0) -> dict[str, pa.Array]:
    """A number from 0 to 1 that only the document's id and the seed decide.

    The upper 53 bits of XXH3-64 of the id with the seed, as a fraction: the same in every run, on every machine and in
    every order. A rule `value max = 0.1` keeps a tenth, and `max = 0.01` a hundredth that lies inside it.

    Args:
        seed: another seed, another draw.

    Returns:
        One float64 column in [0, 1).

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.random import random
        >>> ids = pa.array(["0" * 32, "1" * 32])
        >>> random(ids)["value"].to_pylist() == random(ids)["value"].to_pylist() != random(ids, seed=1)["value"].to_pylist()
        True
    """
    return {"value": pa.array(_core.random(id, seed=seed))}
