"""`tamis sample`: what every machine has, in archives that any reader takes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import tamis
from tamis.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


class Record(NamedTuple):
    fields: dict[str, str]
    http: dict[str, str]
    block: bytes
    payload: bytes


def headers(block: bytes) -> dict[str, str]:
    lines = block.decode("utf-8").split("\r\n")[1:]
    return dict(line.split(": ", 1) for line in lines)


def records(path: Path) -> Iterator[Record]:
    """Each gzip member is one whole record of the length that it says."""
    packed = path.read_bytes()
    while packed:
        member = zlib.decompressobj(wbits=31)
        content = member.decompress(packed)
        assert member.eof
        packed = member.unused_data
        assert content.startswith(b"WARC/1.0\r\n")
        head, _blank, rest = content.partition(b"\r\n\r\n")
        fields = headers(head)
        length = int(fields["Content-Length"])
        assert rest[length:] == b"\r\n\r\n"
        http, _blank, payload = rest[:length].partition(b"\r\n\r\n")
        response = fields["WARC-Type"] == "response"
        yield Record(fields, headers(http) if response else {}, rest[:length], payload)


class Made(NamedTuple):
    folder: Path
    said: dict[str, object]
    pages: dict[str, list[Record]]
    lines: list[dict[str, str]]
    seconds_of_a_core: float


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("sample") / "demo"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "SECRET_OF_THE_USER": "do-not-print-me"}
    before = os.times()
    command = [sys.executable, "-m", "tamis", "sample", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    archives = {path.name: list(records(path)) for path in sorted(folder.glob("*.warc.gz"))}
    lines = [json.loads(line) for line in (folder / "pages.jsonl").read_text("utf-8").splitlines()]
    return Made(folder, json.loads(done.stdout), archives, lines, spent)


def responses(made: Made) -> list[Record]:
    return [one for found in made.pages.values() for one in found if one.fields["WARC-Type"] == "response"]


def test_enough_pages_in_little_time(made: Made) -> None:
    assert len(responses(made)) == made.said["pages"]
    assert len(responses(made)) >= 300
    assert 0 < made.seconds_of_a_core < 20


def test_each_archive_starts_with_its_description(made: Made) -> None:
    assert sorted(made.pages) == [
        "files.warc.gz", "mirror.warc.gz", "packages.warc.gz", "prose.warc.gz", "pydoc.warc.gz",
    ]  # fmt: skip
    for name, found in made.pages.items():
        assert found[0].fields["WARC-Type"] == "warcinfo"
        assert found[0].fields["WARC-Filename"] == name
        assert {one.fields["WARC-Type"] for one in found[1:]} <= {"response"}


def test_records_are_whole_and_told_apart(made: Made) -> None:
    found = responses(made)
    for one in found:
        digests = {"WARC-Payload-Digest": one.payload, "WARC-Block-Digest": one.block}
        for name, content in digests.items():
            assert one.fields[name] == "sha1:" + base64.b32encode(hashlib.sha1(content).digest()).decode()
        assert int(one.http["Content-Length"]) == len(one.payload)
        assert re.fullmatch(r"<urn:uuid:[0-9a-f-]{36}>", one.fields["WARC-Record-ID"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one.fields["WARC-Date"])
        assert one.fields["WARC-Target-URI"].split("/")[2].endswith(".example")
    for key in ("WARC-Record-ID", "WARC-Target-URI"):
        assert len({one.fields[key] for one in found}) == len(found)


def test_mirrors_say_so_and_differ_from_their_originals(made: Made) -> None:
    marked = [one for one in responses(made) if one.http.get("X-Tamis-Sample") == "mirror"]
    assert len(marked) == 20
    assert {one.fields["WARC-Target-URI"].split("/")[2] for one in marked} == {"mirror.example"}
    by_url = {one["url"]: one["text"] for one in made.lines}
    copies = {one["url"]: one["text"] for one in made.lines if one["source"] == "mirror"}
    assert len(copies) == 20
    for url, text in copies.items():
        own = text.split("\n")[1:-1]
        original = by_url["https://" + url.removeprefix("https://mirror.example/")].split("\n")
        assert sum(a != b for a, b in zip(own, original, strict=True)) == 1


def test_lines_hold_the_texts_of_pages_made_from_text(made: Made) -> None:
    assert {one["source"] for one in made.lines} == {"prose", "package", "mirror"}
    urls = {one.fields["WARC-Target-URI"] for one in responses(made)}
    assert {one["url"] for one in made.lines} <= urls
    assert all(one["text"].strip() for one in made.lines)


def test_it_says_what_it_is_and_tells_nothing_of_the_user(made: Made) -> None:
    about = (made.folder / "README.txt").read_text("utf-8")
    assert "not the web" in about
    everything = b"".join(one.block for one in responses(made))
    assert b"do-not-print-me" not in everything
    assert b"SECRET_OF_THE_USER" not in everything


def test_the_same_machine_makes_the_same_bytes(made: Made, tmp_path: Path) -> None:
    again = tamis.sample(tmp_path / "again")
    assert again["pages"] == made.said["pages"]
    for path in sorted(made.folder.iterdir()):
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_fineweb_finds_something_to_keep_and_to_remove(made: Made, tmp_path: Path) -> None:
    """What a newcomer's first run shows: kept pages, several rules at work, duplicates."""
    run = tamis.run("fineweb", str(made.folder / "*.warc.gz"), tmp_path / "out", without=["url_blocklist"])
    data = json.loads((run.path / "report" / "data.json").read_text("utf-8"))
    counts = data["summary"]["documents"]
    assert counts["in"] == made.said["pages"]
    assert counts["in"] == counts["kept"] + counts["removed"] + counts["failed"]
    assert counts["kept"] >= 30
    assert len([one for one in data["rules"] if one["in_order"]["documents"]]) >= 6
    assert sum(one["clusters"] for one in data["duplicates"]) >= 10


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        tamis.sample(tmp_path / "file")
