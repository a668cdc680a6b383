"""The pieces of a text that made a signal what it is: for the report's and `explain`'s highlights.

A mark is `(spans, numerator, denominator)`: spans are half-open and count code points of the text, the quotient of
the two numbers is the signal's value (denominator 1 for a count, 0 where the signal is 0.0 for lack of anything
to divide by). These functions follow the definitions literally; the kernels are the fast form, and a test holds
the two together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

import pyarrow as pa

from tamis import _core

Span = tuple[int, int]
Mark = tuple[list[Span], float, float]

QUOTES = {"``": '"', "''": '"'}


def pieces(text: str, separator: str) -> list[Span]:
    """The pieces between matches of a pattern, as `re.split` cuts them."""
    cuts = [(0, 0), *(match.span() for match in re.finditer(separator, text)), (len(text), len(text))]
    return [(left[1], right[0]) for left, right in pairwise(cuts)]


def splitlines(text: str) -> list[Span]:
    """The lines of `str.splitlines`, without their ends."""
    spans, start = [], 0
    for whole in text.splitlines(keepends=True):
        spans.append((start, start + len(whole.splitlines()[0])))
        start += len(whole)
    return spans


def repeated(text: str, spans: Iterable[Span]) -> list[Span]:
    """Those whose text was met before."""
    seen: set[str] = set()
    return [span for span in spans if _met(seen, text[slice(*span)])]


def _met(seen: set[str], piece: str) -> bool:
    if piece in seen:
        return True
    seen.add(piece)
    return False


def where(text: str, spans: Iterable[Span], holds: Callable[[str], bool]) -> list[Span]:
    return [span for span in spans if holds(text[slice(*span)])]


def length(spans: Iterable[Span]) -> int:
    return sum(end - start for start, end in spans)


def words(text: str, splitting: str) -> list[tuple[str, Span]]:
    """The words of a splitting and where they stand; a quote that the splitting rewrote is found as `"`."""
    [found] = pa.array(_core.split_words(pa.array([text], pa.large_string()), words=splitting)).to_pylist()
    placed, at = [], 0
    for word in found:
        start = text.find(word, at)
        quote = text.find(QUOTES[word], at) if word in QUOTES else -1
        if quote >= 0 and (start < 0 or quote < start):
            span = (quote, quote + 1)
        else:
            span = (max(start, at), max(start, at) + len(word))
        placed.append((word, span))
        at = span[1]
    return placed


def top_gram(placed: Sequence[tuple[str, Span]], n: int) -> tuple[list[Span], int]:
    """All places of the most frequent n-gram (ties: the first met), and its characters times its count."""
    grams = [" ".join(word for word, _ in placed[at : at + n]) for at in range(len(placed) - n + 1)]
    if not grams:
        return [], 0
    [(best, count)] = Counter(grams).most_common(1)
    places = [_reach(placed, at, n) for at, gram in enumerate(grams) if gram == best]
    return places, len(best) * count


def duplicate_grams(placed: Sequence[tuple[str, Span]], n: int) -> tuple[list[Span], int]:
    """The places of n-grams met before, past each by n words, and their characters."""
    seen: set[str] = set()
    places, characters, at = [], 0, 0
    while at + n <= len(placed):
        gram = "".join(word for word, _ in placed[at : at + n])
        if gram in seen:
            places.append(_reach(placed, at, n))
            characters += len(gram)
            at += n
        else:
            seen.add(gram)
            at += 1
    return places, characters


def occurrences(text: str, *needles: str) -> list[Span]:
    """Places of fixed strings, not overlapping."""
    pattern = "|".join(map(re.escape, needles))
    return [match.span() for match in re.finditer(pattern, text)]


def _reach(placed: Sequence[tuple[str, Span]], at: int, n: int) -> Span:
    return placed[at][1][0], placed[at + n - 1][1][1]


def numbers(name: str) -> Iterator[int]:
    """The numbers in a signal's name: 2 in `top_2_gram_per_char`."""
    return map(int, re.findall(r"\d+", name))
