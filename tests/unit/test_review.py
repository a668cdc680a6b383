"""A sheet for a blind reader and what its labels say: over runs made by hand, and sheets as spreadsheets save them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tamis
from report_runs import QUALITY, QUALITY_RULES, Doc, build, english, german, rule, step
from tamis.cli import look
from tamis.cli.terminal import Terminal
from tamis.errors import InputError, RunError, TamisError
from tamis.report.labels import read_labels
from tamis.report.read import RunFiles
from tamis.report.review import WITHIN, sides_of
from tamis.report.sheet import cell, middle, read_sheet

WORDS, MARKS = "quality.word_count", "quality.mark_ratio"


def documents() -> list[Doc]:
    """40 documents of 10 to 49 words (removed), 60 of 50 to 109 (kept), 4 in German."""
    texts = {0: "=1+1", 1: "+41 31", 2: "-5", 3: "@home", 4: "\tindented", 5: "＝1+1", 60: "=SUM(A1)"}
    docs = [english(10 + n, 0.1, text=texts.get(n, f"words of text {n}\n" * 3)) for n in range(100)]
    docs[7].original = "as it came " * 500
    docs[70].original = "as it came, kept"
    return docs + [german() for _n in range(4)]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return build(tmp_path / "run", documents(), QUALITY, QUALITY_RULES)


def rows_of(sheet: Path) -> list[dict[str, str]]:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def key_of(found: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {row["number"]: row for row in json.loads(Path(found["key"]).read_text("utf-8"))["rows"]}


def label(sheet: Path, answer: Callable[[int, int], str], to: Path) -> Path:
    """The sheet with the answers of a reader, asked by place in the sheet and number."""
    rows = rows_of(sheet)
    with to.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        for place, row in enumerate(rows):
            number = int(row["number"])
            writer.writerow([number, row["original_text"], answer(place, number)])
    return to


def test_the_sheet_hides_what_the_key_holds(run: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    found = tamis.review(run, 20, ["word_count"], sheet)
    assert found["rules"] == [
        {
            "rule": WORDS,
            "keeps": "50 – 1,000",
            "documents": {"past": 40, "within": 60},
            "rows": {"past": 10, "within": 10},
        }
    ]
    raw = sheet.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfnumber,original_text,label\r\n")
    rows, key = rows_of(sheet), key_of(found)
    assert [int(row["number"]) for row in rows] == sorted(key)
    assert {row["label"] for row in rows} == {""}
    sides = "".join(key[int(row["number"])]["side"][0] for row in rows)
    assert sides not in ("p" * 10 + "w" * 10, "w" * 10 + "p" * 10)
    for name in (b"quality", b"past", b"within", b"http"):
        assert name not in raw
    # Strata of 4, 8, 12 and 16 documents past the bound: 3, 3, 2 and 2 rows.
    weights = sorted(row["weight"] for row in key.values() if row["side"] == "past")
    assert weights == pytest.approx(sorted([4 / 3] * 3 + [8 / 3] * 3 + [6] * 2 + [8] * 2))
    assert sum(row["weight"] for row in key.values()) == pytest.approx(100)
    nearest = {row["value"] for row in key.values() if row["side"] == "past" and row["stratum"] == 0}
    assert nearest <= {46, 47, 48, 49}
    assert all(row["value"] < 50 for row in key.values() if row["side"] == "past")


def test_the_same_draw_gives_the_same_sheet_and_another_seed_another(run: Path, tmp_path: Path) -> None:
    sheets = [tmp_path / f"{n}.csv" for n in range(3)]
    first = tamis.review(run, 30, [WORDS], sheets[0])
    before = Path(first["key"]).read_bytes()
    assert tamis.review(run, 30, WORDS, sheets[1])["key"] == first["key"]
    assert Path(first["key"]).read_bytes() == before
    assert sheets[0].read_bytes() == sheets[1].read_bytes()
    assert tamis.review(run, 30, [WORDS], sheets[2], seed=1)["key"] != first["key"]
    assert sheets[0].read_bytes() != sheets[2].read_bytes()


def test_texts_as_they_came_cut_and_harmless_to_spreadsheets(run: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    found = tamis.review(run, 1_000, [WORDS], sheet)
    assert found["rows"] == 100
    key = key_of(found)
    texts = {
        key[int(row["number"])]["row"] + 100 * key[int(row["number"])]["shard"]: row["original_text"]
        for row in rows_of(sheet)
    }
    assert [texts[n] for n in (0, 1, 2, 3, 4, 5, 60)] == [
        "'=1+1",
        "'+41 31",
        "'-5",
        "'@home",
        "'\tindented",
        "'＝1+1",
        "'=SUM(A1)",
    ]
    assert texts[70] == "as it came, kept"
    came = "as it came " * 500
    assert texts[7] == "…" + came[1750:3750] + "…"
    assert (cell("\rx"), cell("a\r\nb\x00"), middle("a" * 2000)) == ("'\nx", "a\nb ", "a" * 2000)


def test_where_nobody_can_say_what_was_hidden_the_text_before_stays_away(tmp_path: Path) -> None:
    steps = [*QUALITY, step("mask", ("masked_count", "int64"), kind="transform", hides="masked_count")]
    made = build(tmp_path / "run", documents(), steps, QUALITY_RULES)
    found = tamis.review(made, 1_000, WORDS, tmp_path / "sheet.csv")
    assert found["notes"] == ["texts are shown as the run left them: nobody could say what a step hides"]
    assert "as it came" not in (tmp_path / "sheet.csv").read_text("utf-8")
    info = {"options": {"originals": "drop"}}
    bare = build(tmp_path / "bare", [english(n, 0.1) for n in range(100)], QUALITY, QUALITY_RULES, info=info)
    found = tamis.review(bare, 10, WORDS, tmp_path / "bare.csv")
    assert found["notes"] == ["texts are shown as the run left them: the originals were not stored"]


def test_a_document_of_two_rules_is_one_row(run: Path, tmp_path: Path) -> None:
    docs = [english(10, 0.9) for _n in range(6)] + [english(60, 0.1) for _n in range(6)]
    both = build(tmp_path / "both", docs, QUALITY, QUALITY_RULES)
    found = tamis.review(both, 100, f"{WORDS},{MARKS}", tmp_path / "sheet.csv")
    assert found["rows"] == 12
    assert [one["rows"] for one in found["rules"]] == [{"past": 6, "within": 6}] * 2
    read = read_labels(RunFiles(both), [label(tmp_path / "sheet.csv", lambda *_: "keep", tmp_path / "l.csv")])
    assert len(read.judged) == 24
    assert read.counts()["keep"] == 12


def test_conditions_tables_and_rules_without_a_number(tmp_path: Path) -> None:
    """`when` binds only some; a table gives each language its bound, and some none; a list has one stratum."""
    steps = [step("language", ("label", "label")), step("quality", ("word_count", "int64", 0))]
    docs = [
        Doc(values={"language.label": ("en", "de", "fr")[n % 3], "quality.word_count": n}) for n in range(60)
    ]
    by_table = rule("quality", "word_count", min=30, table="t.csv", by="language.label", name="t")
    by_table["rows"] = {"en": {"min": 30}, "de": {"min": 30}}
    listed = rule("language", "label", **{"in": ["en", "de"]})
    made = build(tmp_path / "run", docs, steps, [listed])
    info = json.loads((made / "run.json").read_text())
    bound = {"column": "language.label", "bounds": {"in": ["en"]}}
    info["rules"].append({"step": "quality", "rule": "w", "signal": "word_count", "min": 30, "when": bound})
    (made / "run.json").write_text(json.dumps(info))
    found = tamis.review(made, 200, "label", tmp_path / "l.csv")
    assert found["rules"][0]["documents"] == {"past": 20, "within": 40}
    assert {row["stratum"] for row in key_of(found).values()} == {0}
    # The run removed nothing by the rule with a condition: only the English are within.
    files = RunFiles(made)
    assert len(sides_of(files, files.rules[1], 0)[WITHIN]) == 20
    tabled = build(tmp_path / "tabled", docs, steps, [{k: v for k, v in by_table.items() if k != "min"}])
    files = RunFiles(tabled)
    assert len(sides_of(files, files.rules[0], 0)[WITHIN]) == 40


@pytest.fixture
def labelled(run: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Past the bound 8 of 10 rows to remove, within 2 of 10; by stratum, so that it can be worked by hand."""
    found = tamis.review(run, 20, [WORDS], tmp_path / "sheet.csv")
    key = key_of(found)

    def answer(_place: int, number: int) -> str:
        past, stratum = key[number]["side"] == "past", key[number]["stratum"]
        return "remove" if (stratum > 0 if past else stratum == 3) else "keep"

    return run, label(tmp_path / "sheet.csv", answer, tmp_path / "labelled.csv")


