"""Checks of a recipe's steps before any data is read: names, types, ranges, order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tamis import op as operators
from tamis.errors import RecipeError
from tamis.lineage import MOST_STEPS
from tamis.messages import _, did_you_mean
from tamis.op import Operator, Signal
from tamis.recipe import BOUNDS, STEP_KEYS, Rule, Step
from tamis.recipe_bounds import check_bound, check_made, check_measured, check_range
from tamis.recipe_columns import Known, check_dropped, columns_before, fields_of
from tamis.recipe_lines import Lines
from tamis.recipe_parameters import check_parameters
from tamis.recipe_table import Tables, table_of, table_rows

RULE_KEYS = ("signal", "name", "when", "null", *BOUNDS)


def build_steps(
    raw: Any, lines: Lines, changes: dict[str, Any], without: tuple[str, ...], tables: Tables
) -> tuple[Step, ...]:
    """All steps, checked, with `--set` changes applied and the `--without` steps left out."""
    if not isinstance(raw, list) or not raw or not all(isinstance(step, dict) for step in raw):
        where = lines.at("step") if raw else lines.path
        raise RecipeError(
            where, _("a recipe needs at least one [[step]]"), _('write [[step]], then op = "..."')
        )
    names = [step_name(step, lines, number) for number, step in enumerate(raw)]
    _check_without(without, names)
    steps: list[Step] = []
    for number, table in enumerate(raw):
        name = names[number]
        if name in (step.name for step in steps):
            raise RecipeError(
                lines.at("op", number),
                _("two steps are called '{name}'").format(name=name),
                _('give one as = "..."'),
            )
        if name in without:
            _drop_changes(name, changes)
            continue
        steps.append(_step(dict(table), name, number, lines, changes, steps, tables))
    if changes:
        key = next(iter(changes))
        known = [s.name for s in steps]
        what = _("no step '{name}' in the recipe").format(name=key.split(".")[0])
        raise RecipeError(f"--set {key}", what, did_you_mean(key.split(".")[0], known))
    _check_order(steps, lines)
    check_dropped(steps, lines)
    check_measured(steps, lines)
    check_made(steps, lines)
    return tuple(steps)


def step_name(table: Mapping[str, Any], lines: Lines, number: int) -> str:
    """A step's name: `as`, else its operator. It names columns, rules and folders."""
    name = table.get("as", table.get("op"))
    if "as" not in table and not isinstance(name, str):
        raise RecipeError(lines.at("op", number), _('a step needs op = "..."'))
    if not isinstance(name, str) or not name.isidentifier() or name == "source":
        what = _("a step cannot be called {name!r}").format(name=name)
        hint = _("a name is of letters, digits and _, begins with no digit, and is not 'source'")
        raise RecipeError(lines.at("as" if "as" in table else "op", number), what, hint)
    return name


def _check_without(without: tuple[str, ...], names: Sequence[str]) -> None:
    for name in without:
        if name not in names:
            hint = did_you_mean(name, names) or _("steps: {names}").format(names=", ".join(names))
            raise RecipeError(f"--without {name}", _("no such step"), hint)


def _drop_changes(name: str, changes: dict[str, Any]) -> None:
    for key in [key for key in changes if key.split(".")[0] == name]:
        del changes[key]


def _step(
    table: dict[str, Any],
    name: str,
    number: int,
    lines: Lines,
    changes: dict[str, Any],
    earlier: Sequence[Step],
    tables: Tables,
) -> Step:
    where = lines.at("op", number)
    op_name = str(table.get("op", ""))
    op = operators.find(op_name)
    if op is None:
        hint = did_you_mean(op_name, operator_names()) or _(
            "tamis ls lists the operators; --ops adds your own"
        )
        raise RecipeError(where, _("no operator '{name}'").format(name=op_name), hint)
    ours = {*STEP_KEYS, "by"} if "table" in table else STEP_KEYS
    parameters = {k: v for k, v in table.items() if k not in ours}
    keep = [dict(rule) for rule in _tables(table, "keep", lines, number)]
    changed = _apply_changes(name, op, parameters, keep, changes)
    given = {parameter for rule, parameter in changed if not rule}
    before = Known(columns_before(earlier))
    checked = check_parameters(op, name, parameters, given, before, number, lines)
    known = _columns(op, earlier)
    own = {column: f"{name}.{s.name}" for s in op.signals for column in (s.name, f"{name}.{s.name}")}
    choosing = {column: column for column in known} | own
    chosen = table_of(table, choosing, [p.name for p in op.parameters], tables, lines, number)
    free = {rule_name(raw) for raw in keep} if chosen[2] else set()
    rules = tuple(_rule(raw, name, op, known, number, lines, free, changed) for raw in keep)
    if chosen[2]:
        rules = _with_table(rules, chosen, known, changed, lines.at("keep", number))
    _check_names(rules, number, lines)
    where_rules = tuple(
        _rule(raw, name, None, _columns(None, earlier), number, lines)
        for raw in _tables(table, "where", lines, number)
    )
    gate, note = table.get("gate", False), str(table.get("note", ""))
    if not isinstance(gate, bool):
        what = _("gate is true or false, not {value!r}").format(value=gate)
        raise RecipeError(lines.at("gate", number), what)
    if op.expands and "split" in (rule.name for rule in rules):
        what = _("{name} is the name of what removes a document whose place others take").format(name="split")
        raise RecipeError(lines.at("split", number), what, _('give the rule another name = "..."'))
    keep_source = _keep_source(table, op, number, lines)
    return Step(name, op, checked, rules, gate, where_rules, note, where, keep_source)


