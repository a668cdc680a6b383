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

PROSE = " ".join(f"The {word} of the old mill stands there and we know it." for word in "wheel door roof floor".split())


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


def refined(folder: Path, members: list[bytes], **options: Any) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Counts and failed rows of a run over one archive."""
    (folder / "bad.warc.gz").write_bytes(b"".join(members))
    settings = {"without": ["url_blocklist"], "workers": 1, **options}
    run = tamis.run("fineweb", str(folder / "bad.warc.gz"), folder / "out", **settings)
    counts = run.counts()
    assert counts["in"] + counts["made"] == counts["kept"] + counts["removed"] + counts["failed"]
    return counts, [row for _shard, path in run.files("failed") for row in pq.read_table(path).to_pylist()]


def test_a_member_cut_short_costs_that_record(tmp_path: Path) -> None:
    cut = record(1, page())[:-60]
    counts, failed = refined(tmp_path, [record(0, page()), cut, record(2, page())])
    assert counts["in"] == 3
    assert [row["kind"] for row in failed] == ["record"]


def test_a_wrong_length_costs_that_record(tmp_path: Path) -> None:
    counts, failed = refined(tmp_path, [record(0, page()), record(1, page(), length=10**6), record(2, page())])
    assert (counts["in"], [row["kind"] for row in failed]) == (3, ["record"])


def test_a_huge_page_and_a_nesting_bomb_fail_as_size(tmp_path: Path) -> None:
    huge = b"<p>" + b"word " * 5_000_000
    bomb = b"<div>" * 200_000 + b"text"
    counts, failed = refined(tmp_path, [record(0, huge), record(1, bomb), record(2, page())])
    assert counts["in"] == 3
    assert [row["kind"] for row in failed] == ["size", "size"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("shift_jis", "吾輩は猫である。名前はまだ無い。"), ("gb18030", "今天天气很好，我们去公园散步。"), ("windows-1251", "Мельница стоит у реки уже сто лет.")],
)
def test_a_page_under_a_wrong_label_keeps_its_characters(tmp_path: Path, encoding: str, text: str) -> None:
    body = f"<html><body><main><p>{text * 20}</p></main></body></html>".encode(encoding)
    (tmp_path / "bad.warc.gz").write_bytes(record(0, body, kind="text/html; charset=utf-8"))
    run = tamis.run("fineweb", str(tmp_path / "bad.warc.gz"), tmp_path / "out", without=["url_blocklist"], workers=1)
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
    with pytest.raises((InputError, RecipeError)) as caught:
        change = {"url_blocklist.lists": str(tmp_path / "no-lists")}
        tamis.run("fineweb", str(tmp_path / "a.jsonl"), tmp_path / "out", overrides=change)
    assert "--without url_blocklist" in caught.value.hint


@pytest.mark.parametrize("size", [0, 100, 400_000])
def test_a_damaged_model_is_refused(tmp_path: Path, size: int) -> None:
    from tamis.models.packaged import packaged_model

    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    model = tmp_path / "model.ftz"
    model.write_bytes(Path(packaged_model()).read_bytes()[:size])
    with pytest.raises(InputError):
        change = {"language.model": str(model)}
        tamis.run("fineweb", str(tmp_path / "a.jsonl"), tmp_path / "out", overrides=change, without=["url_blocklist"])
