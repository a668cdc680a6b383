"""`[[expect]]` of a recipe: what its paper reports of a rule, for the report to print beside the run's own number.

[[expect]]
rule = "gopher_quality.word_count"
value = 0.1
as = "alone"
unit = "documents"
source = "table 2"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tamis.errors import RecipeError
from tamis.messages import _, did_you_mean
from tamis.recipe_lines import Lines

KEYS = ("rule", "value", "as", "unit", "source")
CHOICES = {"as": ("alone", "in_order"), "unit": ("documents", "characters", "tokens")}


def checked_expect(
    raw: Any, rules: Iterable[str], without: Iterable[str], lines: Lines
) -> tuple[Mapping[str, Any], ...]:
    """The rows as given, each with all five keys; `value` is the share removed, 0 to 1.

    `rules`: the ids that the recipe has; rows of the steps `without` stay out. Raises RecipeError.
    """
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise RecipeError(lines.at("expect"), _("expect is a list of tables"), _("write [[expect]]"))
    known, left_out = list(rules), tuple(f"{step}." for step in without)
    kept = []
    for number, row in enumerate(raw):
        _check_row(row, lines.at("expect", after=number))
        rule = row["rule"]
        if rule.startswith(left_out) and left_out:
            continue
        if rule not in known and not rule.startswith("source."):
            what = _("expect: no rule '{rule}' in the recipe").format(rule=rule)
            raise RecipeError(lines.at("expect", after=number), what, did_you_mean(rule, known))
        kept.append(row)
    return tuple(kept)


def _check_row(row: Mapping[str, Any], where: str) -> None:
    for key in row:
        if key not in KEYS:
            raise RecipeError(
                where, _("no key '{key}' in [[expect]]").format(key=key), did_you_mean(key, KEYS)
            )
    for key in ("rule", "as", "unit", "source"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise RecipeError(where, _("expect: {key} must be a string").format(key=key))
    for key, choices in CHOICES.items():
        if row[key] not in choices:
            what = _("expect: {key} is one of {choices}").format(key=key, choices=", ".join(choices))
            raise RecipeError(where, what, did_you_mean(row[key], choices))
    value = row.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        hint = _("the share removed: 0.1 for 10 %")
        raise RecipeError(where, _("expect: value must be a number from 0 to 1"), hint)
