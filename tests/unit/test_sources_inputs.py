"""Names of inputs, packs of small files, charsets, and paths that cannot be read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tamis.errors import InputError
from tamis.sources import Input, Range, ReadOptions, check, document_at, expand, read, split


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"text": "{path.stem}"}}\n')


def rows(found: Input, part: Range | None = None, **options: Any) -> list[dict[str, Any]]:
    count = len(found.files) or max(found.size, 1)
    return [
        row
        for batch in read(found, part or Range(0, count), ReadOptions(**options))
        for row in batch.to_pylist()
    ]


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/one.jsonl", "a/b/two.jsonl", "a/b/.hidden.jsonl", "a/.git/three.jsonl", "a/notes.bin")
    assert [one.name for one in expand([tmp_path / "a"])] == ["b/two.jsonl", "one.jsonl"]
    assert [one.name for one in expand([f"{tmp_path}/a/*/*.jsonl"])] == ["b/two.jsonl"]
    assert [one.name for one in expand([f"{tmp_path}/a/**/*.jsonl"])] == ["b/two.jsonl", "one.jsonl"]
    assert [one.name for one in expand([tmp_path / "a/b/two.jsonl"])] == ["two.jsonl"]
    assert [one.name for one in expand([f"file://{tmp_path}/a/one.jsonl"])] == ["one.jsonl"]
    monkeypatch.chdir(tmp_path)
    assert [one.name for one in expand(["a/*.jsonl"])] == ["one.jsonl"]
    assert [one.name for one in expand(["*/*.jsonl", "a"])] == ["a/one.jsonl", "b/two.jsonl", "one.jsonl"]


def test_order_is_that_of_bytes(tmp_path: Path) -> None:
    make(tmp_path, "é.jsonl", "z.jsonl", "Z.jsonl", "a.jsonl", "10.jsonl", "9.jsonl")
    wanted = ["10.jsonl", "9.jsonl", "Z.jsonl", "a.jsonl", "z.jsonl", "é.jsonl"]
    assert [one.name for one in expand([tmp_path])] == wanted
    several = [str(tmp_path / name) for name in reversed(wanted)]
    assert [one.name for one in expand(several)] == wanted


def test_ids_depend_on_names_and_places_only(tmp_path: Path) -> None:
    make(tmp_path, "x/a.jsonl", "y/a.jsonl")
    [one], [two] = expand([tmp_path / "x/a.jsonl"]), expand([tmp_path / "y/a.jsonl"])
    assert rows(one)[0]["id"] == rows(two)[0]["id"]
    [below] = expand([f"{tmp_path}/*/../x/a.jsonl"])[:1]
    assert rows(below)[0]["id"] != rows(one)[0]["id"]


def test_odd_names_are_no_patterns(tmp_path: Path) -> None:
    make(tmp_path, "a[1].jsonl", "with space.jsonl")
    assert [one.name for one in expand([tmp_path / "a[1].jsonl"])] == ["a[1].jsonl"]


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"bad-\xff.jsonl")
    with open(path, "wb") as file:
        file.write(b'{"text": "x"}\n')
    for given in (os.fsdecode(path), tmp_path, f"{tmp_path}/*.jsonl"):
        with pytest.raises(InputError, match="the name is not UTF-8"):
            expand([given])


@pytest.mark.parametrize("name", ["pipe.txt", "pipe.jsonl", "pipe.warc.gz"])
def test_a_pipe_is_refused_and_never_opened(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    for given in (tmp_path / name, tmp_path, f"{tmp_path}/*"):
        with pytest.raises(InputError, match=f"{name}: no regular file"):
            expand([given])


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none.jsonl", "no such file"),
        ("*.jsonl", "no file matches"),
        (".", "no file of a known kind"),
        ("a.bin", "not a known kind of file"),
    ],
)
def test_paths_that_cannot_be_read(
    tmp_path: Path, path: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.bin").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        expand([path])


def test_a_pattern_that_matches_folders_only(tmp_path: Path) -> None:
    make(tmp_path, "dirx/x.warc.gz/a.jsonl")
    with pytest.raises(
        InputError, match=r"only folders match, such as .*/dirx/x\.warc\.gz\nhint: .*dirx/\*/\*'"
    ):
        expand([f"{tmp_path}/dirx/*"])
    assert [one.name for one in expand([f"{tmp_path}/dirx/*/*"])] == ["x.warc.gz/a.jsonl"]


def test_a_directory_with_a_files_name(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(InputError, match="is a directory"):
        check([Input("a.jsonl", str(tmp_path / "a.jsonl"), 1, "", "jsonl")], ReadOptions())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    make(tmp_path, "a.jsonl")
    (tmp_path / "a.jsonl").chmod(0)
    with pytest.raises(InputError, match="no permission"):
        expand([tmp_path / "a.jsonl"])


def test_urls_through_fsspec() -> None:
    import fsspec

    files = fsspec.filesystem("memory")
    files.pipe("/tamis/a/one.jsonl", b'{"text": "one"}\n')
    files.pipe("/tamis/a/b/two.jsonl", b'{"text": "two"}\n')
    assert [one.name for one in expand(["memory://tamis/a/one.jsonl"])] == ["one.jsonl"]
    assert [one.name for one in expand(["memory://tamis/*/*.jsonl"])] == ["a/one.jsonl"]
    found = expand(["memory://tamis/a"])
    assert [one.name for one in found] == ["b/two.jsonl", "one.jsonl"]
    assert [rows(one)[0]["text"] for one in found] == ["two", "one"]
    with pytest.raises(InputError):
        expand(["memory://tamis/none.jsonl"])
    with pytest.raises(InputError, match="nosuchscheme"):
        expand(["nosuchscheme://x/a.jsonl"])


def test_packs_of_small_files(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.txt").write_text(f"text {number}\n" * 10)
    (tmp_path / "5.html").write_text("<p>page</p>")
    (tmp_path / "4a.jsonl").write_text('{"text": "x"}\n')
    found = expand([tmp_path])
    assert [(one.name, one.format, len(one.files)) for one in found] == [
        ("0.txt", "pack", 5),
        ("4a.jsonl", "jsonl", 0),
        ("5.html", "pack", 6),
    ]
    assert Input.from_dict(found[2].to_dict()) == found[2]
    whole = rows(found[2])
    assert [row["origin"]["name"] for row in whole] == ["5.html", "5.txt", "6.txt", "7.txt", "8.txt", "9.txt"]
    assert (whole[0]["content"], whole[0]["text"], whole[0]["content_type"]) == (
        b"<p>page</p>",
        None,
        "text/html",
    )
    assert (whole[1]["content"], whole[1]["text"]) == (None, "text 5\n" * 10)
    parts = split(found[2], 150) or []
    assert len(parts) > 2
    made = [row for part in parts for row in rows(*found[2].narrow(part))]
    assert made == whole


def test_files_that_fail_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_bytes(b"x" * 2000)
    (tmp_path / "c.txt.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    (tmp_path / "d.txt").write_bytes("Größe".encode("utf-16"))
    made = rows(expand([tmp_path])[0], max_document=1000)
    assert [row["failure_kind"] for row in made] == [None, "size", "record", None]
    assert (made[0]["text"], made[3]["text"], made[3]["charset"]) == ("", "Größe", "utf-16le (bom)")


def test_a_file_has_one_id_whether_it_can_be_read_or_not(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"<p>" + bytes(range(128, 256)) * 50)
    [found] = expand([tmp_path])
    [read_one], [failed] = rows(found), rows(found, charset="datatrove")
    assert (read_one["failure_kind"], failed["failure_kind"]) == (None, "encoding")
    assert read_one["id"] == failed["id"]


def test_empty_tables(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.jsonl.gz", "a.parquet", "a.jsonl.zst"):
        (tmp_path / name).write_bytes(b"")
        [found] = expand([tmp_path / name])
        options = check([found], ReadOptions())
        [part] = split(found, 100) or []
        assert list(read(found, part, options)) == []
        (tmp_path / name).unlink()


def test_one_document_by_its_origin(tmp_path: Path) -> None:
    import gzip

    import pyarrow as pa
    import pyarrow.parquet as pq

    lines = b"".join(b'{"text": "line %d"}\n' % number for number in range(300))
    record = b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\npage%d\r\n\r\n"
    (tmp_path / "a.jsonl").write_bytes(lines)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(lines))
    (tmp_path / "c.warc").write_bytes(b"".join(record % number for number in range(9)))
    (tmp_path / "d.warc.gz").write_bytes(b"".join(gzip.compress(record % number) for number in range(9)))
    (tmp_path / "e.warc.gz").write_bytes(gzip.compress(b"".join(record % number for number in range(9))))
    for name in ("f.txt", "g.html"):
        (tmp_path / name).write_text(name)
    pq.write_table(
        pa.table({"text": [str(number) for number in range(90)]}), tmp_path / "h.parquet", row_group_size=20
    )
    inputs = expand([tmp_path])
    options = check(inputs, ReadOptions())
    made = [
        row
        for one in inputs
        for part in split(one, 1 << 30) or []
        for batch in read(one, part, options)
        for row in batch.to_pylist()
    ]
    assert len(made) == 300 + 300 + 9 + 9 + 9 + 2 + 90
    for row in made[::7]:
        found = document_at(inputs, row["origin"], options)
        assert found is not None
        assert found.to_pylist() == [row]
    assert document_at(inputs, {"name": "none", "offset": 0, "length": 1}, options) is None
