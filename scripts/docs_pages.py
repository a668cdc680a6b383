"""Write the pages of docs/reference from the declarations (`make docs-pages`): operators, recipes, verbs, run directory.

With --check nothing is written: the exit code is 1 where a page is missing, stale or left over.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tamis.catalogue import describe_operator, describe_recipe, operator_names, rule_text
from tamis.cli import parser_of
from tamis.cli.show import range_text, value_text
from tamis.cli.verbs import GROUPS, VERBS
from tamis.engine.layout import SORTS
from tamis.messages import use
from tamis.op import find
from tamis.recipe import recipe_names
from tamis.references import described

ROOT = Path(__file__).resolve().parent.parent / "docs" / "reference"
MADE = "<!-- Made from the declaration by `make docs-pages`; edit the declaration. -->"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table without the columns that no row fills."""
    used = [n for n in range(len(head)) if any(row[n] for row in rows)]
    lines = [[head[n] for n in used], ["---"] * len(used), *([cell(row[n]) for n in used] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def operator_page(name: str) -> str:
    """The reference page of an operator."""
    operator = find(name)
    assert operator is not None
    found = describe_operator(operator)
    kind = f"{found['kind']}, scope {found['scope']}, cost {found['cost']}, version {found['version']}"
    kind += ", makes documents" if found["expands"] else ""
    page = [f"# {name}", "", MADE, "", found["title"], "", kind + ".", ""]
    page += [*prose(found["description"]), f"Reads {', '.join(map(code, found['reads'])) or 'nothing'}.", ""]
    page += signals(found) + fields(found) + parameters(found)
    page += ["## In a recipe", "", "```toml", *step(found), "```", ""]
    users = ", ".join(f"[{one}](../recipes/{one}.md)" for one in found["recipes"])
    if users:
        page += [f"Used by {users}.", ""]
    if found["cite"]:
        page += [f"Source: {described(found['cite'])}.", ""]
    return "\n".join(page).rstrip() + "\n"


def prose(description: str) -> list[str]:
    """The docstring's paragraphs before its sections."""
    kept: list[str] = []
    for line in description.splitlines():
        if line.strip() in ("Args:", "Returns:", "Raises:", "Examples:"):
            break
        kept.append(line)
    text = "\n".join(kept).strip()
    return [text, ""] if text else []


def signals(found: Mapping[str, Any]) -> list[str]:
    if not found["signals"]:
        return []
    rows = []
    for one in found["signals"]:
        meaning = one["meaning"] + (f"; null: {one['nullable']}" if one["nullable"] else "")
        span = range_text(one["low"], one["high"])
        rows.append([code(one["name"]), one["type"], span, meaning, code(one["reference"])])
    return ["## Signals", "", *table(["signal", "type", "range", "meaning", "in the reference"], rows)]


def fields(found: Mapping[str, Any]) -> list[str]:
    rows = [[code(one["name"]), one["type"], one["meaning"]] for one in found["fields"]]
    return ["## Columns of the document", "", *table(["column", "type", "meaning"], rows)] if rows else []


def parameters(found: Mapping[str, Any]) -> list[str]:
    rows = []
    for one in found["parameters"]:
        default = "required" if one["required"] else code(value_text(one["default"]))
        span = range_text(one["low"], one["high"])
        rows.append([code(one["name"]), one["type"], default, span, one["meaning"]])
    head = ["parameter", "type", "default", "range", "meaning"]
    return ["## Parameters", "", *table(head, rows)] if rows else []


def step(found: Mapping[str, Any]) -> list[str]:
    """A step with the parameters that have a default to write."""
    lines = ["[[step]]", f'op = "{found["name"]}"']
    for one in found["parameters"]:
        if one["required"]:
            lines.append(f"# {one['name']} = ...  required: {one['type']}")
        elif one["default"] not in (None, ""):
            lines.append(f"{one['name']} = {json.dumps(one['default'])}")
    if found["expands"]:
        lines.append("keep_source = false")
    return lines


def recipe_page(name: str) -> str:
    """The reference page of a recipe."""
    found = describe_recipe(name)
    page = [f"# {name}", "", MADE, "", found["title"] + ".", ""]
    page += [found["note"].strip(), ""] if found["note"] else []
    if found["input"]:
        said = ", ".join(f"`{key} = {value_text(value)}`" for key, value in found["input"].items())
        page += [f"Source: {said}.", ""]
    for number, one in enumerate(found["steps"], 1):
        page += recipe_step(number, one)
    if found["expect"]:
        head = ["rule", "value", "as", "unit", "source"]
        rows = [[str(one.get(key, "")) for key in head] for one in found["expect"]]
        page += ["## What the source reports", "", *table(head, rows)]
    if found["cite"]:
        page += [f"Source: {described(found['cite'])}.", ""]
    return "\n".join(page).rstrip() + "\n"


def recipe_step(number: int, one: Mapping[str, Any]) -> list[str]:
    link = f"[{one['op']}](../operators/{one['op']}.md)"
    page = [f"## {number}. {one['step']}", "", f"{link}, {one['kind']}, cost {one['cost']}."]
    page[-1] += " A gate: what it removes is not measured further." if one["gate"] else ""
    page.append("")
    page += [one["note"].strip() + ".", ""] if one["note"] else []
    given = [f"`{key} = {value_text(value)}`" for key, value in one["parameters"].items()]
    given += [f"`keep_source = {value_text(one['keep_source'])}`"] if one["keep_source"] is not None else []
    given += [f"only where `{rule_text(rule)}`" for rule in one["where"]]
    page += [f"With {', '.join(given)}.", ""] if given else []
    rows = []
    for rule in one["rules"]:
        keeps = code(rule_text(rule)) + (" or no value" if rule["null"] == "keep" else "")
        rows.append([code(rule["name"]), keeps, rule["note"]])
    return page + (table(["rule", "keeps what has", "note"], rows) if rows else [])


def verb_page(verb: str) -> str:
    """The reference page of a verb: its help."""
    said = parser_of(verb, 96).format_help().rstrip()
    return "\n".join([f"# tamis {verb}", "", MADE, "", "```text", said, "```", ""])


def index_page() -> str:
    """The page that leads to all of the reference."""
    page = ["# Reference", "", MADE, "", "## Verbs", ""]
    for group, verbs in GROUPS.items():
        page.append(f"- {group}: " + ", ".join(f"[{verb}](verbs/{verb}.md)" for verb in verbs))
    rows = [
        [f"[{name}](operators/{name}.md)", describe_operator(found)["title"]]
        for name in operator_names()
        if (found := find(name))
    ]
    page += ["", "## Operators", "", *table(["operator", "what it does"], rows)]
    rows = [[f"[{name}](recipes/{name}.md)", describe_recipe(name)["title"]] for name in recipe_names()]
    page += ["## Recipes", "", *table(["recipe", "what it is"], rows)]
    page += ["## Files", "", "[What lies in a run directory](run-directory.md)."]
    return "\n".join(page) + "\n"


def run_directory_page() -> str:
    """The reference page of what lies in a run directory."""
    page = ["# A run directory", "", MADE, "", RUN_DIRECTORY, ""]
    rows = [[code(one.path), one.format, one.meaning] for one in SORTS]
    return "\n".join([*page, *table(["file", "format", "what it holds"], rows)]).rstrip() + "\n"


RUN_DIRECTORY = """`N` stands for a number (of a shard, task or phase), `NAME` for a name, `DIGEST` for the first 8 hex digits of the BLAKE3 hash of the
file's bytes: two attempts at one task write the same file. Readers trust the manifests in `phases/`, never a listing."""


def pages() -> dict[Path, str]:
    """All pages by their path."""
    made = {ROOT / "operators" / f"{name}.md": operator_page(name) for name in operator_names()}
    made |= {ROOT / "recipes" / f"{name}.md": recipe_page(name) for name in recipe_names()}
    made |= {ROOT / "verbs" / f"{verb}.md": verb_page(verb) for verb in VERBS}
    return made | {ROOT / "run-directory.md": run_directory_page(), ROOT / "index.md": index_page()}


def stale(made: Mapping[Path, str]) -> list[Path]:
    """Pages that are missing, differ, or belong to nothing any more."""
    wrong = [path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text]
    return wrong + [path for path in sorted(ROOT.rglob("*.md")) if path not in made]


def main() -> int:
    use("en")
    made = pages()
    wrong = stale(made)
    if "--check" in sys.argv:
        for path in wrong:
            print(f"stale: {path.relative_to(ROOT.parent.parent)}; run make docs-pages")
        return 1 if wrong else 0
    for path in wrong:
        if path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[path], "utf-8")
        else:
            path.unlink()
    print(f"{len(wrong)} of {len(made)} pages written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
