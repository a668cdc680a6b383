"""What `ls` and `show` say comes from declarations alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from tamis import catalogue, op
from tamis.catalogue import rule_text
from tamis.cli.show import operator_page, range_text, recipe_page, value_text
from tamis.cli.terminal import Terminal
from tamis.errors import TamisError
from tamis.op import Field, Limits, Signal, operator
from tamis.references import cited, described, entries
from tamis.schema import of_type, type_name


@pytest.fixture
def shouting() -> Iterator[op.Operator]:
    @operator(
        kind="transform",
        reads=["text"],
        writes=[
            Signal("exclamation_ratio", "float64", "marks for each character", 0, 1, nullable="empty text"),
            Signal("first_label", "label", "the first mark", reference="first"),
            Field("text", "string", "without marks"),
        ],
        cost="medium",
        version=3,
    )
    def shouting(
        text: Any, *, marks: list[str], most: Annotated[int, Limits(1, 9)] = 3, mode: Literal["a", "b"] = "a"
    ) -> Any:
        """Exclamation marks of a text.

        More about it.

        Args:
            marks: the characters that
                count
            most: how many in a row

        Returns:
            nothing.
        """

    yield shouting.operator
    op._REGISTRY.pop("shouting")


def test_an_operator_is_described_by_its_declaration(shouting: op.Operator) -> None:
    found = catalogue.show("shouting")
    assert (found["title"], found["version"], found["cost"]) == ("Exclamation marks of a text.", 3, "medium")
    assert [signal["name"] for signal in found["signals"]] == ["exclamation_ratio", "first_label"]
    assert found["fields"] == [{"name": "text", "type": "string", "meaning": "without marks"}]
    assert [p["meaning"] for p in found["parameters"]] == [
        "the characters that count",
        "how many in a row",
        "",
    ]
    assert found["schema"]["required"] == ["marks"]
    assert found["schema"]["properties"] == {
        "marks": {"type": "array", "items": {"type": "string"}},
        "most": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "mode": {"enum": ["a", "b"], "default": "a"},
    }
    assert "shouting" in [line["name"] for line in catalogue.ls()["operators"]]


def test_the_page_of_an_operator(shouting: op.Operator, terminal: Terminal) -> None:
    assert operator_page(catalogue.show("shouting"), terminal) == [
        "shouting   transform, row, medium, version 3",
        "Exclamation marks of a text.",
        "reads text",
        "",
        "signal             type     range  meaning",
        "exclamation_ratio  float64  0..1   marks for each character; null: empty text",
        "first_label        label           the first mark (reference: first)",
        "",
        "column  type    meaning",
        "text    string  without marks",
        "",
        "parameter  type          default   range  meaning",
        "marks      list of text  required         the characters that count",
        "most       int           3         1..9   how many in a row",
        "mode       one of a, b   a",
        "",
        "recipes  none",
    ]
    assert catalogue.show("exact")["docs"] == "docs/reference/operators/exact.md"


RECIPE = """
name = "calm"
title = "Texts that do not shout"
cite = "nobody1999"
[source]
content_types = ["text/plain"]
[[step]]
op = "shouting"
as = "loud"
gate = true
note = "table 1"
marks = ["!"]
keep = [
  { signal = "exclamation_ratio", above = 0.1, below = 0.2, null = "keep" },
  { signal = "exclamation_ratio", max = 1, name = "most", when = { signal = "first_label", in = ["!", "¡"] } },
]
"""


def test_the_page_of_a_recipe(shouting: op.Operator, terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "calm.toml"
    path.write_text(RECIPE, "utf-8")
    assert recipe_page(catalogue.show(str(path)), terminal) == [
        "calm   1 step, 2 rules",
        "Texts that do not shout (nobody1999)",
        "source: content_types = [text/plain]",
        "",
        "step             cost    keeps what has                             note",
        "loud (shouting)  medium  marks = [!]                                gate table 1",
        "                         0.1 < exclamation_ratio < 0.2, or no",
        "                         value",
        "                         most: exclamation_ratio <= 1 when",
        "                         first_label in [!, ¡]",
    ]


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ({"min": 50, "max": 100_000}, "50 <= s <= 100,000"),
        ({"above": 0.65}, "s > 0.65"),
        ({"min": 0.8}, "s >= 0.8"),
        ({"below": 5}, "s < 5"),
        ({"in": ["en", "de"]}, "s in [en, de]"),
        ({"not_in": [True]}, "s not in [true]"),
    ],
)
def test_rules_are_read_aloud(bounds: dict[str, Any], text: str) -> None:
    assert rule_text({"signal": "s", "bounds": bounds, "when": None}) == text


def test_unknown_names_and_broken_files_are_errors(tmp_path: Path) -> None:
    with pytest.raises(TamisError, match="no operator or recipe"):
        catalogue.show("nonsense_of_this_kind")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ", "utf-8")
    with pytest.raises(TamisError, match=r"broken\.toml"):
        catalogue.show(str(broken))
    with pytest.raises(TamisError, match="no such file"):
        catalogue.show(str(tmp_path / "absent.toml"))


@pytest.mark.parametrize(
    ("annotation", "schema", "name"),
    [
        (str, {"type": "string"}, "text"),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "int, or none"),
        (list[float], {"type": "array", "items": {"type": "number"}}, "list of float"),
        (tuple[str, ...], {"type": "array", "items": {"type": "string"}}, "list of text"),
        (dict[str, int], {"type": "object"}, "table"),
        (Literal["a", 1], {"enum": ["a", 1]}, "one of a, 1"),
        (Annotated[int, Limits(1, 2)], {"type": "integer"}, "int"),
    ],
)
def test_types(annotation: Any, schema: dict[str, Any], name: str) -> None:
    assert (of_type(annotation), type_name(annotation)) == (schema, name)


def test_small_texts() -> None:
    assert [range_text(*pair) for pair in ((None, None), (0, None), (None, 1), (0.0, 1.0))] == [
        "", "0..", "..1", "0..1",
    ]  # fmt: skip
    assert [value_text(v) for v in (None, "", True, 3, ["a", 1], "x")] == [
        "none", "none", "true", "3", "[a, 1]", "x",
    ]  # fmt: skip


def test_citations(monkeypatch: pytest.MonkeyPatch) -> None:
    entries.cache_clear()
    known = {
        "a": {"author": "Rae, Jack and Borgeaud, Sebastian and others", "year": "2021", "title": "Gopher"},
        "b": {"author": "Ada Lovelace and Charles Babbage", "year": "1843"},
        "c": {"author": "Solo, Han", "year": "1977", "url": "https://x.example"},
    }
    monkeypatch.setattr("tamis.references.entries", lambda: known)
    assert [cited(key) for key in ("a", "b", "c", "unknown", "")] == [
        "Rae et al. 2021", "Lovelace and Babbage 1843", "Solo 1977", "unknown", "",
    ]  # fmt: skip
    assert described("c") == "Solo 1977, https://x.example"
