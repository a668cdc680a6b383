"""Two recipes, and two runs, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

import tamis
from tamis.errors import RunError

HEAD = 'name = "{name}"\n'
STEP = """
[[step]]
op = "random"
{more}
keep = [{{ signal = "value", {bounds} }}]
"""


def recipe(folder: Path, name: str, *steps: str) -> str:
    path = folder / f"{name}.toml"
    path.write_text(HEAD.format(name=name) + "".join(steps), "utf-8")
    return str(path)


def test_recipes_differ_by_step_parameter_gate_rule_and_order(tmp_path: Path) -> None:
    first = recipe(
        tmp_path,
        "a",
        STEP.format(more='as = "one"', bounds="max = 0.5"),
        STEP.format(more='as = "two"', bounds="max = 0.5"),
        STEP.format(more='as = "three"', bounds="max = 0.5"),
    )
    second = recipe(
        tmp_path,
        "b",
        STEP.format(more='as = "two"\ngate = true\nseed = 7', bounds="min = 0.1, below = 0.5"),
        STEP.format(more='as = "one"', bounds="max = 0.5"),
        STEP.format(more='as = "four"', bounds="max = 0.5"),
    )
    found = tamis.diff(first, second)
    assert (found["what"], found["a"], found["b"]) == ("recipes", "a", "b")
    assert [(one["step"], one["what"], one["name"], one["a"], one["b"]) for one in found["changes"]] == [
        ("two", "parameter", "seed", 0, 7),
        ("two", "gate", "", False, True),
        ("two", "rule", "value", "value <= 0.5", "0.1 <= value < 0.5"),
        ("three", "step", "", "random", None),
        ("four", "step", "", None, "random"),
        ("", "order", "", "one, two", "two, one"),
    ]
    assert tamis.diff(first, first)["changes"] == []


@pytest.fixture
def runs(tmp_path: Path) -> tuple[str, str]:
    """A run of forty texts, and the same with another bound."""
    lines = [f'{{"text": "document number {n}", "url": "https://x.example/{n}"}}\n' for n in range(40)]
    (tmp_path / "in.jsonl").write_text("".join(lines), "utf-8")
    written = recipe(tmp_path, "r", STEP.format(more="", bounds="max = 0.5"))
    first = tamis.run(written, str(tmp_path / "in.jsonl"), tmp_path / "one", workers=1, fsync=False)
    second = tamis.retune(first.path, {"random.value.max": 0.8}, tmp_path / "two", workers=1)
    return str(first.path), str(second.path)


def test_runs_differ_by_rule_and_document(runs: tuple[str, str]) -> None:
    found = tamis.diff(*runs, limit=3)
    assert found["what"] == "runs"
    assert [one["rule"] for one in found["changes"]] == ["random.value"]
    kept = found["documents"]["kept"]
    assert 0 < kept[0] < kept[1] < 40
    assert found["documents"]["in"] == [40, 40]
    assert found["moved"] == kept[1] - kept[0] > 3
    assert sum(one["documents"] for one in found["table"]) == 40
    assert len(found["examples"]) == 3
    assert {(one["first"], one["second"], one["first_by"]) for one in found["examples"]} == {
        ("removed", "kept", "random.value")
    }
    for one in found["examples"]:
        assert (one["rule"], one["first_keeps"], one["second_keeps"]) == ("random.value", "≤ 0.5", "≤ 0.8")
        assert (one["first_bound"], one["second_bound"]) == (0.5, 0.8)
        assert 0.5 < one["first_value"] == one["second_value"] <= 0.8
    assert tamis.diff(runs[0], runs[0])["moved"] == 0


def test_who_changed_sides_and_why_across_rules_failures_and_inputs(
    runs: tuple[str, str], tmp_path: Path
) -> None:
    """The rule is that of the side that removed it; the other side may have no such rule, or no such document."""
    other = recipe(tmp_path, "other", STEP.format(more='as = "again"', bounds="min = 0.9"))
    lines = (tmp_path / "in.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "in.jsonl").write_text("".join(lines[:20]), "utf-8")
    half = tamis.run(other, str(tmp_path / "half" / "in.jsonl"), tmp_path / "three", workers=1, fsync=False)
    found = tamis.diff(runs[0], str(half.path), limit=99)["examples"]
    seen = set()
    for one in found:
        seen.add((one["first"], one["second"], one["rule"]))
        keeps = (one["first_keeps"], one["second_keeps"])
        if one["second"] == "absent":
            assert (one["rule"], *keeps) == (None, None, None)
        else:
            assert keeps == ((None, "≥ 0.9") if one["first"] == "kept" else ("≤ 0.5", None))
    assert seen >= {("kept", "absent", None), ("kept", "removed", "again.value")}


def test_a_run_and_a_recipe_cannot_be_compared(runs: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(RunError, match="give two runs"):
        tamis.diff(runs[0], str(tmp_path / "r.toml"))
