"""Rows for a blind review: which documents a reader is shown to tell how good a rule is, and the key that stays here.

Of each rule two sides are looked at: documents past its bound (it fails them, whichever rule removed them) and within
(measured, bound by it, and not failed). On each side documents are ordered by their distance from the bound and cut
into strata of a tenth, two, three and four tenths of that side, nearest first; each stratum gives equally many rows, so
that rows just beside the bound are the densest, and a row's weight is its stratum's documents for each row drawn. A
rule without a numeric bound has one stratum a side. Within a stratum the rows with the smallest hash of seed, rule and
id are drawn: the same run, rules, size and seed give the same sheet. (Cochran, "Sampling Techniques", 3rd ed. 1977,
chapter 5, for stratified sampling.)

Documents without text, and those whose value is null, have no place on either side and are never drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from tamis.errors import RunError, reason
from tamis.messages import _
from tamis.report.examples import Marker, fetch, originals_of, texts_of
from tamis.report.look import rule_of
from tamis.report.read import RunFiles, batches
from tamis.report.rules import Rule
from tamis.report.sheet import Opening, opening, write_sheet
from tamis.stores.files import replace_bytes

FOLDER = "review"
PAST, WITHIN = "past", "within"
STRATA = (0.1, 0.2, 0.3, 0.4)
"""Shares of a side's documents by distance from the bound. With equal rows from each, the nearest tenth is seen four
times as often as the farthest four tenths, and the effective sample size stays at 5/6 of the rows."""
CODES = 900_000


@dataclass(frozen=True)
class Drawn:
    """A row of the key: why a document stands in the sheet. `weight` documents of its side stand behind it.

    One document may be drawn for several rules: it has one `number` then, and an entry for each.
    """

    number: int
    id: str
    shard: int
    row: int
    rule: str
    side: str
    stratum: int
    weight: float
    value: Any


@dataclass(frozen=True)
class Sheet:
    """What was drawn: `sides` holds by rule the documents on its two sides, `keeps` what it keeps in words."""

    key: str
    rows: int
    drawn: tuple[Drawn, ...]
    sides: Mapping[str, Mapping[str, int]]
    keeps: Mapping[str, str]
    notes: tuple[str, ...]


class _Document(NamedTuple):
    """Orders a side: by distance from the bound, then by the seeded hash, then by place."""

    distance: float
    hash: bytes
    place: tuple[int, int]
    id: str
    row: int
    value: Any


def review(
    run: RunFiles, size: int, rules: Sequence[str], out: Path, seed: int = 0, marker: Marker | None = None
) -> Sheet:
    """Draw `size` documents for each rule, write the sheet to `out` and its key to `RUN/review/`; see `tamis.review`.

    `marker` covers in texts as they came what the run's steps hide; without it these texts stay away.
    """
    _check(run, rules)
    chosen = {rule.id: rule for rule in (rule_of(run, name) for name in rules)}
    entries: list[tuple[_Document, Rule, str, int, float]] = []
    sides: dict[str, dict[str, int]] = {}
    for rule in chosen.values():
        both = sides_of(run, rule, seed)
        sides[rule.id] = {side: len(documents) for side, documents in both.items()}
        if not both[PAST]:
            raise RunError(run.name, *_empty(run, rule))
        for (side, documents), wanted in zip(both.items(), (size - size // 2, size // 2), strict=True):
            for stratum, weight, document in draw(documents, wanted, STRATA if rule.numeric else (1.0,)):
                entries.append((document, rule, side, stratum, weight))
    places = _shuffled(entries, seed)
    drawn = _numbered(run, entries, places)
    numbers = dict(zip(places, sorted({one.number for one in drawn}), strict=True))
    texts, notes = _texts(run, list(places), marker)
    keeps = {name: rule.keeps for name, rule in chosen.items()}
    sheet = Sheet(key_name(drawn), len(places), tuple(drawn), sides, keeps, tuple(notes))
    openings = {number: opening(texts[place]) for place, number in numbers.items()}
    _write_key(run, sheet, size, seed, openings)
    write_sheet(out, ((number, texts[place]) for place, number in numbers.items()))
    return sheet


def draw(
    documents: Sequence[_Document], wanted: int, shares: Sequence[float]
) -> Iterator[tuple[int, float, Any]]:
    """(stratum, weight, document) of `wanted` documents, or of all where there are no more.

    `documents` are tuples that begin with distance and a random key. Rows go to the strata in turn, nearest first, as
    long as a stratum has any left.

    Examples:
        >>> side = [(float(n), n) for n in range(10)]
        >>> [(stratum, weight) for stratum, weight, _document in draw(side, 4, STRATA)]
        [(0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0)]
    """
    ordered = sorted(documents)
    ends = [round(sum(shares[: n + 1]) * len(ordered)) for n in range(len(shares))]
    strata = [ordered[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    quotas = [0] * len(strata)
    left = min(wanted, len(ordered))
    while left:
        for number, stratum in enumerate(strata):
            if left and quotas[number] < len(stratum):
                quotas[number] += 1
                left -= 1
    for number, (stratum, quota) in enumerate(zip(strata, quotas, strict=True)):
        for document in sorted(stratum, key=lambda one: one[1:])[:quota]:
            yield number, len(stratum) / quota, document


def _check(run: RunFiles, rules: Sequence[str]) -> None:
    if not rules:
        raise RunError(run.name, _("no rule to review"), _("name one at least: --rules STEP.NAME"))
    if not run.complete:
        hint = _("finish it first: the command that began it goes on")
        raise RunError(run.name, _("the run is not complete"), hint)
    if (run.info.get("options") or {}).get("removed", "text") != "text":
        what = _("this run did not store the texts of removed documents")
        raise RunError(run.name, what, _("the same command with --removed text stores them"))


def _empty(run: RunFiles, rule: Rule) -> tuple[str, str]:
    removed = any(rule.id in (names or ()) for names in _failed(run))
    if removed:
        what = _("no document that {rule} removed has a text and a value to show")
        return what.format(rule=rule.id), _("a rule that stands before the text is made cannot be reviewed")
    what = _("{rule} removed nothing: no document lies past its bound")
    return what.format(rule=rule.id), _(
        "tamis look {run} --near-bound {rule} shows what lies near it"
    ).format(run=run.name, rule=rule.id)


def _failed(run: RunFiles) -> Iterator[list[str] | None]:
    for _file, table in run.tables("removed", ["failed_rules"]):
        yield from table["failed_rules"].to_pylist()


def sides_of(run: RunFiles, rule: Rule, seed: int) -> dict[str, list[_Document]]:
    """The documents past the rule's bound and within it."""
    when = rule.bounds.get("when")
    by = rule.bounds.get("by")
    binds = None if when is None else Rule(rule.step, "", None, when["bounds"])
    asked = [str(rule.column), "" if when is None else when["column"], by or ""]
    names = ["id", "row", "text_chars", "failed_rules", *asked]
    found: dict[str, list[_Document]] = {PAST: [], WITHIN: []}
    for number, file in enumerate(run.files("kept") + run.files("removed")):
        start = 0
        for table in batches(file.path, list(dict.fromkeys(names))):
            columns = [table[name].to_pylist() for name in names]
            for at, (key, row, chars, fails, value, condition, label) in enumerate(
                zip(*columns, strict=True)
            ):
                if chars is None or value is None:
                    continue
                past = rule.id in (fails or ())
                if not past and binds is not None and not binds.admits(condition):
                    continue
                # A table's rule has the bounds of the document's own row, and may have none there.
                own = rule.at({by: label}) if by else rule
                if not past and not own.bounds:
                    continue
                distance = abs(own.distance(value)) if own.numeric else 0.0
                told = blake2b(f"{seed} {rule.id} {key}".encode(), digest_size=8).digest()
                document = _Document(distance, told, (number, start + at), key, row, value)
                found[PAST if past else WITHIN].append(document)
            start += table.num_rows
    return found


