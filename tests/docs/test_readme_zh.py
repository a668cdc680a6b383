"""README.zh.md says what README.md says: the same parts, commands, code, names and links, in the same order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def texts() -> tuple[str, str]:
    return tuple((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))  # type: ignore[return-value]


def paragraphs(text: str) -> list[str]:
    """What stands between blank lines, blocks of code whole; without the link to the other language."""
    parts = re.split(r"\n\n+", FENCE.sub("```", text).strip())
    return [part for part in parts if not re.fullmatch(r"\[[^\]]*\]\(README[.\w]*\.md\)", part)]


def test_code_is_the_same(texts: tuple[str, str]) -> None:
    english, chinese = (FENCE.findall(text) for text in texts)
    assert len(english) > 4
    assert chinese == english


def test_headings_are_at_the_same_places(texts: tuple[str, str]) -> None:
    english, chinese = ([re.match(r"#*", part)[0] for part in paragraphs(text)] for text in texts)  # type: ignore[index]
    assert english.count("##") > 2
    assert chinese == english


def test_commands_names_and_links_are_the_same(texts: tuple[str, str]) -> None:
    for one, other in zip(*map(paragraphs, texts), strict=True):
        for found in (r"`[^`]+`", r"\]\([^)]+\)", r"https?://\S+", r"\b\d[\d.]*\b"):
            assert sorted(re.findall(found, other)) == sorted(re.findall(found, one)), other


def test_each_paragraph_is_chinese(texts: tuple[str, str]) -> None:
    said = [part for part in paragraphs(texts[1]) if part not in ("```", "# tamis")]
    assert len(said) > 10
    assert [part for part in said if not re.search("[\u4e00-\u9fff]", part)] == []


def test_each_names_the_other(texts: tuple[str, str]) -> None:
    assert "](README.zh.md)" in texts[0]
    assert "](README.md)" in texts[1]
