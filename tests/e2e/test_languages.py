"""The same work asked for in English and in Chinese: people read their language, files and JSON stay as they are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HAN = re.compile("[\u4e00-\u9fff]")
RECIPE = """
name = "tiny"
title = "Texts that do not shout"
[[step]]
op = "shout"
keep = [{ signal = "mark_count", max = 1 }]
[[step]]
op = "minhash"
keep = [{ signal = "rank", max = 0 }]
"""
OPS = '''
from tamis.errors import DocumentFailed
from tamis.op import Signal, operator

@operator(kind="signal", reads=["text"], each=True, writes=[Signal("mark_count", "int64", "marks", 0)])
def shout(text: str) -> dict[str, object]:
    """Exclamation marks."""
    if "EXPLODE" in text:
        raise DocumentFailed("exception", "asked to")
    return {"mark_count": text.count("!")}
'''
WORDS = "a text of some words that goes on and on until it is long enough to have a signature of its own"


class Both:
    """A folder with the input, and the command in either language."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tiny.toml").write_text(RECIPE, "utf-8")
        (folder / "ops.py").write_text(OPS, "utf-8")
        rows = [
            {"text": f"{WORDS} {n % 5} " + "!" * (n % 4), "url": f"https://x.example/{n}"} for n in range(40)
        ]
        lines = [
            *map(json.dumps, rows),
            '{"text": 3}',
            "no JSON",
            '{"text": "EXPLODE"}',
            '{"text": "\\ud800"}',
        ]
        (folder / "in.jsonl").write_text("\n".join(lines) + "\n", "utf-8")

    def __call__(self, language: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        asked = [sys.executable, "-m", "tamis", *words, *(["--lang", language] if language else [])]
        return subprocess.run(
            asked,
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=os.environ | environment,
        )

    def run(self, language: str) -> subprocess.CompletedProcess[str]:
        return self(
            language, "run", "tiny.toml", "in.jsonl", "--ops", "ops.py", "-o", language, "--workers", "2"
        )


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    made = Both(tmp_path_factory.mktemp("languages"))
    for language in ("en", "zh"):
        ran = made.run(language)
        assert ran.returncode == 0, ran.stderr
        assert bool(HAN.search(ran.stderr + ran.stdout)) == (language == "zh")
    return made


def described(folder: Path, name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / name).read_text("utf-8"))
    return {key: value for key, value in told.items() if key not in ("times", "machine")}


def test_a_run_stores_the_same_in_both_languages(both: Both) -> None:
    english, chinese = both.folder / "en", both.folder / "zh"
    names = {path.relative_to(english).as_posix() for path in english.rglob("*") if path.is_file()}
    assert names == {path.relative_to(chinese).as_posix() for path in chinese.rglob("*") if path.is_file()}
    tables = {name for name in names if name.endswith((".parquet", ".arrow")) or name == "report/data.json"}
    assert {"kept", "removed", "failed", "report"} <= {name.split("/")[0] for name in tables}
    for name in tables:
        assert (english / name).read_bytes() == (chinese / name).read_bytes(), name
    assert described(english, "run.json") == described(chinese, "run.json")
    for name in names - tables - {"report/index.html", "report/card.md"}:
        assert not HAN.search((chinese / name).read_bytes().decode("utf-8", "ignore")), name


def test_page_and_card_speak_the_language(both: Both) -> None:
    for language, tag in (("en", "en"), ("zh", "zh-CN")):
        report = both.folder / language / "report"
        page, card = (report / "index.html").read_text("utf-8"), (report / "card.md").read_text("utf-8")
        assert f'<html lang="{tag}">' in page
        assert bool(HAN.search(card)) == (language == "zh")
    assert "字段 'text' 是数值，不是字符串" in page
    assert "field 'text' is" not in page


def test_a_report_is_written_again_in_the_language_that_is_asked_for(both: Both, tmp_path: Path) -> None:
    shutil.copytree(both.folder / "en", tmp_path / "en")
    report, run = tmp_path / "en" / "report", str(tmp_path / "en")
    data = report / "data.json"
    before = data.read_bytes(), data.stat().st_mtime_ns

    def spoken(language: str, *more: str, **environment: str) -> tuple[bool, bool]:
        found = both(language, "report", run, *more, **environment)
        assert found.returncode == 0, found.stderr
        page, card = (report / "index.html").read_text("utf-8"), (report / "card.md").read_text("utf-8")
        return '<html lang="zh-CN">' in page, bool(HAN.search(card))

    assert spoken("", LC_ALL="zh_CN.UTF-8") == spoken("zh", "--json") == (False, False)
    assert spoken("zh") == (True, True)
    assert spoken("", LC_ALL="C") == spoken("zh") == (True, True)
    assert spoken("en") == (False, False)
    assert (data.read_bytes(), data.stat().st_mtime_ns) == before


