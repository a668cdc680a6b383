"""The verbs as functions, in the same words: what the command line calls, and what `import tamis` offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tamis.engine.apply import Applied, apply
from tamis.engine.attempt import Tried, try_
from tamis.engine.marking import Marker
from tamis.engine.planning import Planned, plan
from tamis.engine.retune import retune as _retune
from tamis.engine.run import run as _run
from tamis.engine.rundir import Run
from tamis.engine.token_counter import token_counter
from tamis.errors import TamisError
from tamis.messages import _
from tamis.recipe import Recipe, parse_recipe, read_recipe
from tamis.report.card import write_card
from tamis.report.comparison_page import write_comparison
from tamis.report.data import write_data
from tamis.report.page import write_page
from tamis.report.tokens import Tokenizer
from tamis.stores.addresses import place

StrPath = str | Path


def report(
    run: StrPath,
    *,
    against: StrPath | None = None,
    card: StrPath | None = None,
    tokenizer: StrPath | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Path:
    """Count a run anew and write `report/data.json`, the examples, the page and the data card; returns where the page lies.

    With `against`, another run, it writes their comparison instead, `report/against-NAME.html` and the same with
    `.json`, and returns where that page lies. `card` is a file that gets the data card too. `tokenizer`, a
    `tokenizer.json`, counts the tokens of 5,000 documents where no step `token_count` counted those of all, and the
    summary estimates them, with the standard error. An estimate that a report holds stays when the report is made again
    without a tokenizer, for as long as the documents that it was made of are the same. `on_note` is told what is left out: examples stand without their
    spans where the run's operators are not here.

    Raises:
        InputError: the tokenizer, or the package tokenizers, is not there.

    Examples:
        >>> import tamis
        >>> tamis.report("run1", card="README.md")                        # doctest: +SKIP
        >>> tamis.report("run1", against="run2")                          # doctest: +SKIP
    """
    if against is not None:
        if card is not None:
            write_card(run, card)
        return write_comparison(run, against)
    path = place(run)
    counter = None if tokenizer is None else Tokenizer(Path(tokenizer).name, token_counter(tokenizer))
    marker: Marker | None = None
    notes: list[str] = []
    try:
        marker = Marker(Run(path))
        notes = marker.notes
    except (TamisError, KeyError) as error:
        why = error.what if isinstance(error, TamisError) else str(error)
        notes.append(_("examples stand without their spans: {why}").format(why=why))
    write_data(path, marker, counter)
    if on_note is not None:
        for note in notes:
            on_note(note)
    write_card(path)
    if card is not None:
        write_card(path, card)
    return write_page(path)


def run(recipe: StrPath | Recipe, inputs: Any = (), out: StrPath = "out", **options: Any) -> Run:
    """Refine inputs by a recipe into the run directory `out`, and write its report; see `tamis.engine.run.run`.

    Examples:
        >>> import tamis
        >>> tamis.run("fineweb", "crawl/*.warc.gz", out="run1", without=["url_blocklist"])  # doctest: +SKIP
    """
    return _run(recipe, inputs, out, on_done=report, **options)


def retune(run: StrPath, overrides: Mapping[str, Any], out: StrPath, **options: Any) -> Run:
    """Decide a finished run again with other bounds, and write the report; see `tamis.engine.retune.retune`.

    Examples:
        >>> import tamis
        >>> tamis.retune("run1", {"fineweb_quality.newlines_per_word.max": 0.2}, "run2")  # doctest: +SKIP
    """
    return _retune(run, overrides, out, on_done=report, **options)


__all__ = [
    "Applied",
    "Planned",
    "Recipe",
    "Run",
    "Tried",
    "apply",
    "parse_recipe",
    "plan",
    "read_recipe",
    "report",
    "retune",
    "run",
    "try_",
]
