"""The columns that a step of a recipe may name: the document's, and what earlier steps wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tamis.errors import RecipeError
from tamis.messages import _, did_you_mean
from tamis.op import Field, Signal, SignalType
from tamis.recipe import DOCUMENT_COLUMNS, Rule, Step
from tamis.recipe_lines import Lines

if TYPE_CHECKING:
    import pyarrow as pa

COUNTS = ("text_chars", "text_words")


def columns_before(steps: Sequence[Step]) -> dict[str, Signal]:
    """What stands in the columns by their stored names; the columns of the input itself are not among them."""
    known = {name: _column(name, "int64" if name in COUNTS else "string") for name in DOCUMENT_COLUMNS}
    for step in steps:
        known |= {step.column(signal.name): signal for signal in step.op.signals}
        known |= fields_of(step.op.fields)
    return known


def fields_of(fields: Sequence[Field]) -> dict[str, Signal]:
    """The document's columns that an operator writes, as a rule reads them."""
    return {field.name: _column(field.name, field.type) for field in fields if field.name != "text"}


def _column(name: str, kind: str) -> Signal:
    types: dict[str, SignalType] = {"int64": "int64", "float64": "float64", "bool": "bool"}
    return Signal(name, types.get(kind, "label"), "", 0 if name in COUNTS else None)


class Known:
    """What an operator's `check` may ask about columns; see `tamis.op.Columns`.

    `whole`: the input's own columns are among `columns`; they are not before a run starts.
    """

    def __init__(self, columns: Mapping[str, Signal], *, whole: bool = False) -> None:
        self.columns, self.whole = columns, whole
        self.named: list[str] = []

    def type_of(self, parameter: str, name: str) -> str:
        self.named.append(name)
        if name in self.columns:
            return self.columns[name].type
        if not self.whole and "." not in name:
            return ""
        what = _("{parameter}: no column '{name}' in earlier steps or in the input")
        if not self.whole:
            what = _("{parameter}: no column '{name}' in earlier steps")
        hint = did_you_mean(name, self.columns) or _("columns: {names}").format(names=", ".join(self.columns))
        raise RecipeError(parameter, what.format(parameter=parameter, name=name), hint)


def check_columns(steps: Sequence[Step], source: pa.Schema) -> None:
    """Ask all operators again about the columns that their parameters name, now that the input's are known.

    Raises RecipeError.
    """
    from pyarrow import types

    def kind(type: pa.DataType) -> str:
        number = "int64" if types.is_integer(type) else "float64" if types.is_floating(type) else "string"
        return "bool" if types.is_boolean(type) else number

    hidden = ("content", "failure_kind", "failure_message", "failure_raw")
    inputs = {f.name: _column(f.name, kind(f.type)) for f in source if f.name not in hidden}
    for number, step in enumerate(steps):
        if step.op.check is None:
            continue
        before = columns_before(steps[:number])
        there = {n: one for n, one in before.items() if n not in DOCUMENT_COLUMNS or n in (*COUNTS, *inputs)}
        try:
            step.op.check(step.parameters, Known({**inputs, **there}, whole=True))
        except RecipeError as error:
            raise step.told(error) from error


def check_dropped(steps: Sequence[Step], lines: Lines) -> None:
    """A column that something reads is needed as long as the run is: retune and explain ask for it again."""
    readers = [(name, step.name) for number, step in enumerate(steps) for name in _read(step, steps[:number])]
    for number, step in enumerate(steps):
        for column in step.parameters["columns"] if step.op.name == "drop_columns" else ():
            reader = next((reader for name, reader in readers if name == column), None)
            if reader is not None:
                what = _("columns: {column} cannot be left out, {step} reads it").format(
                    column=column, step=reader
                )
                hint = _(
                    "every decision must be told and made again from what is stored; drop it in an export"
                )
                raise RecipeError(lines.at(column, number), what, hint)


def _read(step: Step, before: Sequence[Step]) -> Iterator[str]:
    """The columns that a step reads: its operator, its rules, its parameters."""
    if "content" not in step.op.reads:
        yield from step.reads
    for rule in (*step.rules, *step.where):
        yield from _of_rule(rule)
    if step.op.check is not None and step.op.name != "drop_columns":
        known = Known(columns_before(before))
        step.op.check(step.parameters, known)
        yield from known.named


def _of_rule(rule: Rule) -> Iterator[str]:
    yield rule.column
    if rule.by:
        yield rule.by
    if rule.when is not None:
        yield from _of_rule(rule.when)
