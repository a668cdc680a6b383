"""Which part a call is, by hand and by a scheduler; where a run directory lies; how shards are shared."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tamis import option_values
from tamis.engine import parts, place, store
from tamis.engine.parts import cut
from tamis.errors import RunError
from tamis.sources import Input

SLURM = "SLURM_ARRAY_TASK_"


@pytest.fixture(autouse=True)
def no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ID", "MIN", "MAX", "COUNT", "STEP"):
        monkeypatch.delenv(SLURM + name, raising=False)
    monkeypatch.delenv("JOB_COMPLETION_INDEX", raising=False)


@pytest.mark.parametrize(
    ("array", "of", "expected"),
    [
        # --array=0-63, --array=1-64, --array=0-126:2, --array=100-163
        ({"ID": 0, "MIN": 0, "MAX": 63, "COUNT": 64, "STEP": 1}, 64, "1/64"),
        ({"ID": 63, "MIN": 0, "MAX": 63, "COUNT": 64, "STEP": 1}, 64, "64/64"),
        ({"ID": 1, "MIN": 1, "MAX": 64, "COUNT": 64, "STEP": 1}, 64, "1/64"),
        ({"ID": 64, "MIN": 1, "MAX": 64, "COUNT": 64, "STEP": 1}, 64, "64/64"),
        ({"ID": 126, "MIN": 0, "MAX": 126, "COUNT": 64, "STEP": 2}, 64, "64/64"),
        ({"ID": 102, "MIN": 100, "MAX": 163, "COUNT": 64, "STEP": 1}, 64, "3/64"),
        # Only what the index needs.
        ({"ID": 3, "MIN": 0}, 8, "4/8"),
        ({"ID": 3, "MIN": 1}, 8, "3/8"),
        # Some tasks again: --array=0,5 and --array=5,64 say how they count.
        ({"ID": 5, "MIN": 0, "MAX": 5, "COUNT": 2}, 64, "6/64"),
        ({"ID": 5, "MIN": 5, "MAX": 64, "COUNT": 2}, 64, "5/64"),
    ],
)
def test_the_number_in_a_slurm_array(
    array: dict[str, int], of: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in array.items():
        monkeypatch.setenv(SLURM + name, str(value))
    assert option_values.part(f"slurm/{of}") == expected
    assert option_values.part(expected) == expected


@pytest.mark.parametrize(
    ("variables", "text", "what"),
    [
        ({}, "slurm/8", "SLURM_ARRAY_TASK_ID is not set: this is not a task of a Slurm array"),
        ({SLURM + "ID": "3"}, "slurm/8", "SLURM_ARRAY_TASK_MIN is not set: this is not a task of a Slurm array"),
        ({SLURM + "ID": "x", SLURM + "MIN": "1"}, "slurm/8", "SLURM_ARRAY_TASK_ID is 'x', no number"),
        ({SLURM + "ID": "9", SLURM + "MIN": "1"}, "slurm/8", "there is no part 9 of 8"),
        (
            {SLURM + "ID": "5", SLURM + "MIN": "5", SLURM + "MAX": "17", SLURM + "COUNT": "2"},
            "slurm/64",
            "Slurm gives task 5 of 2, from 5 to 17: does the array count from 0 or from 1?",
        ),
        ({}, "kubernetes/8", "JOB_COMPLETION_INDEX is not set: this is not a pod of an indexed Kubernetes job"),
        ({"JOB_COMPLETION_INDEX": "8"}, "kubernetes/8", "there is no part 9 of 8"),
        ({}, "9/8", "there is no part 9 of 8"),
        ({}, "0/8", "there is no part 0 of 8"),
        ({}, "-1/8", "there is no part -1 of 8"),
        ({}, "3/0", "'3/0' is no part"),
        ({}, "3", "'3' is no part"),
        ({}, "3/x", "'3/x' is no part"),
        ({}, "pbs/8", "'pbs/8' is no part"),
        ({}, "", "'' is no part"),
    ],
)  # fmt: skip
def test_refused(variables: dict[str, str], text: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(option_values.Refused) as caught:
        option_values.part(text)
    assert caught.value.what == what
    assert caught.value.hint


def test_the_number_of_a_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "7")
    assert option_values.part("kubernetes/8") == "8/8"


MOUNTS = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 27 0:41 / /mnt/two\\040words rw - nfs4 server:/export rw
31 30 0:42 / /mnt/two\\040words/fast rw,noatime master:1 - xfs /dev/sdb rw
32 27 0:43 / /mnt/twice rw - ext4 /dev/sdc rw
33 32 0:44 / /mnt/twice rw - fuse.gcsfuse bucket rw
"""


