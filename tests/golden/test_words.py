"""Words and sentences against what spaCy 3.8.18 and NLTK 3.8.1 answered (scripts/record_words.py)."""

from __future__ import annotations

import gzip
import json
import runpy
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from fuzz_texts import BLOCK, BLOCKS, SEED, fuzz_blocks
from shared_texts import digest, shared_texts, whole_texts

from tamis import _core
from tamis.models import punkt

ROOT = Path(__file__).resolve().parent.parent.parent
REFERENCES = ["spacy-en", "nltk-3.8.1"]
WHOLE = {"spacy-en": "spacy-en", "nltk-3.8.1": "treebank"}
LINES = 20
ARCHIVES = ["web", "html", "sources", "code", "posttrain", "lists", "languages", "docs", "benchmarks"]
WORDS = {
    "spacy-en": {
        "10km 5kg $3.50 €20 3.14 1,000,000 10% 5°C. 2x4 -5 +7 1/2 12:30 a1 3rd v1.2.3": (
            "10 km 5 kg $ 3.50 € 20 3.14 1,000,000 10 % 5 ° C . 2x4 -5 +7 1/2 12:30 a1 3rd v1.2.3"
        ),
        "I can't won't don't gonna it's he'll o'clock y'all rock'n'roll John's dogs' 'tis": (
            "I ca n't wo n't do n't gon na it 's he 'll o'clock y' all rock'n'roll John 's dogs ' ' tis"
        ),
        "Dr. Smith went to Washington D.C. at 5p.m. on Jan. 3rd, e.g. by U.S. rail. Ph.D. etc. end.End": (
            "Dr. Smith went to Washington D.C. at 5 p.m. on Jan. 3rd , e.g. by U.S. rail . Ph.D. etc . end . End"
        ),
        "See http://example.com/a_b?x=1&y=2#f, (https://sub.example.co.uk/) www.x.org. foo@bar.com! and/or a.b.c/d": (
            "See http://example.com/a_b?x=1&y=2#f , ( https://sub.example.co.uk/ ) www.x.org . foo@bar.com ! "
            "and/or a.b.c / d"
        ),
        "state-of-the-art word—dash – en a--b 10-12 x-1 (a)(b)[c]{d} semi;colon a:b 3:4 a=b <tag> a>b": (
            "state - of - the - art word — dash – en a -- b 10 - 12 x-1 ( a)(b)[c]{d } semi;colon a : b 3:4 a = b "
            "< tag > a > b"
        ),
        "“curly” ‘single’ \"straight\" «guill» ``tex'' it’s `a` ...dots… ..x.. !!! ?! $$ ###": (
            "“ curly ” ‘ single ’ \" straight \" « guill » ` ` tex '' it ’s ` a ` ... dots … .. x .. ! ! ! ? ! $ $ # # #"
        ),
        "x:) x:) ) '''' 中文，测试。English混合": "x :) x : ) ) ' '' ' 中文，测试。English混合",
    },
    "nltk-3.8.1": {
        "See http://example.com/a_b?x=1&y=2#f, (https://sub.example.co.uk/) www.x.org. foo@bar.com! and/or a.b.c/d": (
            "See http : //example.com/a_b ? x=1 & y=2 # f , ( https : //sub.example.co.uk/ ) www.x.org . foo @ "
            "bar.com ! and/or a.b.c/d"
        ),
        "state-of-the-art word—dash – en a--b 10-12 x-1 (a)(b)[c]{d} semi;colon a:b 3:4 a=b <tag> a>b": (
            "state-of-the-art word—dash – en a -- b 10-12 x-1 ( a ) ( b ) [ c ] { d } semi ; colon a : b 3:4 a=b "
            "< tag > a > b"
        ),
        "“curly” ‘single’ \"straight\" «guill» ``tex'' it’s `a` ...dots… ..x.. !!! ?! $$ ###": (
            "“ curly ” ‘ single ’ `` straight '' « guill » `` tex '' it ’ s ` a ` ... dots… .. x .. ! ! ! ? ! $ $ # # #"
        ),
        "Mr. Bach cannot gimme 'tis. He'd go.": "Mr. Bach can not gim me 't is . He 'd go .",
    },
}
SENTENCES = {
    "spacy-en": [("", 1), ("  ", 1), ("Hi. ", 1), ("Hi.  ", 2), ("Dr. No. (Yes.) But!? a", 4), ("好。你", 1)],
    "nltk-3.8.1": [("", 0), ("  ", 0), ("Hi.  ", 1), ('He said "No." Then (yes.) he left. e.g. it.', 5)],
}


def column(texts: list[str]) -> pa.Array[Any]:
    return pa.array(texts, pa.large_string())


def words(texts: list[str], name: str) -> pa.Array[Any]:
    return pa.array(_core.split_words(column(texts), words=name))


def joined_words(texts: list[str], name: str) -> list[str]:
    """Joined in Arrow: Python's lists of millions of words would take most of the time."""
    lists = words(texts, name).cast(pa.list_(pa.string()))
    joined: list[str] = pc.binary_join(lists, "\0").to_pylist()
    return joined


def word_digests(texts: list[str], name: str) -> list[str]:
    return [digest(joined, 8) for joined in joined_words(texts, name)]


def sentences(texts: list[str], name: str) -> list[int]:
    counts: list[int] = pa.array(_core.count_sentences(column(texts), sentences=name)).to_pylist()
    return counts


