"""One document for each URL: normalisations by name, survivors, documents without one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from tamis.ops.url import NORMALISED

Dedup = Callable[..., Any]
SAME = [
    "http://a.example/b",
    "https://www.a.example/b/",
    "https://a.example/b?utm_source=x",
    "http://a.example/b//",
]


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        # recorded from tensorflow_datasets 4.9.9, c4_utils.normalize_url
        ("http://www.www.a.com/", "www.a.com"),
        ("HTTP://a.com/", "HTTP://a.com"),
        ("http://a.com/?ref=1#x", "a.com"),
        ("http://a.com/?x=1&utm_b=2", "a.com/?x=1&utm_b=2"),
        ("http://a.com/?referrer", "a.com"),
        ("http://a.com/r?u=http://www.b.com/", "a.com/r?u=b.com"),
        ("http://a.com/?utm_a=1\n/b", "a.com/\n/b"),
        ("///", ""),
        ("", ""),
    ],
)
def test_tfds(url: str, normal: str) -> None:
    assert NORMALISED["tfds"](url) == normal


def documents(urls: list[str | None]) -> pa.Table:
    ids = [f"{number:032x}" for number in range(len(urls))]
    texts = pa.array([f"text {number}" for number in range(len(urls))], pa.large_string())
    dates = [f"2019-04-{1 + number:02d}T00:00:00Z" for number in range(len(urls))]
    return pa.table({"id": ids, "text": texts, "url": pa.array(urls, pa.string()), "date": dates})


def test_one_of_each_url_is_kept(dedup: Dedup) -> None:
    table = documents([*SAME, None, None, "http://other.example", SAME[0]])
    exact = dedup("url", table, shards=2)
    assert exact.column("cluster_size") == [2, 1, 1, 1, 1, 1, 1, 2]
    found = dedup("url", table, shards=2, normalise="tfds")
    assert found.column("rank") == [0, 1, 2, 3, 0, 0, 0, 4]
    assert len(set(found.column("cluster"))) == 4


def test_survivors(dedup: Dedup) -> None:
    table = documents(SAME)
    newest = dedup("url", table, normalise="tfds", survivor="newest")
    assert newest.column("rank") == [3, 2, 1, 0]
    least = dedup("url", table, normalise="tfds", survivor="url-md5")
    hashes = [hashlib.md5(url.encode()).hexdigest() for url in SAME]
    assert least.column("rank") == [sorted(hashes).index(one) for one in hashes]
