"""Recipes: an ordered list of steps (operator, parameters, rules) in one flat TOML file.

Examples:
    >>> from tamis.recipe import parse_recipe
    >>> recipe = parse_recipe('''
    ... name = "short"
    ... [[step]]
    ... op = "random"
    ... keep = [{ signal = "value", max = 0.1 }]
    ... ''', "short.toml")
    >>> recipe.steps[0].rules[0].id
    'random.value'
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tamis.errors import RecipeError, TamisError, reason
from tamis.messages import _, did_you_mean
from tamis.op import Operator
from tamis.option_values import listed
from tamis.recipe_expect import checked_expect
from tamis.recipe_lines import Lines
from tamis.recipe_secrets import is_stand_in, not_given, stand_in
from tamis.recipe_table import OTHERS, Rows, Tables
from tamis.references import entries

BOUNDS = ("min", "max", "above", "below", "in", "not_in")
RECIPES = Path(__file__).parent / "recipes"
STEP_KEYS = ("op", "as", "note", "keep", "gate", "where", "table", "keep_source")
"""And `by`, beside a `table`: else it is a parameter of some operators."""
TOP_KEYS = ("name", "title", "cite", "note", "source", "step", "expect")
SOURCE_KEYS = ("content_types", "charset", "text", "columns")
DOCUMENT_COLUMNS = ("text_chars", "text_words", "url", "date", "source", "content_type", "charset")
HTML_TYPES = ("text/html", "application/xhtml+xml", "text/plain")


@dataclass(frozen=True)
class Rule:
    """Keep when the value lies within the bounds; `column` is the stored column that it reads."""

    step: str
    name: str
    signal: str
    column: str
    bounds: Mapping[str, Any]
    when: Rule | None = None
    null: str = "remove"
    table: str = ""
    by: str = ""
    rows: Rows = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.step}.{self.name}"

    def at(self, value: str | None) -> Mapping[str, Any] | None:
        """The bounds where the column `by` holds that value: its row of the table, else the row `*`, over its own.

        None where there is neither a row nor a bound of its own: nothing says what would be good.

        Examples:
            >>> rule = Rule("q", "n", "n", "q.n", {"max": 9}, by="language.label", rows={"de": {"max": 5}, "fr": {}})
            >>> rule.at("de"), rule.at("fr"), rule.at("xx")
            ({'max': 5}, {'max': 9}, {'max': 9})
        """
        if not self.by:
            return self.bounds
        row = self.rows.get(value, self.rows.get(OTHERS)) if value is not None else self.rows.get(OTHERS)
        if row is None:
            return self.bounds or None
        return {**self.bounds, **row}

    def describe(self) -> dict[str, Any]:
        described: dict[str, Any] = {
            "step": self.step,
            "rule": self.name,
            "signal": self.signal,
            "column": self.column,
        }
        described |= {"bounds": dict(self.bounds), "null": self.null}
        if self.when is not None:
            described["when"] = {"column": self.when.column, "bounds": dict(self.when.bounds)}
        if self.by:
            rows = {value: dict(bounds) for value, bounds in self.rows.items()}
            described |= {"table": self.table, "by": self.by, "rows": rows}
        return described


@dataclass(frozen=True)
class Step:
    """One operator in its place, with its parameters (defaults filled in) and its rules.

    `keep_source`: whether a document stays beside those that the step makes of it; None where it makes none.
    """

    name: str
    op: Operator
    parameters: Mapping[str, Any] = field(repr=False)
    rules: tuple[Rule, ...] = ()
    gate: bool = False
    where: tuple[Rule, ...] = ()
    note: str = ""
    place: str = ""
    keep_source: bool | None = None

    def told(self, error: TamisError) -> RecipeError:
        """What the step's operator refuses (a list or a model that is not there), with its place in the recipe."""
        where = f"{self.place}: {self.name}" if self.place else self.name
        what = error.what if isinstance(error, RecipeError) else f"{error.where}: {error.what}"
        return RecipeError(where, what, error.hint.replace("STEP", self.name))

    @property
    def shown(self) -> dict[str, Any]:
        """The parameters as they may be written: stand-ins in place of secrets."""
        secret = {p.name for p in self.op.parameters if p.secret}
        return {n: stand_in(self.name, n, v) if n in secret else v for n, v in self.parameters.items()}

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that the operator's body gets, those that parameters name among them."""
        return (*self.op.reads, *(self.parameters[name] for name in self.op.named))

    @property
    def evidence(self) -> str:
        """The column of spans that shows in a text why the step's signals are what they are; "" without one."""
        name = self.op.evidence
        if name in self.op.named:
            return str(self.parameters[name])
        return self.column(name) if name else ""

    def keywords(self) -> dict[str, Any]:
        """The parameters as the operator's body takes them.

        Raises RecipeError for a secret that is not known here.
        """
        for parameter in self.op.parameters:
            if parameter.secret and is_stand_in(self.parameters[parameter.name]):
                where = f"{self.place}: {self.name}" if self.place else self.name
                raise not_given(where, self.name, parameter.name)
        return dict(self.parameters)

    def column(self, signal: str) -> str:
        return f"{self.name}.{signal}"

    def describe(self) -> dict[str, Any]:
        op = self.op
        signals = [
            {"name": s.name, "type": s.type, "low": s.low, "high": s.high, "meaning": s.meaning}
            for s in op.signals
        ]
        made = {"expands": True, "keep_source": self.keep_source} if op.expands else {}
        return {
            "step": self.name,
            "op": op.name,
            "kind": op.kind,
            "scope": op.scope,
            "cost": op.cost,
            "gate": self.gate,
            "where": [rule.describe() for rule in self.where],
            "version": op.version,
            "hides": op.hides,
            "parameters": self.shown,
            "signals": signals,
            "fields": [f.name for f in op.fields],
            **made,
        }


