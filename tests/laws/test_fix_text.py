"""A second pass of `fix_text` leaves every text as it is, and what is not suspected is what ftfy leaves alone."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis import _core
from tamis.ops.fix_text import fix_text, load

pytest.importorskip("ftfy", reason="ftfy is not installed (extra `fix`)")

PRESETS = ("encoding", "ftfy")
READ_AS = ["latin-1", "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1257", "mac_roman", "cp437"]
plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
broken = st.builds(
    lambda text, encoding: text.encode().decode(encoding, "replace"), plain, st.sampled_from(READ_AS)
)
entities = st.sampled_from(
    ["&amp;", "&#10;", "&lt;", "&eacute;", "\r", "\x85", "\x1b[1m", "ﬁ", "“", "Ａ", "Â ", "\n"]
)
texts = st.lists(st.one_of(plain, broken, entities), max_size=6).map("".join)


def fixed(rows: list[str], preset: str) -> dict[str, list[Any]]:
    column = pa.array(rows, pa.large_string())
    found = fix_text(column, preset=preset, state=load({"preset": preset}))
    return {name: array.to_pylist() for name, array in found.items()}


@pytest.mark.parametrize("preset", PRESETS)
@settings(max_examples=300)
@given(rows=st.lists(texts, min_size=1, max_size=8))
def test_a_second_pass_changes_nothing(preset: str, rows: list[str]) -> None:
    once = fixed(rows, preset)
    assert once["text_changed"] == [text != done for text, done in zip(rows, once["text"], strict=True)]
    again = fixed(once["text"], preset)
    assert again["text"] == once["text"]
    assert not any(again["text_changed"])


@pytest.mark.parametrize("preset", PRESETS)
@settings(max_examples=300)
@given(rows=st.lists(texts, min_size=1, max_size=8))
def test_what_is_not_suspected_is_left_alone_by_ftfy(preset: str, rows: list[str]) -> None:
    once = load({"preset": preset}).once
    flags = pa.array(_core.suspected_texts(pa.array(rows, pa.large_string()), preset=preset)).to_pylist()
    for text, suspected in zip(rows, flags, strict=True):
        assert suspected or once(text) == text
