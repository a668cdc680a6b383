"""Addresses, numbers and keys that `mask_pii` took out of kept documents stand in nothing that a run shows or gives away."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import tamis

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from detector_cases import account, card_number, resident
from detector_keys import KEYS

RECIPE = """name = "masked"
[[step]]
op = "extract"
[[step]]
op = "c4_lines"
min_words_per_line = 1
end_marks = false
[[step]]
op = "minhash"
mode = "checked"
threshold = 0.6
words = "whitespace"
bands = 20
rows = 4
keep = [{ signal = "rank", max = 0 }]
[[step]]
op = "drop_columns"
columns = ["title"]
[[step]]
op = "mask_pii"
phone = true
resident_id = true
card = true
iban = true
secret = true
[[step]]
op = "document_safety"
"""
PAGES = 24
DUPLICATES = 3
WORDS = "the river of a mill in our garden by that bridge and market with harbour or tower on forest".split()
# A line with the word is cut before addresses are masked: only the text that came has its address.
CUT = "This page needs javascript, or write to"


def addresses(number: int) -> list[str]:
    return [
        f"person{number}@mail{number}.com",
        f"cut{number}@lines{number}.org",
        f"81.2.{number}.{number + 100}",
    ]


def others(number: int) -> list[str]:
    """What else is masked: each drawn for its page, as a detector wants it."""
    dice = random.Random(f"others {number}")
    tail = f"{dice.randint(0, 9999):04}"
    return [
        f"+44 20 7946 {tail}",
        f"1381{dice.randint(200, 999)}{tail}",
        f"010-6278{tail}",
        resident(dice),
        card_number(dice),
        account(dice),
        KEYS["github_token"][0](dice),
        KEYS["aws_key_id"][0](dice),
    ]


def page(number: int) -> str:
    mail, cut, ip = addresses(number)
    draw = random.Random(number)
    told = "".join(f"<p>{' '.join(draw.choices(WORDS, k=12)).capitalize()}.</p>" for _ in range(8))
    told += "<p>Numbers: tel {}, 手机{}，座机{}，身份证{}，card {}, IBAN {}, keys {} and {} here.</p>".format(
        *others(number)
    )
    return (
        f"<html><head><title>Write to {mail}</title></head><body><article><h1>Page {number}</h1>{told}<p>Ask {mail} about it, or look at {ip} yourself.</p>"
        f"<p>{CUT} {cut} for help.</p></article></body></html>"
    )


@pytest.fixture
def refine(tmp_path: Path) -> Callable[..., Any]:
    pages = tmp_path / "pages"
    pages.mkdir()
    for number in range(PAGES):
        (pages / f"{number:03d}.html").write_text(page(number), "utf-8")
    for number in range(DUPLICATES):
        # Longer documents come first: the kept one of the pair is the page.
        (pages / f"{number + 500}.html").write_text(
            page(number).replace(f"<h1>Page {number}</h1>", ""), "utf-8"
        )
    (tmp_path / "r.toml").write_text(RECIPE)

    def run(name: str, **options: Any) -> Any:
        return tamis.run(tmp_path / "r.toml", pages, tmp_path / name, workers=1, fsync=False, **options)

    return run


def said(path: Path) -> str:
    """All that a file holds; Parquet decoded, all columns."""
    if path.suffix == ".parquet":
        return json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False)
    return path.read_bytes().decode("utf-8", "replace")


def rows(folder: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_masked_addresses_are_nowhere(refine: Callable[..., Any], tmp_path: Path) -> None:
    run = refine("out")
    # Not those of pages of which a copy was removed: its text stays as it is.
    looked = [one for number in range(DUPLICATES, PAGES) for one in (*addresses(number), *others(number))]
    names = ["email", "ip", "phone", "resident_id", "card", "iban", "secret"]
    counts = [[row[f"mask_pii.{name}_count"] for name in names] for row in rows(run.path / "kept")]
    assert counts == [[1, 1, 3, 1, 1, 1, 2]] * PAGES
    # What was masked is no secret any more.
    assert {row["document_safety.secret_count"] for row in rows(run.path / "kept")} == {0}
    exported = [tmp_path / "kept.parquet", tmp_path / "kept.jsonl"]
    assert [tamis.export(run.path, path) for path in exported] == [PAGES, PAGES]
    files = [path for role in ("kept", "clusters", "report") for path in (run.path / role).iterdir()]
    assert {path.parent.name for path in files} == {"kept", "clusters", "report"}
    for path in [*files, *exported]:
        text = said(path)
        assert len(text) > 200, path
        assert [address for address in looked if address in text] == [], path
    # What the search would find, it does find where texts lie as they came.
    came = "".join(said(path) for path in (run.path / "originals").iterdir())
    assert [address for address in looked if address not in came] == []


def test_the_report_shows_edits_with_addresses_covered(refine: Callable[..., Any]) -> None:
    run = refine("out")
    stored = pq.read_table(run.path / "report" / "examples.parquet").to_pylist()
    edited = [row for row in stored if row["side"] == "kept" and row["before"] is not None]
    assert len(edited) > 10
    for row in edited:
        mail, cut, ip = (
            "\N{FULL BLOCK}" * len(one) for one in addresses(int(row["input"].split("/")[-1][:-5]))
        )
        assert f"Ask {mail} about it, or look at {ip} yourself." in row["before"]
        assert f"{CUT} {cut} for help." in row["before"]
        assert CUT not in row["text"]
        assert row["before_chars"] >= len(row["before"])


def test_without_the_operators_no_text_before(refine: Callable[..., Any]) -> None:
    from tamis.report.data import data

    _parts, table = data(refine("out").path)
    sides = table["side"].to_pylist()
    assert sides.count("kept") == PAGES
    assert set(table["before"].to_pylist()) == {None}


def test_a_review_shows_texts_as_they_came_with_addresses_covered(
    refine: Callable[..., Any], tmp_path: Path
) -> None:
    """Also those of copies, which were removed before anything was masked: else they would be told by it."""
    found = tamis.review(refine("out").path, 1_000, "minhash.rank", tmp_path / "sheet.csv")
    assert found["rules"][0]["rows"] == {"past": DUPLICATES, "within": PAGES}
    assert found["notes"] == []
    sheet = said(tmp_path / "sheet.csv")
    assert sheet.count(f"{CUT} ") == PAGES + DUPLICATES
    assert [one for number in range(PAGES) for one in addresses(number) if one in sheet] == []
