"""All documents of a run as a few narrow columns: its side, the rules it fails, how long it is.

Document number i of a run is row i of these columns: first all files of `kept`, then all of `removed`, each
in (shard, phase) order. 16 bytes a document are held; texts and signals are read when they are needed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.report.read import RunFile, RunFiles, with_columns
from tamis.stores.files import open_parquet

KEPT, SEVERAL = -1, -2
MAX_REMEMBERED = 2_000
"""Parsed footers kept between passes: each is about 50 kB for 80 columns, so 2,000 are 100 MB at most."""


@dataclass
class Units:
    """Documents, characters, words."""

    documents: int = 0
    characters: int = 0
    words: int = 0

    def add(self, documents: int, characters: int | None, words: int | None) -> None:
        self.documents += documents
        self.characters += characters or 0
        self.words += words or 0

    def plain(self) -> dict[str, int]:
        return {"documents": self.documents, "characters": self.characters, "words": self.words}


@dataclass
class Rows:
    """See the module. `ids` are the rule ids by code; `removed_by` and `sole` hold codes, KEPT or SEVERAL.

    `unstored`: removed documents that no file holds (`--removed none`); `unstored_ran`: those of them that a step
    measured. The counts by rule hold them, the columns do not.
    """

    files: list[RunFile]
    starts: list[int]
    ids: list[str]
    removed_by: pa.Array
    sole: pa.Array
    characters: pa.Array
    words: pa.Array
    in_order: dict[str, Units]
    alone: dict[str, Units]
    only: dict[str, Units]
    total: int
    kept: int
    unstored: Units
    unstored_ran: dict[str, Units]
    _footers: dict[str, Any] = field(default_factory=dict)

    def code(self, rule: str) -> int:
        return self.ids.index(rule) if rule in self.ids else len(self.ids)

    def place(self, document: int) -> tuple[RunFile, int]:
        """File and row in that file of document number `document`."""
        number = bisect_right(self.starts, document) - 1
        return self.files[number], document - self.starts[number]

    def columns(self, names: list[str]) -> dict[str, pa.Array]:
        """These columns of all documents, in their order, each in one piece; absent ones are null."""
        nothing = pa.table({name: pa.nulls(0) for name in names})
        parts = [with_columns(self._read(file, names), names) for file in self.files]
        table = pa.concat_tables([nothing, *parts], promote_options="permissive")
        del parts
        found = {}
        for name in names:
            found[name] = _plain(table[name])
            table = table.drop_columns([name])
        return found

    def parts(self, name: str) -> Iterator[tuple[RunFile, pa.Array]]:
        """A column file by file, in the order of the documents."""
        for file in self.files:
            yield file, _plain(with_columns(self._read(file, [name]), [name])[name])

    def _read(self, file: RunFile, names: list[str]) -> pa.Table:
        footer = self._footers.get(file.path)
        with open_parquet(file.path, metadata=footer) as opened:
            if footer is None and len(self._footers) < MAX_REMEMBERED:
                self._footers[file.path] = opened.metadata
            known = set(opened.schema_arrow.names)
            wanted = [name for name in names if name in known or name.split(".")[0] in known]
            if not wanted:
                return pa.table({"": pa.nulls(opened.metadata.num_rows)})
            return opened.read(columns=wanted)

    def units(self, mask: pa.Array) -> Units:
        """Documents, characters and words of the documents where the mask is true."""
        documents = pc.sum(mask).as_py() or 0
        characters, words = (
            pc.sum(pc.filter(column, mask)).as_py() for column in (self.characters, self.words)
        )
        return Units(documents, characters or 0, words or 0)


@dataclass
class _Builder:
    codes: dict[str, int]
    removed_by: list[pa.Array] = field(default_factory=list)
    sole: list[pa.Array] = field(default_factory=list)
    characters: list[pa.Array] = field(default_factory=list)
    words: list[pa.Array] = field(default_factory=list)
    in_order: dict[str, Units] = field(default_factory=dict)
    alone: dict[str, Units] = field(default_factory=dict)
    only: dict[str, Units] = field(default_factory=dict)
    unstored: Units = field(default_factory=Units)
    unstored_ran: dict[str, Units] = field(default_factory=dict)

    def kept(self, table: pa.Table) -> None:
        self._lengths(table)
        whole = pa.repeat(pa.scalar(KEPT, pa.int32()), table.num_rows)
        self.removed_by.append(whole)
        self.sole.append(whole)

    def removed(self, table: pa.Table) -> None:
        characters, words = self._lengths(table)
        by = self._encode(table["removed_by"])
        self.removed_by.append(by)
        self._sum(self.in_order, by, characters, words)
        lists = _plain(table["failed_rules"])
        if pa.types.is_null(lists.type):
            lists = pa.array([[]] * len(lists), pa.list_(pa.string()))
        lengths = pc.fill_null(pc.list_value_length(lists), 0)
        parents = pc.list_parent_indices(lists)
        failed = self._encode(pc.list_flatten(lists))
        self._sum(self.alone, failed, pc.take(characters, parents), pc.take(words, parents))
        # A source's own rule, or a split, stands in removed_by without a list: it is the only one.
        bare = pc.equal(lengths, 0)
        self._sum(self.alone, *(pc.filter(column, bare) for column in (by, characters, words)))
        single = pc.less_equal(lengths, 1)
        sole = pc.if_else(single, by, pa.scalar(SEVERAL, pa.int32()))
        self.sole.append(sole)
        self._sum(self.only, *(pc.filter(column, single) for column in (by, characters, words)))

    def counted(self, table: pa.Table) -> None:
        """Removed documents that were not stored, as the engine counted them."""
        tables = {"in_order": self.in_order, "alone": self.alone, "only": self.only}
        for row in table.to_pylist():
            units = [row[unit] for unit in ("documents", "characters", "words")]
            if row["count"] in tables:
                self.codes.setdefault(row["name"], len(self.codes))
                tables[row["count"]].setdefault(row["name"], Units()).add(*units)
            else:
                self.unstored_ran.setdefault(row["name"], Units()).add(*units)
            if row["count"] == "in_order":
                self.unstored.add(*units)

    def _lengths(self, table: pa.Table) -> tuple[pa.Array, pa.Array]:
        both = [
            pc.fill_null(_plain(table[name]).cast(pa.uint32()), 0) for name in ("text_chars", "text_words")
        ]
        self.characters.append(both[0])
        self.words.append(both[1])
        return both[0], both[1]

    def _encode(self, names: Any) -> pa.Array:
        encoded = _plain(names).cast(pa.string()).dictionary_encode()
        mapping = []
        for name in encoded.dictionary.to_pylist():
            mapping.append(self.codes.setdefault(name, len(self.codes)))
        table = pa.array(mapping, pa.int32())
        return pc.fill_null(table.take(encoded.indices), SEVERAL)

    def _sum(self, into: dict[str, Units], by: pa.Array, characters: pa.Array, words: pa.Array) -> None:
        table = pa.table({"by": by, "characters": characters, "words": words})
        grouped = table.group_by("by", use_threads=False).aggregate(
            [([], "count_all"), ("characters", "sum"), ("words", "sum")]
        )
        names = list(self.codes)
        for row in grouped.to_pylist():
            if row["by"] >= 0:
                units = into.setdefault(names[row["by"]], Units())
                units.add(row["count_all"], row["characters_sum"], row["words_sum"])


def read_rows(run: RunFiles) -> Rows:
    """Read the narrow columns of a run: one pass over `kept` and `removed`."""
    files = run.files("kept") + run.files("removed")
    builder = _Builder({rule.id: number for number, rule in enumerate(run.rules)})
    starts, total, kept = [], 0, 0
    for file in files:
        starts.append(total)
        names = ["text_chars", "text_words"]
        if file.role == "kept":
            with open_parquet(file.path) as opened:
                table = with_columns(_some(opened, names), names)
            builder.kept(table)
            kept += table.num_rows
        else:
            names += ["removed_by", "failed_rules"]
            with open_parquet(file.path) as opened:
                table = with_columns(_some(opened, names), names)
            builder.removed(table)
        total += table.num_rows
    for _file, table in run.tables("statistics", ["name", "count", "documents", "characters", "words"]):
        builder.counted(table)
    return Rows(
        files=files,
        starts=starts,
        ids=list(builder.codes),
        removed_by=_joined(builder.removed_by, pa.int32()),
        sole=_joined(builder.sole, pa.int32()),
        characters=_joined(builder.characters, pa.uint32()),
        words=_joined(builder.words, pa.uint32()),
        in_order=builder.in_order,
        alone=builder.alone,
        only=builder.only,
        total=total,
        kept=kept,
        unstored=builder.unstored,
        unstored_ran=builder.unstored_ran,
    )


def _some(opened: Any, names: list[str]) -> pa.Table:
    known = [name for name in names if name in opened.schema_arrow.names]
    if not known:
        return pa.table({"": pa.nulls(opened.metadata.num_rows)})
    return opened.read(columns=known)


def _plain(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _joined(parts: list[pa.Array], kind: pa.DataType) -> pa.Array:
    return pa.concat_arrays([part.cast(kind) for part in parts]) if parts else pa.array([], kind)
