"""Bad input through whole runs: a clear error before anything is read, or a quarantine of the one document."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tamis
from tamis.errors import InputError, RecipeError

PROSE = " ".join(
    f"The {word} of the old mill stands there and we know it." for word in "wheel door roof floor".split()
)


def record(number: int, body: bytes, length: int | None = None, kind: str = "text/html") -> bytes:
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode() + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012d}>\r\n"
        f"WARC-Target-URI: https://bad.example/{number}\r\nWARC-Date: 2024-05-01T00:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {length or len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n", mtime=0)


def page(text: str = PROSE) -> bytes:
    return f"<html><body><main><p>{text}</p></main></body></html>".encode()


def refined(
    folder: Path, members: list[bytes], **options: Any
) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Counts and failed rows of a run over one archive."""
    (folder / "bad.warc.gz").write_bytes(b"".join(members))
    settings = {"without": ["url_blocklist"], "workers": 1, **options}
    run = tamis.run("fineweb", str(folder / "bad.warc.gz"), folder / "out", **settings)
    counts = run.counts()
    assert counts["in"] + counts["made"] == counts["kept"] + counts["removed"] + counts["failed"]
    return counts, [row for _shard, path in run.files("failed") for row in pq.read_table(path).to_pylist()]


def test_a_member_cut_short_costs_that_record(tmp_path: Path) -> None:
    for number, cut in enumerate((1, 10, 60, 100, 150, 200)):
        (tmp_path / str(number)).mkdir()
        members = [record(0, page()), record(1, page())[:-cut], record(2, page())]
        counts, failed = refined(tmp_path / str(number), members)
        assert (counts["in"], [row["kind"] for row in failed]) == (3, ["record"]), cut


def test_a_wrong_length_costs_that_record(tmp_path: Path) -> None:
    counts, failed = refined(
        tmp_path, [record(0, page()), record(1, page(), length=10**6), record(2, page())]
    )
    assert (counts["in"], [row["kind"] for row in failed]) == (3, ["record"])


def test_a_huge_page_and_a_nesting_bomb_fail_as_size(tmp_path: Path) -> None:
    huge = b"<p>" + b"word " * 5_000_000
    bomb = b"<div>" * 200_000 + b"text"
    counts, failed = refined(tmp_path, [record(0, huge), record(1, bomb), record(2, page())])
    assert counts["in"] == 3
    assert [row["kind"] for row in failed] == ["size", "size"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("shift_jis", "吾輩は猫である。名前はまだ無い。"),
        ("gb18030", "今天天气很好，我们去公园散步。"),
        ("windows-1251", "Мельница стоит у реки уже сто лет."),
    ],
)
def test_a_page_under_a_wrong_label_keeps_its_characters(tmp_path: Path, encoding: str, text: str) -> None:
    body = f"<html><body><main><p>{text * 20}</p></main></body></html>".encode(encoding)
    (tmp_path / "bad.warc.gz").write_bytes(record(0, body, kind="text/html; charset=utf-8"))
    run = tamis.run(
        "fineweb", str(tmp_path / "bad.warc.gz"), tmp_path / "out", without=["url_blocklist"], workers=1
    )
    [path] = [path for _shard, path in run.files("removed")]
    assert text in pq.read_table(path)["text"][0].as_py()


def test_an_empty_file_is_no_error(tmp_path: Path) -> None:
    counts, failed = refined(tmp_path, [])
    assert (counts["in"], failed) == (0, [])


def test_a_table_without_text_names_its_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"content": ["a"], "lang": ["en"]}), tmp_path / "t.parquet")
    with pytest.raises(InputError) as caught:
        tamis.run("gopher", str(tmp_path / "t.parquet"), tmp_path / "out", workers=1)
    assert "content" in caught.value.what
    assert "--text" in caught.value.hint


def test_missing_inputs_and_lists_are_known_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        tamis.run("gopher", str(tmp_path / "nothing" / "*.jsonl"), tmp_path / "out")
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    change = {"url_blocklist.lists": str(tmp_path / "no-lists")}
    with pytest.raises((InputError, RecipeError)) as caught:
        tamis.run("fineweb", str(tmp_path / "a.jsonl"), tmp_path / "out", overrides=change)
    assert "--without url_blocklist" in caught.value.hint


