"""Signatures of datatrove 0.10.1 (and April 2024) on small texts, bit for bit."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import pyarrow as pa
import pytest

from tamis import _core
from tamis.corpus.curve import minhash_curve, share
from tamis.models.splittings import load_splittings

BASE = """The old mill stands beside the river, and people still come to see it.
Its wheel has not turned for thirty years, but the stones are dry.
A baker from the village keeps the key, and he opens the door on Sundays.
Children run up the stairs to the top floor and look out over the fields.
With luck you can see herons below the weir, and sometimes an otter.
The mill will be sold next spring, and nobody knows what the buyer wants."""
TEXTS = {
    "B": BASE,
    "B2": BASE.replace("river", "stream").replace("otter", "heron"),
    "N": "On 12/03/2024 at 3.14, 1,000 people; 1|2|300$ — (see [4]) ´x¨ naïve Ünïcode ﬁ.",
    "Z": "今天天气很好，我们去公园散步。公园里有很多花，还有一个小湖！ 你 想 一起 来 吗？",
    "five": "One two three four five",
}
# hash, text, first values of bucket 0, first 16 hex digits of sha256 of all values
WHOLE = """
xxhash64 B 4229360337554958 59609395046128693 102738002068654246 41894962784317430 24103196363274039 4398121669739104 6266955782141713 13509320547542472 896e64d878c86fe6
xxhash64 B2 4229360337554958 59609395046128693 102738002068654246 41894962784317430 37765601616724403 4398121669739104 6266955782141713 13509320547542472 5887174dc5267295
xxhash64 five 699275049159941947 1668490093867446599 889504911880821557 1551604595285391346 383147901504461938 368063453279159230 1189702035984891960 1500586479833668126 8bc5d2926adf1d17
xxhash64 N 90723504614602225 45265831231690363 106774776493737996 425351981580255283 74241004969856435 260204144917259818 618957981775419401 87219868479603647 6506729315313aca
xxhash64 Z 303048759669431718 1932384734157816 211248060775356184 765541364556740402 631142274250282320 675460712395232378 117548654445991213 1353242660289119023 9a7a73be81f71adf
sha1-64 B 86231376541836790 13089992564794500 27acf7da56a91762
sha1-64 B2 86231376541836790 13089992564794500 1e7999e7471d03f2
sha1-64 five 2197995514412817304 764261876401202511 e4f10de0dace9ba5
sha1-64 N 234236050701888196 167971287812162633 5cfb2a398c620d0c
sha1-64 Z 68897134147624928 632562108576285355 254c82b893a6c27b
xxhash32 B 150241989 35369667 10504fe65527d427
sha1-32 B 63111505 31213928 34fcc543a18027d4
era N 400134773641862638 6344892491478017 e7a61818a655602e
era Z 1444921401246039609 1145600578194826887 d8408a6d04185bcf
"""
DATATROVE: dict[str, Any] = {
    "by": None,
    "normalise": "datatrove-0.10",
    "words": "spacy-en",
    "n": 5,
    "hash": "xxhash64",
    "bands": 14,
    "rows": 8,
    "seed": 1,
    "sets": False,
    "signatures": True,
}
ERA = {"normalise": "datatrove-2024", "words": "nltk-3.8.1", "hash": "sha1-64"}


def signature(text: str, **parameters: Any) -> list[int] | None:
    load_splittings(parameters)
    texts = pa.array([text], pa.large_string())
    made = _core.minhash_sketch(texts, **{**DATATROVE, **parameters})
    value: list[int] | None = pa.array(made["signature"])[0].as_py()
    return value


def packed(values: list[int], narrow: bool) -> bytes:
    return struct.pack(f"<{len(values)}{'I' if narrow else 'Q'}", *values)


@pytest.mark.parametrize("line", WHOLE.strip().splitlines(), ids=lambda line: " ".join(line.split()[:2]))
@pytest.mark.parametrize("sets", [False, True])
def test_whole_signature(line: str, sets: bool) -> None:
    kind, text, *first, digest = line.split()
    given = ERA if kind == "era" else {"hash": kind}
    values = signature(TEXTS[text], sets=sets, **given)
    assert values is not None
    assert values[: len(first)] == [int(value) for value in first]
    assert hashlib.sha256(packed(values, kind.endswith("32"))).hexdigest()[:16] == digest


def test_too_few_words_have_no_signature() -> None:
    for text in ["one two three four", "", "?!", " \n"]:
        assert signature(text, sets=True) is None
    assert signature("one two three four", n=4) is not None
    assert signature("abc", words="characters", n=4) is None


@pytest.mark.parametrize(
    ("text", "new", "era"),
    [
        ("1|2|300$", "0 0 0", "0"),
        ("Hello, World! It's 3.14 on Monday.", "hello world it s 0 on monday", "hello world its 0 on monday"),
        (
            TEXTS["N"],
            "on 0 0 0 at 0 0 people 0 0 0 see 0 x¨ naive unicode ﬁ",
            "on 0 at 0 0 people 0  see 0 x¨ naive unicode ﬁ",
        ),
    ],
)
def test_normalisation(text: str, new: str, era: str) -> None:
    texts = pa.array([text], pa.large_string())
    assert pa.array(_core.normalise_texts(texts, dialect="datatrove-0.10")).to_pylist() == [new]
    assert pa.array(_core.normalise_texts(texts, dialect="datatrove-2024")).to_pylist() == [era]


@pytest.mark.parametrize(
    ("name", "text", "count"), [("new", "N", 13), ("new", "Z", 5), ("era", "N", 9), ("era", "Z", 2)]
)
def test_number_of_shingles(name: str, text: str, count: int) -> None:
    given = {**DATATROVE, **(ERA if name == "era" else {}), "sets": True}
    load_splittings(given)
    made = _core.minhash_sketch(pa.array([TEXTS[text]], pa.large_string()), **given)
    assert len(pa.array(made["shingles"])[0]) == count


def test_match_curve() -> None:
    published = {
        (14, 8): {0.5: 0.0533, 0.6: 0.2111, 0.7: 0.5645, 0.75: 0.7716, 0.8: 0.9235, 0.9: 0.9996},
        (20, 450): {0.98: 0.0023, 0.99: 0.1962, 0.995: 0.8908, 0.999: 1.0},
        (9, 13): {0.7: 0.0839, 0.8: 0.3988, 0.9: 0.9286},
        (25, 10): {0.6: 0.1407, 0.7: 0.5115, 0.8: 0.9416},
    }
    for (bands, rows), points in published.items():
        for similarity, expected in points.items():
            assert round(share(similarity, bands, rows), 4) == pytest.approx(expected, abs=1e-4)
            assert _core.minhash_share(similarity, bands, rows) == pytest.approx(
                share(similarity, bands, rows)
            )
    curve = minhash_curve(14, 8)
    assert share(curve.half, 14, 8) == pytest.approx(0.5)
    assert dict(curve.points)[0.75] == pytest.approx(0.7716, abs=1e-4)
