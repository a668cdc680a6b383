"""Progress by bytes: one line that is written over on a terminal, a plain line every ten seconds elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from tamis.cli.quantities import clock, count, duration, percent, rate, size
from tamis.cli.terminal import Terminal, cells, clean, fit
from tamis.messages import _

EVERY_LIVE, EVERY_PLAIN = 0.2, 10.0
FULL, EMPTY = "█", "░"
WIDEST_BAR = 26


class Progress:
    """Shows what the engine tells: objects with phase, done, total (bytes), rows, kept, failed and seconds."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._shown = time.monotonic()
        self._drawn = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.clear()

    def update(self, state: Any) -> None:
        """Called by the engine as often as it likes."""
        now = time.monotonic()
        if now - self._shown < (EVERY_LIVE if self.terminal.live else EVERY_PLAIN):
            return
        self._shown = now
        if self.terminal.live:
            line = live_line(state, self.terminal.width - 1)
            self.terminal.err.write(f"\r\x1b[K{line}")
            self.terminal.err.flush()
            self._drawn = True
        else:
            self.terminal.tell(plain_line(state))

    def note(self, sentence: str) -> None:
        """A sentence of the engine, above the line that is written over."""
        self.clear()
        self.terminal.tell(clean(sentence))

    def clear(self) -> None:
        if self._drawn:
            self.terminal.err.write("\r\x1b[K")
            self.terminal.err.flush()
            self._drawn = False


def plain_line(state: Any) -> str:
    """`rows 1: 78.0 % of 52.8 MB, 612 documents/s, kept 31 %, 3 failed, 0:05 left`."""
    head = _("{phase}: {share} of {size}").format(
        phase=phase_name(state.phase), share=percent(state.done, state.total), size=size(state.total)
    )
    return _(", ").join([head, *_facts(state)])


def phase_name(label: str) -> str:
    """The steps of a phase in few words: `extract to fineweb_quality`."""
    steps = clean(label).split(", ")
    return steps[0] if len(steps) == 1 else _("{first} to {last}").format(first=steps[0], last=steps[-1])


def _facts(state: Any) -> list[str]:
    facts = [_("{rate} documents/s").format(rate=rate(state.rows, state.seconds))]
    if state.rows:
        facts.append(_("kept {share}").format(share=percent(state.kept, state.rows)))
    if state.failed:
        facts.append(_("{n} failed").format(n=count(state.failed)))
    if 0 < state.done < state.total and state.seconds > 1:
        left = state.seconds / state.done * (state.total - state.done)
        facts.append(_("{time} left").format(time=clock(left)))
    return facts


def live_line(state: Any, width: int) -> str:
    """The line with a bar, as wide as there is room for."""
    phase = phase_name(state.phase)
    done = min(state.done, state.total)
    amounts = _("{done} of {total}").format(done=size(done), total=size(state.total))
    tail = "   ".join([f"{percent(done, state.total):>5}", amounts, *_facts(state)])
    room = min(WIDEST_BAR, width - cells(phase) - cells(tail) - 4)
    if room < 8:
        return fit(f"{phase}  {tail}", width)
    full = room * done // state.total if state.total else room
    return f"{phase}  {FULL * full}{EMPTY * (room - full)}  {tail}"


def finished(rows: int, seconds: float | None, workers: int | None) -> str:
    """`3.9 s, 106 documents/s, 2 workers`; what is not known is left out."""
    parts = []
    if seconds:
        parts.append(duration(seconds))
        parts.append(_("{rate} documents/s").format(rate=rate(rows, seconds)))
    if workers:
        parts.append(_("{n} workers").format(n=workers) if workers > 1 else _("1 worker"))
    return _(", ").join(parts)
