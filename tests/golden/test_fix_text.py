"""`fix_text` decides as ftfy does: on generated mojibake, on the shared texts, on ftfy's own cases."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from runpy import run_path
from typing import Any

import pyarrow as pa
import pytest
from fuzz_texts import fuzz_block
from odd_texts import odd_texts
from shared_texts import digest, shared_texts, whole_texts

from tamis import _core
from tamis.op import find
from tamis.ops.fix_text import fix_text, load

ftfy = pytest.importorskip("ftfy", reason="ftfy is not installed (extra `fix`)")
from ftfy.badness import BADNESS_RE, badness  # noqa: E402
from ftfy.chardata import CHARMAP_ENCODINGS  # noqa: E402

PRESETS = ("encoding", "ftfy")
ENCODINGS_ALONE = {
    "unescape_html": False,
    "remove_terminal_escapes": False,
    "fix_latin_ligatures": False,
    "fix_character_width": False,
    "uncurl_quotes": False,
    "fix_line_breaks": False,
    "fix_surrogates": False,
    "remove_control_chars": False,
    "normalization": None,
}
SENTENCES = [
    "Schöne Grüße aus Köln – “ganz” ohne Ärger…",
    "Voilà l’été, à la crème brûlée; où ça? «là-bas» 10 €",
    "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "Zażółć gęślą jaźń",
    "Съешь ещё этих мягких французских булок — №5",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "İstanbul'da güneşli bir gün, ığşçöü",
    "דג סקרן שט בים מאוכזב ולפתע מצא חברה",
    "نص حكيم له سر قاطع وذو شأن عظيم",
    "今天天气很好，我们去公园吧。“走！”",
    "色は匂へど散りぬるを、我が世誰ぞ。",
    "키스의 고유조건은 입술끼리 만나야 하고",
    "เป็นมนุษย์สุดประเสริฐ 😀👍🏽",
]


def fixed(texts: list[str], preset: str = "encoding") -> dict[str, list[Any]]:
    column = pa.array(texts, pa.large_string())
    found = fix_text(column, preset=preset, state=load({"preset": preset}))
    return {name: array.to_pylist() for name, array in found.items()}


def suspected(texts: list[str], preset: str = "encoding") -> list[bool]:
    flags: list[bool] = pa.array(
        _core.suspected_texts(pa.array(texts, pa.large_string()), preset=preset)
    ).to_pylist()
    return flags


def reference(text: str, preset: str) -> str:
    """What ftfy makes of a text."""
    done: str = ftfy.fix_text(text, **(ENCODINGS_ALONE if preset == "encoding" else {}))
    return done


def mojibake() -> Iterator[tuple[str, str]]:
    """Sentences in UTF-8 read in each of ftfy's encodings, once and twice, alone and between honest lines."""
    for sentence in SENTENCES:
        for encoding in CHARMAP_ENCODINGS:
            once = sentence.encode().decode(encoding, "replace")
            yield sentence, once
            yield sentence, once.encode().decode("sloppy-windows-1252")
            yield f"Eins.\n{sentence}\nDrei.", f"Eins.\n{once}\nDrei."
            yield sentence, once.replace("\xa0", " ")


def glued() -> Iterator[str]:
    """Characters of mojibake thrown together, from a seed."""
    dice = Random(1)
    characters = sorted({one for text in mojibake() for one in text[1]}) + list(" \n aZ&;<") * 8
    for _ in range(5_000):
        yield "".join(characters[int(dice.random() * len(characters))] for _ in range(12))


@pytest.mark.parametrize("preset", PRESETS)
def test_generated_mojibake_is_repaired_as_by_ftfy(preset: str) -> None:
    pairs = list(mojibake())
    broken = [text for _, text in pairs]
    found = fixed(broken, preset)
    assert found["text"] == [reference(text, preset) for text in broken]
    assert found["text_changed"] == [text != done for text, done in zip(broken, found["text"], strict=True)]
    assert found["mojibake_count"] == [sum(map(badness, text.split("\n"))) for text in broken]
    whole = sum(done == sentence for (sentence, _), done in zip(pairs, found["text"], strict=True))
    assert whole > (0.6 if preset == "encoding" else 0.3) * len(pairs)


@pytest.mark.parametrize("preset", PRESETS)
def test_adversarial_texts_and_a_second_pass(preset: str) -> None:
    texts = [*odd_texts(), *fuzz_block(0), *glued(), *(text for _, text in mojibake())]
    texts += ["&amp;#10;&lt;b&gt;\r&amp;amp;", "\r\x85\u2028", "ﬁ\x1b[31mＡ“’", "a\r\nb"]
    once = fixed(texts, preset)["text"]
    passes = [reference(text, preset) for text in texts]
    differ = [at for at in range(len(texts)) if once[at] != passes[at]]
    assert all(reference(passes[at], preset) != passes[at] for at in differ), "ftfy itself had not ended"
    assert len(differ) < len(texts) / 100
    again = fixed(once, preset)
    assert again["text"] == once
    assert not any(again["text_changed"])
    assert any(text != done for text, done in zip(texts, once, strict=True))


