"""Two runs compared: distances worked out by hand, causes, notes, and the files that the command writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamis
from report_runs import QUALITY, QUALITY_RULES, Doc, build, english, rule, step
from tamis.errors import RunError
from tamis.report.comparing import compare
from tamis.report.distance import apart
from tamis.report.read import RunFiles

LOOSER = [QUALITY_RULES[0], rule("quality", "word_count", min=40, max=1_000), rule("quality", "extra", min=0)]
WITH_EXTRA = [
    QUALITY[0],
    step("quality", ("word_count", "int64", 0), ("mark_ratio", "float64", 0, 1), ("extra", "int64", 0)),
]


def docs(*numbers: int) -> list[Doc]:
    made = [
        english(number, 0.1 if number % 2 else 0.4, id=f"{number:032x}", text=f"text {number}")
        for number in numbers
    ]
    for doc in made:
        doc.values["quality.extra"] = 1
    return made


def compared(tmp_path: Path, first: list[Doc], second: list[Doc], **more: Any) -> dict[str, Any]:
    one = build(tmp_path / "one", first, QUALITY, QUALITY_RULES, **more)
    two = build(tmp_path / "two", second, WITH_EXTRA, LOOSER)
    return compare(RunFiles(one), RunFiles(two))


def test_distances_by_hand() -> None:
    assert apart(pa.array([1, 2, 3]), pa.array([1, 2, 3])) == {"ks": 0.0, "wasserstein": 0.0}
    assert apart(pa.array([0, 0]), pa.array([5, 5, 5])) == {"ks": 1.0, "wasserstein": 5.0}
    assert apart(pa.array([0.0]), pa.array([0.0, 1.0])) == {"ks": 0.5, "wasserstein": 0.5}
    assert apart(pa.array([], pa.int64()), pa.array([1])) is None


@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=30),
    st.lists(st.integers(-50, 50), min_size=1, max_size=30),
)
def test_distances_against_their_definitions(a: list[int], b: list[int]) -> None:
    found = apart(pa.array(a, pa.int64()), pa.array(b, pa.int64()))
    assert found is not None

    def below(values: list[int], x: int) -> float:
        return sum(value <= x for value in values) / len(values)

    gaps = [abs(below(a, x) - below(b, x)) for x in range(-51, 51)]
    assert found["ks"] == pytest.approx(max(gaps))
    assert found["wasserstein"] == pytest.approx(sum(gaps))


def test_who_changed_sides_and_why(tmp_path: Path) -> None:
    found = compared(tmp_path, docs(45, 47, 3, 60, 61, 63), docs(45, 47, 3, 60, 61))
    sides = {(one["first"], one["second"]): one["documents"] for one in found["table"]}
    assert sides[("removed", "kept")] == 3
    assert sides[("kept", "absent")] == 1
    assert (found["common"], found["kept_by_first_alone"], found["kept_by_second_alone"]) == (5, 0, 3)
    causes = {(one["cause"], one["first_by"]): one["documents"] for one in found["reasons"]}
    assert causes == {
        ("bounds", "quality.word_count"): 2,
        ("rule", "quality.mark_ratio"): 1,
        ("absent", None): 1,
    }
    moved = next(one for one in found["examples"] if one["cause"] == "bounds")
    assert moved["first"] == {
        "side": "removed",
        "by": "quality.word_count",
        "keeps": "50 – 1,000",
        "value": "45",
    }
    assert moved["second"] == {"side": "kept", "by": None, "keeps": "40 – 1,000", "value": "45"}
    assert moved["text"] == "text 45"
    assert [(one["rule"], one["change"]) for one in found["changes"]] == [
        ("quality.word_count", "bounds"), ("quality.mark_ratio", "dropped"), ("quality.extra", "added"),
    ]  # fmt: skip
    words = next(one for one in found["signals"] if one["signal"] == "quality.word_count")
    assert words["kept"]["documents"] == [2, 4]
    assert words["kept"]["ks"] == 0.75
    assert sum(words["histogram"]["first"]) == 2
    assert sum(words["histogram"]["second"]) == 4


def test_notes_say_what_to_know_first(tmp_path: Path) -> None:
    info = {
        "tamis": "0.0.9",
        "status": "running",
        "recipe": {"name": "older"},
        "options": {"measure": "needed"},
    }
    found = compared(tmp_path, docs(1), docs(61), info=info)
    kinds = {note["kind"] for note in found["notes"]}
    assert kinds == {"incomplete", "nothing_kept", "nothing_common", "recipes", "versions", "options"}
    assert found["common"] == 0
    assert all(one["kept"]["ks"] is None for one in found["signals"])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of eighty texts by one command, and what `retune` made of it."""
    folder = tmp_path_factory.mktemp("runs")
    lines = [
        json.dumps({"text": f"document number {n}", "url": f"https://x.example/{n}"}) + "\n"
        for n in range(80)
    ]
    (folder / "in.jsonl").write_text("".join(lines), "utf-8")
    (folder / "r.toml").write_text(
        'name = "r"\n[[step]]\nop = "random"\nkeep = [{ signal = "value", max = 0.5 }]\n'
    )
    for line in ("run r.toml in.jsonl -o one", "retune one --set random.value.max=0.8 -o two"):
        subprocess.run(
            [sys.executable, "-m", "tamis", *line.split(), "--workers", "1"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
    return folder


def ask(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tamis", *words], cwd=folder, capture_output=True, text=True)


def test_the_command_writes_a_page_and_its_numbers(runs: Path) -> None:
    done = ask(runs, "report", "one", "--against", "two")
    assert done.returncode == 0, done.stderr
    page = runs / "one" / "report" / "against-two.html"
    assert str(page.relative_to(runs)) in done.stdout + done.stderr
    numbers = json.loads(page.with_suffix(".json").read_text("ascii"))
    difference = tamis.diff(runs / "one", runs / "two")
    assert numbers["kept_by_second_alone"] == difference["moved"] > 0
    assert numbers["table"] == difference["table"]
    assert json.loads(ask(runs, "report", "one", "--against", "two", "--json").stdout) == numbers
    assert {one["cause"] for one in numbers["reasons"]} == {"bounds"}
    value = next(one for one in numbers["signals"] if one["signal"] == "random.value")
    assert value["measured"]["ks"] == 0
    assert 0.3 < value["kept"]["ks"] < 0.5
    text = page.read_text("utf-8")
    assert "default-src 'none'" in text
    assert "unsafe" not in text.split('id="data"')[0]


def test_two_runs_of_one_base_name_both_keep_their_comparison(runs: Path) -> None:
    for name, bound in (("x/two", "0.7"), ("y/two", "0.8")):
        (runs / name).parent.mkdir(exist_ok=True)
        asked = ask(runs, "retune", "one", "--set", f"random.value.max={bound}", "-o", name, "--workers", "1")
        assert asked.returncode == 0, asked.stderr
    pages = [tamis.report(runs / "one", against=runs / f"{name}/two") for name in ("x", "y", "x", "y")]
    assert pages[0] == pages[2] != pages[1] == pages[3]
    for page, bound in zip(pages[:2], ("≤ 0.7", "≤ 0.8"), strict=True):
        [change] = json.loads(page.with_suffix(".json").read_text())["changes"]
        assert change["second"] == bound


def test_equal_runs_differ_in_nothing(runs: Path) -> None:
    assert (
        ask(runs, "retune", "one", "--set", "random.value.max=0.5", "-o", "same", "--workers", "1").returncode
        == 0
    )
    found = compare(RunFiles(runs / "one"), RunFiles(runs / "same"))
    assert found["reasons"] == found["examples"] == found["changes"] == found["settings"] == []
    assert found["common"] == 80
    assert {one["kept"]["ks"] for one in found["signals"]} == {0.0}


def test_what_cannot_be_compared_is_said(runs: Path) -> None:
    done = ask(runs, "report", "one", "--against", "./one")
    assert done.returncode == 2
    assert "compared with itself" in done.stderr
    assert ask(runs, "report", "one", "--against", "nowhere").returncode == 2
    (runs / "two" / "report" / "data.json").unlink()
    assert ask(runs, "report", "one", "--against", "two").returncode == 0
    with pytest.raises(RunError, match="no such run directory"):
        tamis.report(runs / "one", against=runs / "gone")
