"""What a call says that did its part of a run: what it did, what is missing, and the command to give next."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from tamis.cli.progress import phase_name
from tamis.cli.quantities import count, counted
from tamis.cli.terminal import clean
from tamis.messages import _, later


def leaving(run: str, left: Any, words: Sequence[str]) -> list[str]:
    """The lines that end a call with `--part` or `--stop-after-corpus`.

    Args:
        run: the run directory. left: what the run says is left (`tamis.Run.left`).
        words: the command line behind `tamis run`.
    """
    lines = [_did(run, left)] if left.part and left.then != "nothing" else []
    lines.append(_missing(run, left))
    if left.then != "nothing":
        lines.append(_("next     {command}").format(command=_next(left, words)))
    return lines


def _did(run: str, left: Any) -> str:
    names = {"run": clean(run), "part": count(left.part), "parts": count(left.parts)}
    if not left.share:
        return _(
            "{run}: part {part} of {parts} has no share: there is less to do than there are parts"
        ).format(**names)
    what = _what(left)
    ours = left.lacking.get(left.part, 0)
    if ours:
        sentence = _("{run}: part {part} of {parts} still lacks {ours} of {what}")
        return sentence.format(**names, ours=count(ours), what=what)
    if not left.ran:
        return _("{run}: part {part} of {parts} has nothing left to do for {what}").format(**names, what=what)
    sentence = _("{run}: part {part} of {parts} is done with {what}: {ran} now, {share} in all")
    return sentence.format(**names, what=what, ran=count(left.ran), share=count(left.share))


def _what(left: Any) -> str:
    return _("the inputs that are read whole first") if left.phase == "ingest" else phase_name(left.phase)


def _missing(run: str, left: Any) -> str:
    if left.then == "nothing":
        return _("missing  nothing: {run} is complete").format(run=clean(run))
    if left.then == "alone":
        steps = [_(_STEPS[step]) if step in _STEPS else clean(step) for step in left.steps]
        return _("missing  {steps}, by the call without --part").format(steps=_(", ").join(steps))
    if not left.lacking:
        return _("missing  {what}, by {parts}").format(what=_what(left), parts=_("calls with --part"))
    lacking = sum(left.lacking.values())
    total = counted(left.total, _("{n} shard"), _("{n} shards"))
    sentence = _("missing  {lacking} of {total} of {what}, by {parts}")
    if left.phase == "ingest":
        total = count(left.total)
        sentence = _("missing  {lacking} of the {total} inputs that are read whole first, by {parts}")
        if left.total == 1:
            sentence = _("missing  the one input that is read whole first, by {parts}")
    named = ranges(left.lacking)
    parts = (_("part {numbers}") if len(left.lacking) == 1 else _("parts {numbers}")).format(numbers=named)
    return sentence.format(lacking=count(lacking), total=total, what=_what(left), parts=parts)


_STEPS = {
    "stitch": later("the check that ranges of archives meet"),
    "report": later("the last checks and the report"),
}


def ranges(numbers: Iterable[int], most: int = 12) -> str:
    """Numbers in order, neighbours together, at most so many groups.

    Examples:
        >>> ranges([4, 1, 2, 3, 9, 12, 11])
        '1-4, 9, 11-12'
    """
    groups: list[list[int]] = []
    for number in sorted(numbers):
        if groups and groups[-1][-1] == number - 1:
            groups[-1].append(number)
        else:
            groups.append([number])
    said = [str(one[0]) if len(one) == 1 else f"{one[0]}-{one[-1]}" for one in groups]
    return ", ".join(said[:most]) + (" ..." if len(said) > most else "")


def _next(left: Any, words: Sequence[str]) -> str:
    """This command again, with the part that is missing or without any."""
    plain: list[str] = []
    skip = False
    for word in words:
        if skip or word == "--part" or word.startswith("--part=") or word == "--stop-after-corpus":
            skip = word == "--part" and not skip
        else:
            plain.append(word)
    if left.then == "parts":
        first = min(left.lacking, default=1)
        plain += ["--part", f"{first}/{left.parts or 'N'}"]
    return shlex.join(["tamis", "run", *plain])
