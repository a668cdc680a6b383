"""`tamis.apply`: the row steps of a recipe over a table in memory, with no run directory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core, lineage, option_values
from tamis.engine.batch import NEVER
from tamis.engine.incoming import Incoming, Verdict, passing_batch
from tamis.engine.rows import RowTask
from tamis.engine.spec import RowSpec, schema_text, worker_spec
from tamis.errors import InputError, RecipeError
from tamis.messages import _, storing
from tamis.plan import phases
from tamis.recipe import Recipe, read_recipe
from tamis.recipe_columns import check_columns
from tamis.sources import document_id
from tamis.sources.batches import ORIGIN

ROWS = 1024


@dataclass(frozen=True)
class Applied:
    """What a recipe made of a table: documents kept, removed (with `removed_by`...) and failed, as Arrow tables.

    `made`: how many of them the recipe's steps made of others.
    """

    kept: pa.Table
    removed: pa.Table
    failed: pa.Table
    made: int = 0

    def __repr__(self) -> str:
        sentence = _("{kept} kept, {removed} removed, {failed} failed")
        said = sentence.format(
            kept=self.kept.num_rows, removed=self.removed.num_rows, failed=self.failed.num_rows
        )
        return _("{n} made").format(n=self.made) + ", " + said if self.made else said


def apply(
    recipe: str | Path | Recipe,
    table: Any,
    *,
    overrides: Mapping[str, Any] | None = None,
    without: str | Sequence[str] = (),
) -> Applied:
    """Measure and decide an Arrow, pandas or `datasets` table, or an iterator of record batches.

    Args:
        recipe: as in `tamis.run`; a corpus step is refused, since it must see all documents of a run.
        table: has a column `text`; `id` where there is none is made from the row and the text.

    Examples:
        >>> import pyarrow as pa, tamis
        >>> recipe = tamis.parse_recipe('''
        ... name = "short"
        ... [[step]]
        ... op = "gopher_quality"
        ... keep = [{ signal = "word_count", min = 3 }]
        ... ''', "short.toml")
        >>> tamis.apply(recipe, pa.table({"text": ["One two three four.", "Hi."]}))
        1 kept, 1 removed, 0 failed
    """
    checked = read_recipe(recipe, overrides=overrides, without=without)
    corpus = [step.name for step in checked.steps if step.op.scope == "corpus"]
    if corpus:
        what = _("{step} must see all documents of a run").format(step=corpus[0])
        names = json.dumps([*option_values.listed(without), *corpus], ensure_ascii=False)
        raise RecipeError(corpus[0], what, _("use tamis.run, or without={names}").format(names=names))
    return refine(checked, _documents(_batches(table), len(checked.expanding)))


def refine(
    recipe: Recipe,
    documents: Iterable[Incoming],
    columns: pa.Schema | None = None,
    narrowed: Mapping[str, Any] | None = None,
) -> Applied:
    """All row phases over documents in memory; a corpus step finds no duplicates here.

    With `columns` known, each batch goes through the first phase before the next one is read. `narrowed`: where a
    supervisor looks for a guilty row, the parts of its spec that name rows; see `trying`.
    """
    with storing():  # why a document failed is stored
        return _refined(recipe, documents, columns, narrowed)


def _refined(
    recipe: Recipe,
    documents: Iterable[Incoming],
    columns: pa.Schema | None,
    narrowed: Mapping[str, Any] | None,
) -> Applied:
    rows: Iterable[Incoming] = list(documents) if columns is None else documents
    schema = columns or _schema(rows)
    check_columns(recipe.steps, schema)
    chain = [phase for phase in phases(recipe) if phase.kind == "rows"]
    removed, failed, made = [], [], 0
    kept = pa.table({})
    for phase in chain:
        given = RowSpec(_spec(recipe, phase.number, schema) | dict(narrowed or {}))
        collected = _Collected()
        task = RowTask(given, lambda **numbers: None)
        task.begin(collected)  # type: ignore[arg-type]
        task.sketcher = None
        verdict = Verdict(given)
        for batch in rows:
            task.batch(verdict.join(batch))
        made += task.counts["made"]
        removed.append(collected.table("removed"))
        failed.append(collected.table("failed"))
        kept = collected.table("kept" if given.last else "passing")
        rows = [passing_batch(kept, given)] if not given.last and kept.num_rows else []
    return Applied(kept, pa.concat_tables(removed), pa.concat_tables(failed), made)


class _Collected:
    """Writers that keep what they are given."""

    def __init__(self) -> None:
        self._writers: dict[str, _Kept] = {}

    def parquet(self, role: str, schema: pa.Schema, *, folder: str | None = None) -> _Kept:
        self._writers[role] = _Kept(schema)
        return self._writers[role]

    arrow = parquet

    def table(self, role: str) -> pa.Table:
        writer = self._writers[role]
        return pa.concat_tables(writer.tables) if writer.tables else writer.schema.empty_table()


class _Kept:
    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.tables: list[pa.Table] = []

    def write(self, data: pa.Table | pa.RecordBatch) -> None:
        self.tables.append(pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else data)


def _spec(recipe: Recipe, phase: int, schema: pa.Schema) -> dict[str, Any]:
    options = {"measure": "all", "removed": "text", "originals": "drop", "sample": None, "seed": 0}
    return {
        "run": "",
        "shard": 0,
        "phase": phase,
        "measured": "",
        "decided": "",
        "options": options,
        "recipe": worker_spec(recipe),
        "columns": schema_text(schema),
    }


def _batches(table: Any) -> Iterator[pa.RecordBatch]:
    if isinstance(table, pa.Table):
        yield from table.to_batches(max_chunksize=ROWS)
    elif isinstance(table, pa.RecordBatch):
        yield table
    elif hasattr(table, "with_format") and hasattr(table, "data"):
        yield from table.with_format("arrow")[:].to_batches(max_chunksize=ROWS)
    elif type(table).__module__.startswith("pandas"):
        yield from pa.Table.from_pandas(table, preserve_index=False).to_batches(max_chunksize=ROWS)
    elif isinstance(table, Iterable) and not isinstance(table, str | bytes | Mapping):
        for batch in table:
            yield from _batches(batch)
    else:
        hint = _('an Arrow, pandas or datasets table, for example pyarrow.table({"text": [...]})')
        raise InputError("table", _("not a table: {kind}").format(kind=type(table).__name__), hint)


def _documents(batches: Iterable[pa.RecordBatch], expanding: int) -> Iterator[Incoming]:
    row = 0
    for batch in batches:
        if "text" not in batch.schema.names:
            there = ", ".join(batch.schema.names)
            raise InputError("table", _("no column 'text' (there are: {names})").format(names=there))
        yield _incoming(batch, row, expanding)
        row += batch.num_rows


def _incoming(batch: pa.RecordBatch, row: int, expanding: int) -> Incoming:
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns["text"] = pc.fill_null(_texts(columns["text"]), "")
    numbers = np.arange(row, row + batch.num_rows, dtype=np.int64)
    if "id" not in columns:
        texts = columns["text"].to_pylist()
        ids = [document_id("table", int(n), text.encode()) for n, text in zip(numbers, texts, strict=True)]
        columns["id"] = pa.array(ids, pa.string())
    columns["id"] = columns["id"].cast(pa.string())
    columns["origin"] = pa.array(
        [{"name": "table", "offset": int(n), "length": None} for n in numbers], ORIGIN
    )
    columns |= {name: pa.array(values) for name, values in _core.count_text(columns["text"]).items()}
    n = batch.num_rows
    rows, last = lineage.first(numbers, expanding), np.full(n, NEVER, dtype=np.int32)
    return Incoming(columns, rows, last, np.zeros(n, dtype=bool), size=batch.nbytes)


def _texts(column: pa.Array) -> pa.Array:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    hint = _("decode its bytes first: the column 'text' holds strings")
    known = (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.null())
    if kind not in known:
        raise InputError("table", _("column 'text' is {kind}, not text").format(kind=kind))
    try:
        return column.cast(pa.large_string())
    except pa.ArrowInvalid as error:
        raise InputError("table", _("column 'text' is not UTF-8: {why}").format(why=error), hint) from None


def _schema(rows: Iterable[Incoming]) -> pa.Schema:
    found: dict[str, pa.DataType] = {"id": pa.string(), "origin": ORIGIN, "text": pa.large_string()}
    for batch in rows:
        for name, column in batch.columns.items():
            found.setdefault(name, column.type)
    return pa.schema(list(found.items()))