@dataclass(frozen=True)
class SourceOptions:
    """`[source]` of a recipe: what the source admits and how bytes become characters."""

    content_types: tuple[str, ...] = HTML_TYPES
    charset: str = "whatwg"
    text: str = "text"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A checked recipe. `text` is its TOML as given, `tables` the texts of the tables that its steps name;
    `overrides` and `without` are what the caller changed. `secrets`, by `STEP.PARAMETER`, are written nowhere;
    `overrides` holds their stand-ins.
    """

    name: str
    title: str
    cite: str
    source: SourceOptions
    steps: tuple[Step, ...]
    expect: tuple[Mapping[str, Any], ...] = ()
    path: str = ""
    text: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    tables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in recipe order; the first failing one is `removed_by`."""
        return tuple(rule for step in self.steps for rule in step.rules)

    @cached_property
    def expanding(self) -> tuple[int, ...]:
        """The numbers of the steps that make documents."""
        return tuple(number for number, step in enumerate(self.steps) if step.op.expands)

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def _shown(self) -> list[dict[str, Any]]:
        """Steps and rules as `repr()` and a notebook show them."""
        return [step.describe() | {"rules": [rule.describe() for rule in step.rules]} for step in self.steps]

    def __repr__(self) -> str:
        from tamis.report.funnel import recipe_text

        return recipe_text(self.name, self.title, self._shown())

    def _repr_html_(self) -> str:
        """The steps, what their rules keep and what the paper reports, for a notebook."""
        from tamis.report.notebook import recipe_html

        return recipe_html(self.name, self.title, self._shown(), self.expect)


def read_recipe(
    recipe: str | Path | Recipe,
    *,
    overrides: Mapping[str, Any] | None = None,
    without: str | Sequence[str] = (),
) -> Recipe:
    """A published recipe by name, or one in a TOML file by path; checked, with overrides applied.

    Raises RecipeError with file and line for anything that could not run.
    """
    if isinstance(recipe, Recipe):
        return recipe
    path = Path(recipe)
    if path.suffix != ".toml":
        folder_given = path.is_dir()
        path = RECIPES / f"{recipe}.toml"
        if not path.exists():
            known = recipe_names()
            hint = did_you_mean(str(recipe), known) or _("published recipes: {names}").format(
                names=", ".join(known)
            )
            what = _("a folder, not a file") if folder_given else _("no recipe of that name")
            raise RecipeError(str(recipe), what, hint)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(
            str(path), _("no text in UTF-8"), _("give a recipe's name or a TOML file")
        ) from error
    except OSError as error:
        what = _("cannot be read: {why}").format(why=reason(error))
        raise RecipeError(str(path), what, _("give a recipe's name or a TOML file")) from error
    shown = path.name if path.parent == RECIPES else str(path)
    return parse_recipe(text, shown, overrides=overrides, without=without, folder=path.parent)


