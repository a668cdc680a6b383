"""Record what datatrove's text filters measure and decide: tests/golden/datatrove/{head,era}.json.gz.

    python scripts/record_rules.py head FOLDER    (datatrove 0.10.1, spacy 3.8.18)
    python scripts/record_rules.py era FOLDER     (datatrove 0.2.0, nltk 3.8.1 with its punkt pickle on NLTK_DATA)

FOLDER holds the unpacked shared inputs. Of their texts only digests are written, with the counts that the signals
are quotients of, the verdict of each filter alone and of the chain, and digests of the rewritten texts. Counts are
made by the reference's own functions; where they decide, the filter itself must decide the same. `era` is 0.2.0 with
the two later changes that FineWeb was made with, put into its source here: lines of the repetition filter are cut
at runs of newlines (a8d21e2b), and capitals in e-mail addresses (c72b1e4a).
"""

from __future__ import annotations

import gzip
import hashlib
import inspect
import json
import sys
from collections import Counter
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "golden"))

from datatrove.data import Document  # noqa: E402
from datatrove.pipeline.filters import fineweb_quality_filter, gopher_quality_filter  # noqa: E402
from datatrove.pipeline.filters import gopher_repetition_filter as repetition  # noqa: E402
from datatrove.pipeline.formatters import pii  # noqa: E402
from odd_texts import COUNT, SEED, odd_texts  # noqa: E402
from page_texts import digest, page_texts  # noqa: E402

VERSIONS = {
    "head": {"datatrove": "0.10.1", "spacy": "3.8.18"},
    "era": {"datatrove": "0.2.0", "nltk": "3.8.1"},
}
PUNKT_PICKLE = "5cad3758596392364e3be9803dbd7ebeda384b68937b488a01365f5551bb942c"
EMAIL_PATTERN = "27cee00c896ebca9587263d3235a1f762137e3bfc64653f85f29dad153bf3ec1"
LINE_STATS = [
    "line-filter-too_long_word",
    "line-filter-too_few_words",
    "lorem_ipsum",
    "line-filter-javascript",
    "curly_bracket",
    "line-filter-policy",
    "line-kept",
    "line-filter-no_terminal_punc",
]


def changed(module: ModuleType, name: str, old: str, new: str, times: int) -> Any:
    """The class with a piece of its source replaced, which must be there so many times."""
    source = inspect.getsource(getattr(module, name))
    assert source.count(old) == times, f"{name}: {old!r} {source.count(old)} times"
    exec(source.replace(old, new), module.__dict__)
    return module.__dict__[name]


