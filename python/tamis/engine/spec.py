"""What a task of a row phase is given: plain JSON, read into names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis.plan import Phase, document_schema, phases
from tamis.recipe import Recipe, Step, parse_recipe
from tamis.sources import Input, Range, ReadOptions, schema

_recipes: dict[str, Recipe] = {}


def recipe_of(plain: dict[str, Any]) -> Recipe:
    """The recipe of a spec or of `run.json`: its text, overrides and left-out steps; parsed once a process."""
    key = repr(sorted(plain.items()))
    if key not in _recipes:
        _recipes.clear()
        _recipes[key] = parse_recipe(
            plain["text"],
            plain["path"],
            overrides={**plain["overrides"], **plain.get("secrets", {})},
            without=tuple(plain["without"]),
            tables=plain.get("tables"),
        )
    return _recipes[key]


def recipe_spec(recipe: Recipe) -> dict[str, Any]:
    """What `recipe_of` reads, as it may be written."""
    return {
        "name": recipe.name,
        "text": recipe.text,
        "path": recipe.path,
        "overrides": dict(recipe.overrides),
        "without": list(recipe.without),
        "tables": dict(recipe.tables),
    }


def worker_spec(recipe: Recipe) -> dict[str, Any]:
    """What `recipe_of` reads, with the secrets: for a worker's pipe, never for a file."""
    return {**recipe_spec(recipe), "secrets": dict(recipe.secrets)}


def runless_spec(
    recipe: dict[str, Any], one: Input, ranges: Iterable[Range], read: ReadOptions, **options: Any
) -> dict[str, Any]:
    """The spec of a task that belongs to no run: ranges of one input, all signals measured, all texts given back."""
    return {
        "run": "",
        "shard": 0,
        "phase": 0,
        "measured": "",
        "decided": "",
        "recipe": recipe,
        "columns": schema_text(source_schema([one], read)),
        "read": read.to_dict(),
        "options": {
            "measure": "all", "removed": "text", "originals": "drop", "sample": None, "seed": 0, **options,
        },
        "pieces": [
            {"input": one.to_dict(), "range": [part.start, part.end, part.size]} for part in ranges
        ],
    }  # fmt: skip


class RowSpec:
    """One shard of one row phase.

    `pieces`: the ranges of inputs that are its rows (phase 0); `passing`: the files of the phase before; `verdict`:
    the corpus step's answer for this shard; `memo`: files of an older run with the same rows; `columns`: the Arrow
    schema of the documents as base64 IPC.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.run = Path(spec["run"])
        self.shard: int = spec["shard"]
        self.measured: str = spec["measured"]
        self.decided: str = spec["decided"]
        self.sketch_key: str = spec.get("sketch_key", "")
        self.measure: str = spec["options"]["measure"]
        self.removed: str = spec["options"]["removed"]
        self.originals: str = spec["options"]["originals"]
        self.limit: int | None = spec.get("limit")
        self.sample: float | None = spec["options"].get("sample")
        self.seed: int = spec["options"]["seed"]
        self.memo: dict[str, Any] | None = spec.get("memo")
        self.poison = {int(row): why for row, why in spec.get("poison", {}).items()}
        self.only_row: int | None = spec.get("only_row")
        single = spec.get("single")
        self.single: tuple[int, int] | None = (single[0], single[1]) if single else None

    @cached_property
    def recipe(self) -> Recipe:
        return recipe_of(self.spec["recipe"])

    @cached_property
    def phase(self) -> Phase:
        number: int = self.spec["phase"]
        return phases(self.recipe)[number]

    @property
    def last(self) -> bool:
        """Whether what passes this phase is kept."""
        return self.phase.number == len(phases(self.recipe)) - 1

    @cached_property
    def sketch(self) -> Step | None:
        """The corpus step that follows, for which this phase makes sketches."""
        following = phases(self.recipe)[self.phase.number + 1 :]
        if following and following[0].kind == "corpus":
            return self.recipe.steps[following[0].first]
        return None

    @property
    def sketch_folder(self) -> str:
        number = phases(self.recipe)[self.phase.number + 1].first
        return corpus_folder(number, self.recipe.steps[number].name) + "/sketch"

    @cached_property
    def read_options(self) -> ReadOptions:
        options = ReadOptions.from_dict(self.spec["read"])
        if "batch_bytes" in self.spec:
            options = replace(options, batch_bytes=int(self.spec["batch_bytes"]))
        return options

    @cached_property
    def pieces(self) -> list[tuple[Input, Range]]:
        return [(Input.from_dict(one["input"]), Range(*one["range"])) for one in self.spec.get("pieces", ())]

    @cached_property
    def schema(self) -> pa.Schema:
        return document_schema(self.recipe, schema_of(self.spec["columns"]))


def corpus_folder(number: int, step: str) -> str:
    """`corpus/07-minhash`: where the sketches and answers of a corpus step lie."""
    return f"corpus/{number:02d}-{step}"


def source_schema(inputs: list[Input], options: ReadOptions) -> pa.Schema:
    """The columns of all inputs together, in the order of their first appearance."""
    found: dict[str, pa.DataType] = {}
    for one in inputs:
        for column in schema(one, options):
            found.setdefault(column.name, column.type)
    return pa.schema(list(found.items()))


def schema_text(columns: pa.Schema) -> str:
    """A schema as text for JSON."""
    return str(columns.serialize().to_pybytes().hex())


def schema_of(text: str) -> pa.Schema:
    """The schema that `schema_text` wrote."""
    return pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(text)))
