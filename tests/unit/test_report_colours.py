"""The page's colours, as its style sheets hold them: each chart reads for every eye, and no text is faint."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from colours import SIGHT, contrast, distance, lab

CSS = "".join(files("tamis.report").joinpath(name).read_text("utf-8") for name in ("page.css", "compare.css"))
ROOTS = re.compile(r":root \{(.*?)\}", re.DOTALL)
TOKEN = re.compile(r"--(\w+): (#[0-9a-f]{3,6});")
LIGHT, DARK, PRINT = (dict(TOKEN.findall(block)) for block in ROOTS.findall(CSS))
SCHEMES = {"light": LIGHT, "dark": DARK, "print": PRINT}
TEXT = re.compile(r"(?<![-\w])color: var\(--(\w+)\)")
GROUND = re.compile(r"background: var\(--(\w+)\)")


def test_the_measures_are_those_of_their_sources() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)
    assert lab("#ff0000") == pytest.approx((53.24, 80.09, 67.20), abs=0.01)
    for sight, matrix in SIGHT.items():
        assert [sum(row) for row in matrix] == pytest.approx([1, 1, 1], abs=2e-6), sight


def test_every_colour_is_a_token_of_each_scheme() -> None:
    assert {"page", "ink", "kept", "removed"} <= LIGHT.keys()
    assert LIGHT.keys() == DARK.keys() == PRINT.keys()
    assert {**LIGHT, "page": "#fff"} == PRINT
    rest = ROOTS.sub("", CSS)
    assert re.findall(r"#[0-9a-f]{3,6}\b|(?:rgb|hsl|lab|lch|color)a?\(", rest) == []
    used = set(re.findall(r"var\(--(\w+)\)", rest))
    assert used - LIGHT.keys() == {"sans", "mono", "serif", "printed"}
    assert LIGHT.keys() - used == set()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_kept_and_removed_stay_apart_for_every_sight(scheme: str) -> None:
    tokens = SCHEMES[scheme]
    apart = {sight: distance(tokens["kept"], tokens["removed"], sight) for sight in SIGHT}
    assert min(apart.values()) >= 63, apart


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_text_is_faint(scheme: str) -> None:
    tokens, pairs = SCHEMES[scheme], {("ink", "page"), ("ink3", "wash"), ("ink", "keptsoft"), ("ink", "mark")}
    for block in re.findall(r"\{([^{}]*)\}", ROOTS.sub("", CSS)):
        ground = GROUND.search(block)
        pairs |= {(text, ground[1] if ground else "page") for text in TEXT.findall(block)}
    assert len(pairs) > 8
    faint = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in sorted(pairs)}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_draws_a_shape_is_seen(scheme: str) -> None:
    tokens = SCHEMES[scheme]
    shapes = {(name, "page") for name in ("edge", "kept", "removed", "failed")}
    shapes |= {("removed", "removedsoft"), ("kept", "keptsoft"), ("kept", "gain")}
    weak = {pair: contrast(tokens[pair[0]], tokens[pair[1]]) for pair in sorted(shapes)}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}
