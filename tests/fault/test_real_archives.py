"""Real archives, whole and damaged, against another reader and against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from archive_inputs import archive, rows, stitched
from tamis.sources import expand, split


def independent(path: Path) -> Counter[str]:
    """What warcio makes of a file: record types."""
    from warcio.archiveiterator import ArchiveIterator

    with path.open("rb") as file:
        found: Counter[str] = Counter()
        for record in ArchiveIterator(file):
            record.raw_stream.read()
            found[record.rec_type] += 1
    return found


VALID = [
    "aut/arc/example.arc.gz",
    "aut/warc/example.warc.gz",
    "commoncrawl_whirlwind/whirlwind.warc",
    "commoncrawl_whirlwind/whirlwind.warc.gz",
    "commoncrawl_whirlwind/whirlwind.warc.wet.gz",
    "dolma_2024/sample-0000.warc.gz",
    "node_warc/books.toscrape.warc",
    "pywb_samples/dupes.warc.gz",
    "pywb_samples/example.warc.gz",
    "pywb_samples/iana.warc.gz",
    "solrwayback/compressions_warc/transfer_compression_brotli.warc.gz",
    "solrwayback/compressions_warc/transfer_compression_gzip_chunked.warc.gz",
    "warc2zim/bad-redirections.warc.gz",
    "warc2zim/http-return-codes.warc.gz",
    "warc2zim/main-entry-403.warc.gz",
    "warc2zim/single-page-test.warc",
    "warcio_edge/example-wget-bad-target-uri.warc.gz",
    "warcio_edge/example.arc",
    "warcio_edge/example.arc.gz",
    "warcio_edge/example.warc.gz",
]


@pytest.mark.parametrize("name", VALID)
def test_real_archives_against_another_reader(shared_data: Callable[[str], Path], name: str) -> None:
    path = shared_data("web") / "web_archives" / name
    [found] = expand([path])
    made, reader = rows(found)
    assert all(row["failure_kind"] is None for row in made)
    wanted = independent(path)
    documents = sum(wanted.pop(kind, 0) for kind in ("response", "resource", "conversion"))
    if "arc.gz" in name or name.endswith(".arc"):
        wanted["filedesc"] = wanted.pop("arc_header", 0) or wanted.get("filedesc", 0)
    skipped = dict(reader.skipped)
    assert len(made) == documents
    assert sum(skipped.values()) == sum(wanted.values())
    if split(found, 20_000) is not None:
        assert stitched(found, 20_000) == made


DAMAGED = {
    "aut/arc/badexample.arc.gz": ([None, None, "record", "record", "record"], {"filedesc": 1}),
    "jwat/jwat-warc/invalid-warcfile-fields-missing.warc": (["record"], {}),
    "jwat/jwat-warc/invalid-warcfile-lonely-monkeys.warc": (["record"], {}),
    "jwat/jwat-warc/invalid-warcfile-record-then-garbage.warc": ([None, "record"], {}),
    "jwat/jwat-warc/valid-warcfile-upper-lower-case.warc": ([None] * 4, {"warcinfo": 1}),
    "jwat/jwat-warc/valid-warcfile-utf8.warc": ([], {"warcinfo": 1}),
    "pywb_samples/missing-status-text.warc": (["record"], {}),
    "solrwayback/compressions_warc/transfer_compression_none_truncated.warc.gz": (
        ["record"],
        {"warcinfo": 1, "request": 1},
    ),
    "solrwayback/example_warc/Evil-Warc-Headers.warc": (["record"], {}),
    "warcio_edge/bad.arc": (["record", None, "record"], {}),
    "warcio_edge/example-bad.warc.gz.bad": ([None, None], {"warcinfo": 1, "request": 2, "revisit": 1}),
    "warcio_edge/example-trunc.warc": (["record"], {"warcinfo": 2, "request": 1}),
    "warcio_edge/example-wrong-chunks.warc.gz": ([None], {"request": 1}),
    "warcio_edge/example-bad-non-chunked.warc.gz": ([None], {"warcinfo": 2, "request": 2, "revisit": 1}),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_archives(shared_data: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    content = (shared_data("web") / "web_archives" / name).read_bytes()
    found = archive(tmp_path, "a" + name[name.index(".", 2) :].removesuffix(".bad").lower(), content)
    made, reader = rows(found)
    assert reader.end_offset == found.size
    assert ([row["failure_kind"] for row in made], reader.skipped) == DAMAGED[name]


def test_arc_and_warc_of_one_crawl(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("web") / "web_archives" / "aut"
    [old] = expand([folder / "arc" / "example.arc.gz"])
    [new] = expand([folder / "warc" / "example.warc.gz"])
    columns = ("url", "content_type", "content", "charset", "headers")
    first = [[row[name] for name in columns] for row in rows(old)[0]]
    second = [[row[name] for name in columns] for row in rows(new)[0]]
    assert len(first) == 299
    assert first == second


def test_encodings_of_transfer(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("web") / "web_archives" / "solrwayback" / "compressions_warc"
    pages = {}
    for coding in ("none", "gzip", "brotli"):
        for suffix in (".warc", ".warc.gz"):
            [found] = expand([folder / f"transfer_compression_{coding}{suffix}"])
            made, _reader = rows(found)
            pages[coding, suffix] = made[0]["content"]
    assert pages["none", ".warc"].startswith(b"<html>")
    assert len(set(pages.values())) == 1