class Reference:
    """One state of datatrove: its filters, its words, and how its sentences are counted."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.sentences = 0
        getattr(self, f"_{state}")()
        pattern = self.pii().emails_replacer.regex.pattern
        assert hashlib.sha256(pattern.encode()).hexdigest() == EMAIL_PATTERN
        self.quality = gopher_quality_filter.GopherQualityFilter()
        if state == "head":
            self.fineweb = fineweb_quality_filter.FineWebQualityFilter()
        else:
            self.fineweb = fineweb_quality_filter.FineWebQualityFilter(None)
        self.c4 = self._c4(min_num_sentences=5)
        self.lines = self._c4(min_num_sentences=0)
        self.ends = self._c4(min_num_sentences=0, filter_no_terminal_punct=True)

    def _c4(self, **given: Any) -> Any:
        made = self.c4_filter(**{"filter_no_terminal_punct": False, **given})
        made.counts = Counter()
        made.stat_update = lambda *names, **_: made.counts.update(names)
        return made

    def _head(self) -> None:
        from datatrove.pipeline.filters import c4_filters
        from datatrove.utils.text import split_into_words

        self.words = split_into_words
        self.c4_filter = c4_filters.C4QualityFilter
        c4_filters.split_into_sentences = self._counted(c4_filters.split_into_sentences)
        self.repetition = repetition.GopherRepetitionFilter()
        self.split_lines = self.repetition._line_splitter.split
        self.pii = pii.PIIFormatter

    def _era(self) -> None:
        import re

        import nltk.tokenize
        from datatrove.pipeline.filters import c4_quality_filter

        pickle = nltk.data.find("tokenizers/punkt/PY3/english.pickle")
        assert hashlib.sha256(Path(pickle).read_bytes()).hexdigest() == PUNKT_PICKLE
        self.words = nltk.tokenize.word_tokenize
        nltk.tokenize.sent_tokenize = self._counted(nltk.tokenize.sent_tokenize)
        self.c4_filter = c4_quality_filter.C4QualityFilter
        repetition.re = re
        self.repetition = changed(
            repetition, "GopherRepetitionFilter", "text.splitlines()", 're.split("\\n+", text)', 1
        )()
        self.split_lines = re.compile("\n+").split
        self.pii = changed(pii, "PIIFormatter", "a-z0-9", "A-Za-z0-9", 10)

    def _counted(self, split: Any) -> Any:
        """The same function, which adds up what it finds and splits a line once."""
        split = lru_cache(100_000)(split)

        def counting(text: str, *given: Any, **named: Any) -> Any:
            found = split(text, *given, **named)
            self.sentences += len(found)
            return found

        return counting

    def verdict(self, one: Any, document: Document) -> str:
        """The reason, empty where the document passes."""
        found = one.filter(document)
        return "" if found is True else found[1]


def repetition_counts(reference: Reference, text: str, words: list[str]) -> list[int]:
    paragraphs = reference.repetition.paragraph_exp.split(text.strip())
    lines = reference.split_lines(text)
    counts = [len(text), len(paragraphs), *repetition.find_duplicates(paragraphs)]
    counts += [len(lines), *repetition.find_duplicates(lines)]
    for n, _ in reference.repetition.top_n_grams:
        grams = repetition.get_n_grams(words, n)
        counts.append(repetition.find_top_duplicate(grams) if grams else 0)
    return counts + [repetition.find_all_duplicate(words, n) for n, _ in reference.repetition.dup_n_grams]


def repetition_reason(reference: Reference, counts: list[int]) -> str:
    """What the counts say; held against the filter."""
    length, paragraphs, lines = counts[0], counts[1:4], counts[4:7]
    tests = [
        ("dup_para_frac", paragraphs[1] / paragraphs[0], 0.3),
        ("dup_para_char_frac", paragraphs[2] / length, 0.2),
        ("dup_line_frac", lines[1] / lines[0], 0.3),
        ("dup_line_char_frac", lines[2] / length, 0.2),
    ]
    bounds = [*reference.repetition.top_n_grams, *reference.repetition.dup_n_grams]
    for (n, bound), characters in zip(bounds, counts[7:], strict=True):
        name = f"top_{n}_gram" if n < 5 else f"duplicated_{n}_n_grams"
        tests.append((name, characters / length, bound))
    return next((name for name, value, bound in tests if value > bound), "")


def quality_counts(reference: Reference, text: str, words: list[str]) -> list[int]:
    marks = gopher_quality_filter.PUNCTUATION_SET
    plain = [word for word in words if any(character not in marks for character in word)]
    lines = text.splitlines()
    stop_words = reference.quality.stop_words
    return [
        len(words),
        len(plain),
        sum(map(len, plain)),
        text.count("#"),
        text.count("...") + text.count("…"),
        len(lines),
        sum(line.lstrip().startswith("•") or line.lstrip().startswith("-") for line in lines),
        sum(line.rstrip().endswith("...") or line.rstrip().endswith("…") for line in lines),
        sum(any(character.isalpha() for character in word) for word in words),
        len(stop_words.intersection(words)),
        sum(word in stop_words for word in words),
    ]


def line_counts(reference: Reference, one: Any, text: str) -> list[int]:
    """Each line by itself, so that nothing stops early: lines, then `LINE_STATS`, then sentences.

    A blank line cannot be given by itself; it meets the first check that the filter has for it.
    """
    one.counts.clear()
    reference.sentences = 0
    lines = text.splitlines()
    for line in lines:
        if line:
            one.counts[reference.verdict(one, Document(text=line, id=""))] += 1
        elif one.filter_no_terminal_punct:
            one.counts["line-filter-no_terminal_punc"] += 1
        else:
            one.counts["line-filter-too_few_words"] += 1
    return [len(lines), *(one.counts[name] for name in LINE_STATS), reference.sentences]


def fineweb_counts(reference: Reference, text: str, words: list[str]) -> list[int]:
    lines = text.split("\n")
    filled = [line for line in lines if line.strip() != ""]
    if reference.state == "head":
        lines, marks = filled, reference.fineweb.stop_chars
    else:
        marks = (".", "'", '"', "!", "?")
    return [
        len(lines),
        sum(line.endswith(marks) for line in lines),
        sum(len(line) <= 30 for line in lines),
        repetition.find_duplicates(filled)[1],
        len(text.replace("\n", "")),
        text.count("\n"),
        len(words),
    ]


def row(reference: Reference, text: str) -> dict[str, Any]:
    """All that is recorded of one text."""
    words = list(reference.words(text))
    alone = [
        reference.verdict(one, Document(text=text, id=""))
        for one in (reference.repetition, reference.quality)
    ]
    counts = repetition_counts(reference, text, words)
    assert repetition_reason(reference, counts) == alone[0], text
    document = Document(text=text, id="")
    alone.append(reference.verdict(reference.c4, document))
    alone.append(reference.verdict(reference.fineweb, Document(text=text, id="")))
    found: dict[str, Any] = {
        "r": counts,
        "q": quality_counts(reference, text, words),
        "c": line_counts(reference, reference.lines, text),
        "e": line_counts(reference, reference.ends, text),
        "f": fineweb_counts(reference, text, words),
        "v": alone,
        "p": digest(reference.pii().format(text)),
    }
    chain = next(filter(None, alone[:3]), "")
    if not alone[2]:
        found["t"] = digest(document.text)
        found["g"] = fineweb_counts(reference, document.text, list(reference.words(document.text)))
        chain = chain or reference.verdict(reference.fineweb, document)
    found["chain"] = chain
    return found


def main(state: str, folder: str) -> None:
    found = {package: version(package) for package in VERSIONS[state]}
    assert found == VERSIONS[state], f"wants {VERSIONS[state]}, found {found}"
    reference = Reference(state)
    recorded = {
        "reference": VERSIONS[state],
        "odd": {"seed": SEED, "count": COUNT, "rows": [row(reference, text) for text in odd_texts() if text]},
        "pages": {digest(text): row(reference, text) for _, text in page_texts(Path(folder))},
    }
    path = ROOT / "tests" / "golden" / "datatrove" / f"{state}.json.gz"
    packed = json.dumps(recorded, separators=(",", ":"), ensure_ascii=False).encode()
    path.write_bytes(gzip.compress(packed, mtime=0))
    print(path, len(recorded["pages"]), "texts")


if __name__ == "__main__":
    main(*sys.argv[1:])
