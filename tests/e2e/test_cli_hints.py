"""What the command says where a person goes wrong: the hint leads on, and nothing was done before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

import tamis
from tamis.cli import main
from tamis.errors import RecipeError, RunError

Said = Callable[..., str]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "One two three four five."}\n{"text": "Six."}\n')
    return path


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Said:
    """What a command that ends with 2 says."""

    def said(*arguments: object) -> str:
        capsys.readouterr()
        assert main([str(one) for one in arguments]) == 2
        return capsys.readouterr().err

    return said


def test_an_export_that_cannot_be_written_is_refused_before_the_run(
    texts: Path, tmp_path: Path, refused: Said
) -> None:
    said = refused("run", "gopher", texts, "-o", tmp_path / "out", "--export", tmp_path / "no" / "x.jsonl")
    assert "there is no such folder" in said
    assert not (tmp_path / "out").exists()


def test_removed_documents_that_were_not_stored(texts: Path, tmp_path: Path, refused: Said) -> None:
    tamis.run("gopher", texts, tmp_path / "out", workers=1, removed="none")
    for arguments in (["look", tmp_path / "out"], ["explain", tmp_path / "out", "0123456789ab"]):
        assert "stored no removed documents (--removed none)" in refused(*arguments)


def test_a_key_that_fits_nothing(texts: Path, tmp_path: Path, refused: Said) -> None:
    tamis.run("gopher", texts, tmp_path / "out", workers=1)
    assert "at least 4 digits" in refused("explain", tmp_path / "out", "0a1")
    assert "that row is removed/000000:1" in refused("explain", tmp_path / "out", "kept/000000:1")
    assert "like kept/000017:1234" in refused("explain", tmp_path / "out", "kept/000000:7")


def test_an_output_cut_short_is_told_as_damage(texts: Path, tmp_path: Path, refused: Said) -> None:
    run = tamis.run("gopher", texts, tmp_path / "out", workers=1)
    [(_shard, path)] = run.files("removed")
    path.write_bytes(path.read_bytes()[:100])
    said = refused("look", tmp_path / "out")
    assert f"removed/{path.name} is not as it was written" in said
    assert "makes again what is missing" in said
    (tmp_path / "out" / "run.json").write_text("{")
    assert "another -o" in refused("look", tmp_path / "out")


def test_a_list_given_with_commas(texts: Path, tmp_path: Path, refused: Said) -> None:
    said = refused(
        "run",
        "fineweb",
        texts,
        "-o",
        tmp_path / "out",
        "--set",
        "language.label.in=en,de",
        "--without",
        "url_blocklist",
    )
    assert """--set language.label.in='["en", "de"]'""" in said


def test_operators_of_recipes_that_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = Path(__file__).resolve().parent.parent / "run_ops.py"
    for name, most in (("a", 1), ("b", 2)):
        rule = f'keep = [{{ signal = "hits", max = {most} }}]'
        (tmp_path / f"{name}.toml").write_text(f'name = "{name}"\n[[step]]\nop = "run_shout"\n{rule}\n')
    paths = [str(tmp_path / "a.toml"), str(tmp_path / "b.toml")]
    assert main(["diff", *paths, "--ops", str(own)]) == 0
    assert "run_shout" in capsys.readouterr().out


def test_apply_names_all_steps_that_need_the_corpus() -> None:
    with pytest.raises(RecipeError) as caught:
        tamis.apply("gopher", pa.table({"text": ["One two."]}))
    assert 'without=["exact", "minhash"]' in caught.value.hint
    applied = tamis.apply("gopher", pa.table({"text": ["One two."]}), without=["exact", "minhash"])
    assert applied.removed.num_rows == 1


def test_an_option_of_the_command_in_python(texts: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        tamis.run("gopher", texts, tmp_path / "out", set={"gopher_quality.word_count.min": 3})
    assert "overrides" in caught.value.hint


def test_two_files_of_one_name_that_disagree_are_told_apart(tmp_path: Path, refused: Said) -> None:
    for folder, score in (("A", "1"), ("B", '"high"')):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "part.jsonl").write_text(f'{{"text": "One two.", "score": {score}}}\n')
    paths = [tmp_path / folder / "part.jsonl" for folder in "AB"]
    said = refused("run", "gopher", *paths, "-o", tmp_path / "out", "--columns", "score")
    assert all(str(path) in said for path in paths)


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ('op = "gopher_quality"\naction = 3', "hint: it has words"),
        (
            'op = "gopher_quality"\nkeep = [{ signal = "word_count", zzz = 3 }]',
            "hint: a rule has signal, name",
        ),
        ('op = "language"\nmodel = "./no.bin"', "r.toml:3: language: no.bin: no such file"),
    ],
)
def test_recipes_that_are_wrong_say_where_and_what_there_is(
    texts: Path, tmp_path: Path, refused: Said, recipe: str, told: str
) -> None:
    (tmp_path / "r.toml").write_text(f'name = "r"\n[[step]]\n{recipe}\n')
    assert told in refused("run", tmp_path / "r.toml", texts, "-o", tmp_path / "out")
