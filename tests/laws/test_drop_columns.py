"""The law of `drop_columns`: the named columns are gone, and nothing else has changed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from test_operators import texts

import tamis

RECIPE = """name = "columns"
[[step]]
op = "random"
[[step]]
op = "gopher_quality"
words = "whitespace"
keep = [{ signal = "word_count", min = 1 }]
"""
DROP = """
[[step]]
op = "drop_columns"
columns = [%s]
"""
NAMES = [
    "title",
    "metadata",
    "random.value",
    "gopher_quality.stop_word_count",
    "gopher_quality.alpha_word_ratio",
]


def refined(recipe: str, table: pa.Table) -> list[pa.Table]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.toml"
        path.write_text(recipe)
        applied = tamis.apply(path, table)
    return [applied.kept, applied.removed]


@settings(max_examples=25)
@given(rows=texts.filter(bool), dropped=st.sets(st.sampled_from(NAMES), min_size=1))
def test_only_the_named_columns_go(rows: list[str], dropped: set[str]) -> None:
    ids = [f"{number:032x}" for number in range(len(rows))]
    table = pa.table(
        {
            "id": ids,
            "text": pa.array(rows, pa.large_string()),
            "title": [text[:3] for text in rows],
            "metadata": ["{}"] * len(rows),
        }
    )
    before = refined(RECIPE, table)
    after = refined(RECIPE + DROP % ", ".join(f'"{name}"' for name in sorted(dropped)), table)
    assert sum(part.num_rows for part in before) == len(rows)
    for whole, rest in zip(before, after, strict=True):
        assert dropped <= set(whole.column_names)
        assert rest.column_names == [name for name in whole.column_names if name not in dropped]
        # Of removed rows only the name of the last step differs: the dropping ran on them too.
        names = [name for name in rest.column_names if name != "last_step"]
        assert rest.select(names).to_pylist() == whole.select(names).to_pylist()