def test_precision_and_recall_by_hand(labelled: tuple[Path, Path]) -> None:
    run, sheet = labelled
    found = tamis.labels(run, sheet)
    [one] = found["rules"]
    assert (one["rule"], one["rows"], one["documents"]) == (
        WORDS,
        {"past": 10, "within": 10},
        {"past": 40, "within": 60},
    )
    assert one["precision"]["value"] == pytest.approx(36 / 40)
    # Weights 4/3, 8/3 (three each), 6, 8 (two each).
    squares = 3 * (4 / 3) ** 2 + 3 * (8 / 3) ** 2 + 2 * 36 + 2 * 64
    assert one["precision"]["effective"] == pytest.approx(1600 / squares)
    # Of 60 within, the farthest 24 would be removed too.
    assert one["recall"]["value"] == pytest.approx(36 / (36 + 24))
    assert one["recall"]["low"] < 0.6 < one["recall"]["high"]
    assert found["agreement"] is None
    assert found["labels"] == {"keep": 11, "remove": 9, "unsure": 0, "disagreed": 0, "empty": 0}


@pytest.mark.parametrize(
    ("delimiter", "encoding", "end"),
    [
        (";", "utf-8", "\r\n"),
        (";", "cp1252", "\r\n"),
        ("\t", "utf-16", "\r\n"),
        (",", "utf-8", "\n"),
        (",", "utf-8-sig", "\r"),
    ],
)
def test_sheets_as_spreadsheets_save_them(
    labelled: tuple[Path, Path], tmp_path: Path, delimiter: str, encoding: str, end: str
) -> None:
    run, sheet = labelled
    saved = tmp_path / "saved.csv"
    rows = rows_of(sheet)
    with saved.open("w", encoding=encoding, newline="", errors="replace") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerow(["Number", "original_text", " Label "])
        for row in rows:
            text = row["original_text"].replace("\n", end) + " …筛子é"
            writer.writerow([row["number"], text, row["label"].upper() + " "])
        file.write(delimiter * 2 + end)
    assert tamis.labels(run, saved) == tamis.labels(run, sheet)