@pytest.fixture(scope="module", params=REFERENCES)
def recorded(request: pytest.FixtureRequest) -> dict[str, Any]:
    path = Path(__file__).parent / "text" / f"{request.param}.json.gz"
    return {"name": request.param, **json.loads(gzip.decompress(path.read_bytes()))}


@pytest.fixture(scope="module")
def fuzzed() -> list[list[str]]:
    return list(fuzz_blocks())


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in REFERENCES for text in WORDS[name]])
def test_words_of_worked_examples(name: str, text: str) -> None:
    assert " ".join(words([text], name).to_pylist()[0]) == WORDS[name][text]


@pytest.mark.parametrize("name", REFERENCES)
def test_sentences_of_worked_examples(name: str) -> None:
    texts = [text for text, _ in SENTENCES[name]]
    assert list(zip(texts, sentences(texts, name), strict=True)) == SENTENCES[name]


def test_fuzzed_strings(recorded: dict[str, Any], fuzzed: list[list[str]]) -> None:
    name = recorded["name"]
    fuzz = recorded["fuzz"]
    assert (fuzz["seed"], fuzz["block"], len(fuzz["digests"])) == (SEED, BLOCK, BLOCKS)
    for number, (texts, expected) in enumerate(zip(fuzzed, fuzz["digests"], strict=True)):
        found = [
            digest("\n".join(word_digests(texts, name))),
            digest("\n".join(word_digests(texts, WHOLE[name]))),
            digest("\n".join(map(str, sentences(texts, name)))),
        ]
        assert found == expected, f"block {number} (words, words without sentences, sentences)"


def rows(texts: list[str], name: str) -> list[str]:
    """The rows of scripts/record_words.py."""
    counts = pa.array(_core.count_words(column(texts), words=name)).to_pylist()
    parts = [word_digests(texts, name), map(str, counts)]
    if WHOLE[name] != name:
        parts.append(word_digests(texts, WHOLE[name]))
    lines = [text.splitlines()[:LINES] for text in texts]
    numbers = iter(sentences([line for some in lines for line in some], name))
    by_text = ["\0".join(map(str, islice(numbers, len(some)))) for some in lines]
    parts.append([digest(joined, 8) for joined in by_text])
    return [":".join(row) for row in zip(*parts, strict=True)]


@pytest.fixture(scope="module")
def shared(shared_data: Callable[[str], Path]) -> dict[str, str]:
    folder = [shared_data(archive) for archive in ARCHIVES][-1]
    return {digest(text): text for text in shared_texts(folder)}


def test_shared_texts(recorded: dict[str, Any], shared: dict[str, str]) -> None:
    known = recorded["shared"]
    texts = {key: text for key, text in shared.items() if key in known}
    assert len(texts) == len(known) > 7_000
    different = []
    keys = list(texts)
    for start in range(0, len(keys), 256):
        some = keys[start : start + 256]
        found = rows([texts[key] for key in some], recorded["name"])
        different += [key for key, row in zip(some, found, strict=True) if row != known[key]]
    assert not different


@pytest.mark.slow
def test_whole_files(shared_data: Callable[[str], Path]) -> None:
    """Words of long files up to 100,000 characters, and of packed ones, as spaCy splits each text alone."""
    path = Path(__file__).parent / "text" / "spacy-en-whole.json.gz"
    known = json.loads(gzip.decompress(path.read_bytes()))["shared"]
    folder = [shared_data(archive) for archive in ARCHIVES][-1]
    met, different = set(), []
    for text in whole_texts(folder):
        key = digest(text)
        if key not in known:
            continue
        met.add(key)
        [joined] = joined_words([text], "spacy-en")
        [count] = pa.array(_core.count_words(column([text]), words="spacy-en")).to_pylist()
        if f"{digest(joined, 8)}:{count}" != known[key]:
            different.append(key)
    assert len(met) == len(known) > 2_000
    assert not different


def test_whitespace_is_python_split(fuzzed: list[list[str]]) -> None:
    texts = [text for block in fuzzed[:20] for text in block]
    assert words(texts, "whitespace").to_pylist() == [text.split() for text in texts]


def test_fasttext_splits_at_ascii_blanks() -> None:
    assert words(["a\u00a0b\tc\x1cd\x00e\n\n f\r"], "fasttext").to_pylist() == [
        ["a\u00a0b", "c\x1cd", "e", "f"]
    ]


def test_punkt_parameters_are_those_of_the_pickle() -> None:
    path = Path(__file__).parent / "text" / "nltk-3.8.1.json.gz"
    assert json.loads(gzip.decompress(path.read_bytes()))["punkt"] == punkt.DIGEST


def test_missing_punkt_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['punkt'] = None\n"
        "import pyarrow as pa; from tamis import _core, errors\n"
        "try: _core.split_words(pa.array(['a'], pa.large_string()), words='nltk-3.8.1')\n"
        "except errors.TamisError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'tamis[nltk]'" in done.stdout


def test_unknown_splitting_is_refused() -> None:
    with pytest.raises(_core.KernelError, match="unknown_splitting"):
        _core.split_words(column(["a"]), words="spacy")


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the table is that of Python 3.11")
def test_table_of_characters_is_this_python() -> None:
    module = runpy.run_path(str(ROOT / "scripts/make_unicode_tables.py"))
    assert module["TARGET"].read_text(encoding="ascii") == module["table"]()