def _shuffled(entries: Iterable[tuple[Any, ...]], seed: int) -> dict[tuple[int, int], _Document]:
    """Each document once, by place, in an order that tells nothing of rule and side."""
    once = {entry[0].place: entry[0] for entry in entries}

    def order(place: tuple[int, int]) -> tuple[bytes, tuple[int, int]]:
        return blake2b(f"{seed} order {once[place].id}".encode(), digest_size=8).digest(), place

    return {place: once[place] for place in sorted(once, key=order)}


def _numbered(
    run: RunFiles,
    entries: list[tuple[_Document, Rule, str, int, float]],
    places: Mapping[tuple[int, int], Any],
) -> list[Drawn]:
    """The key. Numbers begin with six digits that only this draw has: a sheet of another run fits no key."""
    files = run.files("kept") + run.files("removed")
    told = json.dumps(
        [(d.id, rule.id, side, stratum, weight, d.value) for d, rule, side, stratum, weight in entries],
        default=str,
    )
    code = 100_000 + int.from_bytes(blake2b(told.encode(), digest_size=8).digest(), "big") % CODES
    first = code * 10 ** len(str(len(places)))
    numbers = {place: first + number for number, place in enumerate(places, 1)}
    return sorted(
        (
            Drawn(
                numbers[d.place],
                d.id,
                files[d.place[0]].shard,
                d.row,
                rule.id,
                side,
                stratum,
                weight,
                d.value,
            )
            for d, rule, side, stratum, weight in entries
        ),
        key=lambda one: (one.number, one.rule),
    )


