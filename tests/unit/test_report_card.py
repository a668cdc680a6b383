"""The data card: its front matter is YAML, its numbers are the run's, and names of strangers stay text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

import tamis
from report_runs import Doc, build, rule, step
from tamis.report.card import card, size_category, write_card
from tamis.report.data import load_data
from tamis.report.markdown import fenced, front_matter, plain, shell
from tamis.report.read import RunFiles

EVIL = "<img src=x onerror=alert(1)>|`a`\n---\n# x: [y](http://z) www.evil.example @me \u202e\x1b"
RECIPE = """
name = "short"

[[step]]
op = "random"
keep = [{ signal = "value", max = 0.6 }]

[[step]]
op = "exact"
keep = [{ signal = "rank", max = 0 }]

[[step]]
op = "mask_pii"
"""


def front(text: str) -> dict[str, Any]:
    assert text.startswith("---\n")
    loaded = yaml.safe_load(text[4:].split("\n---\n", 1)[0])
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty rows with a licence and a source, twenty of them twice, through the command."""
    folder = tmp_path_factory.mktemp("card")
    rows = {
        "text": [f"text number {n % 40}, write to someone@mail.example" for n in range(60)],
        "license": [("CC-BY-4.0", "mine, all mine")[n % 2] for n in range(60)],
        "language": [("en", "deu_Latn", "??")[n % 3] for n in range(60)],
        "source": ["shelf" for _ in range(60)],
        "date": [f"20{10 + n % 5}-03-01" for n in range(60)],
    }  # fmt: skip
    pq.write_table(pa.table(rows), folder / "in.parquet")
    (folder / "short.toml").write_text(RECIPE, "utf-8")
    command = [
        sys.executable,
        "-m",
        "tamis",
        "run",
        "short.toml",
        "in.parquet",
        "-o",
        "out",
        "--workers",
        "1",
    ]
    subprocess.run([*command, "--columns", "license,language"], cwd=folder, check=True, capture_output=True)
    return folder / "out"


def test_every_run_has_a_card_with_front_matter(run: Path) -> None:
    text = (run / "report" / "card.md").read_text("utf-8")
    said = front(text)
    counts = tamis.diff(run, run)["documents"]
    assert said["size_categories"] == ["n<1K"]
    assert sorted(said["license"]) == ["cc-by-4.0", "other"]
    assert sorted(said["language"]) == ["deu", "en"]
    assert said["pretty_name"] == "out"
    assert "recipe:short" in said["tags"]
    kept = counts["kept"][0]
    assert 0 < kept < 60
    assert f"{kept} documents kept of 60 that went in." in text
    assert "| shelf | " in text
    assert "mine, all mine" in text
    assert "| 2010 | " in text


def test_the_command_of_the_card_makes_the_same_run(run: Path) -> None:
    text = (run / "report" / "card.md").read_text("utf-8")
    (line,) = [line for line in text.split("\n") if line.startswith("tamis run ")]
    assert line.endswith(" -o out")
    again = line.removeprefix("tamis ").removesuffix(" -o out") + " -o again --workers 1"
    subprocess.run(
        f"{sys.executable} -m tamis {again}", shell=True, cwd=run.parent, check=True, capture_output=True
    )
    names = [sorted(file.name for file in (one / "kept").iterdir()) for one in (run, run.parent / "again")]
    assert names[0] == names[1] != []


def test_the_card_goes_where_it_is_asked_to(run: Path, tmp_path: Path) -> None:
    target = tmp_path / "README.md"
    command = [sys.executable, "-m", "tamis", "report", str(run), "--card", str(target)]
    subprocess.run(command, check=True, capture_output=True)
    assert target.read_text("utf-8") == (run / "report" / "card.md").read_text("utf-8")