def _keep_source(table: Mapping[str, Any], op: Operator, number: int, lines: Lines) -> bool | None:
    """What a step that makes documents says of those that it makes them of."""
    given = table.get("keep_source")
    if not op.expands:
        if given is None:
            return None
        what = _("{op} makes no documents: there is no source to keep").format(op=op.name)
        raise RecipeError(lines.at("keep_source", number), what, _("leave keep_source out"))
    if given is None:
        what = _("{op} makes documents: the step must say what becomes of those that it makes them of")
        hint = _("keep_source = true keeps them beside the new ones, false puts the new ones in their place")
        raise RecipeError(lines.at("op", number), what.format(op=op.name), hint)
    if not isinstance(given, bool):
        what = _("keep_source must be true or false, not {value!r}").format(value=given)
        raise RecipeError(lines.at("keep_source", number), what)
    return given


def _tables(table: Mapping[str, Any], key: str, lines: Lines, number: int) -> list[dict[str, Any]]:
    """`keep` or `where` of a step."""
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(rule, dict) for rule in found):
        hint = _('write {key} = [{{ signal = "...", min = ... }}]').format(key=key)
        raise RecipeError(lines.at(key, number), _("{key} is a list of rules").format(key=key), hint)
    return found


def rule_name(raw: Any) -> str:
    """The name of a rule as it is written."""
    return str(raw.get("name", raw.get("signal"))) if isinstance(raw, dict) else ""


def _with_table(
    rules: Sequence[Rule],
    chosen: tuple[str, str, str],
    known: Mapping[str, Signal],
    changed: set[tuple[str, str]],
    where: str,
) -> tuple[Rule, ...]:
    """Rules with the bounds of their step's table; one that `--set` gave counts for all rows."""
    table, text, by = chosen
    signals = {rule.name: rule.signal for rule in rules}

    def check(rule: str, bound: str, value: float, place: str) -> None:
        check_bound(signals[rule], bound, value, known[signals[rule]], place)

    found = table_rows(table, text, signals, check)
    made = []
    for rule in rules:
        if rule.name in found:
            rows = {
                value: {b: limit for b, limit in bounds.items() if (rule.name, b) not in changed}
                for value, bounds in found[rule.name].items()
            }
            rule = replace(rule, table=table, by=by, rows=rows)
        elif not rule.bounds:
            what = _("{signal}: a rule without a bound, and no column of {table} gives it one")
            raise RecipeError(where, what.format(signal=rule.signal, table=table))
        made.append(rule)
    for rule in made:
        check_range(rule.signal, rule.bounds, known[rule.signal], where)
        for value in rule.rows:
            place = _("{where}, row {value}").format(where=where, value=value)
            check_range(rule.signal, rule.at(value) or {}, known[rule.signal], place)
    return tuple(made)


def operator_names() -> list[str]:
    """All operators: those of `tamis.ops` and the registered ones."""
    import pkgutil

    import tamis.ops

    return sorted(
        {m.name for m in pkgutil.iter_modules(tamis.ops.__path__)} | set(operators.registered_names())
    )


def _apply_changes(
    name: str, op: Operator, parameters: dict[str, Any], keep: list[Any], changes: dict[str, Any]
) -> set[tuple[str, str]]:
    """Put changes into parameters and rules; what was set, as rule and bound, or as "" and parameter."""
    changed: set[tuple[str, str]] = set()
    for key in [key for key in changes if key.split(".")[0] == name]:
        parts = key.split(".")
        value = changes.pop(key)
        if len(parts) == 2:
            parameters[parts[1]] = value
            changed.add(("", parts[1]))
            continue
        signal, bound = ".".join(parts[1:-1]), parts[-1]
        if bound not in BOUNDS:
            raise RecipeError(
                f"--set {key}", _("no bound '{bound}'").format(bound=bound), did_you_mean(bound, BOUNDS)
            )
        found = [rule for rule in keep if signal in (rule.get("name"), rule.get("signal"))]
        if len(found) != 1:
            known = [str(rule.get("name", rule.get("signal"))) for rule in keep]
            what = _("{count} rules called '{signal}' in step {step}")
            if not found:
                what = _("no rule '{signal}' in step {step}")
            what = what.format(count=len(found), signal=signal, step=name)
            raise RecipeError(
                f"--set {key}",
                what,
                did_you_mean(signal, known) or _("one of {names}").format(names=", ".join(known)),
            )
        found[0][bound] = value
        changed.add((rule_name(found[0]), bound))
    return changed


