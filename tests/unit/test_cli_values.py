"""What may follow an option."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from tamis.cli import values


@pytest.mark.parametrize(
    ("kind", "text", "meaning"),
    [
        (values.size, "2GB", 2_000_000_000),
        (values.size, "512MB", 512_000_000),
        (values.size, "1.5 GiB", 1_610_612_736),
        (values.size, "4096", 4096),
        (values.size, "64k", 64_000),
        (values.count, "10_000", 10_000),
        (values.count, "1,000", 1000),
        (values.seed, "0", 0),
        (values.seconds, "2.5s", 2.5),
        (values.share, "0.1", 0.1),
        (values.share, "10%", 0.1),
        (values.share, "1", 1.0),
        (values.count_or_share, "12", 12),
        (values.count_or_share, "0", 0),
        (values.count_or_share, "0.01", 0.01),
        (values.count_or_share, "1%", 0.01),
        (values.names, "a, b", ["a", "b"]),
        (values.names, "", []),
        (values.setting, "gopher_quality.word_count.min=20", ("gopher_quality.word_count.min", 20)),
        (values.setting, "minhash.threshold = 0.8", ("minhash.threshold", 0.8)),
        (values.setting, "language.label.in=['en', 'de']", ("language.label.in", ["en", "de"])),
        (values.setting, "extract.engine=trafilatura", ("extract.engine", "trafilatura")),
        (values.setting, "url_blocklist.lists=/data/ut1", ("url_blocklist.lists", "/data/ut1")),
        (values.setting, "minhash.by=", ("minhash.by", "")),
        (values.setting, "exact.normalise=true", ("exact.normalise", True)),
    ],
)
def test_read(kind: Any, text: str, meaning: Any) -> None:
    assert kind(text) == meaning


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (values.size, "0"),
        (values.size, "-1GB"),
        (values.size, "2 apples"),
        (values.count, "0"),
        (values.count, "1.5"),
        (values.seed, "-1"),
        (values.seconds, "0"),
        (values.share, "0"),
        (values.share, "1.1"),
        (values.share, "101%"),
        (values.count_or_share, "-3"),
        (values.names, "a,,b"),
        (values.setting, "word_count=3"),
        (values.setting, "a.b.c.d=3"),
        (values.setting, "gopher_quality.word_count.min"),
    ],
)
def test_refused(kind: Any, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="'"):
        kind(text)


def test_one_of_names_the_nearest_or_all() -> None:
    chosen = values.one_of("text", "signals", "none")
    assert chosen("none") == "none"
    with pytest.raises(argparse.ArgumentTypeError, match="did you mean signals"):
        chosen("signal")
    with pytest.raises(argparse.ArgumentTypeError, match="one of text, signals, none"):
        chosen("xyz")


def test_the_last_setting_of_a_name_holds() -> None:
    assert values.settings([("a.b", 1), ("c.d", 2), ("a.b", 3)]) == {"a.b": 3, "c.d": 2}
    assert values.settings(None) == {}