def test_a_card_that_cannot_be_written_is_said(run: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    command = [sys.executable, "-m", "tamis", "report", str(run), "--card", str(tmp_path / "folder")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "cannot be written: " in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_parts_say_what_the_run_did(run: Path) -> None:
    text = (run / "report" / "card.md").read_text("utf-8")
    parts = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
    assert "clusters hold" in parts["Deduplication"]
    assert "mask\\_pii treats personal information" in parts["Personal information"]
    assert "random.value" in parts["Filtering"]
    assert "No document failed." in parts["Failures and repairs"]
    assert "recipe digest" in parts["How to make it again"]
    assert parts["Limits"].count("\n- ") >= 2


def test_names_of_strangers_break_neither_markdown_nor_yaml(tmp_path: Path) -> None:
    docs = [
        Doc(
            url=f"https://{EVIL}.example/",
            source=EVIL,
            date="|`<b>`-02-03",
            values={"q.n": n, "q.label": "en"},
        )
        for n in range(6)
    ]
    steps = [step(EVIL.replace("\n", " "), ("n", "int64", 0)), step("q", ("n", "int64", 0))]
    info = {
        "recipe": {"name": EVIL, "title": EVIL, "digest": EVIL, "overrides": {EVIL: EVIL}},
        "inputs": [{"name": "a```b\n```\n" + EVIL, "size": 4}],
    }
    path = build(tmp_path / "run: <b> `x`", docs, steps, [rule("q", "n", min=2, name="a|b`<i>")], info=info)
    text = write_card(path).read_text("utf-8")
    said = front(text)
    assert said["pretty_name"] == "run: <b> `x`"
    assert len(said["tags"]) == 2
    outside = text.split("\n---\n", 1)[1]
    code = outside[outside.index("\n````") : outside.rindex("\n````")]
    outside = outside.replace(code, "")
    for piece in ("<img", "<b>", "<i>", "http://", "www.evil", "[y](", "\x1b", "\u202e", "\n---\n", "\n# x"):
        assert piece not in outside, piece
    widths = set()
    for block in outside.split("\n\n"):
        if block.startswith("| "):
            cells = {line.replace("\\|", "").count("|") for line in block.strip().split("\n")}
            assert len(cells) == 1, block
            widths |= cells
    assert len(widths) > 2


@pytest.mark.parametrize("docs", [[], [Doc(values={"q.n": 1})], [Doc(failed=("q", "crash", "gone"))]])
def test_a_run_that_keeps_nothing_has_a_card(tmp_path: Path, docs: list[Doc]) -> None:
    path = build(tmp_path / "run", docs, [step("q", ("n", "int64", 0))], [rule("q", "n", min=3)])
    text = write_card(path).read_text("utf-8")
    said = front(text)
    assert "license" not in said
    assert "language" not in said
    assert said["size_categories"] == ["n<1K"]
    assert f"0 documents kept of {len(docs)}" in text
    assert "no licence column" in text


def test_sources_that_are_the_inputs_are_listed_once(tmp_path: Path) -> None:
    steps, rules = [step("q", ("n", "int64", 0))], [rule("q", "n", min=3)]
    path = build(tmp_path / "run", [Doc(source="a", values={"q.n": n}) for n in range(6)], steps, rules)
    run, data = RunFiles(path), load_data(path)[0]
    slices = data["slices"]
    assert slices["source"]["groups"] != slices["input"]["groups"]
    assert {"| source |", "| input |"} <= heads(card(run, data))
    slices["input"] = slices["source"]
    once = heads(card(run, data))
    assert "| source |" in once
    assert "| input |" not in once


def heads(text: str) -> set[str]:
    """The first cells of all lines of tables."""
    return {f"| {line.split('|')[1].strip()} |" for line in text.split("\n") if line.startswith("| ")}


def test_pieces() -> None:
    assert [size_category(n) for n in (999, 1_000, 999_999, 10**12)] == [
        "n<1K",
        "1K<n<10K",
        "100K<n<1M",
        "n>1T",
    ]
    assert plain("a|b") == "a\\|b"
    assert fenced("a\n````\nb")[0] == "`" * 5
    for word in ("a b", "a'b", "a\nb", "\x1b[1m", "汉字", "a\\b\x00"[:3]):
        printed = subprocess.run(["bash", "-c", f"printf %s {shell(word)}"], capture_output=True, check=True)
        assert printed.stdout.decode() == word
    for text in ("a: b", "'\"", "\u2028", "😀 \\n", "- x", "#", "{a}", "true"):
        (loaded,) = yaml.safe_load("\n".join(front_matter([("k", [text])])[1:-1]))["k"]
        assert loaded == text.replace("\u2028", "").strip()
