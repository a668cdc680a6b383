"""Widths, tables, and text of strangers."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis.cli.quantities import change, clock, count, duration, percent, size, value
from tamis.cli.terminal import Column, Terminal, beside, cells, clean, fit, pad, table, wrap
from tamis.cli.verdicts import verdict


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "·[31mred·[0m"),
        ("a\rb\tc\nd", "a b c d"),
        ("\x9b2J", "·2J"),
        ("abc\u202edef", "abc·def"),
        ("zero\u200bwidth\ufeff", "zero·width·"),
        ("\ud800", "·"),
        ("\x00\x07\x7f", "···"),
        ("筛子 ok", "筛子 ok"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_clean(text: str, harmless: str) -> None:
    assert clean(text) == harmless


@given(st.text())
def test_clean_leaves_one_line_without_controls(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    kinds = {unicodedata.category(character) for character in cleaned if character not in "\u200c\u200d"}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert clean(cleaned) == cleaned


@given(st.text(), st.integers(1, 60), st.booleans())
def test_fit_never_passes_the_width(text: str, width: int, middle: bool) -> None:
    fitted = fit(clean(text), width, middle=middle)
    assert cells(fitted) <= width
    if cells(clean(text)) <= width:
        assert fitted == clean(text)


def test_cells_count_wide_and_combining_characters() -> None:
    assert [cells(text) for text in ("abc", "筛子", "e\u0301", "ｱ", "Ａ", "")] == [3, 4, 1, 1, 2, 0]
    assert pad("筛子", 6) == "筛子  "
    assert pad("筛子", 6, ">") == "  筛子"
    assert fit("一二三四五", 7) == "一二三…"
    assert fit("gopher_repetition", 9, middle=True) == "goph…tion"


def test_table_aligns_cuts_and_wraps() -> None:
    columns = [Column("step"), Column("n", ">"), Column("text", flexible=True, wrapped=True, least=8)]
    rows = [["筛子", "1,204", "one two three four five"], ["b", "7", ""]]
    assert table(columns, rows, 24) == [
        "step      n  text",
        "筛子  1,204  one two",
        "             three four",
        "             five",
        "b         7",
    ]
    assert table(columns, [["a", "", ""]], 24) == ["step", "a"]


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=60)), min_size=1, max_size=4))
def test_tables_never_pass_the_width_where_they_can_shrink(rows: list[tuple[str, str]]) -> None:
    columns = [Column("a", flexible=True, least=8), Column("b", flexible=True, least=8)]
    for line in table(columns, rows, 40):
        assert cells(line) <= 40


def test_a_name_that_is_wider_than_its_column_goes_on_below() -> None:
    columns = [Column("rule", flexible=True, wrapped=True, least=12), Column("n", ">")]
    names = ["gopher_repetition.duplicate_5_gram_per_char", "gopher_repetition.duplicate_6_gram_per_char"]
    lines = table(columns, [[name, "7"] for name in names], 24)
    assert max(cells(line) for line in lines) <= 24
    assert "".join(line.split()[0] for line in lines[1:]) == "".join(names)
    assert lines[1].split() == ["gopher_repetition.", "7"]
    assert table(columns, [["datatrove-0.10,", "7"]], 15)[1].split() == ["datatrove-0.10,", "7"]


def test_wrap_and_beside() -> None:
    assert wrap("a bb ccc dddd", 6, " ") == [" a bb", " ccc", " dddd"]
    assert wrap("", 6) == []
    terminal = Terminal(io.StringIO(), io.StringIO(), width=20)
    assert beside("left", "right", terminal) == ["left           right"]
    assert beside("left", "", terminal) == ["left"]
    assert beside("left " * 3, "right", terminal) == ["left " * 3, "right"]


def test_colour_is_only_added_where_the_stream_shows_it() -> None:
    err = io.StringIO()
    Terminal(io.StringIO(), err, colour_err=True).problem("error", "x\x1b: y")
    Terminal(io.StringIO(), err).problem("hint", "z")
    assert err.getvalue() == "\x1b[31;1merror:\x1b[0m x·: y\nhint: z\n"


def test_no_color_and_dumb_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdout", Screen())
    monkeypatch.setattr("sys.stderr", Screen())
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert Terminal.detect().colour_out
    assert not Terminal.detect("never").colour_out
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Terminal.detect().colour_out
    assert Terminal.detect("always").colour_out
    monkeypatch.setenv("COLUMNS", "200")
    assert Terminal.detect().width == 120
    monkeypatch.setenv("TERM", "dumb")
    assert not Terminal.detect().live


def test_quantities() -> None:
    assert [count(n) for n in (0, 1_234_567, None)] == ["0", "1,234,567", "–"]
    assert [size(n) for n in (0, 999, 1_000, 999_949, 999_960, 52_812_000, None)] == [
        "0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "52.8 MB", "–",
    ]  # fmt: skip
    assert [duration(s) for s in (0, 9.94, 9.96, 59.4, 60, 3599, 10_200, None)] == [
        "0.0 s", "9.9 s", "10 s", "59 s", "1 min 0 s", "59 min 59 s", "2 h 50 min", "–",
    ]  # fmt: skip
    assert [clock(s) for s in (4.2, 760, 3723)] == ["0:05", "12:40", "1:02:03"]
    assert [change(n) for n in (15, -60, 0, -1_204)] == ["+15", "−60", "±0", "−1,204"]
    assert [percent(a, b) for a, b in ((0, 9), (999, 1000), (9, 9), (10, 9), (0, 0))] == [
        "0 %", "99 %", "100 %", "100 %", "–",
    ]  # fmt: skip
    assert [value(v) for v in (None, False, 41_000, 0.5, "en", float("nan"))] == [
        "–", "false", "41,000", "0.5", "en", "nan",
    ]  # fmt: skip


def test_verdicts_are_true_comparisons() -> None:
    assert verdict("12", "min 50") == "12 < 50"
    assert verdict("0.44123", "max 0.3") == "0.441 > 0.3"
    assert verdict("0.3000001", "max 0.3").startswith("0.3 ")
    assert verdict("0.65", "above 0.65") == "0.65 <= 0.65"
    assert verdict("7", "below 7") == "7 >= 7"
    assert verdict("de", "in [en]") == "de not in [en]"
    assert verdict("de", "not_in [de, fr]") == "de in [de, fr]"
    assert verdict(None, "min 3") == "no value, min 3"
    assert verdict(None, "") == ""
