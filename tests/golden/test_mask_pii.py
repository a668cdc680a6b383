"""Which IPv4 addresses are public, and the worked rows of datatrove's formatter."""

from __future__ import annotations

import ipaddress
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tamis.errors import RecipeError
from tamis.ops.mask_pii import mask_pii

RECORDED = json.loads((Path(__file__).parent / "mask_pii" / "addresses.json").read_text("utf-8"))
BLOCKS = [[int(ipaddress.IPv4Address(edge)) for edge in block] for block in RECORDED["not_global"]]
LAST = 2**32 - 1
WORKED = [
    ("v1.2.3.4 10.0.0.1 192.168.1.300", "v22.214.171.124 10.0.0.1 192.168.1.300"),
    ("8.8.8.888 1234.1.1.1", "22.214.171.1248 1126.96.36.199"),
    ("1.2.3.4.5.6.7.8", "22.214.171.124.126.96.36.199"),
    ("2023.10.11.12 01.2.3.4 100.64.0.1", "2023.10.11.12 01.2.3.4 100.64.0.1"),
    ("邮箱bob@x.com。 é@x.com x@localhost", "邮箱bob@x.com。 é@x.com x@localhost"),
    ("http://x.com/p?u=bob@x.com", "http://email@example.com"),
    ("user@[8.8.8.8]", "email@example.com"),
    ("a..b@x.com", "a..email@example.com"),
    ("John.Smith@Example.COM", "email@example.com"),
    (
        "mail a.b@x.org, c@y.co and d@z.io; ip 8.8.8.8 10.0.0.1 1.1.1.1 v1.2.3.4",
        "mail email@example.com, firstname.lastname@example.org and email@example.com;"
        " ip 22.214.171.124 10.0.0.1 126.96.36.199 v188.8.131.52",
    ),
]


def masked(texts: list[str], one: str = "", **given: Any) -> list[str]:
    ids = pa.array([one] * len(texts), pa.string())
    found: list[str] = mask_pii(ids, pa.array(texts, pa.large_string()), **given)["text"].to_pylist()
    return found


def fresh_id() -> str:
    """An id whose replacements begin as a fresh formatter's do."""
    wanted = ["email@example.com 22.214.171.124"]
    ids = map(str, range(1000))
    return next(one for one in ids if masked(["a@b.co 8.8.8.8"], one, dialect="fineweb") == wanted)


def test_worked_rows() -> None:
    texts = [text for text, _ in WORKED]
    assert masked(texts, fresh_id(), dialect="fineweb") == [wanted for _, wanted in WORKED]


def test_public_addresses_are_those_of_python() -> None:
    dice = random.Random(1)
    edges = [edge + step for block in BLOCKS for edge in block for step in (-1, 0, 1)]
    numbers = [number for number in edges if 0 <= number <= LAST]
    numbers += [dice.randint(0, LAST) for _ in range(20_000)]
    texts = [f"at {ipaddress.IPv4Address(number)}!" for number in numbers]
    hidden = [text != left for text, left in zip(texts, masked(texts, mode="remove"), strict=True)]
    private = [any(first <= number <= last for first, last in BLOCKS) for number in numbers]
    assert hidden == [not one for one in private]
    assert 0 < sum(private) < len(private)


def test_the_result_depends_on_the_id_alone() -> None:
    texts = [f"user{number}@site.org and 9.9.9.{number}" for number in range(50)]
    ids = pa.array([f"{number:032x}" for number in range(50)])
    forward = mask_pii(ids, pa.array(texts, pa.large_string()))["text"].to_pylist()
    backward = mask_pii(ids[::-1], pa.array(texts[::-1], pa.large_string()))["text"].to_pylist()
    assert forward == backward[::-1]
    assert len(set(forward)) == 12
    assert not any("user" in text or "9.9.9" in text for text in forward)


def test_masking_again_changes_nothing_of_what_was_found() -> None:
    text = "bob@x.com 8.8.8.8 v1.2.3.4 10.0.0.1"
    for given in ({"mode": "remove"}, {"mode": "hash", "salt": "pepper"}):
        [once] = masked([text], **given)
        assert masked([once], **given) == [once]
        assert "bob" not in once
        assert "8.8.8.8" not in once
        assert "v1.2.3.4 10.0.0.1" in once


def test_ipv6_is_known_to_our_dialect_alone() -> None:
    text = "2001:4860:4860::8888 and 2001:4860:4860:0:0:0:0:8888, fe80::1, 2001:db8::5"
    assert masked([text], dialect="fineweb") == [text]
    assert masked([text]) == ["2001:db8::1 and 2001:db8::1, fe80::1, 2001:db8::5"]
    [once] = masked([text], mode="hash", salt="pepper")
    left, _and, right, *_rest = once.split()
    assert left.startswith("<ip:")
    assert left == right.rstrip(",")


ALL = dict.fromkeys(("phone", "resident_id", "card", "iban", "secret"), True)


def test_other_categories_are_asked_for() -> None:
    text = "手机13812345678，身份证11010519491231002X，卡号4111 1111 1111 1111"
    ids, texts = pa.array([""]), pa.array([text], pa.large_string())
    assert mask_pii(ids, texts)["text"].to_pylist() == [text]
    assert mask_pii(ids, texts)["phone_count"].to_pylist() == [None]
    found = mask_pii(ids, texts, **ALL)
    assert found["text"].to_pylist() == ["手机<phone>，身份证<resident_id>，卡号<card>"]
    assert [found[f"{name}_count"].to_pylist() for name in ("phone", "iban", "email")] == [[1], [0], [0]]
    off = mask_pii(ids, pa.array(["bob@x.com 8.8.8.8"], pa.large_string()), email=False, ip=False)
    assert off["text"].to_pylist() == ["bob@x.com 8.8.8.8"]
    assert off["email_count"].to_pylist() == [None]


def test_masked_numbers_are_not_found_again() -> None:
    text = (
        "手机13812345678，card 4111 1111 1111 1111, IBAN DE89370400440532013000 (415) 555-2671 Tel 030/123456"
    )
    for given in ({"mode": "mask"}, {"mode": "remove"}, {"mode": "hash", "salt": "pepper"}):
        [once] = masked([text], **given, **ALL)
        assert masked([once], **given, **ALL) == [once]
        assert not {"13812345678", "4111", "DE89370400440532013000", "030/123456"} & set(
            once.replace("，", " ").split()
        )


def test_numbers_that_are_set_otherwise_have_equal_hashes() -> None:
    texts = ["手机13812345678", "手机138-1234-5678", "手机１３８１２３４５６７８", "手机13812345679"]
    left, hyphened, wide, other = masked(texts, mode="hash", salt="pepper", phone=True)
    assert left == hyphened == wide != other


def test_equal_addresses_have_equal_hashes() -> None:
    [left, right, other] = masked(["Bob@x.com", "bob@X.com", "eve@x.com"], mode="hash", salt="pepper")
    assert left == right != other
    assert masked(["bob@x.com"], mode="hash", salt="other") != [left]


def test_a_hash_without_salt_is_refused() -> None:
    with pytest.raises(RecipeError, match="salt"):
        masked(["bob@x.com"], mode="hash")
