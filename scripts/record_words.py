"""Record what the reference tokenizers answer: tests/golden/text/{spacy-en,nltk-3.8.1,spacy-en-whole}.json.gz.

    python scripts/record_words.py spacy-en FOLDER      (datatrove 0.10.1, spacy 3.8.18)
    python scripts/record_words.py nltk-3.8.1 FOLDER    (datatrove 0.2.0, nltk 3.8.1 with its punkt pickle)
    python scripts/record_words.py spacy-en-whole FOLDER            (spacy 3.8.18; words of longer files, 7 minutes)

FOLDER holds the unpacked shared inputs. Of their texts only digests and counts are written.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/golden"))

from fuzz_texts import BLOCK, SEED, fuzz_blocks  # noqa: E402
from shared_texts import digest, digest_strings, shared_texts, whole_texts  # noqa: E402

LINES = 20
PUNKT_PICKLE = "5cad3758596392364e3be9803dbd7ebeda384b68937b488a01365f5551bb942c"
Split = Callable[[str], list[str]]
Count = Callable[[str], int]


def spacy_en() -> tuple[dict[str, str], Split, Split, Count]:
    from datatrove.utils.text import split_into_sentences, split_into_words

    versions = {"datatrove": "0.10.1", "spacy": "3.8.18"}
    return versions, split_into_words, split_into_words, lambda line: len(split_into_sentences(line))


def nltk_words() -> tuple[dict[str, str], Split, Split, Count]:
    import nltk
    from nltk.tokenize import sent_tokenize, word_tokenize

    pickle = nltk.data.find("tokenizers/punkt/PY3/english.pickle")
    assert hashlib.sha256(Path(pickle).read_bytes()).hexdigest() == PUNKT_PICKLE
    versions = {"datatrove": "0.2.0", "nltk": "3.8.1"}
    without_sentences: Split = lambda text: word_tokenize(text, preserve_line=True)  # noqa: E731
    return versions, word_tokenize, without_sentences, lambda line: len(sent_tokenize(line))


REFERENCES = {"spacy-en": spacy_en, "nltk-3.8.1": nltk_words}


def punkt_digest() -> str:
    """The pickle's parameters as tamis.models.punkt.parameters_digest names them, to compare the package's with."""
    import nltk

    parameters = nltk.data.load("tokenizers/punkt/english.pickle")._params
    lines = [f"abbreviation\t{word}" for word in sorted(parameters.abbrev_types)]
    lines += [f"collocation\t{first}\t{second}" for first, second in sorted(parameters.collocations)]
    lines += [f"starter\t{word}" for word in sorted(parameters.sent_starters)]
    lines += [
        f"orthography\t{word}\t{seen}" for word, seen in sorted(parameters.ortho_context.items()) if seen
    ]
    return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()


def row(text: str, words: Split, whole: Split, sentences: Count) -> str:
    """Words as digest and number, the words without sentence split as digest, sentences of each line."""
    found = words(text)
    parts = [digest_strings(found), str(len(found))]
    if whole is not words:
        parts.append(digest_strings(whole(text)))
    lines = text.splitlines()[:LINES]
    return ":".join([*parts, digest_strings(str(sentences(line)) for line in lines)])


def fuzz_row(block: Iterable[str], words: Split, whole: Split, sentences: Count) -> list[str]:
    """One digest over a block for words, words without sentence split, sentences."""
    texts = list(block)
    return [
        digest("\n".join(digest_strings(words(text)) for text in texts)),
        digest("\n".join(digest_strings(whole(text)) for text in texts)),
        digest("\n".join(str(sentences(text)) for text in texts)),
    ]


def whole_rows(folder: Path) -> dict[str, str]:
    """Words as digest and number. Each text as spaCy splits it alone: no memory zone, its vocabulary made anew."""
    import spacy

    rows, tokenizer = {}, spacy.blank("en").tokenizer
    for number, text in enumerate(whole_texts(folder)):
        if number % 50 == 0:
            tokenizer = spacy.blank("en").tokenizer
        words = [word for token in tokenizer(text) if (word := token.text.strip())]
        rows[digest(text)] = f"{digest_strings(words)}:{len(words)}"
    return rows


def main(name: str, folder: str) -> None:
    if name == "spacy-en-whole":
        assert version("spacy") == "3.8.18", version("spacy")
        write(name, {"reference": {"spacy": "3.8.18"}, "shared": whole_rows(Path(folder))})
        return
    versions, *functions = REFERENCES[name]()
    found = {package: version(package) for package in versions}
    assert found == versions, f"wants {versions}, found {found}"
    recorded = {
        "reference": versions,
        "punkt": punkt_digest() if name == "nltk-3.8.1" else None,
        "fuzz": {
            "seed": SEED,
            "block": BLOCK,
            "digests": [fuzz_row(block, *functions) for block in fuzz_blocks()],
        },
        "shared": {digest(text): row(text, *functions) for text in shared_texts(Path(folder))},
    }
    write(name, recorded)


def write(name: str, recorded: dict[str, Any]) -> None:
    target = ROOT / "tests/golden/text" / f"{name}.json.gz"
    target.parent.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(target, "wb", mtime=0) as file:
        file.write(json.dumps(recorded, indent=0).encode())
    print(target.name, len(recorded["shared"]), "texts", target.stat().st_size, "bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
