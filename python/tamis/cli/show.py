"""`tamis show NAME`: what is declared about an operator or a recipe."""

from __future__ import annotations

import argparse
import re
from typing import Any

from tamis.catalogue import rule_text
from tamis.cli.parser import UsageError, VerbParser
from tamis.cli.printing import as_json, heading, lines
from tamis.cli.quantities import counted
from tamis.cli.terminal import Column, Terminal, cells, clean, pad, table, wrap
from tamis.messages import _, later, together

EXAMPLES = (
    ("tamis show gopher_quality", later("an operator: its signals, ranges and parameters")),
    ("tamis show fineweb", later("a recipe: its steps and rules")),
    ("tamis show gopher --toml", later("its file, to begin one of your own with")),
    ("tamis show gopher_quality --json", later("with the JSON schema of its parameters")),
)


def parser(width: int) -> VerbParser:
    summary = _("Show an operator (signals, parameters) or a recipe (steps, rules).")
    made = VerbParser("show", summary, _("NAME [options]"), EXAMPLES, width)
    made.add_argument("name", metavar="NAME", help=_("an operator, a recipe, or a recipe's file"))
    made.add_argument(
        "--ops", metavar="FILE", action="append", default=[], help=_("also the operators of this file")
    )
    shape = made.add_mutually_exclusive_group()
    shape.add_argument("--toml", action="store_true", help=_("print the recipe's file, to be edited"))
    shape.add_argument("--json", action="store_true", help=_("print JSON"))
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    import tamis
    from tamis.catalogue import show

    found = show(arguments.name, ops=arguments.ops)
    if arguments.toml:
        if found["what"] == "operator":
            hint = _("tamis show {name} prints its parameters").format(name=found["name"])
            raise UsageError(
                f"tamis show {arguments.name} --toml", _("an operator has no file of this form"), hint
            )
        terminal.out.write(tamis.read_recipe(arguments.name).text)
    elif arguments.json:
        as_json(found, terminal)
    elif found["what"] == "operator":
        lines(operator_page(found, terminal), terminal)
    else:
        lines(recipe_page(found, terminal), terminal)
    return 0


def operator_page(found: dict[str, Any], terminal: Terminal) -> list[str]:
    facts = [found["kind"], found["scope"], found["cost"], _("version {n}").format(n=found["version"])]
    if found["expands"]:
        facts.append(_("makes documents"))
    title = _(found["title"]) + (f" ({found['source']})" if found["source"] else "")
    page = [
        f"{terminal.style(found['name'], 'bold')}   {_(', ').join(facts)}",
        *wrap(clean(title), terminal.width),
    ]
    if found["reads"]:
        page.append(_("reads {columns}").format(columns=", ".join(found["reads"])))
    for part in (_signals(found, terminal), _fields(found, terminal), _parameters(found, terminal)):
        if part:
            page += ["", *part]
    users = ", ".join(found["recipes"]) or _("none")
    width = max(map(cells, (_("recipes"), _("docs"))))
    page += ["", f"{pad(_('recipes'), width)}  {users}"]
    if found["docs"]:
        page.append(f"{pad(_('docs'), width)}  {found['docs']}")
    return page


def range_text(low: float | None, high: float | None) -> str:
    """`0..1`, `0..`, `..1`, or nothing.

    Examples:
        >>> range_text(0, 1.0), range_text(0, None)
        ('0..1', '0..')
    """
    if low is None and high is None:
        return ""
    return f"{_plain(low)}..{_plain(high)}"


def _plain(bound: float | None) -> str:
    if bound is None:
        return ""
    return f"{int(bound):,}" if float(bound).is_integer() else f"{bound:g}"


def _meaning(signal: dict[str, Any]) -> str:
    text: str = _(signal["meaning"])
    if signal["nullable"]:
        text = _("{meaning}; null: {reason}").format(meaning=text, reason=_(signal["nullable"]))
    if signal["reference"]:
        text = together((text, _("(reference: {name})").format(name=signal["reference"])))
    return text


def _signals(found: dict[str, Any], terminal: Terminal) -> list[str]:
    columns = [
        Column(_("signal")),
        Column(_("type")),
        Column(_("range")),
        Column(_("meaning"), flexible=True, wrapped=True, least=28),
    ]
    rows = [[s["name"], s["type"], range_text(s["low"], s["high"]), _meaning(s)] for s in found["signals"]]
    return heading(table(columns, rows, terminal.width), terminal) if rows else []


