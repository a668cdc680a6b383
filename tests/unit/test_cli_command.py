"""The command as a user meets it: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tamis import __version__
from tamis.cli.verbs import VERBS

PYTHON = Path(__file__).resolve().parents[2] / "python"


def tamis(*words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with 80 columns and no colour of its own accord."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PYTHON),
        "COLUMNS": "80",
        "LANG": "C.UTF-8",
        **environment,
    }
    command = [sys.executable, "-m", "tamis", *words]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, timeout=60, check=False)


def test_without_arguments_it_names_the_verbs_and_first_steps() -> None:
    done = tamis()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == tamis("--help").stdout
    assert done.stdout.startswith(f"tamis {__version__}: ")
    for verb in VERBS:
        assert re.search(rf"\b{verb}\b", done.stdout), verb
    assert "tamis sample demo" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_version() -> None:
    done = tamis("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"tamis {__version__}\n", "")


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb_ends_in_examples(verb: str) -> None:
    done = tamis(verb, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"tamis {verb} ")
    head, _examples, examples = done.stdout.partition("\nExamples:\n")
    commands = [line for line in examples.splitlines() if not line.startswith("  # ")]
    assert commands
    assert all(line.startswith(f"  tamis {verb} ") or line == f"  tamis {verb}" for line in commands)
    assert max(map(len, head.splitlines())) <= 100
    assert done.stdout == tamis("help", verb).stdout == tamis(verb, "-h").stdout


ERRORS = [
    (["shwo"], "error: tamis: no verb 'shwo'\nhint: did you mean show?\n"),
    (["--versoin"], "error: tamis: no option '--versoin'\nhint: did you mean --version?\n"),
    (
        ["--bogus"],
        "error: tamis: no option '--bogus'\nhint: one of --help, --version, --color, --lang, --debug\n",
    ),
    (["help", "rnu"], "error: tamis: no verb 'rnu'\nhint: did you mean run?\n"),
    (
        ["ls", "--bogus"],
        "error: tamis ls: no option '--bogus'\nhint: one of --ops, --json, --help, --color, --lang, --debug\n",
    ),
    (["run", "--worker"], "error: tamis run: no option '--worker'\nhint: did you mean --workers?\n"),
    (["explain", "out", "--jsn"], "error: tamis explain: no option '--jsn'\nhint: did you mean --json?\n"),
    (
        ["plan", "--assume=3"],
        "error: tamis plan: no option '--assume'\nhint: did you mean --assume-documents?\n",
    ),
    (
        ["look", "out", "--kept", "--failed"],
        "error: tamis look --failed: does not go together with --kept\nhint: see tamis look --help\n",
    ),
    (
        ["diff", "gopher", "c4", "--documents"],
        "error: tamis diff --documents: recipes hold no documents\nhint: give two runs\n",
    ),
    (
        ["run", "tests", "a", "-o", "out"],
        "error: tests: a folder, not a file\n"
        "hint: published recipes: c4, c4_paper, fineweb, fineweb-2024, fineweb-head, gopher\n",
    ),
    (
        ["run", "gopher", "a.jsonl", "-o", "out", "--worker", "2"],
        "error: tamis run: no option '--worker'\nhint: did you mean --workers?\n",
    ),
    (
        ["run", "gopher", "a.jsonl"],
        "error: tamis run: give -o/--out\n"
        "hint: for example: tamis run fineweb demo/*.warc.gz --without url_blocklist -o out\n",
    ),
    (
        ["run", "gopher", "-o", "out"],
        "error: tamis run: give INPUT, or --from RUN\n"
        "hint: for example: tamis run fineweb demo/*.warc.gz --without url_blocklist -o out\n",
    ),
    (
        ["run", "gopher", "a.jsonl", "-o", "out", "--from", "old"],
        "error: a.jsonl: inputs and --from RUN do not go together\n"
        "hint: leave the inputs out: what old kept is the input\n",
    ),
    (
        ["run", "gopher", "a.jsonl", "-o", "out", "--datatrove"],
        "error: tamis run --datatrove: it is a form of --export FILE\nhint: give --export FILE\n",
    ),
    (
        ["run", "gopher", "a.jsonl", "-o", "out", "--memory", "10MB"],
        "error: --memory: 9 MiB of memory hold no driver and one worker\nhint: give at least 456MiB\n",
    ),
    (
        ["run", "gopher", "a", "-o", "out", "--memory", "two"],
        "error: tamis run --memory: 'two' is no size\nhint: for example 512MB or 2GB\n",
    ),
    (
        ["run", "gopher", "a", "-o", "out", "--measure", "al"],
        "error: tamis run --measure: 'al' is none of its values\nhint: did you mean all?\n",
    ),
    (
        ["run", "gopher", "a", "-o", "out", "--set", "word_count=3"],
        "error: tamis run --set: 'word_count=3' sets nothing\n"
        "hint: write STEP.SIGNAL.BOUND=V or STEP.PARAMETER=V, for example gopher_quality.word_count.min=20\n",
    ),
    (
        ["run", "fineweb", "a", "-o", "out", "--set", "language.label.in=en"],
        "error: tamis run --set: in takes a list\nhint: --set language.label.in='[\"en\"]'\n",
    ),
    (
        ["run", "gopher", "a", "-o"],
        "error: tamis run --out: a value must follow\nhint: see tamis run --help\n",
    ),
    (
        ["sample"],
        "error: tamis sample: give DIR\nhint: for example: tamis sample demo\n",
    ),
    (
        ["ls", "recipes", "more"],
        "error: tamis ls: 'more' is one argument too many\nhint: for example: tamis ls\n",
    ),
    (
        ["show", "x", "--color", "blue"],
        "error: tamis show --color: no 'blue'\nhint: one of auto, always, never\n",
    ),
    (
        ["retune", "out", "--set", "a.b.max=1", "-o", "./out"],
        "error: tamis retune: out cannot be written into itself\n"
        "hint: give another -o: the old run stays for comparison\n",
    ),
]


@pytest.mark.parametrize(("words", "said"), ERRORS, ids=[" ".join(words) for words, _said in ERRORS])
def test_errors_say_where_what_and_what_to_do(words: list[str], said: str) -> None:
    done = tamis(*words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


def test_debug_shows_where_in_the_code() -> None:
    done = tamis("--debug", "shwo")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")


def test_show_says_what_it_lacks_and_names_the_nearest() -> None:
    done = tamis("show", "gopher_qualty")
    assert done.returncode == 2
    assert done.stderr == (
        "error: gopher_qualty: no operator or recipe of this name\nhint: did you mean gopher_quality?\n"
    )


def test_colour_only_where_asked() -> None:
    plain = tamis("ls", "operators")
    assert plain.returncode == 0
    assert "\x1b" not in plain.stdout
    coloured = tamis("ls", "operators", "--color", "always")
    assert "\x1b[2m" in coloured.stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured.stdout) == plain.stdout


def test_json_of_ls_and_show() -> None:
    listed = json.loads(tamis("ls", "--json").stdout)
    names = [line["name"] for line in listed["operators"]]
    assert "gopher_quality" in names
    shown = json.loads(tamis("show", "gopher_quality", "--json").stdout)
    assert shown["schema"]["properties"].keys() == {one["name"] for one in shown["parameters"]}
    assert {signal["name"] for signal in shown["signals"]} >= {"word_count", "alpha_word_ratio"}


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m tamis ls --json | head -c 1"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PYTHON)}
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=env, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == ("{", "")


def test_help_is_fast_and_loads_nothing_heavy() -> None:
    """Under 200 ms, counted as time of a core, since the machine that tests may be busy."""
    assert tamis("--help").returncode == 0
    before = os.times()
    assert tamis("--help").returncode == 0
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert 0 < spent < 0.2
    code = (
        "import sys, tamis, tamis.cli; tamis.cli.main(['--help']); tamis.cli.main(['run', '--help']);"
        "print([m for m in sys.modules if m.split('.')[0] in ('pyarrow', 'numpy', 'torch')"
        " or m in ('tamis._core', 'tamis.recipe', 'tamis.op', 'difflib', 'tomllib')])"
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PYTHON)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_functions_of_the_package_are_not_hidden_by_modules_of_their_name() -> None:
    code = (
        "import importlib, tamis\n"
        "for name in ('tamis.plan', 'tamis.report', 'tamis.sample', 'tamis.recipe'): importlib.import_module(name)\n"
        "print(tamis.sample.__name__, callable(tamis.ls), callable(tamis.sample))"
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PYTHON)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout == "sample True True\n"