JSON = [
    ("ls",),
    ("show", "minhash"),
    ("show", "fineweb"),
    ("plan", "tiny.toml", "in.jsonl", "--ops", "ops.py"),
    ("plan", "fineweb", "in.jsonl"),
    ("look", "RUN", "--failed"),
    ("look", "RUN"),
    ("look", "RUN", "--near-bound", "shout.mark_count"),
    ("explain", "RUN", "https://x.example/3"),
    ("report", "RUN"),
    ("diff", "tiny.toml", "gopher", "--ops", "ops.py"),
    ("retune", "RUN", "--sweep", "shout.mark_count.max=0:3:1"),
    ("try", "tiny.toml", "in.jsonl", "--ops", "ops.py"),
]


@pytest.mark.parametrize("words", JSON, ids=" ".join)
def test_json_is_the_same_in_both_languages(both: Both, words: tuple[str, ...]) -> None:
    asked = [word if word != "RUN" else "en" for word in words] + ["--json"]
    english, chinese = both("en", *asked), both("zh", *asked)
    assert english.returncode == chinese.returncode
    timed = re.compile(r'"[a-z_]*seconds[a-z_]*": [\d.e-]+')
    assert timed.sub("", chinese.stdout) == timed.sub("", english.stdout)
    assert english.stdout.strip(), english.stderr


HUMAN = [("ls",), ("show", "minhash"), ("show", "fineweb"), ("look", "zh", "--failed"), ("report", "zh"), ("diff", "c4", "gopher"),
         ("explain", "zh", "https://x.example/3"), ("run", "--help"), ("--help",), ("try", "tiny.toml", "in.jsonl", "--ops", "ops.py")]  # fmt: skip


@pytest.mark.parametrize("words", HUMAN, ids=" ".join)
def test_what_people_read_is_chinese(both: Both, words: tuple[str, ...]) -> None:
    found = both("zh", *words)
    assert found.returncode == 0, found.stderr
    assert HAN.search(found.stdout)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "错误: tamis: 没有命令 'rnu'\n提示: 是否想写 run？\n"),
        (["run"], "错误: tamis run: 请给出 -o/--out\n提示: 例如：tamis run fineweb"),
        (["run", "--workers"], "错误: tamis run --workers: 后面必须跟一个值\n提示: 见 tamis run --help\n"),
        (["ls", "--json=3"], "错误: tamis ls --json: 不接受值，却给了 '3'\n提示: 见 tamis ls --help\n"),
        (["look", "nowhere"], "错误: nowhere: 没有这个运行目录\n提示: 请给出 `tamis run -o` 写入的文件夹\n"),
        (["run", "gopher", "none.jsonl", "-o", "x"], "错误: none.jsonl: 没有这个文件\n提示: 检查路径；"),
    ],
)
def test_errors_are_chinese(both: Both, words: list[str], said: str) -> None:
    for found in (both("zh", *words), both("", *words, LC_ALL="zh_CN.UTF-8")):
        assert found.returncode == 2
        assert found.stderr.startswith(said)
        assert found.stdout == ""


def test_an_error_of_a_worker_is_told_in_chinese(both: Both) -> None:
    recipe = 'name = "lid"\n[[step]]\nop = "language"\nmodel = "./empty.ftz"\nkeep = [{ signal = "score", min = 0.1 }]\n'
    (both.folder / "lid.toml").write_text(recipe, "utf-8")
    (both.folder / "empty.ftz").write_bytes(b"")
    found = both("zh", "run", "lid.toml", "in.jsonl", "-o", "lid")
    assert found.returncode == 2
    assert "文件是空的\n提示: 重新下载或复制模型" in found.stderr


def test_the_option_goes_before_the_environment_and_stands_anywhere(both: Both) -> None:
    assert both("en", "ls", LC_ALL="zh_CN.UTF-8").stdout == both("", "ls", LC_ALL="C").stdout
    assert both("", "--lang", "zh", "ls").stdout == both("", "ls", "--lang=zh-CN").stdout
    assert both("fr", "ls").stdout == both("en", "ls").stdout


def test_tables_of_the_interface_are_english(both: Both) -> None:
    code = """
import pyarrow as pa, tamis, tamis.messages
tamis.messages.use("zh")
from tamis.engine.tasks import load_ops_files
load_ops_files(["ops.py"])
applied = tamis.apply("tiny2.toml", pa.table({"text": ["a", "EXPLODE"]}))
print(applied.failed["message"].to_pylist(), applied)
try:
    tamis.run("gopher", "none.jsonl", out="x")
except tamis.errors.TamisError as error:
    print(error)
"""
    (both.folder / "tiny2.toml").write_text(RECIPE.split('[[step]]\nop = "minhash"')[0], "utf-8")
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=both.folder, capture_output=True, text=True, encoding="utf-8"
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith(
        "['asked to'] 保留 1，移除 0，失败 1\n错误: none.jsonl: 没有这个文件\n提示: "
    )
