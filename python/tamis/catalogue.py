"""What there is to choose from: recipes and operators, described from their own declarations.

Examples:
    >>> import tamis
    >>> "recipes" in tamis.ls()
    True
"""

from __future__ import annotations

import inspect
import pkgutil
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from tamis.errors import TamisError
from tamis.messages import _, did_you_mean
from tamis.op import Field, Operator, Parameter, Signal, find, registered, registered_names
from tamis.recipe import BOUNDS, STEP_KEYS, recipe_names
from tamis.references import cited
from tamis.schema import parameters_schema, type_name

OPERATOR_PAGE = "docs/reference/operators/{name}.md"
RECIPE_PAGE = "docs/reference/recipes/{name}.md"


def operator_names() -> list[str]:
    """The operators that come with tamis, and those registered since (`--ops`), by name."""
    import tamis.ops

    own = (found.name for found in pkgutil.iter_modules(tamis.ops.__path__) if not found.name.startswith("_"))
    return sorted({*(name for name in own if find(name)), *registered_names()})


def ls(*, ops: str | Sequence[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """All recipes and operators, one line's worth of each.

    Args:
        ops: files with operators of your own, listed beside those that come with tamis.

    Returns:
        `recipes`: name, title, steps, rules; `operators`: name, kind, scope, cost, signals, title.
    """
    load_ops(ops)
    return {
        "recipes": [_recipe_line(recipe(name)) for name in recipe_names()],
        "operators": [_operator_line(_operator(name)) for name in operator_names()],
    }


def show(name: str, *, ops: str | Sequence[str] = ()) -> dict[str, Any]:
    """Everything that is declared about an operator or a recipe.

    Args:
        name: an operator, a recipe, or the path of a recipe file.
        ops: files with operators of your own.

    Raises:
        TamisError: there is none of that name; the hint names the nearest.
    """
    load_ops(ops)
    if name.endswith(".toml") or name in recipe_names():
        return describe_recipe(name)
    if registered(name) or find(name):
        return describe_operator(_operator(name))
    known = [*recipe_names(), *operator_names()]
    raise TamisError(name, _("no operator or recipe of this name"), _nearest(name, known))


def load_ops(ops: str | Path | Sequence[str | Path]) -> None:
    """Register the operators of these files."""
    if ops:
        from tamis.engine.tasks import load_ops_files

        load_ops_files(ops)


def _nearest(name: str, known: Iterable[str]) -> str:
    return did_you_mean(name, known) or _("all of them: tamis ls")


def _operator(name: str) -> Operator:
    found = find(name)
    if found is None:
        raise TamisError(name, _("no operator of this name"), _nearest(name, operator_names()))
    return found


def _operator_line(operator: Operator) -> dict[str, Any]:
    return {
        "name": operator.name,
        "kind": operator.kind,
        "scope": operator.scope,
        "cost": operator.cost,
        "signals": len(operator.signals),
        "title": operator.title,
    }


def describe_operator(operator: Operator) -> dict[str, Any]:
    """The declaration as plain data: what `show` prints and the reference page holds."""
    summary, _newline, rest = (inspect.getdoc(operator.function) or "").partition("\n")
    return {
        "what": "operator",
        "name": operator.name,
        "kind": operator.kind,
        "scope": operator.scope,
        "cost": operator.cost,
        "version": operator.version,
        "title": summary,
        "description": rest.strip(),
        "cite": operator.cite,
        "source": cited(operator.cite),
        "reads": list(operator.reads),
        "signals": [_signal(signal) for signal in operator.signals],
        "fields": [_field(column) for column in operator.fields],
        "expands": operator.expands,
        "parameters": [_parameter(parameter, operator) for parameter in operator.parameters],
        "schema": parameters_schema(operator),
        "recipes": recipes_with(operator.name),
        "docs": OPERATOR_PAGE.format(name=operator.name) if _is_ours(operator) else "",
    }


def _is_ours(operator: Operator) -> bool:
    """Whether an operator comes with tamis, and so has a reference page; those of `--ops` have none."""
    return operator.function.__module__.startswith("tamis.ops.")


def _signal(signal: Signal) -> dict[str, Any]:
    return {
        "name": signal.name,
        "type": signal.type,
        "low": signal.low,
        "high": signal.high,
        "meaning": signal.meaning,
        "nullable": signal.nullable,
        "reference": signal.reference,
    }


def _field(column: Field) -> dict[str, Any]:
    return {"name": column.name, "type": column.type, "meaning": column.meaning}


def _parameter(parameter: Parameter, operator: Operator) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "type": type_name(parameter.annotation),
        "required": parameter.required,
        "default": None if parameter.required else parameter.default,
        "choices": list(parameter.choices),
        "low": parameter.low,
        "high": parameter.high,
        "meaning": argument_meaning(operator, parameter.name),
    }


def argument_meaning(operator: Operator, name: str) -> str:
    """What `Args:` of the operator's docstring says about one parameter; empty where it says nothing."""
    lines = (inspect.getdoc(operator.function) or "").splitlines()
    if "Args:" not in lines:
        return ""
    said: list[str] = []
    for line in lines[lines.index("Args:") + 1 :]:
        if line and not line.startswith(" "):
            break
        indent = len(line) - len(line.lstrip())
        head, colon, text = line.strip().partition(":")
        if said and (indent <= 4 or not line):
            break
        if said:
            said.append(line.strip())
        elif indent == 4 and colon and head == name:
            said.append(text.strip())
    return " ".join(said)


def recipe(name: str) -> dict[str, Any]:
    """A recipe's TOML as it stands, with `name`; the recipe itself is checked by `tamis.read_recipe`."""
    if name.endswith(".toml"):
        path = Path(name)
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            raise TamisError(name, _("no such file"), "") from None
        stem = path.stem
    else:
        text, stem = (files("tamis") / "recipes" / f"{name}.toml").read_text("utf-8"), name
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what = _("no valid TOML: {why}").format(why=error)
        raise TamisError(name, what, _("a recipe is a TOML file: tamis show gopher --toml")) from None
    if not _is_tables(parsed.get("step", [])) or not all(
        _is_tables(s.get("keep", [])) for s in parsed["step"]
    ):
        raise TamisError(
            name, _("step or keep is no list of tables"), _("a recipe to look at: tamis show gopher")
        )
    return {"name": stem, **parsed}


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _recipe_line(parsed: Mapping[str, Any]) -> dict[str, Any]:
    steps = parsed.get("step", [])
    rules = sum(len(step.get("keep", ())) for step in steps)
    return {"name": parsed["name"], "title": parsed.get("title", ""), "steps": len(steps), "rules": rules}


def recipes_with(operator: str) -> list[str]:
    """The recipes that have a step of this operator."""
    return [
        name for name in recipe_names() if any(s.get("op") == operator for s in recipe(name).get("step", []))
    ]


def describe_recipe(name: str) -> dict[str, Any]:
    """A recipe's steps with their parameters and rules as plain data."""
    parsed = recipe(name)
    steps = [_step(step) for step in parsed.get("step", [])]
    return {
        "what": "recipe",
        "name": parsed["name"],
        "title": parsed.get("title", ""),
        "cite": parsed.get("cite", ""),
        "source": cited(parsed.get("cite", "")),
        "note": parsed.get("note", ""),
        "input": parsed.get("source", {}),
        "steps": steps,
        "expect": parsed.get("expect", []),
        "docs": RECIPE_PAGE.format(name=parsed["name"]) if name in recipe_names() else "",
    }


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    operator = find(step.get("op", ""))
    chosen = {key: step[key] for key in ("table", "by") if "table" in step}
    rules = [_rule({**rule, **chosen}) for rule in step.get("keep", ())]
    return {
        "step": step.get("as", step.get("op", "")),
        "op": step.get("op", ""),
        "kind": operator.kind if operator else "",
        "scope": operator.scope if operator else "",
        "cost": operator.cost if operator else "",
        "gate": bool(step.get("gate", False)),
        "note": step.get("note", ""),
        "where": [_rule(rule) for rule in step.get("where", ())],
        "keep_source": step.get("keep_source"),
        "parameters": {key: value for key, value in step.items() if key not in (*STEP_KEYS, *chosen)},
        **chosen,
        "rules": rules,
    }


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    bounds = {bound: rule[bound] for bound in BOUNDS if bound in rule}
    signal = rule.get("signal", "")
    return {
        "name": rule.get("name", signal),
        "signal": signal,
        "bounds": bounds,
        "when": _rule(rule["when"]) if "when" in rule else None,
        "null": rule.get("null", ""),
        "note": rule.get("note", ""),
        **{key: rule[key] for key in ("table", "by") if key in rule},
    }


def rule_text(rule: Mapping[str, Any]) -> str:
    """A rule as it is read aloud: `50 <= word_count <= 100,000`, `score > 0.65`, `label in [en]`.

    Examples:
        >>> rule_text({"signal": "word_count", "bounds": {"min": 50, "max": 100_000}, "when": None})
        '50 <= word_count <= 100,000'
    """
    bounds = rule["bounds"]
    name = rule["signal"]
    low = next(((bounds[key], sign) for key, sign in (("min", "<="), ("above", "<")) if key in bounds), None)
    high = next(((bounds[key], sign) for key, sign in (("max", "<="), ("below", "<")) if key in bounds), None)
    if low and high:
        text = f"{_bound(low[0])} {low[1]} {name} {high[1]} {_bound(high[0])}"
    elif low:
        text = f"{name} {low[1].replace('<', '>')} {_bound(low[0])}"
    elif high:
        text = f"{name} {high[1]} {_bound(high[0])}"
    else:
        text = " and ".join(
            f"{name} {key.replace('_', ' ')} {_listed(value)}" for key, value in bounds.items()
        )
    if not bounds and rule.get("by"):
        text = _("{signal} as {table} says by {by}").format(signal=name, table=rule["table"], by=rule["by"])
    return f"{text} when {rule_text(rule['when'])}" if rule.get("when") else text


def _bound(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else str(value)


def _listed(values: object) -> str:
    return f"[{', '.join(map(_bound, values))}]" if isinstance(values, list) else _bound(values)
