"""What banding proposes, and what checked mode removes, against brute force."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tamis import _core
from tamis.corpus.curve import share

Dedup = Callable[..., Any]


def shingle_sets(texts: list[str], **parameters: Any) -> tuple[pa.Array, pa.Array]:
    given = {
        "by": None,
        "normalise": "none",
        "words": "whitespace",
        "n": 1,
        "hash": "xxhash64",
        "bands": 14,
        "rows": 8,
    }
    array = pa.array(texts, pa.large_string())
    made = _core.minhash_sketch(array, **{**given, **parameters}, seed=1, sets=True, signatures=False)
    return pa.array(made["shingles"]), pa.array(made["keys"])


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])
@pytest.mark.parametrize(("bands", "rows"), [(14, 8), (25, 10)])
def test_share_proposed_follows_the_curve(similarity: float, bands: int, rows: int) -> None:
    pairs, size = 4000, 200
    # two sets of `size` with k in common have Jaccard similarity k / (2 size - k)
    common = round(2 * size * similarity / (1 + similarity))
    true = common / (2 * size - common)
    texts = []
    for pair in range(pairs):
        both = [f"c{pair}x{word}" for word in range(common)]
        texts += [" ".join(both + [f"{side}{pair}x{word}" for word in range(size - common)]) for side in "ab"]
    sets, keys = shingle_sets(texts, bands=bands, rows=rows)
    first = set(sets[0].as_py()), set(sets[1].as_py())
    assert len(first[0] & first[1]) / len(first[0] | first[1]) == pytest.approx(true)
    values = keys.flatten().to_numpy().reshape(pairs, 2, bands)
    found = (values[:, 0] == values[:, 1]).any(axis=1).mean()
    expected = share(true, bands, rows)
    # the permutations are shared by all pairs and multiply by constants: a little more than binomial spread
    assert found == pytest.approx(expected, abs=4.5 * np.sqrt(expected * (1 - expected) / pairs) + 0.01)


def similar_documents(count: int) -> list[str]:
    """Families of copies with few to many edits, so that similarities spread over the threshold."""
    drawn = random.Random(11)
    texts: list[str] = []
    while len(texts) < count:
        family = len(texts)
        base = [f"w{drawn.randrange(5000)}" for _ in range(drawn.randrange(20, 60))]
        for copy in range(drawn.choice([1, 1, 2, 3, 8])):
            made = list(base)
            for _ in range(drawn.randrange(0, 7) if copy else 0):
                made[drawn.randrange(len(made))] = f"e{family}x{drawn.randrange(9)}"
            texts.append(" ".join(made))
    drawn.shuffle(texts)
    return texts[:count]


def pairs_above(sets: list[set[int]], threshold: float) -> dict[int, set[int]]:
    """All pairs at the threshold, by brute force over the documents that share any shingle at all."""
    holders: dict[int, list[int]] = {}
    for document, shingles in enumerate(sets):
        for shingle in shingles:
            holders.setdefault(shingle, []).append(document)
    above: dict[int, set[int]] = {}
    for document, shingles in enumerate(sets):
        counts: dict[int, int] = {}
        for shingle in shingles:
            for other in holders[shingle]:
                counts[other] = counts.get(other, 0) + 1
        above[document] = {
            other
            for other, common in counts.items()
            if other != document and common / (len(shingles) + len(sets[other]) - common) >= threshold
        }
    return above


@pytest.mark.parametrize("survivor", ["first", "longest"])
def test_nothing_is_removed_without_a_kept_one_at_the_threshold(dedup: Dedup, survivor: str) -> None:
    texts = similar_documents(20_000)
    table = pa.table(
        {"id": [f"{at:032x}" for at in range(len(texts))], "text": pa.array(texts, pa.large_string())}
    )
    given = {"words": "whitespace", "normalise": "none", "n": 3, "survivor": survivor}
    found = dedup("minhash", table, shards=3, **given)
    ranks, clusters, similarity = (found.column(name) for name in ("rank", "cluster", "similarity"))
    shingles, _keys = shingle_sets(texts, n=3)
    sets = [set(values) for values in shingles.to_pylist()]
    above = pairs_above(sets, 0.75)
    kept = {at for at, rank in enumerate(ranks) if rank == 0}
    removed = [at for at, rank in enumerate(ranks) if rank > 0]
    assert len(removed) > 3000
    for at in removed:
        centre = int(clusters[at], 16)
        assert centre in kept & above[at]
        common = len(sets[at] & sets[centre])
        assert similarity[at] == pytest.approx(
            common / (len(sets[at]) + len(sets[centre]) - common), abs=1e-15
        )
    missed = sum(1 for at in kept if any(other in kept and other < at for other in above[at]))
    # pairs just above 0.75 are proposed with probability 0.77, and these families are mostly well above
    assert missed < 0.1 * len(removed)
