"""Bring `languages/*.po` up to date with the sentences of the code (`make messages`).

Sentences stand in `_("...")` and `later("...")`, in the first line and the `Args:` of an operator's docstring, and as
titles and notes of the recipes. Translations are kept, sentences without one are added with an empty one, and those
that the code no longer has are dropped; both are listed. With --check nothing is written: the exit code is 1 where a
sentence is missing, stale or untranslated.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tamis.catalogue import argument_meaning, operator_names
from tamis.languages import FOLDER, parse_catalogue
from tamis.op import find

PACKAGE = FOLDER.parent
WIDTH = 100


def sentences() -> dict[str, list[str]]:
    """Every sentence and the files that hold it, in the order of the files."""
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        _gather(found, path, in_calls(ast.parse(path.read_text("utf-8"))))
    for name in operator_names():
        _gather(found, PACKAGE / "ops" / f"{name}.py", in_docstring(name))
    for path in sorted((PACKAGE / "recipes").glob("*.toml")):
        _gather(found, path, in_recipe(tomllib.loads(path.read_text("utf-8"))))
    return found


def _gather(found: dict[str, list[str]], path: Path, said: Iterable[str]) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    for sentence in said:
        places = found.setdefault(sentence, [])
        if place not in places:
            places.append(place)


def in_calls(tree: ast.AST) -> Iterator[str]:
    """The sentences of a module; one that is no literal cannot be translated, and is an error."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "later"):
            said = node.args[0]
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield said.value
            elif isinstance(said, ast.JoinedStr) or node.func.id == "later":
                raise SystemExit(f"line {node.lineno}: {ast.unparse(node)} is no plain string")


def in_docstring(operator: str) -> Iterator[str]:
    """What a declaration says in its docstring: its title, and the meaning of each parameter."""
    declared = find(operator)
    assert declared is not None
    yield declared.title
    for parameter in declared.parameters:
        if meaning := argument_meaning(declared, parameter.name):
            yield meaning


def in_recipe(parsed: dict[str, object]) -> Iterator[str]:
    """Title and notes, of the recipe, its steps and their rules."""
    for key, value in parsed.items():
        if key in ("title", "note") and isinstance(value, str) and value:
            yield value
        elif key in ("step", "keep") and isinstance(value, list):
            for one in value:
                yield from in_recipe(one)


def written(head: str, found: dict[str, list[str]], translated: dict[str, str]) -> str:
    """The catalogue as text: its head, then the entries in the order of the files."""
    entries = (
        f"#: {' '.join(places)}\n{_line('msgid', said)}{_line('msgstr', translated.get(said, ''))}"
        for said, places in sorted(found.items(), key=lambda item: item[1][0])
    )
    return head + "\n" + "\n".join(entries)


def _line(key: str, text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    if len(escaped) <= WIDTH:
        return f'{key} "{escaped}"\n'
    words, lines = escaped.split(" "), [""]
    for number, word in enumerate(words):
        piece = word + (" " if number < len(words) - 1 else "")
        if len(lines[-1]) + len(piece) > WIDTH and lines[-1]:
            lines.append("")
        lines[-1] += piece
    return f'{key} ""\n' + "".join(f'"{line}"\n' for line in lines)


def head_of(text: str) -> str:
    """What stands before the first entry: the comment with the glossary, and the entry of the empty sentence."""
    return text.split("\n\n#:", 1)[0].rstrip("\n") + "\n"


def main() -> int:
    found, wrong = sentences(), 0
    for path in sorted(FOLDER.glob("*.po")):
        text = path.read_text("utf-8")
        translated = parse_catalogue(text)
        listed = {
            "untranslated": [said for said in found if said not in translated],
            "stale": [said for said in translated if said not in found],
        }
        for kind, said in listed.items():
            wrong += len(said)
            for one in said:
                print(f"{path.name}: {kind}: {one}")
        made = written(head_of(text), found, translated)
        if "--check" in sys.argv:
            wrong += made != text
        elif made != text:
            path.write_text(made, "utf-8")
        print(f"{path.name}: {len(found) - len(listed['untranslated'])} of {len(found)} translated")
    return int("--check" in sys.argv and wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
