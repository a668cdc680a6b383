"""Two recipes on the same real pages: how many they decide differently, by rule (docs/parity.md).

    python scripts/compare_recipes.py            prints the table
    python scripts/compare_recipes.py --write    puts it into docs/parity.md

The pages are those of the web archives (`web_archives/**/*.warc.gz`) and of the `html_*` folders of the shared real
inputs. Both recipes run whole, without their lists of URLs; documents are joined by id.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import tamis

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from harness import data, pages  # noqa: E402

PAGE = ROOT / "docs" / "parity.md"
MARKS = ("<!-- made by scripts/compare_recipes.py --write -->\n", "<!-- made until here -->\n")
RECIPES = ("fineweb", "fineweb-head")
SOURCE = "source."


@dataclass
class Decided:
    """What a recipe decided: who removed a page (None: kept), the rules that it fails, the rules that saw it."""

    rules: list[str]
    by: dict[str, str | None] = field(default_factory=dict)
    failed: dict[str, frozenset[str]] = field(default_factory=dict)
    saw: dict[str, frozenset[str]] = field(default_factory=dict)


def decided(recipe: str, inputs: list[str], folder: Path) -> Decided:
    run = tamis.run(recipe, inputs, folder, without=["url_blocklist"], workers=1, fsync=False, max_failed=1.0)
    signals = {
        f"{step.name}.{rule.name}": f"{step.name}.{rule.signal}"
        for step in run.recipe.steps
        for rule in step.rules
    }
    found = Decided([SOURCE + "content_type", *signals])
    for role in ("kept", "removed", "failed"):
        for row in rows(run, role):
            if row["id"] in found.by:
                continue  # the same record in two archives: both recipes see the first one first
            found.by[row["id"]] = row.get(
                "removed_by", f"failed: {row.get('kind')}" if role == "failed" else None
            )
            found.failed[row["id"]] = frozenset(row.get("failed_rules") or ())
            seen = {rule for rule, signal in signals.items() if row.get(signal) is not None}
            found.saw[row["id"]] = frozenset({SOURCE + "content_type", *seen})
    return found


def rows(run: Any, role: str) -> Iterator[dict[str, Any]]:
    for _shard, path in run.files(role):
        table = pq.read_table(path, partitioning=None)
        yield from table.drop_columns(
            [one for one in ("text", "headers") if one in table.column_names]
        ).to_pylist()


def inputs(folder: Path) -> list[str]:
    """The archives where they lie; the pages of all folders as files of one folder, numbered."""
    for number, page in enumerate(pages()):
        (folder / f"{number:05d}.html").write_bytes(page)
    return [str(data() / "web_archives" / "**" / "*.warc.gz"), str(folder)]


def summary(names: tuple[str, str], first: Decided, second: Decided) -> list[str]:
    """How the pages fall, whole."""
    kinds: Counter[str] = Counter()
    for one, by in first.by.items():
        other = second.by[one]
        if by is None or other is None:
            kinds["both" if by is other else names[0] if by is None else names[1]] += 1
        else:
            kinds["same" if by == other else "different"] += 1
    lines = [
        ("pages in", len(first.by)),
        ("kept by both", kinds["both"]),
        (f"kept by `{names[0]}` alone", kinds[names[0]]),
        (f"kept by `{names[1]}` alone", kinds[names[1]]),
        ("removed by both, by the same rule first", kinds["same"]),
        ("removed by both, by different rules first", kinds["different"]),
    ]
    return ["| | pages |", "| --- | ---: |", *(f"| {what} | {count:,} |" for what, count in lines)]


def by_rule(names: tuple[str, str], first: Decided, second: Decided) -> list[str]:
    """For each rule: what it removes first in each, and on how many pages that both measured it answers otherwise."""
    head = [
        "rule",
        *(f"first to remove in `{name}`" for name in names),
        "in both",
        "of these, kept by the other",
    ]
    head += ["measured in both", "verdicts differ"]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    order = list(
        dict.fromkeys(
            [*first.rules, *second.rules, *filter(None, first.by.values()), *filter(None, second.by.values())]
        )
    )
    for rule in order:
        removed = [{one for one, by in side.by.items() if by == rule} for side in (first, second)]
        kept = sum(second.by[one] is None for one in removed[0]) + sum(
            first.by[one] is None for one in removed[1]
        )
        saw = [one for one in first.saw if rule in first.saw[one] and rule in second.saw[one]]
        differ = sum((rule in first.failed[one]) != (rule in second.failed[one]) for one in saw)
        numbers = [*map(len, removed), len(removed[0] & removed[1]), kept, len(saw), differ]
        if any(numbers[:4]) or differ:
            lines.append(f"| `{rule}` | " + " | ".join(f"{number:,}" for number in numbers) + " |")
    return lines


def table(names: tuple[str, str] = RECIPES) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pages").mkdir()
        given = inputs(Path(folder) / "pages")
        first, second = (decided(name, given, Path(folder) / name) for name in names)
    assert first.by.keys() == second.by.keys()
    assert len(first.by) > 1_000
    return "\n".join([*summary(names, first, second), "", *by_rule(names, first, second), ""])


def written(page: str, made: str) -> str:
    """The page with the table between its marks."""
    before, _mark, rest = page.partition(MARKS[0])
    return before + MARKS[0] + "\n" + made + "\n" + MARKS[1] + rest.partition(MARKS[1])[2]


def main() -> None:
    made = table()
    if "--write" in sys.argv:
        PAGE.write_text(written(PAGE.read_text("utf-8"), made), "utf-8")
    print(made)


if __name__ == "__main__":
    main()
