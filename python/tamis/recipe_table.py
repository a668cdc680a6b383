"""Tables of bounds: one row a language, say, in a CSV file beside the recipe.

    table = "tables/fineweb2.csv"        # language,short_line_ratio.max,newlines_per_word.max
    by = "language.label"                # deu_Latn,0.7,0.25

The first column holds values of the column that `by` names; each other one is `RULE.BOUND` of a rule of the step.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tamis.errors import RecipeError, reason
from tamis.messages import _, did_you_mean
from tamis.recipe_lines import Lines

NUMBERS = ("min", "max", "above", "below")
OTHERS = "*"
"""The row for all values that have none of their own."""

Rows = Mapping[str, Mapping[str, float]]
Check = Callable[[str, str, float, str], None]


@dataclass
class Tables:
    """The texts of a recipe's tables by their names: as a run stored them, else read from beside the recipe."""

    folder: Path
    known: dict[str, str] = field(default_factory=dict)

    def text(self, name: Any, where: str) -> str:
        """Raises RecipeError where there is no such file."""
        if not isinstance(name, str) or not name:
            raise RecipeError(where, _("table is the path of a CSV file, from the recipe's folder"))
        if name not in self.known:
            try:
                self.known[name] = (self.folder / Path(name).expanduser()).read_text("utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                why = reason(error) if isinstance(error, OSError) else _("no text in UTF-8")
                what = _("table {name} cannot be read: {reason}").format(name=name, reason=why)
                raise RecipeError(where, what, _("it is looked for from the recipe's folder")) from None
        return self.known[name]


def table_rows(name: str, text: str, rules: Collection[str], check: Check) -> dict[str, dict[str, Any]]:
    """By rule, then by value of the first column: the bounds that the table gives; empty cells give none.

    `check(rule, bound, value, where)` raises RecipeError for a bound that the rule's signal cannot have.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    lines = [(number, line) for number, line in lines if not line.lstrip().startswith("#")]
    if not lines:
        raise RecipeError(name, _("an empty table"), _("its first line names the columns"))
    parsed = list(csv.reader(line for _number, line in lines))
    places = [f"{name}:{number}" for number, _line in lines]
    columns = [_column(cell.strip(), rules, places[0]) for cell in parsed[0][1:]]
    if not columns or len(set(columns)) < len(columns):
        raise RecipeError(places[0], _("a table needs columns, each once"), _("such as word_count.min"))
    found: dict[str, dict[str, Any]] = {rule: {} for rule, _bound in columns}
    for where, cells in zip(places[1:], parsed[1:], strict=True):
        _row(cells, columns, where, check, found)
    return found


def _column(cell: str, rules: Collection[str], where: str) -> tuple[str, str]:
    rule, dot, bound = cell.rpartition(".")
    if not dot or bound not in NUMBERS:
        hint = did_you_mean(bound, NUMBERS) or ", ".join(NUMBERS)
        raise RecipeError(where, _("column {cell}: not RULE.BOUND").format(cell=cell), hint)
    if rule not in rules:
        what = _("column {cell}: the step has no rule '{rule}'").format(cell=cell, rule=rule)
        hint = did_you_mean(rule, rules) or _('list it in keep: {{ signal = "{rule}" }}').format(rule=rule)
        raise RecipeError(where, what, hint)
    return rule, bound


def _row(
    cells: Sequence[str],
    columns: Sequence[tuple[str, str]],
    where: str,
    check: Check,
    found: dict[str, dict[str, Any]],
) -> None:
    if len(cells) != len(columns) + 1:
        what = _("{count} cells, the first line has {wanted}")
        raise RecipeError(where, what.format(count=len(cells), wanted=len(columns) + 1))
    value = cells[0].strip()
    if value in found[columns[0][0]]:
        raise RecipeError(where, _("a second row for '{value}'").format(value=value))
    for rows in found.values():
        rows[value] = {}
    for (rule, bound), cell in zip(columns, cells[1:], strict=True):
        if cell.strip():
            number = _number(cell.strip(), where)
            check(rule, bound, number, where)
            found[rule][value][bound] = number


def _number(cell: str, where: str) -> float:
    try:
        return int(cell)
    except ValueError:
        pass
    try:
        number = float(cell)
    except ValueError:
        number = float("nan")
    if number != number or number in (float("inf"), float("-inf")):
        raise RecipeError(
            where, _("'{cell}' is no number").format(cell=cell), _("leave a cell empty for no bound")
        )
    return number


def table_of(
    table: Mapping[str, Any],
    known: Mapping[str, str],
    parameters: Collection[str],
    tables: Tables,
    lines: Lines,
    number: int,
) -> tuple[str, str, str]:
    """A step's table: its name, its text, and the column that chooses the row; empty where it has none.

    `known`: the stored columns that may choose a row, by the names that they may be given; `parameters`: those of
    the step's operator.
    """
    if "table" not in table:
        return "", "", ""
    where, by = lines.at("table", number), table.get("by")
    if "by" in parameters:
        what = _("{op} has a parameter `by` of its own, so it takes no table").format(op=table["op"])
        raise RecipeError(where, what)
    if not isinstance(by, str):
        raise RecipeError(where, _("a table needs by"), _('such as by = "language.label"'))
    if by not in known:
        what = _("by: no column '{by}' in earlier steps").format(by=by)
        raise RecipeError(lines.at("by", number), what, did_you_mean(by, known))
    return table["table"], tables.text(table["table"], where), known[by]
