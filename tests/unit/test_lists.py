"""Lists by path: found, packed, missing, damaged, changed."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tamis.errors import RecipeError
from tamis.op import find
from tamis.recipe import parse_recipe

URLS = pa.array(["http://www.bad.com/porn", "http://ok.com/", None], pa.string())


def operator(name: str) -> Any:
    found = find(name)
    assert found is not None
    return found


def parameters(name: str, **given: str) -> dict[str, Any]:
    return {**operator(name).defaults(), **given}


def test_url_lists_plain_and_packed(tmp_path: Path) -> None:
    op = operator("url_blocklist")
    (tmp_path / "domains").write_text("# comment\nbad.com\r\n\n")
    (tmp_path / "banned_words.txt").write_text("porn\n")
    plain = op.load(parameters("url_blocklist", lists=str(tmp_path)))
    (tmp_path / "domains.gz").write_bytes(gzip.compress((tmp_path / "domains").read_bytes()))
    (tmp_path / "domains").unlink()
    packed = op.load(parameters("url_blocklist", lists=str(tmp_path)))
    for state in (plain, packed):
        assert state.sizes() == (1, 0)
        found = op.function(URLS, state=state)
        assert found["domain_listed"].to_pylist() == [True, False, False]
        assert found["hard_word_count"].to_pylist() == [1, 0, 0]


def test_word_lists_may_lie_elsewhere(tmp_path: Path) -> None:
    op = operator("url_blocklist")
    (tmp_path / "lists").mkdir()
    (tmp_path / "soft").write_text("bad\nporn\n")
    given = parameters("url_blocklist", lists=str(tmp_path / "lists"), soft_words=str(tmp_path / "soft"))
    found = op.function(URLS, state=op.load(given))
    assert found["soft_word_count"].to_pylist() == [2, 0, 0]


@pytest.mark.parametrize(
    ("made", "given", "said"),
    [
        ([], {}, "no lists are named"),
        ([], {"lists": "{folder}/none"}, "no lists at"),
        ([], {"lists": "{folder}"}, "no list in"),
        (["domains"], {"lists": "{folder}", "banned_words": "{folder}/x"}, "no such list"),
        (["domains.gz"], {"lists": "{folder}"}, "cannot be read"),
    ],
)
def test_url_lists_that_are_not_there(
    tmp_path: Path, made: list[str], given: dict[str, str], said: str
) -> None:
    for name in made:
        (tmp_path / name).write_text("bad.com\n")
    filled = {name: value.format(folder=tmp_path) for name, value in given.items()}
    with pytest.raises(RecipeError, match=said) as caught:
        operator("url_blocklist").load(parameters("url_blocklist", **filled))
    step = parse_recipe('name = "r"\n[[step]]\nas = "hosts"\nop = "url_blocklist"\n', "r.toml").steps[0]
    told = step.told(caught.value)
    assert told.where == "r.toml:4: hosts"
    assert told.what == caught.value.what
    assert "--set hosts.lists=DIR" in told.hint
    assert "--without hosts" in told.hint


def test_a_folder_of_categories_names_them(tmp_path: Path) -> None:
    for name in ("adult", "malware", *(f"z{n}" for n in range(9))):
        (tmp_path / name).mkdir()
        (tmp_path / name / ("domains.gz" if name == "malware" else "domains")).write_text("bad.com\n")
    with pytest.raises(RecipeError, match="no list in") as caught:
        operator("url_blocklist").load.check(parameters("url_blocklist", lists=str(tmp_path)))
    listed = "adult, malware, z0, z1, z2, z3, z4, z5 ..."
    assert caught.value.hint == f"name one of its categories ({listed}): --set STEP.lists={tmp_path}/adult"


def test_a_changed_list_is_another_measurement(tmp_path: Path) -> None:
    loader = operator("url_blocklist").load
    given = parameters("url_blocklist", lists=str(tmp_path))
    (tmp_path / "urls").write_text("http://a/\n")
    before = loader.identity(given)
    (tmp_path / "urls").write_text("http://b/\n")
    assert loader.identity(given) != before


def test_bad_words(tmp_path: Path) -> None:
    op = operator("c4_page")
    path = tmp_path / "words"
    path.write_text("mill\n\nriver bank\n", encoding="utf-8")
    texts = pa.array(["A Mill by the river bank; windmill", "none"], pa.large_string())
    for borders, counts in (("word", [2, 0]), ("none", [3, 0])):
        given = parameters("c4_page", bad_words=str(path), borders=borders)
        found = op.function(texts, **given, state=op.load(given))
        assert found["bad_word_count"].to_pylist() == counts
    nothing = parameters("c4_page")
    assert op.function(texts, **nothing, state=op.load(nothing))["bad_word_count"].null_count == 2
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="cannot be read"):
        op.load(given)
    with pytest.raises(RecipeError, match="no list of bad words"):
        op.load(parameters("c4_page", bad_words=str(tmp_path / "none")))
    assert op.load.identity(nothing) == ""


def test_random_numbers_nest_and_depend_on_nothing_but_the_id() -> None:
    op = operator("random")
    ids = pa.array([f"{number:032x}" for number in range(20_000)], pa.string())
    values = op.function(ids)["value"].to_numpy()
    again = op.function(ids[::-1])["value"].to_numpy()[::-1]
    assert (values == again).all()
    for share in (0.01, 0.1, 0.5):
        assert abs((values < share).mean() - share) < 0.01
    assert (op.function(ids, seed=1)["value"].to_numpy() != values).mean() > 0.99