@pytest.mark.parametrize("size", [0, 100, 400_000])
def test_a_damaged_model_is_refused(tmp_path: Path, size: int) -> None:
    from tamis.models.fasttext import PACKAGED, model_path

    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    model = tmp_path / "model.ftz"
    model.write_bytes(model_path(PACKAGED).read_bytes()[:size])
    change = {"language.model": str(model)}
    with pytest.raises(RecipeError, match=r"language: .*model.ftz"):
        tamis.run(
            "fineweb",
            str(tmp_path / "a.jsonl"),
            tmp_path / "out",
            overrides=change,
            without=["url_blocklist"],
        )


def test_an_archive_cut_off_costs_its_last_record(tmp_path: Path) -> None:
    data = b"".join(record(number, page()) for number in range(4))
    last = len(record(3, page()))
    for number, cut in enumerate((1, 8, last // 2, last - 5)):
        (tmp_path / str(number)).mkdir()
        counts, failed = refined(tmp_path / str(number), [data[:-cut]])
        assert (counts["in"], [row["kind"] for row in failed]) == (4, ["record"]), cut


def test_a_page_of_100_megabytes_fails_and_its_neighbours_do_not(tmp_path: Path) -> None:
    huge = record(1, b"<p>" + b"word and " * 11_000_000)
    counts, failed = refined(tmp_path, [record(0, page()), huge, record(2, page())])
    assert (counts["in"], counts["failed"]) == (3, 1)
    assert failed[0]["kind"] == "size"
    assert failed[0]["url"] == "https://bad.example/1"
    assert len(failed[0]["raw"] or b"") <= 4096


def test_bytes_that_are_no_text_are_replaced_and_counted_as_one_page(tmp_path: Path) -> None:
    body = page(PROSE + " before \xff\xfe after").replace("ÿþ".encode(), b"\xff\xc3\x28")
    counts, failed = refined(tmp_path, [record(0, body, kind="text/html; charset=utf-8")])
    assert (counts["in"], failed) == (1, [])
    text = texts(tmp_path / "out")[0]
    assert "The wheel of the old mill" in text
    assert "\ufffd" in text
    text.encode("utf-8")


@pytest.mark.parametrize("label", ["", "; charset=iso-8859-1", "; charset=utf-16", "; charset=no-such-thing"])
def test_a_wrong_or_no_label_loses_no_page(tmp_path: Path, label: str) -> None:
    bodies = [
        f"<html><body><main><p>{text * 20}</p></main></body></html>".encode(encoding)
        for encoding, text in (
            ("shift_jis", "吾輩は猫である。名前はまだ無い。"),
            ("gb18030", "今天天气很好，我们去公园散步。"),
            ("windows-1251", "Мельница стоит у реки уже сто лет."),
        )
    ]
    members = [record(number, body, kind="text/html" + label) for number, body in enumerate(bodies)]
    counts, failed = refined(tmp_path, members)
    assert (counts["in"], failed) == (3, [])
    assert all(text for text in texts(tmp_path / "out"))


def test_duplicate_ids_are_two_documents(tmp_path: Path) -> None:
    counts, failed = refined(tmp_path, [record(0, page()), record(0, page()), record(1, page())])
    assert (counts["in"], failed) == (3, [])


def texts(run: Path) -> list[str]:
    return [
        text
        for role in ("kept", "removed")
        for path in sorted((run / role).glob("*.parquet"))
        for text in pq.read_table(path)["text"].to_pylist()
    ]


def gopher(folder: Path, name: str, data: bytes) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Counts and failed rows of a run of `gopher` over one file."""
    (folder / name).write_bytes(data)
    run = tamis.run("gopher", folder / name, folder / "out", workers=1)
    counts = run.counts()
    assert counts["in"] + counts["made"] == counts["kept"] + counts["removed"] + counts["failed"]
    return counts, [row for _shard, path in run.files("failed") for row in pq.read_table(path).to_pylist()]


LINES = [
    b'{"text": "one"}',
    b'{"text": "cut off',
    b'{"text": "\xff\xfe"}',
    b'{"text": 5}',
    b'{"text": null}',
    b"[1, 2]",
    b'{"other": 1}',
    b'{"text": "lone \\ud800 half"}',
    b"\x00\x00",
    b'{"text": "last"}',
]


def test_each_bad_line_is_one_failed_row(tmp_path: Path) -> None:
    counts, failed = gopher(tmp_path, "lines.jsonl", b"\n".join(LINES))
    assert counts["in"] == len(LINES)
    kinds = {2: "encoding", 7: "encoding"}
    assert [(row["row"], row["kind"]) for row in failed] == [(n, kinds.get(n, "record")) for n in range(1, 9)]
    assert all(row["message"] and row["origin"]["name"] == "lines.jsonl" for row in failed)


def test_a_compressed_file_cut_off_gives_what_came_before(tmp_path: Path) -> None:
    draw = [f'{{"text": "{number} {number**9}"}}\n' for number in range(3000)]
    data = gzip.compress("".join(draw).encode(), mtime=0)
    counts, failed = gopher(tmp_path, "lines.jsonl.gz", data[: len(data) // 2])
    assert counts["in"] > 500
    assert len(failed) == 1


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.warc", "a.parquet", "a.txt"])
def test_an_empty_file_of_any_kind_gives_an_empty_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "b.jsonl").write_text('{"text": "b"}\n')
    (tmp_path / name).write_bytes(b"")
    run = tamis.run(
        "fineweb",
        [tmp_path / name, tmp_path / "b.jsonl"],
        tmp_path / "out",
        workers=1,
        without=["url_blocklist"],
    )
    # A text file is a document, also an empty one.
    assert run.counts()["in"] == (2 if name == "a.txt" else 1)
    assert run.complete


@pytest.mark.parametrize("size", [3, 100, -20])
def test_a_damaged_table_is_refused_before_any_work(tmp_path: Path, size: int) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"text": ["a text"] * 100}), path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(InputError) as caught:
        tamis.run("gopher", path, tmp_path / "out", workers=1)
    assert "t.parquet" in caught.value.where
    assert caught.value.what


def test_folders_where_files_were_meant(tmp_path: Path) -> None:
    (tmp_path / "folder.parquet").mkdir()
    (tmp_path / "empty").mkdir()
    for name in ("folder.parquet", "empty"):
        with pytest.raises(InputError) as caught:
            tamis.run("gopher", tmp_path / name, tmp_path / "out", workers=1)
        assert name in caught.value.where
        assert not list((tmp_path / "out").glob("phases/*"))
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    with pytest.raises((InputError, RecipeError)) as folder:
        tamis.run(tmp_path / "empty", tmp_path / "a.jsonl", tmp_path / "out", workers=1)
    assert folder.value.exit_code == 2


@pytest.mark.parametrize("name", ["none.ftz", "."])
def test_a_missing_model_is_named_with_the_way_round(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    change = {"language.model": str(tmp_path / name)}
    with pytest.raises((InputError, RecipeError)) as caught:
        tamis.run(
            "fineweb",
            tmp_path / "a.jsonl",
            tmp_path / "out",
            overrides=change,
            without=["url_blocklist"],
            workers=1,
        )
    said = caught.value
    assert str(tmp_path) in said.where + said.what
    assert said.hint
    assert not list((tmp_path / "out").glob("phases/*"))


def test_files_with_byte_order_marks_joined_into_one(tmp_path: Path) -> None:
    line = b'\xef\xbb\xbf{"text": "one"}\r\n'
    (tmp_path / "joined.jsonl").write_bytes(line * 3)
    run = tamis.run("gopher", str(tmp_path / "joined.jsonl"), tmp_path / "out", workers=1)
    counts = run.counts()
    assert (counts["in"], counts["failed"], counts["kept"] + counts["removed"]) == (3, 0, 3)
