"""How numbers are written for a person: counts exact, sizes in powers of ten. Shares: `tamis.report.words`."""

from __future__ import annotations

import math

from tamis.messages import _
from tamis.report.words import beyond

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"


def count(value: float | None) -> str:
    """An exact count, grouped by three; an en dash where nothing was counted.

    Examples:
        >>> count(1234567)
        '1,234,567'
    """
    return NOTHING if value is None else f"{int(value):,}"


def counted(number: int, one: str, many: str) -> str:
    """`1 file`, `12 files`: the count in the sentence that fits it.

    Examples:
        >>> counted(1, "{n} file", "{n} files"), counted(1204, "{n} file", "{n} files")
        ('1 file', '1,204 files')
    """
    return (one if number == 1 else many).format(n=count(number))


def change(value: int) -> str:
    """A difference with its sign: +15, \N{MINUS SIGN}60, ±0."""
    if value == 0:
        return "±0"
    return f"+{value:,}" if value > 0 else f"{MINUS}{-value:,}"


def percent(done: float, total: float) -> str:
    """How much of the work is done, as a whole number; never 100 before the end.

    Examples:
        >>> percent(999, 1000), percent(5, 5)
        ('99 %', '100 %')
    """
    if total <= 0:
        return NOTHING
    return f"{100 if done >= total else min(99, int(100 * done / total))} %"


def size(value: float | None) -> str:
    """Bytes with one decimal from a kilobyte on; MB = 10^6 bytes.

    Examples:
        >>> size(812), size(52_812_000), size(2_000_000_000)
        ('812 B', '52.8 MB', '2.0 GB')
    """
    if value is None:
        return NOTHING
    scaled, unit = float(value), 0
    while scaled >= 999.95 and unit < len(UNITS) - 1:
        scaled /= 1000
        unit += 1
    return f"{int(scaled)} B" if unit == 0 else f"{scaled:.1f} {UNITS[unit]}"


def duration(seconds: float | None) -> str:
    """A time in the two units that matter.

    Examples:
        >>> duration(3.94), duration(41.2), duration(185), duration(10_200)
        ('3.9 s', '41 s', '3 min 5 s', '2 h 50 min')
    """
    if seconds is None:
        return NOTHING
    if seconds < 9.95:
        return _("{n} s").format(n=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return _("{n} s").format(n=whole)
    if whole < 3600:
        return _("{m} min {s} s").format(m=whole // 60, s=whole % 60)
    minutes = round(seconds / 60)
    return _("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)


def worked(seconds: float, workers: int) -> str:
    """What a plan says of the time.

    Examples:
        >>> worked(185, 1), worked(41.2, 8)
        ('about 3 min 5 s on 1 worker', 'about 41 s on 8 workers')
    """
    if workers == 1:
        return _("about {time} on 1 worker").format(time=duration(seconds))
    return _("about {time} on {n} workers").format(time=duration(seconds), n=workers)


def clock(seconds: float) -> str:
    """Time left as a clock shows it: 0:05, 12:40, 1:02:03."""
    whole = max(0, math.ceil(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rate(items: float, seconds: float) -> str:
    """Items per second: a whole number from ten on."""
    if seconds <= 0:
        return NOTHING
    value = items / seconds
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def value(found: object, bound: float | None = None) -> str:
    """A signal's value, with enough digits to be told from the bound.

    Examples:
        >>> value(0.1234567), value(0.12, bound=0.12), value(41_000), value(True), value(None)
        ('0.123', '0.12', '41,000', 'true', '–')
    """
    if found is None:
        return NOTHING
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int | float):
        return beyond(found, math.inf if bound is None else bound) if math.isfinite(found) else str(found)
    return str(found)