def _fields(found: dict[str, Any], terminal: Terminal) -> list[str]:
    columns = [
        Column(_("column")),
        Column(_("type")),
        Column(_("meaning"), flexible=True, wrapped=True, least=28),
    ]
    rows = [[field["name"], field["type"], _(field["meaning"])] for field in found["fields"]]
    return heading(table(columns, rows, terminal.width), terminal) if rows else []


def _parameters(found: dict[str, Any], terminal: Terminal) -> list[str]:
    columns = [
        Column(_("parameter")),
        Column(_("type"), flexible=True, wrapped=True, least=14),
        Column(_("default")),
        Column(_("range")),
        Column(_("meaning"), flexible=True, wrapped=True, least=24),
    ]
    rows = [
        [p["name"], type_text(p["type"]), _default(p), range_text(p["low"], p["high"]), _(p["meaning"])]
        for p in found["parameters"]
    ]
    return heading(table(columns, rows, terminal.width), terminal) if rows else []


def type_text(said: str) -> str:
    """A parameter's type, as `tamis.schema.type_name` writes it, in the language in use; names of types stay.

    Examples:
        >>> type_text("list of text, or none")
        'list of text, or none'
    """
    for shape in _TYPES:
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>.+?)", shape), said)
        if found:
            return _(shape).format(**{name: type_text(part) for name, part in found.groupdict().items()})
    return said


_TYPES = (
    later("{type}, or none"),
    later("{type} or {other}"),
    later("one of {choices}"),
    later("list of {type}"),
)


def _default(parameter: dict[str, Any]) -> str:
    if parameter["required"]:
        return _("required")
    return value_text(parameter["default"])


def value_text(value: Any) -> str:
    """A parameter's value as a person writes it: no quotes, `none`, `true`."""
    if value is None:
        return _("none")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(value_text(item) for item in value) + "]"
    if value == "":
        return _("none")
    return str(value)


def recipe_page(found: dict[str, Any], terminal: Terminal) -> list[str]:
    rules = sum(len(step["rules"]) for step in found["steps"])
    counts = counted(len(found["steps"]), _("{n} step"), _("{n} steps"))
    counts += _(", ") + counted(rules, _("{n} rule"), _("{n} rules"))
    title = _(found["title"]) + (f" ({found['source']})" if found["source"] else "")
    page = [f"{terminal.style(found['name'], 'bold')}   {counts}", *wrap(clean(title), terminal.width)]
    if found["input"]:
        source = ", ".join(f"{key} = {value_text(value)}" for key, value in found["input"].items())
        page += wrap(clean(f"{_('source')}: {source}"), terminal.width)
    columns = [
        Column(_("step")),
        Column(_("cost")),
        Column(_("keeps what has"), flexible=True, wrapped=True, least=30),
        Column(_("note"), flexible=True, wrapped=True, least=12),
    ]
    rows = [row for step in found["steps"] for row in _step_rows(step)]
    page += ["", *heading(table(columns, rows, terminal.width), terminal)]
    if found["docs"]:
        page += ["", f"{_('docs')}  {found['docs']}"]
    return page


def _step_rows(step: dict[str, Any]) -> list[list[str]]:
    name = step["step"] if step["step"] == step["op"] else f"{step['step']} ({step['op']})"
    note = " ".join(part for part in (_("gate") if step["gate"] else "", _(step["note"])) if part)
    rows = [[name, step["cost"], "", note]]
    told = [f"{key} = {value_text(value)}" for key, value in step["parameters"].items()]
    if step["keep_source"] is not None:
        told.append(f"keep_source = {value_text(step['keep_source'])}")
    told += [_("only where {rule}").format(rule=rule_text(rule)) for rule in step["where"]]
    said = [[text, ""] for text in told] + [[_rule_line(rule), _(rule["note"])] for rule in step["rules"]]
    for n, (text, rule_note) in enumerate(said):
        if n == 0:
            rows[0][2] = text
            rows[0][3] = " ".join(part for part in (note, rule_note) if part)
        else:
            rows.append(["", "", text, rule_note])
    return rows


def _rule_line(rule: dict[str, Any]) -> str:
    named = f"{rule['name']}: " if rule["name"] != rule["signal"] else ""
    null = "" if not rule["null"] else _(", or no value")
    return named + rule_text(rule) + null