def _columns(op: Operator | None, earlier: Sequence[Step]) -> dict[str, Signal]:
    """Columns that a rule may read: document columns, and signals of this and of earlier steps."""
    known = columns_before(earlier)
    if op is not None:
        known |= {s.name: s for s in op.signals} | fields_of(op.fields)
    return known


def _rule(
    raw: Any,
    step: str,
    op: Operator | None,
    known: Mapping[str, Signal],
    number: int,
    lines: Lines,
    free: Collection[str] = (),
    changed: Collection[tuple[str, str]] = (),
) -> Rule:
    """One rule; those named in `free` may have their bounds from a table alone. `changed`: what `--set` gave."""
    where = lines.at("keep", number)
    if not isinstance(raw, dict) or not isinstance(raw.get("signal"), str):
        raise RecipeError(where, _('a rule is {{ signal = "...", min = ... }}').format())
    signal = raw["signal"]
    where = lines.at(signal, number)
    for key in raw:
        if key not in RULE_KEYS:
            hint = did_you_mean(key, RULE_KEYS) or _("a rule has {names}").format(names=", ".join(RULE_KEYS))
            raise RecipeError(where, _("no key '{key}' in a rule").format(key=key), hint)
    if signal not in known:
        what = _("rule: no signal '{signal}' in {op}").format(
            signal=signal, op=op.name if op else _("earlier steps")
        )
        hint = did_you_mean(signal, known) or _(
            "a step may ask for {names}; what makes it must stand before"
        ).format(names=", ".join(known) or _("none"))
        raise RecipeError(where, what, hint)
    bounds = {key: raw[key] for key in BOUNDS if key in raw}
    if not bounds and rule_name(raw) not in free:
        raise RecipeError(
            where, _("{signal}: a rule without a bound").format(signal=signal), ", ".join(BOUNDS)
        )
    if not isinstance(raw.get("name", signal), str) or not raw.get("name", signal):
        raise RecipeError(where, _("a rule's name is a text"))
    for bound, value in bounds.items():
        by_caller = (rule_name(raw), bound) in changed
        place = f"--set {step}.{rule_name(raw)}.{bound}" if by_caller else where
        check_bound(signal, bound, value, known[signal], place)
    if not free:
        by_caller = rule_name(raw) in {rule for rule, _bound in changed}
        check_range(signal, bounds, known[signal], f"--set {step}.{rule_name(raw)}" if by_caller else where)
    if raw.get("null", "remove") not in ("keep", "remove"):
        raise RecipeError(where, _("null is 'keep' or 'remove'"))
    own = op is not None and signal in {s.name for s in op.signals}
    when = _rule(raw["when"], step, op, known, number, lines) if "when" in raw else None
    return Rule(
        step,
        str(raw.get("name", signal)),
        signal,
        f"{step}.{signal}" if own else signal,
        bounds,
        when,
        raw.get("null", "remove"),
    )


def _check_names(rules: Sequence[Rule], number: int, lines: Lines) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.name in seen:
            what = _("two rules are called '{name}'").format(name=rule.name)
            raise RecipeError(lines.at(rule.signal, number, after=1), what, _('give each a name = "..."'))
        seen.add(rule.name)


def _check_order(steps: Sequence[Step], lines: Lines) -> None:
    """A step that reads raw bytes cannot stand behind one that reads text, which would have none."""
    expanding = [number for number, step in enumerate(steps) if step.op.expands]
    if len(expanding) > MOST_STEPS:
        what = _("{count} steps make documents, at most {most} can")
        where = steps[expanding[MOST_STEPS]].place
        raise RecipeError(
            where,
            what.format(count=len(expanding), most=MOST_STEPS),
            _("leave one out, or start another recipe from this one's run: tamis run ... --from RUN"),
        )
    made_text = page_read = ""
    for number, step in enumerate(steps):
        if "content" in step.op.reads and made_text:
            what = _("{step} reads the raw page, but {earlier} before it reads the text").format(
                step=step.name, earlier=made_text
            )
            raise RecipeError(lines.at("op", number), what, _("put {step} first").format(step=step.name))
        if "content" in step.op.reads and page_read and not step.op.makes_text:
            what = _("{step} measures the raw page, but {earlier} before it makes its text").format(
                step=step.name, earlier=page_read
            )
            raise RecipeError(lines.at("op", number), what, _("put {step} first").format(step=step.name))
        if "content" in step.op.reads and step.op.makes_text:
            page_read = step.name
        if "text" in step.op.reads and not made_text:
            made_text = step.name
