"""Near-duplicates by MinHash: candidates by banding, then either checked one by one or joined as the references do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from typing import Annotated, Any, Literal

import pyarrow as pa

from tamis import _core
from tamis.corpus.curve import minhash_curve, sketch_bytes
from tamis.corpus.kernel import refusals
from tamis.corpus.sketches import (
    REFERENCES,
    check_with_references,
    filled,
    group_column,
    survivor_columns,
    text_column,
)
from tamis.corpus.stages import Grouping, foretold_stages, merge
from tamis.corpus.tasks import TASKS
from tamis.corpus.verdicts import CLUSTER_SIGNALS, absent
from tamis.models.splittings import load_splittings
from tamis.op import Foretold, Limits, MergeContext, operator

Hash = Literal["xxhash64", "xxhash32", "sha1-64", "sha1-32"]
Words = Literal["spacy-en", "nltk-3.8.1", "whitespace", "treebank", "uax29", "fasttext", "characters"]
Normalisation = Literal["datatrove-0.10", "datatrove-2024", "lower-space", "none"]


@cache
def _ready(words: str) -> None:
    load_splittings({"words": words})


def sketch(batch: pa.RecordBatch, **parameters: Any) -> dict[str, pa.Array]:
    """`keys` (one for each band; null under `n` words), and what merge needs beside them."""
    given = filled("minhash", parameters)
    _ready(given["words"])
    by = group_column(batch, given["by"], "minhash")
    with refusals("minhash"):
        made = _core.minhash_sketch(
            text_column(batch),
            by=by,
            normalise=given["normalise"],
            words=given["words"],
            n=given["n"],
            hash=given["hash"],
            bands=given["bands"],
            rows=given["rows"],
            seed=given["seed"],
            sets=given["mode"] == "checked" or given["evidence"],
            signatures=given["survivor"] in REFERENCES,
        )
    columns = {name: pa.array(values) for name, values in made.items()}
    return {**survivor_columns(batch, given["survivor"], "minhash", references=True), **columns}


def merge_sketches(context: MergeContext) -> dict[int, str]:
    given = filled("minhash", context.parameters)
    grouping = Grouping(
        mode=given["mode"],
        survivor=given["survivor"],
        rows=given["rows"],
        threshold=given["threshold"],
        max_candidates=given["max_candidates"],
    )
    return merge(context, grouping)


def foretell(parameters: Mapping[str, Any], words: float) -> Foretold:
    """Sizes for a document of that many words; characters are shingled as about six to a word."""
    given = filled("minhash", parameters)
    units = 6 * words if given["words"] == "characters" else words
    signature, sets = given["survivor"] in REFERENCES, given["mode"] == "checked" or given["evidence"]

    def size(sets: bool) -> float:
        return sketch_bytes(given["bands"], given["rows"], words=units, sets=sets, signature=signature)

    curve = minhash_curve(given["bands"], given["rows"])
    stages = partial(foretold_stages, given["survivor"])
    return Foretold(size(sets), size(sets) - size(False), curve.points, curve.half, stages)


@operator(
    kind="signal",
    scope="corpus",
    version=2,
    reads=["text"],
    writes=CLUSTER_SIGNALS,
    cost="medium",
    cite="broder1997resemblance",
    sketch=sketch,
    merge=merge_sketches,
    absent=absent,
    load=load_splittings,
    foretell=foretell,
    check=check_with_references,
    tasks=TASKS,
)
def minhash(
    text: pa.Array,
    *,
    mode: Literal["checked", "components"] = "checked",
    threshold: Annotated[float, Limits(0, 1)] = 0.75,
    survivor: str = "first",
    by: str = "",
    normalise: Normalisation = "datatrove-0.10",
    words: Words = "spacy-en",
    n: Annotated[int, Limits(1, 100)] = 5,
    hash: Hash = "xxhash64",
    bands: Annotated[int, Limits(1, 4096)] = 14,
    rows: Annotated[int, Limits(1, 1024)] = 8,
    seed: Annotated[int, Limits(0, 4294967295)] = 1,
    max_candidates: Annotated[int, Limits(1, 1000000)] = 1000,
    evidence: bool = True,
) -> dict[str, pa.Array]:
    """Clusters of near-duplicate documents.

    A document's shingles are every `n` words in a row of its normalised text.
    Its signature is the least value of each of `bands` x `rows` permutations over them; documents that agree in a
    whole band are candidates: of pairs with Jaccard similarity s, 1 - (1 - s^rows)^bands. Texts of fewer than `n`
    words have no signature and are never duplicates. The defaults are datatrove's, whose signatures these equal.

    `checked`: in survivor order each document is compared with the kept ones that share a band, earliest first, at
    most `max_candidates`; it joins the first whose set of shingles is at least `threshold` alike, else it is kept.
    `components`: all that candidates connect is one cluster, and nothing is compared, as the references do.
    `rank` is the place in the cluster: the rule `rank max = 0` removes duplicates, `max = 4` keeps five of each.

    Args:
        mode: `checked` or `components`.
        threshold: the least Jaccard similarity of a duplicate to the one that is kept (`checked`).
        survivor: who comes first and is kept: `first` (input order), `longest`, `newest`, `url-md5` (the least MD5 of
            `url`), `signal:STEP.SIGNAL` (highest), or the one that datatrove 0.10.1 (`reference`) or that of April 2024 (`reference-2024`) would
            keep; ties by input order, missing values last.
            `newest` reads `date`: ISO 8601 (`2022`, `2022-03`, `2022-03-01`, `20220301`, with a time or without) or a web
            archive's 14 digits; what is left out counts as its beginning, any other form as missing.
        by: a column; only documents with equal values in it are compared (those without one among themselves).
        normalise: what is done to a text before it is split: as datatrove does today or did in April 2024, lower case
            and single blanks (`lower-space`), or nothing (`none`).
        words: the splitting whose words make shingles, or `characters`.
        n: words of a shingle.
        hash: the hash of a shingle, and its bits.
        bands: groups of permutations; one that agrees as a whole makes a candidate.
        rows: permutations in a band.
        seed: of the permutations.
        max_candidates: kept documents that one is compared with, at most (`checked`); documents that reach it are
            kept, and the report counts them.
        evidence: measure a sample of about 10,000 removed documents afterwards (`components`).

    Examples:
        >>> from tamis.corpus.curve import share
        >>> [round(share(s, 14, 8), 2) for s in (0.5, 0.75, 0.9)]
        [0.05, 0.77, 1.0]
    """
    raise TypeError("a corpus operator has no body")
