"""How a recipe is laid out: phases of row steps and corpus steps, and the Arrow types of what they write.

Examples:
    >>> from tamis.plan import phases
    >>> from tamis.recipe import parse_recipe
    >>> recipe = parse_recipe('name = "r"\\n[[step]]\\nop = "random"\\n', "r.toml")
    >>> [(phase.kind, phase.first, phase.end) for phase in phases(recipe)]
    [('rows', 0, 1)]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tamis.op import Field, Signal
from tamis.recipe import Recipe, Rule, Step

if TYPE_CHECKING:
    import pyarrow as pa

PhaseKind = Literal["rows", "corpus"]


@dataclass(frozen=True)
class Phase:
    """Steps `first` to `end` (exclusive) of a recipe that run together; a corpus step is a phase of its own.

    `join`: the corpus step whose verdict a row phase joins to its rows before its own steps.
    """

    number: int
    kind: PhaseKind
    first: int
    end: int
    join: int | None = None

    def describe(self, recipe: Recipe) -> dict[str, Any]:
        names = [step.name for step in recipe.steps[self.first : self.end]]
        return {"number": self.number, "kind": self.kind, "steps": names}


def phases(recipe: Recipe) -> tuple[Phase, ...]:
    """Row steps between two corpus steps are a phase; a step of cost heavy or model is one of its own."""
    found: list[Phase] = []
    first, join = 0, None

    def close(end: int) -> None:
        nonlocal first, join
        if end > first or join is not None or not found:
            found.append(Phase(len(found), "rows", first, end, join))
        first, join = end, None

    for number, step in enumerate(recipe.steps):
        if step.op.scope == "corpus":
            close(number)
            found.append(Phase(len(found), "corpus", number, number + 1))
            first, join = number + 1, number
        elif step.op.cost in ("heavy", "model"):
            if number > first or join is not None:
                close(number)
            first = number
            close(number + 1)
    if first < len(recipe.steps) or join is not None:
        close(len(recipe.steps))
    return tuple(found)


def source_rule(recipe: Recipe) -> Rule:
    """The source's own rule, first of all: the content types that it admits."""
    bounds = {"in": list(recipe.source.content_types)}
    return Rule("source", "content_type", "content_type", "content_type", bounds, None, "keep")


def all_rules(recipe: Recipe) -> tuple[Rule, ...]:
    """The source's rule and those of the recipe, in the order in which they are asked."""
    return (source_rule(recipe), *recipe.rules)


def split_rules(recipe: Recipe) -> tuple[Rule, ...]:
    """What removes a document whose place the documents made of it take; `STEP.split` holds their number.

    No signal and no bound decides it, so it stands neither among the recipe's rules nor in `failed_rules`.
    """
    replacing = [step.name for step in recipe.steps if step.keep_source is False]
    return tuple(Rule(name, "split", "split", f"{name}.split", {}) for name in replacing)


def dropped_columns(recipe: Recipe) -> set[str]:
    """The columns that `drop_columns` steps take out of what is written."""
    named = [step.parameters["columns"] for step in recipe.steps if step.op.name == "drop_columns"]
    return {column for columns in named for column in columns}


def arrow_type(column: Signal | Field) -> pa.DataType:
    """The stored type of a signal or field."""
    import pyarrow as pa

    if column.name == "text" and isinstance(column, Field):
        return pa.large_string()
    plain = {
        "bool": pa.bool_(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "label": pa.string(),
        "string": pa.string(),
        "timestamp": pa.timestamp("us", "UTC"),
    }
    if column.type in plain:
        return plain[column.type]
    span = [("start", pa.int64()), ("end", pa.int64()), ("score", pa.float64()), ("label", pa.string())]
    return pa.list_(pa.struct(span))


def step_columns(step: Step) -> dict[str, pa.DataType]:
    """What a step stores: signals as `step.signal`, fields under their own names."""
    signals = {step.column(signal.name): arrow_type(signal) for signal in step.op.signals}
    return signals | {field.name: arrow_type(field) for field in step.op.fields if field.name != "text"}


def document_schema(recipe: Recipe, source: pa.Schema) -> pa.Schema:
    """The columns of `kept/`: the source's (without bytes), fields, text and its size, row, signals in recipe order."""
    import pyarrow as pa

    last = {"text", "content", "text_chars", "text_words", "row", "last_step", "edited"}
    columns = {f.name: f.type for f in source if f.name not in last and not f.name.startswith("failure_")}
    made = {field.name: arrow_type(field) for step in recipe.steps for field in step.op.fields}
    columns |= {name: kind for name, kind in made.items() if name != "text"}
    if recipe.expanding:
        columns["parent_id"] = pa.string()
    columns |= {
        "text": pa.large_string(),
        "text_chars": pa.int64(),
        "text_words": pa.int64(),
        "row": pa.int64(),
    }
    for step in recipe.steps:
        columns |= {step.column(signal.name): arrow_type(signal) for signal in step.op.signals}
    for name in dropped_columns(recipe):
        columns.pop(name, None)
    return pa.schema(list(columns.items()))


def removed_schema(kept: pa.Schema) -> pa.Schema:
    """The columns of `removed/`: those of kept and the verdict."""
    import pyarrow as pa

    names = ["removed_by", "removed_value", "removed_bound"]
    verdict = [pa.field(name, pa.string()) for name in names]
    verdict += [pa.field("failed_rules", pa.list_(pa.string())), pa.field("failed_step", pa.string())]
    return pa.schema([*kept, *verdict, pa.field("last_step", pa.string())])


def passing_schema(kept: pa.Schema) -> pa.Schema:
    """The columns of rows on their way to the next phase: those of kept and what has been done to them."""
    import pyarrow as pa

    return pa.schema([*kept, pa.field("last_step", pa.string()), pa.field("edited", pa.bool_())])


def failed_schema() -> pa.Schema:
    """The columns of `failed/`."""
    import pyarrow as pa

    names = ["id", "url"]
    origin = pa.struct([("name", pa.string()), ("offset", pa.int64()), ("length", pa.int64())])
    head = [pa.field(name, pa.string()) for name in names]
    tail = [pa.field(name, pa.string()) for name in ("step", "kind", "message")]
    tail += [pa.field("signal", pa.int64()), pa.field("raw", pa.binary())]
    return pa.schema([*head, pa.field("origin", origin), pa.field("row", pa.int64()), *tail])


def originals_schema() -> pa.Schema:
    """The columns of `originals/`."""
    import pyarrow as pa

    return pa.schema([pa.field("row", pa.int64()), pa.field("text", pa.large_string())])


def clusters_schema() -> pa.Schema:
    """The columns of `clusters/`: each document of a cluster of two or more; `cluster` is the id of its centre."""
    import pyarrow as pa

    head = [pa.field("id", pa.string()), pa.field("step", pa.string()), pa.field("cluster", pa.string())]
    numbers = [pa.field("rank", pa.int64()), pa.field("cluster_size", pa.int64())]
    return pa.schema([*head, *numbers, pa.field("similarity", pa.float64())])
