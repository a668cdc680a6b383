"""Clusters of small corpora: shapes, survivor orders, groups, older runs, shards."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from tamis.errors import RecipeError

Dedup = Callable[..., Any]


def words(seed: int, count: int = 120) -> list[str]:
    drawn = random.Random(seed)
    return [
        "".join(drawn.choice("bcdfghjklmnpqrstvwz") + drawn.choice("aeiou") for _ in range(3))
        for _ in range(count)
    ]


def edited(base: list[str], seed: int, edits: int) -> list[str]:
    drawn, made = random.Random(seed), list(base)
    for place in drawn.sample(range(len(made)), edits):
        made[place] = f"edit{seed}x{place}"
    return made


def documents(texts: list[str], **columns: list[Any]) -> pa.Table:
    ids = [f"{number:032x}" for number in range(len(texts))]
    return pa.table({"id": ids, "text": pa.array(texts, pa.large_string()), **columns})


def stars() -> list[str]:
    """Ten centres, each with four light edits, and 30 loners, in mixed order."""
    texts = [" ".join(words(1000 + loner, 400)) for loner in range(30)]
    for centre in range(10):
        base = words(centre, 400)
        texts += [" ".join(base), *(" ".join(edited(base, 10 * centre + copy, 1)) for copy in range(4))]
    random.Random(5).shuffle(texts)
    return texts


def chain(length: int = 40) -> list[str]:
    """Each document differs a little from the one before, and the ends have nothing in common."""
    stream = words(7, 120 + 6 * length)
    return [" ".join(stream[6 * at : 6 * at + 120]) for at in range(length)]


@pytest.mark.parametrize("mode", ["checked", "components"])
def test_stars(dedup: Dedup, mode: str) -> None:
    found = dedup("minhash", documents(stars()), mode=mode)
    assert len(found.kept) == 40
    sizes = sorted(found.column("cluster_size"))
    assert sizes == [1] * 30 + [5] * 50
    by_cluster: dict[str, list[int]] = {}
    for cluster, rank in zip(found.column("cluster"), found.column("rank"), strict=True):
        by_cluster.setdefault(cluster, []).append(rank)
    assert sorted(map(sorted, by_cluster.values())) == [[0]] * 30 + [[0, 1, 2, 3, 4]] * 10
    similar = [s for s in found.column("similarity") if s is not None]
    assert len(similar) == 40
    assert all(0.75 <= s < 1 for s in similar)
    ids = found.column("id")
    for id, cluster, rank, similarity in zip(
        ids, found.column("cluster"), found.column("rank"), found.column("similarity"), strict=True
    ):
        assert (rank == 0) == (id == cluster) == (similarity is None)


@pytest.mark.parametrize("mode", ["checked", "components"])
@pytest.mark.parametrize("name", ["stars", "chain", "identical"])
def test_shards_do_not_matter(dedup: Dedup, mode: str, name: str) -> None:
    texts = {
        "stars": stars,
        "chain": chain,
        "identical": lambda: ["one and the same text, word for word"] * 90,
    }[name]()
    table = documents(texts)
    whole = dedup("minhash", table, mode=mode).table
    assert max(whole.column("rank").to_pylist()) > 0
    for shards in (3, 7):
        assert dedup("minhash", table, mode=mode, shards=shards).table.equals(whole)


def test_chain_is_one_component_but_several_stars(dedup: Dedup) -> None:
    table = documents(chain())
    joined = dedup("minhash", table, mode="components")
    assert len(joined.kept) == 1
    checked = dedup("minhash", table, mode="checked")
    assert len(checked.kept) > 10
    assert min(s for s in checked.column("similarity") if s is not None) >= 0.75
    rejected = checked.edges()
    assert rejected
    assert all(edge["similarity"] < 0.75 and edge["reason"] == "rejected" for edge in rejected)


def test_identical_documents_are_one_star_without_comparisons(dedup: Dedup) -> None:
    found = dedup("minhash", documents(["one and the same text, word for word"] * 5000))
    assert len(found.kept) == 1
    assert found.column("cluster_size") == [5000] * 5000
    assert found.column("rank") == list(range(5000))
    assert set(found.column("similarity")) == {None, 1.0}
    assert found.summed("compared") == 0


def test_short_texts_are_never_duplicates(dedup: Dedup) -> None:
    for mode in ("checked", "components"):
        assert (
            len(dedup("minhash", documents(["four words and none"[:-5]] * 20 + [""] * 5), mode=mode).kept)
            == 25
        )
    assert len(dedup("minhash", documents([]), mode="checked").kept) == 0


@pytest.mark.parametrize("mode", ["checked", "components"])
def test_survivor_orders(dedup: Dedup, mode: str) -> None:
    base = words(3)
    texts = [" ".join(edited(base, copy, 1)) + " end" * (copy == 2) for copy in range(4)]
    table = documents(
        texts,
        date=["2024-01-02", None, "2024-01-01T23:00:00Z", "2024-01-02T00:00:01Z"],
        **{
            "quality.score": [0.5, None, float("nan"), 0.5],
            "quality.count": pa.array([3, 9, None, 9], pa.int64()),
        },
    )

    def order(survivor: str) -> list[int]:
        rank: list[int] = dedup("minhash", table, mode=mode, survivor=survivor).column("rank")
        return sorted(range(4), key=lambda document: rank[document])

    assert order("first") == [0, 1, 2, 3]
    assert order("newest") == [3, 0, 2, 1]
    assert order("signal:quality.score") == [0, 3, 1, 2]
    assert order("signal:quality.count") == [1, 3, 0, 2]
    assert order("longest")[0] == 2
    assert order("reference")[0] in range(4)
    for wrong in ("oldest", "signal:quality.none", "signal:date"):
        with pytest.raises(RecipeError):
            order(wrong)


def test_by_deduplicates_within_groups(dedup: Dedup) -> None:
    text = " ".join(words(1))
    dumps = ["a", "b", "a", None, "b", None, "c"]
    table = documents([text] * 7, dump=dumps)
    for name, given in [("minhash", {}), ("minhash", {"mode": "components"}), ("exact", {})]:
        found = dedup(name, table, by="dump", shards=2, **given)
        assert found.column("rank") == [0, 0, 1, 0, 1, 1, 0]
    with pytest.raises(RecipeError, match="no column crawl"):
        dedup("minhash", table, by="crawl")


@pytest.mark.parametrize("mode", ["checked", "components"])
def test_older_runs_come_first_and_stay(dedup: Dedup, mode: str) -> None:
    old, new, newer = words(1), words(2), words(3)
    older = [
        pa.table(
            {
                "id": [f"a{n:031x}" for n in range(3)],
                "text": [" ".join(old), " ".join(old), " ".join(words(9))],
            }
        ),
        pa.table(
            {"id": [f"b{n:031x}" for n in range(2)], "text": [" ".join(edited(old, 1, 1)), " ".join(new)]}
        ),
    ]
    texts = [" ".join(edited(old, 2, 1)), " ".join(newer), " ".join(edited(new, 3, 1)), " ".join(newer)]
    found = dedup("minhash", documents(texts), mode=mode, against=older, survivor="longest", shards=2)
    assert found.column("cluster") == [f"{'a':0<32}", f"{1:032x}", f"b{1:031x}", f"{1:032x}"]
    assert [rank > 0 for rank in found.column("rank")] == [True, False, True, True]
    assert all(s is None or s >= 0.75 for s in found.column("similarity"))


def test_candidates_are_bounded_and_counted(dedup: Dedup) -> None:
    # one band of one row: many candidates that are not alike
    common = words(1, 60)
    texts = [" ".join(common + words(100 + copy, 60)) for copy in range(80)]
    wide = {"bands": 40, "rows": 1, "threshold": 0.9}
    free = dedup("minhash", documents(texts), **wide)
    assert free.summed("capped") == 0
    assert free.summed("compared") > 1000
    bounded = dedup("minhash", documents(texts), max_candidates=5, **wide)
    assert bounded.summed("capped") > 60
    assert bounded.context.summary == {name: bounded.summed(name) for name in ("compared", "capped")}
    assert bounded.summed("compared") <= 5 * 80
    assert len(bounded.kept) == 80


def test_components_measure_a_sample_unless_told_not_to(dedup: Dedup) -> None:
    measured = dedup("minhash", documents(stars()), mode="components")
    assert {edge["reason"] for edge in measured.edges()} == {"sample"}
    assert len(measured.edges()) == 40
    plain = dedup("minhash", documents(stars()), mode="components", evidence=False)
    assert plain.edges() == []
    assert set(plain.column("similarity")) == {None}
    assert plain.column("rank") == measured.column("rank")


def test_exact(dedup: Dedup) -> None:
    texts = ["a b", "A  B", "a b", "", "", "c"]
    assert dedup("exact", documents(texts)).column("rank") == [0, 0, 1, 0, 1, 0]
    folded = dedup("exact", documents(texts), normalise="lower-space", shards=3)
    assert folded.column("rank") == [0, 1, 2, 0, 1, 0]
    assert folded.column("similarity") == [None, 1.0, 1.0, None, 1.0, None]
    newest = documents(texts, date=["2020-01-01", "2021-01-01", "2022-01-01", None, "2000-01-01", ""])
    assert dedup("exact", newest, survivor="newest").column("rank") == [1, 0, 0, 1, 0, 0]
    forms = documents(["one"] * 5, date=["2021-01-01", "2022", "20220301", "20080430204825", "1 March 2023"])
    assert dedup("exact", forms, survivor="newest").column("rank") == [2, 1, 0, 3, 4]
    with pytest.raises(RecipeError):
        dedup("exact", documents(texts), survivor="reference")


def test_duplicate_id(dedup: Dedup) -> None:
    table = pa.table({"id": ["x", "y", "x", "y", "x", "z"], "text": list("abcdef")})
    found = dedup("duplicate_id", table, shards=2)
    assert found.column("rank") == [0, 0, 1, 1, 2, 0]
    assert found.column("cluster") == ["x", "y", "x", "y", "x", "z"]