def test_unsure_rows_are_left_out_and_counted(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    run, sheet = labelled
    rows = rows_of(sheet)
    key = json.loads(next((run / "review").iterdir()).read_text())["rows"]
    nearest = {row["number"] for row in key if row["side"] == "past" and row["stratum"] == 0}
    again = label(
        sheet, lambda place, n: "unsure" if n in nearest else rows[place]["label"], tmp_path / "u.csv"
    )
    [one] = tamis.labels(run, again)["rules"]
    assert (one["unsure"], one["rows"]) == (3, {"past": 7, "within": 10})
    assert one["precision"]["value"] == 1
    assert one["recall"]["value"] == pytest.approx(36 / (36 + 24))


def test_two_readers(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    run, sheet = labelled
    rows = rows_of(sheet)
    second = label(
        sheet,
        lambda place, _n: (
            ["unsure", "", "keep" if rows[2]["label"] == "remove" else "remove"][place]
            if place < 3
            else rows[place]["label"]
        ),
        tmp_path / "second.csv",
    )
    found = tamis.labels(run, sheet, second)
    assert found["agreement"]["rows"] == 18
    assert found["agreement"]["observed"] == pytest.approx(17 / 18)
    assert 0 < found["agreement"]["kappa"] < 1
    assert (found["labels"]["unsure"], found["labels"]["disagreed"], found["labels"]["empty"]) == (1, 1, 0)
    assert sum(found["rules"][0]["rows"].values()) == 18
    with pytest.raises(InputError, match="3 sheets"):
        tamis.labels(run, sheet, second, sheet)


def test_labels_that_do_not_fit(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    run, sheet = labelled
    good = sheet.read_text("utf-8-sig")
    number = rows_of(sheet)[0]["number"]

    def said(text: str) -> str:
        (tmp_path / "bad.csv").write_text(text, "utf-8")
        with pytest.raises(InputError) as caught:
            tamis.labels(run, tmp_path / "bad.csv")
        assert caught.value.exit_code == 2
        return str(caught.value).replace(str(tmp_path), "")

    head = "number,original_text,label\n"
    assert said(f"{head}{number},x,keep\n123,y,keep\n").startswith(
        "error: /bad.csv:3: row 123 is in no sheet of"
    )
    assert "a sheet of another run" in said(f"{head}123,y,keep\n")
    assert said(f"{head}{number},x,\n{number},x,keep\n").startswith("error: /bad.csv:3: row")
    assert said(f"{head}{number},x,maybe\n").splitlines() == [
        "error: /bad.csv:2: 'maybe' is no label",
        "hint: one of keep, remove, unsure, or leave it empty",
    ]
    assert said(f"{head}{number},x,remov\n").endswith("hint: did you mean remove?")
    assert "'12a' is no number" in said(f"{head}12a,x,keep\n")
    assert "no review sheet" in said("a,b\n1,2\n")
    assert "no review sheet" in said("")
    assert "no rows" in said(head)
    assert "cannot be read" in said(f'{head}{number},"{"x" * 200_000}",keep\n')
    with pytest.raises(InputError, match="cannot be read"):
        tamis.labels(run, tmp_path / "none.csv")
    assert [one.line for one in read_sheet(sheet)][:1] == [2]
    assert good.startswith("number")


def test_a_sheet_of_another_run(labelled: tuple[Path, Path], tmp_path: Path) -> None:
    _run, sheet = labelled
    other = build(tmp_path / "other", [english(n, 0.1) for n in range(40, 60)], QUALITY, QUALITY_RULES)
    with pytest.raises(RunError, match="no review was drawn from this run"):
        tamis.labels(other, sheet)
    found = tamis.review(other, 20, WORDS, tmp_path / "other.csv")
    with pytest.raises(InputError, match="a sheet of another run"):
        tamis.labels(other, sheet)
    Path(found["key"]).write_text('{"rows": [{"number": 1}]}')
    with pytest.raises(RunError, match="cannot be read"):
        tamis.labels(other, sheet)


def test_runs_that_cannot_be_reviewed(run: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    with pytest.raises(RunError, match="mark_ratio removed nothing") as caught:
        tamis.review(run, 20, MARKS, sheet)
    assert f"--near-bound {MARKS} " in caught.value.hint
    with pytest.raises(RunError, match="no rule word_cont") as caught:
        tamis.review(run, 20, "word_cont", sheet)
    assert caught.value.hint == f"did you mean {WORDS}?"
    with pytest.raises(RunError, match="no rule to review"):
        tamis.review(run, 20, [], sheet)
    for size, seed in ((0, 0), (20, -1)):
        with pytest.raises(TamisError):
            tamis.review(run, size, WORDS, sheet, seed=seed)
    half = build(tmp_path / "half", documents(), QUALITY, QUALITY_RULES, info={"status": "running"})
    with pytest.raises(RunError, match="the run is not complete"):
        tamis.review(half, 20, WORDS, sheet)
    for stored in ("signals", "none"):
        info = {"options": {"removed": stored}}
        bare = build(tmp_path / stored, documents(), QUALITY, QUALITY_RULES, info=info)
        with pytest.raises(RunError, match="did not store the texts") as caught:
            tamis.review(bare, 20, WORDS, sheet)
        assert "--removed text" in caught.value.hint
    assert not sheet.exists()
    tamis.review(run, 20, WORDS, sheet)
    with pytest.raises(InputError, match="there is a file already"):
        tamis.review(run, 20, WORDS, sheet)
    with pytest.raises(InputError, match="cannot be written"):
        tamis.review(run, 20, WORDS, tmp_path / "absent" / "sheet.csv")


def ask(terminal: Terminal, *words: object) -> str:
    assert look.main(look.parser(80).parse([str(word) for word in words]), terminal) == 0
    return terminal.out.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_on_the_terminal(labelled: tuple[Path, Path], tmp_path: Path, terminal: Terminal) -> None:
    run, sheet = labelled
    second = label(sheet, lambda place, _n: "unsure" if place == 0 else "keep", tmp_path / "second.csv")
    told = ask(terminal, run, "--labels", sheet, second).splitlines()
    assert told[0].split() == ["rule", "keeps", "rows", "precision", "recall"]
    assert told[1].startswith(WORDS)
    assert "Left out as unsure: 1." in " ".join(told)
    assert "Cohen's kappa 0.00" in " ".join(told)


def test_json_and_the_sheet_by_command(run: Path, tmp_path: Path, terminal: Terminal) -> None:
    sheet = tmp_path / "s.csv"
    told = ask(terminal, run, "--review", 10, "--rules", WORDS, "-o", sheet)
    assert told.splitlines()[1].split()[-6:] == ["5", "of", "40", "5", "of", "60"]
    terminal.out.truncate(terminal.out.seek(0))
    assert json.loads(ask(terminal, run, "--labels", sheet, "--json")) == tamis.labels(run, sheet)
    assert tamis.labels(run, sheet)["rules"][0]["precision"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--review", "5"], "give --rules too"),
        (["--review", "5", "--rules", "a"], "give -o too"),
        (["--rules", "a"], "it belongs to --review N"),
        (["--kept", "--seed", "0"], "it belongs to --review N"),
        (["--review", "5", "--labels", "s.csv"], "does not go together with --review"),
    ],
)
def test_options_that_belong_together(words: list[str], said: str, terminal: Terminal) -> None:
    with pytest.raises(TamisError) as caught:
        look.main(look.parser(80).parse(["out", *words]), terminal)
    assert said in caught.value.what
