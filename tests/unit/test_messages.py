"""Sentences for people: all in the catalogue, said in both languages, and English wherever they are stored."""

from __future__ import annotations

import ast
import builtins
import os
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tamis import messages
from tamis.languages import FOLDER, parse_catalogue, read_catalogue

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "python" / "tamis"
HAN = re.compile("[\u4e00-\u9fff]")

# Entries without a Han character: commands, names, numbers.
WITHOUT_HAN = {
    "B", "D", "W1", "M", "k", "id", "Jaccard", ": ", ", ", "{done} of {total}", "{n} of {all}", "{n} ± {error}",
    "{step} ({op}): {parameters}",
}  # fmt: skip
COMMANDS = ("pip install ", "ray start ", "tamis ")

# What looks like a sentence and is none for people: files that hold data, and words that files and JSON hold.
DATA = {
    "engine/layout.py": "the reference page of a run directory, which is English",
    "op.py": "faults of an operator's declaration, for who wrote it",
    "report/card.py": "licences of the Hugging Face Hub",
    "sample/__init__.py": "the sample's own README",
    "sample/documentation.py": "the sample's pages",
    "sample/page.py": "the sample's pages",
    "sample/mirror.py": "the sample's pages",
    "schema.py": "names of types, as in the JSON schema",
}
STORED = {
    "entity not found", "failed before", "full outer", "ignored explicit argument (.*)", "not allowed with argument (.*)", "made later", "no row", "not in",
    "not measured", "passed over", "removed before", "the following arguments are required: (.*)",
    "the following arguments are required: ", " et al.", "(() => {\n'use strict';\n", "not in the sample",
    r"status code: (\d{3}(?: [A-Z][A-Za-z]+)*)", "non-partial response", "\n\nDebug source",
    r"request failed for key .*: (.*) \(code: (\w+)\)",
    "reading federated token file|read token file|Azure Cli not installed|get-access-token",
}  # fmt: skip


@pytest.fixture
def chinese() -> Iterator[None]:
    messages.use("zh")
    yield
    messages.use("en")


@pytest.fixture(scope="module")
def entries() -> dict[str, str]:
    return read_catalogue("zh")


def _builtin_error(name: str) -> bool:
    """An error of Python itself: raised for who programs, never caught to be shown."""
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, Exception)


