"""Numbers that papers and code publish: TensorFlow Datasets' C4, and one text measured by datatrove's dialect."""

from __future__ import annotations

import pyarrow as pa
import pytest
from verdicts import failing_rule, measure, reason

from tamis.ops.c4_page import c4_page

REPEATING = (
    "the cat sat on the mat today\nthe cat sat on the mat today\na dog ran in the park\n\n"
    "the cat sat on the mat today\nbirds fly over the park now"
)


@pytest.mark.parametrize(("length", "rule"), [(190_000, ""), (190_001, "character_count")])
def test_c4_drops_pages_over_190_000_characters(length: int, rule: str) -> None:
    found = c4_page(pa.array(["é" * length], pa.large_string()), state=None)
    row = {name: column[0].as_py() for name, column in found.items()}
    assert failing_rule("c4", "c4_page", row) == rule


@pytest.mark.parametrize(
    ("page", "verdict"),
    [
        ("Here are five words now. And now five words more. A third one stands here.", ""),
        ("Here are five words now. And now five words more.", "too_few_sentences"),
        ("Only four words here.\nOne more line here.\nAnd a third line.", "too_few_sentences"),
        ("Here are five words now.\nHere are five words too.\nSee {x}.\nAnd a third one here.", ""),
        ("Here are five words now.\nPlease set the {x} value.\nYes. No. Yes. No. Yes.", "curly_bracket"),
        ("So it is said here.\nWhat would you do then...\nNo one is in there.", "too_few_sentences"),
    ],
)
def test_c4_as_in_the_code(page: str, verdict: str) -> None:
    assert reason("c4", "c4_lines", measure("c4", "c4_lines", [page]), 0) == verdict


def test_the_text_that_five_programs_measure_differently() -> None:
    assert (len(REPEATING), len(REPEATING.split())) == (137, 33)
    found = measure("fineweb-head", "gopher_repetition", [REPEATING])
    shown = {
        "duplicate_line_ratio": 0.4,
        "duplicate_line_char_ratio": 0.4088,
        "top_2_gram_per_char": 0.1533,
        "top_3_gram_per_char": 0.2409,
        "top_4_gram_per_char": 0.3066,
        "duplicate_5_gram_per_char": 0.2044,
        "duplicate_6_gram_per_char": 0.2482,
    }
    assert {name: round(found[name][0], 4) for name in shown} == shown