@pytest.mark.parametrize(
    ("path", "kind", "shared"),
    [
        ("/data/run1", "ext4", False),
        ("/mnt/two words/run1", "nfs4", True),
        ("/mnt/two words/fast/run1", "xfs", False),
        ("/mnt/two words and more", "ext4", False),
        ("/mnt/twice", "fuse.gcsfuse", True),
    ],
)
def test_the_file_system_of_a_path(tmp_path: Path, path: str, kind: str, shared: bool) -> None:
    (tmp_path / "mounts").write_text(MOUNTS)
    assert place.kind_of(path, str(tmp_path / "mounts")) == kind
    assert (place.SHARED.fullmatch(kind) is not None) == shared
    assert place.kind_of(path, str(tmp_path / "none")) == ""


def test_a_place_that_is_said_to_be_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAMIS_LOCK", raising=False)
    assert not place.is_shared(tmp_path)
    assert place.is_shared("s3://bucket/run1")
    monkeypatch.setenv("TAMIS_LOCK", "lease")
    assert place.is_shared(tmp_path)


def shard(name: str, start: int, size: int, kind: str = "jsonl") -> dict[str, Any]:
    return {"pieces": [{"input": {"name": name, "format": kind}, "range": [start, start + size, size]}]}


def test_shares_are_even_and_whole() -> None:
    shards = [shard(f"{number % 7}", number, 1 + number * 37 % 100) for number in range(500)]
    sizes = [one["pieces"][0]["range"][2] for one in shards]
    for count in (1, 2, 8, 64):
        shares = cut(shards, [], count)
        assert sorted(number for share in shares for number in share.shards) == list(range(500))
        loads = [sum(sizes[number] for number in share.shards) for share in shares]
        assert max(loads) - min(loads) <= max(sizes)
        assert cut(shards, [], count) == shares


def test_a_pack_of_files_goes_by_the_first_of_them() -> None:
    packs = [
        {"pieces": [{"input": {"name": "pages", "format": "pack", "files": [{"name": f"pages/{n}"}]}, "range": [0, 1, 5]}]}
        for n in range(6)
    ]  # fmt: skip
    assert sorted(len(share.shards) for share in cut(packs, [], 3)) == [2, 2, 2]


def test_inputs_that_are_read_whole_weigh_what_they_are_as_files() -> None:
    whole = [Input("big.gz", "big.gz", 1000, "1", "jsonl"), Input("small.gz", "small.gz", 10, "1", "jsonl")]
    plain = [shard("a", number, 100) for number in range(10)]
    before = cut(plain, whole, 2)
    after = cut([*plain, *(shard("big.gz", n, 5, "chunk") for n in range(9))], whole, 2)
    assert [share.files for share in before] == [share.files for share in after]
    [owner] = [share for share in after if "big.gz" in share.files]
    assert owner.shards == list(range(10, 19))


def test_the_number_of_parts_is_stored_once(tmp_path: Path) -> None:
    assert parts.stored(tmp_path) == 0
    parts.agree_on_parts(tmp_path, 8, 0.0)
    parts.agree_on_parts(tmp_path, 8, 0.0)
    assert parts.stored(tmp_path) == 8
    with pytest.raises(RunError, match="cut into 8 parts, you ask for 9"):
        parts.agree_on_parts(tmp_path, 9, 0.0)
    store.replace(tmp_path / parts.FILE, b"{")
    with pytest.raises(RunError, match=r"parts\.json: cannot be read"):
        parts.stored(tmp_path)


@pytest.mark.parametrize("error", store.NO_LINKS)
def test_a_file_system_without_hard_links(
    tmp_path: Path, error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(old: object, new: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "link", no_links)
    assert store.create(tmp_path / "a" / "one", b"1")
    assert not store.create(tmp_path / "a" / "one", b"2")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["one"]
    assert store.read(tmp_path / "a" / "one") == b"1"
