"""How numbers are written for a person: counts exact, shares with one decimal, sizes in powers of ten."""

from __future__ import annotations

import math

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


def change(value: int) -> str:
    """A difference with its sign: +15, \N{MINUS SIGN}60, ±0."""
    if value == 0:
        return "±0"
    return f"+{value:,}" if value > 0 else f"{MINUS}{-value:,}"


def share(part: float | None, whole: float | None) -> str:
    """`part` of `whole` as a percentage with one decimal; 0 and 100 stand only for none and all.

    Examples:
        >>> share(1, 3), share(0, 3), share(3, 3), share(1, 5000), share(4999, 5000)
        ('33.3%', '0%', '100%', '<0.1%', '>99.9%')
    """
    if part is None or not whole:
        return NOTHING
    if part == 0:
        return "0%"
    if part == whole:
        return "100%"
    per_cent = 100 * part / whole
    if per_cent < 0.05:
        return "<0.1%"
    if 99.95 <= per_cent < 100:
        return ">99.9%"
    return f"{per_cent:.1f}%"


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
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


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


def value(number: object, bound: float | None = None) -> str:
    """A signal's value, with enough digits (at most six) to lie visibly beyond the bound.

    Examples:
        >>> value(0.1234567), value(0.1204, bound=0.12), value(0.12, bound=0.12), value(41), value(True)
        ('0.123', '0.1204', '0.12', '41', 'true')
    """
    if number is None:
        return NOTHING
    if isinstance(number, bool):
        return "true" if number else "false"
    if isinstance(number, int):
        return f"{number:,}"
    if not isinstance(number, float):
        return str(number)
    if not math.isfinite(number):
        return str(number)
    for digits in range(3, 7):
        text = f"{number:,.{digits}g}" if abs(number) < 1e6 else f"{number:,.0f}"
        shown = float(text.replace(",", ""))
        if bound is None or ((shown > bound) == (number > bound) and (shown < bound) == (number < bound)):
            break
    return text
