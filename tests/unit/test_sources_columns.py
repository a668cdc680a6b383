"""The columns that travel beside the text: their types, what fits them, and what two files disagree on."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tamis.errors import InputError
from tamis.sources import Input, Range, ReadOptions, check, expand, read

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from table_inputs import every, lines, put, rows


def test_asked_columns(tmp_path: Path) -> None:
    found = put(
        tmp_path,
        "a.jsonl",
        lines(
            {"text": "a", "score": 1, "metadata": {"lang": "en"}, "tags": ["x"]},
            {"text": "b", "score": 1.5, "lang": "de"},
            {"text": "c", "score": "high"},
        )[:-1],
    )
    mixed = put(tmp_path, "d.jsonl", lines({"text": "", "a": 1.5}, {"text": "", "a": "x"}))
    with pytest.raises(InputError, match=r"'a' is string in line 2 and double in line 1\nhint: .*metadata"):
        rows(mixed, columns=("a",))
    with pytest.raises(InputError, match="no column 'other'"):
        rows(put(tmp_path, "e.jsonl", lines({"text": "a"})), columns=("other",))
    with pytest.raises(InputError, match="name of tamis itself"):
        rows(found, columns=("id",))
    few = put(tmp_path, "f.jsonl", lines({"text": "a", "tags": ["x"], "lang": "en"}, {"text": "b"}))
    made = rows(few, columns=("lang", "tags"))
    assert [(row["lang"], row["tags"], row["metadata"]) for row in made] == [
        ("en", '["x"]', None),
        (None, None, None),
    ]


def test_a_value_that_does_not_fit_stays_in_metadata(tmp_path: Path) -> None:
    """The first lines settle the types; what differs later costs no document, and no digit."""
    late = [1.5, True, "x", [2], None, 2**60 + 1, 2**70]
    records = [{"text": "a", "n": n} for n in range(1500)] + [{"text": "b", "n": n} for n in late]
    found = put(tmp_path, "a.jsonl", lines(*records))
    settled = check([found], ReadOptions(columns=("n",)))
    assert settled.types == {"n": "int64"}
    reader = read(found, Range(0, found.size), settled)
    made = [row for batch in reader for row in batch.to_pylist()]
    assert [row["failure_kind"] for row in made] == [None] * (1500 + len(late))
    assert [(row["n"], row["metadata"]) for row in made[1499:]] == [
        (1499, None),
        (None, '{"n":1.5}'),
        (None, '{"n":true}'),
        (None, '{"n":"x"}'),
        (None, '{"n":[2]}'),
        (None, None),
        (2**60 + 1, None),
        (None, '{"n":1180591620717411303424}'),
    ]
    assert reader.misfits == {"n": 5}
    assert every(found, 5000, columns=("n",)) == made
    wide = put(
        tmp_path, "b.jsonl", lines({"text": "", "n": 1.5}, {"text": "", "n": 2}, {"text": "", "n": 2**60 + 1})
    )
    assert [(row["n"], row["metadata"]) for row in rows(wide, columns=("n",))] == [
        (1.5, None),
        (2.0, None),
        (None, '{"n":1152921504606846977}'),
    ]


def test_a_column_that_comes_late(tmp_path: Path) -> None:
    records = [*({"text": "a"} for _ in range(1200)), {"text": "b", "n": "x"}, {"text": "c", "n": [1]}]
    found = put(tmp_path, "a.jsonl", lines(*records))
    notes: list[str] = []
    check([found], ReadOptions(columns=("n",)), notes.append)
    assert notes == [
        "no column 'n' in the first 1000 lines of the inputs: what comes later is kept as text",
    ]
    assert [row["n"] for row in rows(found, columns=("n",))[1199:]] == [None, "x", "[1]"]
    short = put(tmp_path, "b.jsonl", lines(*records[:1000]))
    with pytest.raises(InputError, match="no column 'n' in any input"):
        rows(short, columns=("n",))


def test_integers_beyond_64_bits_keep_their_digits(tmp_path: Path) -> None:
    digits = "123456789012345678901234567890"
    content = '{"text": "é", "id": %s, "n": -%s, "deep": [{"m": %s}], "f": 1e30, "s": "ü"}\n' % (
        (digits,) * 3
    )
    [made] = rows(put(tmp_path, "a.jsonl", content.encode()))
    assert made["source_id"] == digits
    wanted = '{"n":-D,"deep":[{"m":D}],"f":1e+30,"s":"ü"}'
    assert made["metadata"] == wanted.replace("D", digits)
    deep = '{"text": "a", "n": ' + "[" * 1010 + digits + "]" * 1010 + '}\n{"text": "b"}\n'
    made_deep = rows(put(tmp_path, "b.jsonl", deep.encode()))
    assert [row["failure_kind"] for row in made_deep] == ["record", None]


def test_parquet_integers_are_never_rounded(tmp_path: Path) -> None:
    """int64 in one file and double in another: a value of 2**60 + 1 could not be kept."""
    whole = pa.table({"text": ["x"], "n": [2**60 + 1]})
    pq.write_table(whole, tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["x"], "n": [1.5]}), tmp_path / "b.parquet")
    both = expand([tmp_path / "*.parquet"])
    with pytest.raises(
        InputError,
        match=r'b\.parquet: column \'n\' is double here and int64 in .*a\.parquet\nhint: .*"" for none',
    ):
        check(both, ReadOptions())
    assert check(both, ReadOptions(columns=())).types == {}
    made = [row for one in both for row in rows(one, Range(0, 1), columns=())]
    assert ["n" in row for row in made] == [False, False]
    # The numbers of JSON have one type: they are widened one by one, where nothing is lost.
    two = put(tmp_path, "c.jsonl", lines({"text": "a", "n": 1}, {"text": "b", "n": 2**60 + 1}))
    settled = check([both[1], two], ReadOptions(columns=("n",)))
    made = [row for batch in read(two, Range(0, two.size), settled) for row in batch.to_pylist()]
    assert [(row["n"], row["metadata"]) for row in made] == [(1.0, None), (None, '{"n":1152921504606846977}')]
    double = put(tmp_path, "d.jsonl", lines({"text": "a", "n": 1.5}))
    with pytest.raises(InputError, match=r"d\.jsonl: column 'n' is double here and int64 in .*a\.parquet"):
        check([both[0], two, double], ReadOptions(columns=("n",)))


def test_files_that_disagree_are_both_named(tmp_path: Path) -> None:
    one = put(tmp_path, "one.jsonl", lines({"text": "a", "n": 1}))
    two = put(tmp_path, "two.jsonl", lines({"text": "a", "n": "x"}))
    with pytest.raises(InputError, match=r"two\.jsonl: column 'n' is string here and int64 in .*one\.jsonl"):
        check([one, two], ReadOptions(columns=("n",)))
    for name, kind in (("a", pa.int64()), ("b", pa.string())):
        table = pa.table({"text": ["x"], "n": pa.array([None], kind)})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    with pytest.raises(InputError, match=r"b\.parquet: column 'n' is string here and int64 in .*a\.parquet"):
        check(expand([tmp_path / "*.parquet"]), ReadOptions())


def test_columns_that_are_left_out_are_named(tmp_path: Path) -> None:
    names = ["text", "n", "a.b", "removed_by", "content", "charset", "created", "date", "id", "n"]
    one = pa.Table.from_arrays([pa.array([f"v{n}"]) for n in range(len(names))], names=names)
    pq.write_table(one, tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["x"], "headers": ["y"]}), tmp_path / "b.parquet")
    notes: list[str] = []
    found = expand([tmp_path / "*.parquet"])
    check(found, ReadOptions(), notes.append)
    assert sorted(notes) == [
        "columns left out (`date` is there): created, in a.parquet",
        "columns left out (names with a dot are those of steps): a.b, in a.parquet",
        "columns left out (tamis has columns of these names): removed_by, content, charset, headers, in a.parquet ...",
        "columns left out (there are two of a name, and the last one is read): n, in a.parquet",
    ]
    [row] = rows(found[0], Range(0, 1))
    assert (row["text"], row["n"], row["date"], row["source_id"]) == ("v0", "v9", "v7", "v8")
    notes.clear()
    check(found, ReadOptions(columns=("n",)), notes.append)
    check(
        [Input(one.name, one.path, one.size, one.identity, "run") for one in found],
        ReadOptions(),
        notes.append,
    )
    assert notes == []


INSIDE = [
    {"url": "http://a.org/", "date": "2024", "lang": "de"},
    {"url": None, "date": None, "lang": None},
    None,
]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(INSIDE),
        pa.array([None if one is None else json.dumps(one) for one in INSIDE]),
        pa.array(
            [None if one is None else list(one.items()) for one in INSIDE], pa.map_(pa.string(), pa.string())
        ),
    ],
    ids=["struct", "text", "map"],
)
def test_the_form_of_datatrove_in_parquet(tmp_path: Path, column: pa.Array) -> None:
    """As in JSON lines, url and date lie in `metadata`; a column of their own comes first."""
    pq.write_table(pa.table({"text": ["a", "b", "c"], "metadata": column}), tmp_path / "a.parquet")
    [found] = expand([tmp_path / "a.parquet"])
    made = rows(found, Range(0, 1))
    assert [(row["url"], row["date"]) for row in made] == [
        ("http://a.org/", "2024"),
        (None, None),
        (None, None),
    ]
    assert json.loads(made[0]["metadata"])
    beside = {"url": ["http://b.org/", "http://c.org/", None], "created": ["2020", "2021", None]}
    table = pa.table({"text": ["a", "b", "c"], "metadata": column, **beside})
    pq.write_table(table, tmp_path / "b.parquet")
    made = rows(expand([tmp_path / "b.parquet"])[0], Range(0, 1))
    assert [row["url"] for row in made] == beside["url"]
    assert [row["date"] for row in made] == ["2024", "2021", None]
    if pa.types.is_struct(column.type):
        assert [row["lang"] for row in rows(found, Range(0, 1), columns=("lang",))] == ["de", None, None]