def key_name(drawn: Sequence[Drawn]) -> str:
    """The name of a key's file: the digits with which the sheet's numbers begin."""
    return f"{str(drawn[0].number)[:6]}.json"


def _texts(
    run: RunFiles, places: Sequence[tuple[int, int]], marker: Marker | None
) -> tuple[dict[tuple[int, int], str], list[str]]:
    """The texts as they came, before any transform, by place, what steps hide covered; and what is not so."""
    files = run.files("kept") + run.files("removed")
    hiding = any(step.hides for step in run.steps)
    originals = originals_of(run)
    notes: dict[str, None] = {}
    if (run.info.get("options") or {}).get("originals") == "drop":
        notes[_("texts are shown as the run left them: the originals were not stored")] = None
    found: dict[tuple[int, int], str] = {}
    for number in sorted({place[0] for place in places}):
        at = sorted(place[1] for place in places if place[0] == number)
        table = fetch(files[number].path, at, None if hiding else ["row", "text"])
        rows = table["row"].to_pylist()
        stored = [text or "" for text in table["text"].to_pylist()]
        came = dict(zip(rows, stored, strict=True)) | texts_of(originals.get(files[number].shard, []), rows)
        if hiding:
            # Also texts that no step changed: one whose addresses stand open was removed before they were masked.
            came = marker.cover(table, came) if marker else {}
            if not came:
                notes[_("texts are shown as the run left them: nobody could say what a step hides")] = None
        for index, row, text in zip(at, rows, stored, strict=True):
            found[number, index] = came.get(row, text)
    return found, list(notes)


def _write_key(
    run: RunFiles, sheet: Sheet, size: int, seed: int, openings: Mapping[int, Opening | None]
) -> None:
    told = {
        "v": 1,
        "size": size,
        "seed": seed,
        "rules": [
            {"rule": rule, "keeps": sheet.keeps[rule], "documents": dict(sides)}
            for rule, sides in sheet.sides.items()
        ],
        "rows": [asdict(one) for one in sheet.drawn],
        "openings": {number: found for number, found in openings.items() if found is not None},
    }
    folder = run.path / FOLDER
    try:
        replace_bytes(folder / sheet.key, (json.dumps(told, ensure_ascii=False, default=str) + "\n").encode())
    except OSError as error:
        what = _("the key cannot be written: {why}").format(why=reason(error))
        raise RunError(str(folder / sheet.key), what) from error