def sentences_outside(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Literals of two words or more that go through neither `_` nor `later`, are no docstring and no assertion."""
    passed: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for one in body if isinstance(body, list) else []:
            if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
                passed.add(id(one.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("_", "later") or _builtin_error(node.func.id):
                passed |= {id(inner) for inner in ast.walk(node)}
        elif isinstance(node, ast.Assert):
            passed |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        said = node.value if isinstance(node, ast.Constant) and id(node) not in passed else None
        if isinstance(said, str) and re.search("[A-Za-z]{2,} [a-z]{2,}", said):
            yield node.lineno, said


def test_no_sentence_stands_outside_the_catalogue() -> None:
    outside, seen = [], 0
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        for line, said in sentences_outside(ast.parse(path.read_text("utf-8"))):
            seen += 1
            if name not in DATA and said not in STORED and not said.startswith(COMMANDS):
                outside.append(f"{name}:{line}: {said}")
    assert seen > 50
    assert outside == []


def said_at_import(node: ast.AST) -> Iterator[int]:
    """Lines that call `_` while the module is imported: in its body, a class, a decorator, a default."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
        yield node.lineno
    inside = node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
    for child in ast.iter_child_nodes(node):
        if child not in inside and not isinstance(node, ast.Lambda):
            yield from said_at_import(child)


def test_nothing_is_said_while_a_module_is_imported() -> None:
    """It would be said in the language of that moment: `later` keeps it."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        for line in said_at_import(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []
    code = 'A = _("x")\n@op(_("y"))\ndef f(a=_("z")):\n    return _("w")\n'
    assert sorted(said_at_import(ast.parse(code))) == [1, 2, 3]


def test_a_sentence_outside_is_found() -> None:
    code = '''"""A module."""\nraise E("a", _("said well"), f"said {n} badly here")\nprint("not so well")\n'''
    assert {said for _line, said in sentences_outside(ast.parse(code))} == {" badly here", "not so well"}


def test_scripts_of_the_page_hold_no_sentence() -> None:
    folder = PACKAGE / "report"
    classes = set(
        re.findall(r"\.([A-Za-z][\w-]*)", "".join(p.read_text("utf-8") for p in folder.glob("*.css")))
    )
    found = []
    for path in folder.glob("*.js"):
        code = re.sub(r"(?m)(^|\s)//.*", "", path.read_text("utf-8"))
        for plain, filled in re.findall(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`', code):
            said = plain or re.sub(r"\$\{[^}]*\}", " ", filled)
            words = said.split()
            if HAN.search(said) or (
                re.search("[A-Za-z]{2,} +[A-Za-z]{2,}", said)
                and not said.startswith("tamis ")
                and not (set(words) <= classes | {"bound", "link", "s-ink", "more-signals"})
            ):
                found.append(f"{path.name}: {said}")
    assert len(classes) > 50
    assert found == []
    words = re.sub("<[^>]*>|@[a-z]+@", " ", (folder / "page.html").read_text("utf-8"))
    assert words.split() == ["tamis"]


def test_the_catalogue_is_up_to_date() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "messages.py"), "--check"]
    made = subprocess.run(script, capture_output=True, text=True, encoding="utf-8")
    assert made.returncode == 0, made.stdout


def placeholders(text: str) -> list[str]:
    return sorted(
        f"{name}!{how}:{form}" for _t, name, form, how in string.Formatter().parse(text) if name is not None
    )


def test_both_languages_have_the_same_placeholders(entries: dict[str, str]) -> None:
    assert len(entries) > 1000
    unlike = []
    for english, said in entries.items():
        try:
            if placeholders(english) != placeholders(said):
                unlike.append(english)
        except ValueError:  # not for `format`: a brace that is meant
            if english.count("{") != said.count("{"):
                unlike.append(english)
    assert unlike == []


def test_each_entry_is_chinese(entries: dict[str, str]) -> None:
    without = {english for english, said in entries.items() if not HAN.search(said)}
    assert {one for one in without if not one.startswith(COMMANDS)} == WITHOUT_HAN & set(entries)


def test_punctuation_beside_han_characters_is_full_width(entries: dict[str, str]) -> None:
    wrong = [
        said for said in entries.values() if re.search("[\u4e00-\u9fff][,;:!?()]|[(]+[\u4e00-\u9fff]", said)
    ]
    assert wrong == []


def test_a_space_stands_between_han_and_latin(entries: dict[str, str]) -> None:
    wrong = [
        said
        for said in entries.values()
        if re.search("[\u4e00-\u9fff][A-Za-z0-9`]|[A-Za-z0-9`][\u4e00-\u9fff]", said)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("variables", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LC_MESSAGES": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "C.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "zh_CN.UTF-8"}, "zh"),
    ],
)
def test_the_environment_names_the_language(variables: dict[str, str], spoken: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in messages.VARIABLES}
    code = "import sys, tamis.messages as m; print(m.language()); assert 'tamis._core' not in sys.modules"
    made = subprocess.run(
        [sys.executable, "-c", code], env=environment | variables, capture_output=True, text=True
    )
    assert made.stdout.strip() == spoken, made.stderr


def test_what_is_declared_at_import_is_said_in_the_language_of_now(chinese: None) -> None:
    from tamis.cli.ls import EXAMPLES, parser

    assert EXAMPLES[1][1] == "operators only"
    assert "  # 只列算子\n" in parser(80).format_help()
    messages.use("en")
    assert "  # operators only\n" in parser(80).format_help()


def test_inside_storing_all_is_english(chinese: None) -> None:
    assert messages._("kept") == "保留"
    with messages.storing():
        assert messages._("kept") == "kept"
        assert messages.for_person("interrupted") == "已中断"
    assert messages.language() == "zh"


def test_a_stored_sentence_is_told_again(chinese: None) -> None:
    assert messages.told("the line has 12 bytes, the limit is 10") == "该行有 12 字节，上限是 10"
    assert messages.told("field 'text' is a number, not a string") == "字段 'text' 是数值，不是字符串"
    assert (
        messages.told("somebody else's sentence about 3 things") == "somebody else's sentence about 3 things"
    )
    messages.use("en")
    assert messages.told("the line has 12 bytes, the limit is 10") == "the line has 12 bytes, the limit is 10"


def test_no_stored_sentence_is_taken_for_another(chinese: None, entries: dict[str, str]) -> None:
    """Filled with plain words, each sentence that can be told again comes back as its own translation."""
    wrong = []
    for english, said in entries.items():
        letters = sum(map(str.isalpha, re.sub(r"\{[^}]*\}", "", english)))
        if "{{" in english or "{" not in english or letters < 20:
            continue
        fill = lambda text: re.sub(r"\{(\w+)[^}]*\}", lambda one: f"<{one[1]}>", text)  # noqa: E731
        if messages.told(fill(english)) != fill(said):
            wrong.append(english)
    assert wrong == []


def test_a_catalogue_is_read_as_gettext_reads_it(entries: dict[str, str]) -> None:
    text = (FOLDER / "zh.po").read_text("utf-8")
    assert parse_catalogue(text) == entries
    assert 'msgid ""\nmsgstr ""\n"Language: zh_CN\\n"' in text
    assert parse_catalogue('msgid "a\\"b"\nmsgstr ""\n"c\\n"\n"d"\n#~ msgid "x"\n#~ msgstr "y"\n') == {
        'a"b': "c\nd"
    }