def recipe_names() -> list[str]:
    return sorted(path.stem for path in RECIPES.glob("*.toml"))


def parse_recipe(
    text: str,
    path: str,
    *,
    overrides: Mapping[str, Any] | None = None,
    without: str | Sequence[str] = (),
    folder: Path | None = None,
    tables: Mapping[str, str] | None = None,
) -> Recipe:
    """A recipe from its TOML text; `path` is what errors name.

    `folder`: from where the steps' tables are named, by default the folder of `path`; `tables`: their texts, where
    these are known already.

    Raises RecipeError for syntax, names, types, bounds and order.
    """
    from tamis.recipe_check import build_steps

    lines = Lines(text, path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise RecipeError(
            f"{path}:{line}",
            _("no valid TOML: {why}").format(why=error),
            _("a recipe is a TOML file: tamis show gopher --toml"),
        ) from error
    for key in raw:
        if key not in TOP_KEYS:
            raise RecipeError(
                lines.at(key), _("no key '{key}' in a recipe").format(key=key), did_you_mean(key, TOP_KEYS)
            )
    name = raw.get("name")
    if not isinstance(name, str) or not name:
        raise RecipeError(path, _("a recipe needs a name"), _('write name = "..." at the top'))
    _check_head(raw, lines)
    changes, left_out = dict(overrides or {}), tuple(listed(without))
    source = _source(raw.get("source", {}), lines, changes)
    given = Tables(folder if folder is not None else Path(path).parent, dict(tables or {}))
    steps = build_steps(raw.get("step", []), lines, changes, left_out, given)
    hidden = {
        step.column(p.name): (step.parameters[p.name], step.shown[p.name])
        for step in steps
        for p in step.op.parameters
        if p.secret and step.parameters[p.name]
    }
    return Recipe(
        name=name,
        title=str(raw.get("title", "")),
        cite=str(raw.get("cite", "")),
        source=source,
        steps=steps,
        expect=checked_expect(raw.get("expect", []), _rule_ids(steps), left_out, lines),
        path=path,
        text=text,
        overrides={**(overrides or {}), **{name: shown for name, (_value, shown) in hidden.items()}},
        without=left_out,
        tables=given.known,
        secrets={name: value for name, (value, shown) in hidden.items() if value != shown},
    )


def _rule_ids(steps: Sequence[Step]) -> list[str]:
    return [rule.id for step in steps for rule in step.rules]


def _check_head(raw: Mapping[str, Any], lines: Lines) -> None:
    """What stands above the steps."""
    for key in ("title", "cite", "note"):
        if not isinstance(raw.get(key, ""), str):
            raise RecipeError(lines.at(key), _("{key} must be a string").format(key=key))
    cite = raw.get("cite", "")
    if cite and cite not in entries():
        what = _("cite: no entry '{key}' in the bibliography of tamis").format(key=cite)
        hint = did_you_mean(cite, entries()) or _("name a source of your own in note")
        raise RecipeError(lines.at("cite"), what, hint)
    if not isinstance(raw.get("source", {}), dict):
        raise RecipeError(lines.at("source"), _("source is a table"), _("write [source] above its keys"))


def _source(raw: Any, lines: Lines, changes: dict[str, Any]) -> SourceOptions:
    given = dict(raw)
    for key in [key for key in changes if key.startswith("source.")]:
        given[key.split(".", 1)[1]] = changes.pop(key)
    for key, value in given.items():
        where = lines.at(key)
        if key not in SOURCE_KEYS:
            raise RecipeError(
                where, _("no key '{key}' in [source]").format(key=key), did_you_mean(key, SOURCE_KEYS)
            )
        if key in ("content_types", "columns"):
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise RecipeError(where, _("{key} must be a list of strings").format(key=key))
            given[key] = tuple(value)
        elif not isinstance(value, str):
            raise RecipeError(where, _("{key} must be a string").format(key=key))
    options = replace(SourceOptions(), **given)
    if options.charset not in ("whatwg", "datatrove"):
        raise RecipeError(lines.at("charset"), _("charset is 'whatwg' or 'datatrove'"), 'charset = "whatwg"')
    return options
