"""Row numbers of documents that transforms made of others: a child follows its parent, in order and in number.

A recipe with `expanding` steps that make documents numbers the rows of its source in steps of 2^20 for each of them.
The n-th child of the k-th such step gets its parent's number plus n at the place of that step, so that rows are
unique and ordered whatever the shards and batches are, and a row tells where it comes from.

Examples:
    >>> row = first(7, 2)
    >>> one = child(row, 3, 1, 2)
    >>> two = child(one, 1, 2, 2)
    >>> row < one < two < first(8, 2)
    True
    >>> parent(two, 2) == one, parent(one, 2) == row, parent(row, 2)
    (True, True, None)
    >>> ancestor(two, 1, 2) == one, ancestor(two, 0, 2) == row
    (True, True)
"""

from __future__ import annotations

from typing import Any

Rows = Any
"""A row number, or an array of them."""

BITS = 20
MOST = (1 << BITS) - 1
"""Children of one document in one step."""
MOST_STEPS = 2
"""Steps of one recipe that make documents; three would leave a shard 8 rows."""


def first(row: Rows, expanding: int) -> Rows:
    """The number of row `row` of the source, from 0."""
    return row << (BITS * expanding)


def place(row: Rows, expanding: int) -> Rows:
    """The row of the source that a row comes from, from 0."""
    return row >> (BITS * expanding)


def child(row: Rows, number: Rows, step: int, expanding: int) -> Rows:
    """The `number`-th child, from 1, of a row in the `step`-th step, from 1, that makes documents."""
    return row + (number << (BITS * (expanding - step)))


def ancestor(row: Rows, step: int, expanding: int) -> Rows:
    """The row itself where it was there after the `step`-th step that makes documents, else what it came of then."""
    bits = BITS * (expanding - step)
    return (row >> bits) << bits


def made_by(row: int, expanding: int) -> int:
    """Which of the steps that make documents made a row, from 1; 0 for a row of the source.

    Examples:
        >>> made_by(first(7, 2), 2), made_by(child(first(7, 2), 3, 1, 2), 2), made_by(first(7, 0), 0)
        (0, 1, 0)
    """
    for step in range(expanding, 0, -1):
        if row != ancestor(row, step - 1, expanding):
            return step
    return 0


def parent(row: int, expanding: int) -> int | None:
    """The row that a row was made of; None for a row of the source."""
    step = made_by(row, expanding)
    above: int = ancestor(row, step - 1, expanding)
    return above if step else None
