"""Colours as eyes see them: contrast after WCAG 2.2, CIELAB after CIE 15, and sight without one kind of cone.

Sources: WCAG 2.2 (relative luminance, contrast ratio); IEC 61966-2-1 (sRGB); CIE 15:2004 (CIELAB, distance Delta E*ab, white
D65); G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision
Deficiency", IEEE TVCG 15(6), 2009, table of matrices for severity 1.0, which apply to linear RGB.
"""

from __future__ import annotations

import math

Triple = tuple[float, float, float]

SIGHT: dict[str, tuple[Triple, Triple, Triple]] = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = (
    (0.4123908, 0.3575843, 0.1804808),
    (0.2126390, 0.7151687, 0.0721923),
    (0.0193308, 0.1191948, 0.9505322),
)


def linear(colour: str) -> Triple:
    """`#rrggbb` or `#rgb` as linear sRGB, 0 to 1."""
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * one for one in digits)
    parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return red, green, blue


def times(matrix: tuple[Triple, Triple, Triple], vector: Triple) -> Triple:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours, 1 to 21."""
    low, high = sorted(times(TO_XYZ, linear(colour))[1] for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, sight: str = "usual") -> Triple:
    """L*, a*, b* of a colour as this sight has it."""
    seen = times(SIGHT[sight], linear(colour))
    red, green, blue = (min(1.0, max(0.0, part)) for part in seen)
    white = times(TO_XYZ, (1, 1, 1))
    f = [_root(part / full) for part, full in zip(times(TO_XYZ, (red, green, blue)), white, strict=True)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def _root(part: float) -> float:
    return math.cbrt(part) if part > (6 / 29) ** 3 else part / (3 * (6 / 29) ** 2) + 4 / 29


def distance(one: str, other: str, sight: str = "usual") -> float:
    """The CIELAB distance (Delta E*ab) of two colours as this sight has them."""
    return math.dist(lab(one, sight), lab(other, sight))
