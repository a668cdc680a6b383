"""Hosts, registered domains and verdicts on URLs against what tldextract and datatrove's URLFilter recorded."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from listed_hosts import BLOCK, listed_urls
from odd_urls import COUNT, LISTS, SEED, odd_urls
from verdicts import failing_rule

from tamis import _core
from tamis.ops.url_blocklist import url_blocklist

REASONS = {
    "domain_listed": "domain",
    "subdomain_listed": "subdomain",
    "url_listed": "url",
    "hard_word_count": "hard_blacklisted",
    "soft_word_count": "soft_blacklisted",
    "subword_count": "blacklisted_subword",
}


@cache
def recorded() -> dict[str, Any]:
    path = Path(__file__).parent / "url_blocklist" / "urls.json.gz"
    loaded: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return loaded


def listed() -> _core.UrlBlocklist:
    lines = {name: "\n".join(entries) for name, entries in LISTS.items()}
    return _core.UrlBlocklist(
        domains=[lines["extra_domains"].encode()],
        urls=[lines["extra_urls"].encode()],
        banned_words=lines["banned_words"],
        soft_words=lines["soft_banned_words"],
        banned_subwords=lines["banned_subwords"],
    )


def test_odd_urls() -> None:
    kept = recorded()["odd"]
    assert (kept["seed"], kept["count"]) == (SEED, COUNT)
    urls = list(odd_urls())
    assert len(urls) == len(kept["rows"]) > COUNT
    columns = {
        name: column.to_pylist()
        for name, column in url_blocklist(pa.array(urls, pa.string()), state=listed()).items()
    }
    reasons = set()
    for number, (url, (host, theirs)) in enumerate(zip(urls, kept["rows"], strict=True)):
        assert " ".join(_core.url_host(url)) == host, url
        row = {name: values[number] for name, values in columns.items()}
        rule = failing_rule("fineweb-head", "url_blocklist", row)
        assert REASONS.get(rule, "") == theirs, url
        reasons.add(theirs)
    assert reasons == {"", *REASONS.values()}


def test_hosts_of_real_lists(shared_data: Callable[[str], Path]) -> None:
    urls = list(listed_urls(shared_data("lists")))
    assert len(urls) > 50_000
    blocks = [urls[at : at + BLOCK] for at in range(0, len(urls), BLOCK)]
    answers = ["\n".join(" ".join(_core.url_host(url)) for url in block) for block in blocks]
    assert [hashlib.blake2b(answer.encode(), digest_size=8).hexdigest() for answer in answers] == recorded()[
        "listed"
    ]
