"""Start an operator: `python scripts/new_op.py exclamations` writes the operator and a test, both of which work.

The operator is plain Python over one text. It moves to the compiled core only when a profile says so.
"""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from pathlib import Path

# What the written files or a recipe call something else.
TAKEN = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "operator", "pa", "pytest", "source", "tamis"}
ROOT = Path(__file__).resolve().parent.parent

OPERATOR = '''"""{title}"""

from __future__ import annotations

from tamis.messages import later
from tamis.op import Signal, operator


@operator(
    kind="signal",
    reads=["text"],
    writes=[Signal("mark_count", "int64", later("how often the mark stands in the text"), low=0)],
    each=True,
)
def {name}(text: str, *, mark: str = "!") -> dict[str, object]:
    """{title}

    Args:
        mark: what is counted; occurrences do not overlap.

    Returns:
        `mark_count`: 0 for a text without the mark.

    Examples:
        >>> from tamis.ops.{name} import {name}
        >>> {name}("Stop! Now!")
        {{'mark_count': 2}}
    """
    return {{"mark_count": text.count(mark)}}
'''

TEST = '''"""Values of `{name}`, worked by hand."""

from __future__ import annotations

import pyarrow as pa
import pytest

import tamis
from tamis.ops.{name} import {name}

RECIPE = """
name = "try"

[[step]]
op = "{name}"
keep = [{{ signal = "mark_count", max = 1 }}]
"""


@pytest.mark.parametrize(("text", "count"), [("", 0), ("no mark", 0), ("Stop! Now!", 2), ("!!!", 3)])
def test_values(text: str, count: int) -> None:
    assert {name}(text) == {{"mark_count": count}}


def test_the_mark_is_a_parameter() -> None:
    assert {name}("Why? Why not?", mark="?") == {{"mark_count": 2}}


def test_a_rule_decides_by_it() -> None:
    table = pa.table({{"text": ["calm!", "Stop! Now!"]}})
    applied = tamis.apply(tamis.parse_recipe(RECIPE, "try.toml"), table)
    assert applied.kept["text"].to_pylist() == ["calm!"]
    assert applied.removed["removed_by"].to_pylist() == ["{name}.mark_count"]
'''

NEXT = """next:
  1. say in {operator} what it measures: names, meanings, ranges, parameters
  2. write values worked by hand into {test}
  3. .venv/bin/python -m pytest {test} tests/unit/test_ops_declared.py
  4. tamis show {name}; then `make docs-pages` writes its reference page
  5. where it follows a paper: its entry in python/tamis/recipes/references.bib, its key as cite="..."
"""


def refusal(name: str) -> str:
    """Why an operator cannot have this name; empty where it can."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", name):
        return "not 2 to 40 of a-z, 0-9 and _, a letter first"
    return "a word of Python or of tamis" if name in TAKEN else ""


def main(arguments: list[str]) -> int:
    """Write the two files; 2 where the name cannot be used."""
    if len(arguments) != 1:
        print("usage: make new-op NAME=lower_case_words", file=sys.stderr)
        return 2
    name = arguments[0]
    if why := refusal(name):
        print(f"error: {name!r}: {why}\nhint: a name such as exclamation_marks", file=sys.stderr)
        return 2
    title = f"How often a mark stands in a text ({name})."
    files = {
        Path("python/tamis/ops") / f"{name}.py": OPERATOR,
        Path("tests/unit") / f"test_{name}.py": TEST,
    }
    for path in files:
        if (ROOT / path).exists():
            print(f"error: {path}: exists already\nhint: choose another name", file=sys.stderr)
            return 2
    for path, template in files.items():
        (ROOT / path).write_text(template.format(name=name, title=title), encoding="utf-8")
        print(path)
    operator, test = files
    print(NEXT.format(name=name, operator=operator, test=test), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