def test_what_ftfy_finds_is_suspected_whatever_the_character() -> None:
    """Its expression asks for classes of characters that Python and Rust draw differently: all are tried."""
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    tried = 0
    for before, after in (
        ("", ""),
        ("é»", ""),
        ("", "Â£"),
        ("œ", ""),
        ("aÃ", " "),
        ("ГўВЂВ", "a"),
        ("", "¬"),
        ("a", "¤"),
    ):
        texts = [before + one + after for one in every]
        bad = [bool(BADNESS_RE.search(text)) for text in texts]
        missed = [
            text
            for text, is_bad, found in zip(texts, bad, suspected(texts), strict=True)
            if is_bad and not found
        ]
        assert missed == []
        tried += sum(bad)
    assert tried > 300_000


def test_the_table_says_what_the_package_says() -> None:
    """The committed table is that of the version that the tests run with."""
    root = Path(__file__).resolve().parents[2]
    table = (root / "crates/tamis-core/src/transforms/tables/mojibake.txt").read_text("utf-8")
    version = re.search(r"ftfy ([\d.]+)", table)
    assert version is not None
    if ftfy.__version__ != version[1]:
        pytest.skip(f"the table is of ftfy {version[1]}, here is {ftfy.__version__}")
    made = run_path(str(root / "scripts" / "make_mojibake_table.py"))
    assert table == made["HEADER"] + "".join(line + "\n" for line in made["alternatives"](BADNESS_RE.pattern))


@pytest.mark.slow
def test_shared_texts(shared_data: Callable[[str], Path]) -> None:
    texts = list(shared_texts(shared_data("web")))
    assert len(texts) > 1000
    found = fixed(texts)
    assert found["text"] == [reference(text, "encoding") for text in texts]
    assert 0 < sum(found["text_changed"]) < len(texts) / 100


def test_chinese_and_japanese_stay_as_they_are(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("languages")
    books = sorted((folder / "aozora_ja").rglob("*.txt"))
    texts = [path.read_bytes().decode("cp932", "replace") for path in books]
    texts += [
        text
        for name in ("chinese_poetry_zh", "chinese_webtext")
        for read in (shared_texts, whole_texts)
        for text in read(folder / name)
    ]
    assert sum(map(len, texts)) > 1_000_000
    found = fixed(texts)
    changed = [
        text for text, done in zip(texts, found["text"], strict=True) if text.encode() != done.encode()
    ]
    assert [text[:40] for text in changed] == []
    assert sum(text != reference(text, "ftfy") for text in texts) > 10, "all defaults would have changed them"


def test_cases_of_ftfy() -> None:
    """The cases lie in ftfy's repository; `scripts/record_fix_text.py` says where."""
    recorded = json.loads((Path(__file__).parent / "fix_text" / "cases.json").read_text("utf-8"))
    given = os.environ.get("TAMIS_FTFY_CASES")
    if not given:
        pytest.skip("ftfy's own test cases are not here: TAMIS_FTFY_CASES names the folder")
    from ftfy_cases import cases

    texts = list(cases(Path(given)))
    columns = {preset: fixed(texts, preset) for preset in PRESETS}
    flags = suspected(texts)
    compared = 0
    for at, text in enumerate(texts):
        count, encoding, whole = recorded["cases"][digest(text)]
        assert flags[at] >= (count > 0)
        if columns["encoding"]["text_changed"][at] or flags[at]:
            assert columns["encoding"]["mojibake_count"][at] == count
        assert digest(columns["encoding"]["text"][at]) == encoding
        assert digest(columns["ftfy"]["text"][at]) == whole
        compared += 1
    assert compared == len(recorded["cases"])


@pytest.mark.parametrize("preset", PRESETS)
def test_marks_are_the_values(preset: str) -> None:
    op = find("fix_text")
    assert op is not None
    assert op.mark is not None
    texts = [text for _, text in mojibake()] + ["", "clean", "\x93a\n\x94b"]
    found = fixed(texts, preset)
    parameters = {"preset": preset}
    for name in ("mojibake_count", "text_changed"):
        for text, value in zip(texts, found[name], strict=True):
            spans, numerator, denominator = op.mark(text, name, parameters)
            assert numerator / denominator == value
            assert len(spans) == found["mojibake_count"][texts.index(text)]
            assert all(badness(text[start:end]) or "\n" in text for start, end in spans)
    spans, _, _ = op.mark("\x93a\n\x94b", "mojibake_count", parameters)
    assert spans == [(0, 1), (3, 4)]
