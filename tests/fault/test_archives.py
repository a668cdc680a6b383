"""Archives as they are found: whole, cut, damaged, hostile; each costs what is broken and nothing more."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_inputs import PAGE, archive, member, response, rows, stitched, urls
from tamis.errors import InputError
from tamis.sources import Input, Range, ReadOptions, expand, ingest, read, split


@pytest.fixture
def crawl() -> list[bytes]:
    kinds = ["warcinfo", "request", "response", "metadata", "response", "revisit", "response", "response"]
    return [response(number, kind=kind) for number, kind in enumerate(kinds)]


def compressed(records: list[bytes], form: str) -> tuple[str, bytes]:
    if form == "plain":
        return "a.warc", b"".join(records)
    if form == "zstd":
        one = zstandard.ZstdCompressor(write_checksum=True)
        return "a.warc.zst", b"".join(one.compress(record) for record in records)
    return "a.warc.gz", b"".join(member(record) for record in records)


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
def test_whole(tmp_path: Path, crawl: list[bytes], form: str) -> None:
    found = archive(tmp_path, *compressed(crawl, form))
    made, reader = rows(found)
    assert urls(made) == ["2", "4", "6", "7"]
    assert [row["content"] for row in made] == [PAGE % n for n in (2, 4, 6, 7)]
    assert made[0]["charset"] == "utf-8 (header)"
    assert made[0]["date"] == "2024-05-01T00:00:00Z"
    assert reader.skipped == {"warcinfo": 1, "request": 1, "metadata": 1, "revisit": 1}
    assert (reader.first_offset, reader.end_offset) == (0, found.size)


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
def test_ids_do_not_depend_on_compression(tmp_path: Path, crawl: list[bytes], form: str) -> None:
    plain, _reader = rows(archive(tmp_path, "plain.warc", b"".join(crawl)))
    made, _reader = rows(archive(tmp_path, *compressed(crawl, form)))
    assert [row["id"] for row in made] == [row["id"] for row in plain]


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(0, 2000), min_size=1, max_size=8),
    target=st.integers(40, 4000),
    damage=st.integers(0, 2),
    seed=st.randoms(use_true_random=False),
)
def test_every_split_reads_the_same(
    tmp_path: Path, form: str, sizes: list[int], target: int, damage: int, seed: Any
) -> None:
    records = [response(n, seed.randbytes(size)) for n, size in enumerate(sizes)]
    name, content = compressed(records, form)
    broken = bytearray(content)
    for _hit in range(damage):
        broken[seed.randrange(len(broken))] ^= 1 + seed.randrange(255)
    found = archive(tmp_path, name, bytes(broken))
    whole, reader = rows(found)
    if split(found, target) is not None:
        assert stitched(found, target) == whole
    assert len(whole) >= len(sizes) - 2 * damage
    assert reader.end_offset == found.size


def test_an_archive_stored_inside_a_member(tmp_path: Path) -> None:
    inner = b"".join(member(response(1000 + n)) for n in range(60))
    records = [response(n, inner if n % 3 == 1 else None) for n in range(9)]
    found = archive(tmp_path, "a.warc.gz", b"".join(member(record, 0) for record in records))
    whole, _reader = rows(found)
    assert urls(whole) == [str(n) for n in range(9)]
    loose = [row for part in split(found, 700) or [] for row in rows(found, part)[0]]
    assert len(loose) > len(whole)
    assert stitched(found, 700) == whole


def test_a_wrong_check_sum_in_a_member_that_holds_an_archive(tmp_path: Path) -> None:
    inner = member(response(1, b"".join(member(response(1000 + n)) for n in range(20))), 0)
    broken = inner[:-8] + bytes(4) + inner[-4:]
    found = archive(tmp_path, "a.warc.gz", member(response(0)) + broken + member(response(2)))
    made, _reader = rows(found)
    assert urls(made) == ["0", "the gzip member is corrupt", "2"]
    assert made[1]["failure_kind"] == "record"
    assert made[1]["failure_raw"] == broken[:4096]
    assert made[1]["origin"]["offset"] == len(member(response(0)))


def test_a_member_cut_in_the_middle_of_the_file(tmp_path: Path) -> None:
    members = [member(response(n, bytes(range(256)) * 40)) for n in range(4)]
    members[1] = members[1][: len(members[1]) // 2]
    made, _reader = rows(archive(tmp_path, "a.warc.gz", b"".join(members)))
    assert [row["failure_kind"] for row in made] == [None, "record", None, None]
    assert urls(made)[2:] == ["2", "3"]


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
def test_a_file_cut_at_any_byte(tmp_path: Path, form: str) -> None:
    records = [response(n) for n in range(3)]
    name, content = compressed(records, form)
    ends = [len(compressed(records[:n], form)[1]) for n in range(4)]
    for cut in range(0, len(content), 1 if form != "plain" else 3):
        made, reader = rows(archive(tmp_path, name, content[:cut]))
        if form == "plain":
            kept = sum(end - 4 <= cut for end in ends[1:])
            clean = any(end - 4 <= cut <= end for end in ends)
        else:
            kept, clean = sum(end <= cut for end in ends[1:]), cut in ends
        assert [row["failure_kind"] for row in made] == [None] * kept + ["record"] * (
            not clean and cut > 0
        ), cut
        assert not reader.skipped


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("change", [-40, -1, 1, 7, 500, 10**9])
def test_a_wrong_length_costs_that_record(tmp_path: Path, form: str, change: int) -> None:
    records = [response(n) for n in range(4)]
    length = records[1].split(b"Content-Length: ")[1].split(b"\r\n")[0]
    wrong = b"Content-Length: %d" % (int(length) + change)
    records[1] = records[1].replace(b"Content-Length: " + length, wrong)
    made, _reader = rows(archive(tmp_path, *compressed(records, form)))
    kinds = [row["failure_kind"] for row in made]
    if change in (-1, 1) and len(made) == 4 and kinds == [None] * 4:
        return
    assert kinds == [None, "record", None, None]
    assert urls(made)[2:] == ["2", "3"]


@pytest.mark.parametrize("form", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("head", [b"WARC/1.0\r\nnonsense", b"\0" * 40, b"WRC/1.0\r\nWARC-Type: response\r\n"])
def test_a_broken_head_costs_that_record(tmp_path: Path, form: str, head: bytes) -> None:
    records = [response(n) for n in range(4)]
    records[1] = head + b"\r\n\r\nsomething\r\n\r\n"
    made, _reader = rows(archive(tmp_path, *compressed(records, form)))
    assert [row["failure_kind"] for row in made] == [None, "record", None, None]
    assert made[1]["failure_raw"].startswith(head)


def test_a_range_that_no_record_starts_in(tmp_path: Path) -> None:
    content = member(response(0, bytes(100_000)), 0) + member(response(1))
    found = archive(tmp_path, "a.warc.gz", content)
    _made, reader = rows(found, Range(50, 90_000))
    assert (reader.first_offset, reader.end_offset) == (None, None)
    assert urls(stitched(found, 1000)) == ["0", "1"]


def test_one_record_by_its_origin(tmp_path: Path, crawl: list[bytes]) -> None:
    found = archive(tmp_path, *compressed(crawl, "gzip"))
    whole, _reader = rows(found)
    for row in whole:
        at = row["origin"]["offset"]
        assert rows(found, Range(at, at + 1), at)[0] == [row]


def test_one_gzip_member_is_ingested(tmp_path: Path, crawl: list[bytes]) -> None:
    found = archive(tmp_path, "a.warc.gz", member(b"".join(crawl)))
    assert split(found, 10) is None
    chunks: dict[int, list[str]] = {}
    reader = ingest(
        found,
        ReadOptions(batch_rows=1),
        lambda number, batch: chunks.setdefault(number, []).extend(batch.column("url").to_pylist()),
        chunk_bytes=1,
    )
    assert [len(chunk) for chunk in chunks.values()] == [1, 1, 1, 1]
    assert reader.skipped == {"warcinfo": 1, "request": 1, "metadata": 1, "revisit": 1}
    cut = archive(tmp_path, "b.warc.gz", member(b"".join(crawl))[:-20])
    made, _reader = rows(cut)
    assert made[-1]["failure_kind"] == "record"


def test_members_with_several_records(tmp_path: Path) -> None:
    groups = [b"".join(response(3 * g + n) for n in range(3)) for g in range(3)]
    found = archive(tmp_path, "a.warc.gz", member(response(99)) + b"".join(member(group) for group in groups))
    made, _reader = rows(found)
    assert urls(made) == ["99", *(str(n) for n in range(9))]
    assert len({row["id"] for row in made}) == 10


def test_zstd_with_a_dictionary(tmp_path: Path) -> None:
    records = [response(n) for n in range(40)]
    dictionary = zstandard.train_dictionary(2000, records * 5)
    one = zstandard.ZstdCompressor(dict_data=dictionary)
    raw = dictionary.as_bytes()
    for name, frame in (("raw", raw), ("packed", zstandard.ZstdCompressor().compress(raw))):
        head = b"\x5d\x2a\x4d\x18" + len(frame).to_bytes(4, "little") + frame
        content = head + b"".join(one.compress(record) for record in records)
        found = archive(tmp_path, f"{name}.warc.zst", content)
        assert urls(rows(found)[0]) == [str(n) for n in range(40)]
        assert urls(stitched(found, 300)) == [str(n) for n in range(40)]


def test_a_large_page_costs_one_document_and_little_memory(tmp_path: Path) -> None:
    import resource

    big = b"<html>" + bytes(1000) * 100_000
    found = archive(
        tmp_path, "a.warc.gz", member(response(0)) + member(response(1, big)) + member(response(2))
    )
    plain = archive(tmp_path, "a.warc", response(0) + response(1, big) + response(2))
    del big
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for one in (found, plain):
        made, _reader = rows(one, max_document=1_000_000)
        assert [row["failure_kind"] for row in made] == [None, "size", None]
        assert made[1]["url"] == "http://example.org/1"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def test_bombs_inside_pages(tmp_path: Path) -> None:
    import brotli

    big = bytes(50_000_000)
    bodies = {
        "gzip": gzip.compress(big),
        "deflate": zlib.compress(big),
        "br": brotli.compress(big, quality=1),
        "zstd": zstandard.ZstdCompressor().compress(big),
    }
    records = [
        response(n, body, extra=f"Content-Encoding: {coding}\r\n")
        for n, (coding, body) in enumerate(bodies.items())
    ]
    made, _reader = rows(archive(tmp_path, "a.warc", b"".join(records)), max_document=1_000_000)
    assert [row["failure_kind"] for row in made] == ["size"] * 4


def test_content_types_and_empty_files(tmp_path: Path) -> None:
    image = response(1).replace(b"text/html; charset=utf-8", b"image/png; charset=utf-8")
    made, _reader = rows(archive(tmp_path, "a.warc", response(0) + image))
    assert [(row["content_type"], row["content"] is None) for row in made] == [
        ("text/html", False),
        ("image/png", True),
    ]
    assert made[1]["failure_kind"] is None
    for name in ("empty.warc", "empty.warc.gz", "empty.warc.zst", "empty.arc"):
        assert rows(archive(tmp_path, name, b""))[0] == []


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path / "none.warc.gz", tmp_path / "*.warc.gz", tmp_path):
        with pytest.raises(InputError):
            expand([path])


def test_space_in_uri() -> None:
    record = response(5).replace(b"http://example.org/5", b"<file:///tmp/a page.html>")
    made: list[dict[str, Any]] = []
    options = ReadOptions(open=lambda path: io.BytesIO(record))
    for batch in read(Input("a.warc", "a.warc", len(record), "", "warc"), Range(0, len(record)), options):
        made += batch.to_pylist()
    assert made[0]["url"] == "file:///tmp/a page.html"


@pytest.mark.parametrize("damaged", [4, 9])
def test_a_broken_arc_line_costs_that_record(tmp_path: Path, damaged: int) -> None:
    records = [b"filedesc://a.arc 0.0.0.0 20080430204825 text/plain 7\n1 0 xx\n\n"]
    for number in range(10):
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Page %d.</p>" % number
        date = b"2008-04-30" if number == damaged else b"20080430204826"
        line = b"http://h%d.example/ 10.0.0.1 %s text/html %d\n" % (number, date, len(body))
        records.append(line + body + b"\n")
    found = archive(tmp_path, "a.arc", b"".join(records))
    made, _reader = rows(found)
    assert [row["url"] for row in made] == [
        f"http://h{n}.example/" if n != damaged else None for n in range(10)
    ]
    assert len(stitched(found, 300)) == 10
