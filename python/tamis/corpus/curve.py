"""The match curve of MinHash banding, and what its sketches cost: for `tamis plan`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tamis.corpus.stages import foretold_stages
from tamis.op import Foretold

SIMILARITIES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True)
class Curve:
    """`points`: (Jaccard similarity, share of such pairs that become candidates); `half`: where it is one half."""

    points: tuple[tuple[float, float], ...]
    half: float


def share(similarity: float, bands: int, rows: int) -> float:
    """The share of pairs of that Jaccard similarity (0 to 1) that agree in a whole band.

    Examples:
        >>> round(share(0.75, 14, 8), 4)
        0.7716
    """
    return float(1 - (1 - similarity**rows) ** bands)


def minhash_curve(bands: int, rows: int) -> Curve:
    """The curve at some similarities, and the similarity of which half the pairs are found.

    Examples:
        >>> round(minhash_curve(14, 8).half, 3)
        0.685
    """
    points = tuple((similarity, share(similarity, bands, rows)) for similarity in SIMILARITIES)
    return Curve(points, (1 - 0.5 ** (1 / bands)) ** (1 / rows))


def sketch_bytes(bands: int, rows: int, *, words: float, sets: bool, signature: bool) -> float:
    """Bytes of a document with that many words (or characters): sketch, packed keys and index.

    Measured on English: 3 kB of text are about 500 words, hence 4.1 kB with sets and 14 bands.

    Examples:
        >>> round(sketch_bytes(14, 8, words=500, sets=True, signature=False))
        4436
    """
    keys, packed, index = 8 * bands, 14 * bands, 56
    columns = 8 + 40 + 8
    size = keys + packed + index + columns + (8 * words + 16 if sets else 0)
    return size + (8 * bands * rows if signature else 0)


def key_only(parameters: Mapping[str, Any], words: float) -> Foretold:
    """The `foretell` of a step that compares one key a document.

    Examples:
        >>> key_only({}, 500).document_bytes
        134
    """
    size = sketch_bytes(1, 1, words=words, sets=False, signature=False)
    return Foretold(size, stages=partial(foretold_stages, parameters.get("survivor", "first")))
