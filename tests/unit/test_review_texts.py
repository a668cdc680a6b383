"""Whether each text of a labelled sheet still stands beside its number."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import tamis
from report_runs import QUALITY, QUALITY_RULES, build, english
from tamis.errors import InputError


def test_a_text_that_left_its_number_is_told(tmp_path: Path) -> None:
    """As where a reader sorts one column and not its neighbours."""
    docs = [english(10 + n, 0.1, text=f"number {n} is told at the beginning of this text") for n in range(99)]
    made = build(tmp_path / "made", docs, QUALITY, QUALITY_RULES)
    found = tamis.review(made, 20, "quality.word_count", tmp_path / "made.csv")
    with (tmp_path / "made.csv").open(encoding="utf-8-sig", newline="") as drawn:
        rows = list(csv.DictReader(drawn))
    moved = tmp_path / "moved.csv"

    def write(texts: list[str], encoding: str = "utf-8") -> Path:
        with moved.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file)
            writer.writerow(rows[0])
            for row, text in zip(rows, texts, strict=True):
                writer.writerow([row["number"], text, "keep"])
        return moved

    texts = [row["original_text"] for row in rows]
    sorted_apart = [texts[0], texts[2], texts[1], *texts[3:]]
    with pytest.raises(InputError) as caught:
        tamis.labels(made, write(sorted_apart))
    assert str(caught.value).replace(str(tmp_path), "").splitlines() == [
        f"error: /moved.csv:3: the text beside row {rows[1]['number']} is not the one that was written there",
        "hint: the sheet was sorted in part, or its texts are another run's: sort whole rows only",
    ]
    # What programs do to cells is no such thing, nor what a reader writes behind the text.
    for harmless in (
        [f"  '{text.replace(' ', '  ')}\r\n: a note" for text in texts],
        [text.replace("o", "?") for text in texts],
        ["" for _text in texts],
    ):
        assert tamis.labels(made, write(harmless))["labels"]["keep"] == len(rows)
    assert tamis.labels(made, write([f"é {text}" for text in sorted_apart], "cp1252"))
    # A key that was written without the openings is read as before.
    key = json.loads(Path(found["key"]).read_text())
    del key["openings"]
    Path(found["key"]).write_text(json.dumps(key))
    assert tamis.labels(made, write(sorted_apart))["labels"]["keep"] == len(rows)
