"""run, retune, look, explain, diff and report as commands, over a small input: what they say and how they exit."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

RECIPE = """
name = "tiny"
title = "A third of the texts"
[[step]]
op = "shout"
keep = [{ signal = "mark_count", max = 1 }]
"""

OPS = '''
import time
from tamis.errors import DocumentFailed
from tamis.op import Signal, operator

@operator(kind="signal", reads=["text"], each=True, writes=[Signal("mark_count", "int64", "marks", 0)])
def shout(text: str, *, seconds: float = 0.0) -> dict[str, object]:
    """Exclamation marks."""
    time.sleep(seconds)
    if "EXPLODE" in text:
        raise DocumentFailed("exception", "asked to")
    return {"mark_count": text.count("!")}
'''


TAKEN = """from tamis.op import Signal, operator
@operator(kind="signal", reads=["text"], each=True, writes=[Signal("mark_count", "int64", "marks", 0)])
def minhash(text: str) -> dict[str, object]:
    return {"mark_count": 1}
"""


class Shell:
    """Runs the command in a folder of its own with the recipe, the operator and sixty texts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tiny.toml").write_text(RECIPE, "utf-8")
        (folder / "ops.py").write_text(OPS, "utf-8")
        (folder / "broken.py").write_text("import os\nnothing\n", "utf-8")
        (folder / "taken.py").write_text(TAKEN, "utf-8")
        lines = [
            json.dumps({"text": f"text {n} \x1b[2J" + "!" * (n % 3), "url": f"https://x.example/{n}"})
            for n in range(60)
        ]
        (folder / "in.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
        path = str(ROOT / "python")
        self.env = {**os.environ, "PYTHONPATH": path, "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}
        self.env.pop("NO_COLOR", None)

    def start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tamis", *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=self.env, cwd=self.folder)

    def __call__(self, *words: str) -> tuple[int, str, str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def run(self, *more: str) -> tuple[int, str, str]:
        return self("run", "tiny.toml", "in.jsonl", "-o", "out", "--ops", "ops.py", "--workers", "1", *more)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_run_says_what_came_of_it_and_again_that_nothing_is_to_do(shell: Shell) -> None:
    code, out, err = shell.run("--no-fsync")
    assert (code, err) == (0, "")
    plain = re.sub(r"\d+(\.\d)? (s|kB|documents/s)\b", r"N \2", out)
    assert re.sub(" {2,}", "  ", plain) == (
        "60 documents in, 40 kept, 20 removed  N s, N documents/s, 1 worker\n"
        "\n"
        "step  removed  of what came  most by\n"
        "shout  20  33.3 %  mark_count\n"
        "\n"
        "kept  out/kept  1 file, N kB\n"
        "report  out/report/index.html\n"
    )
    assert shell.run() == (0, "out is complete: 60 documents in, 40 kept, 20 removed (nothing to run)\n", "")
    code, out, err = shell.run("--json")
    assert json.loads(out)["summary"]["documents"]["kept"] == 40


def test_a_run_from_nothing_is_no_run_that_was_complete(shell: Shell) -> None:
    (shell.folder / "none.toml").write_text(RECIPE.replace("max = 1", "min = 9"), "utf-8")
    words = ("none.toml", "in.jsonl", "-o", "none", "--ops", "ops.py", "--workers", "1", "--no-fsync")
    code, out, err = shell("run", *words)
    assert (code, err) == (0, "")
    assert "0 kept, 60 removed" in out
    assert not list((shell.folder / "none").glob("kept/*.parquet"))
    assert re.search(r"^kept +nothing$", out, re.MULTILINE)
    again = ("tiny.toml", "--from", "none", "-o", "again", "--ops", "ops.py", "--workers", "1", "--no-fsync")
    code, out, err = shell("run", *again)
    assert (code, err) == (0, "")
    assert out.startswith("0 documents in, 0 kept, 0 removed")
    assert "nothing to run" not in out
    assert (
        shell("run", *again)[1] == "again is complete: 0 documents in, 0 kept, 0 removed (nothing to run)\n"
    )


def test_values_that_do_not_fit_their_column_are_told(shell: Shell) -> None:
    """Also where the input is one stream, which is ingested before."""
    lines = [json.dumps({"text": f"text {n}", "n": n if n < 1500 else n + 0.5}) for n in range(1600)]
    packed = gzip.compress("\n".join(lines).encode())
    (shell.folder / "many.jsonl.gz").write_bytes(packed)
    more = ["--ops", "ops.py", "--workers", "1", "--no-fsync", "--shard-bytes", str(len(packed) - 1)]
    code, out, err = shell("run", "tiny.toml", "many.jsonl.gz", "-o", "out", "--columns", "n,late", *more)
    assert (code, err) == (
        0,
        "no column 'late' in the first 1000 lines of the inputs: what comes later is kept as text\n",
    )
    assert out.startswith("1,600 documents in, 1,600 kept, 0 removed")
    assert "100 values of column n do not fit its type. They stay in metadata" in " ".join(out.split())
    code, out, err = shell("retune", "out", "--set", "shout.mark_count.max=0", "-o", "again")
    assert (code, err) == (0, "")
    told = json.loads((shell.folder / "again" / "report" / "data.json").read_text())
    assert told["problems"]["misfits"] == {"n": 100}


def test_the_verbs_that_read_a_run(shell: Shell) -> None:
    assert shell.run("--no-fsync")[0] == 0
    code, out, err = shell("look", "out", "--removed-by", "mark_count", "--limit", "1")
    assert (code, err) == (0, "next: the same command with --page 2\n")
    assert out.splitlines()[0].endswith("  shout.mark_count  2 > 1")
    assert out.splitlines()[1:] == ["  removed/000000:2  https://x.example/2", "  text 2 ·[2J!!"]
    code, out, err = shell("look", "out", "--kept", "--json", "--limit", "40")
    assert [json.loads(line)["side"] for line in out.splitlines()] == ["kept"] * 40
    code, out, err = shell("explain", "out", "https://x.example/2")
    assert (code, err) == (0, "")
    assert re.search(r"^shout +mark_count +2 +≤ 1 +remove   <-$", out, re.MULTILINE)
    code, out, err = shell("explain", "out", "https://x.example/none")
    assert code == 2
    assert err.startswith("error: out: no document https://x.example/none\nhint: ")
    code, out, err = shell("report", "out")
    assert (code, err) == (0, "")
    assert out.endswith("out/report/index.html\n")


def test_kept_documents_as_one_file(shell: Shell) -> None:
    code, out, err = shell.run("--no-fsync", "--export", "kept.jsonl.gz")
    assert (code, err) == (0, "40 documents in kept.jsonl.gz\n")
    with gzip.open(shell.folder / "kept.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    assert [row["url"] for row in rows[:3]] == [f"https://x.example/{n}" for n in (0, 1, 3)]
    assert len(rows) == 40
    code, out, err = shell.run("--export", "kept.jsonl", "--datatrove")
    assert (code, err) == (0, "40 documents in kept.jsonl\n")
    first = json.loads((shell.folder / "kept.jsonl").read_text("utf-8").split("\n")[0])
    assert set(first) == {"text", "id", "metadata"}
    assert first["metadata"]["shout.mark_count"] == 0
    code, out, err = shell.run("--export", "kept.csv")
    assert (code, out) == (2, "")
    assert err.startswith("error: kept.csv: a suffix that means nothing here\nhint: ")


def test_retune_and_diff(shell: Shell) -> None:
    assert shell.run("--no-fsync")[0] == 0
    assert shell("retune", "out", "--set", "shout.mark_count.max=0", "-o", "out2") == (
        0,
        "shout.mark_count.max  1 -> 0\n"
        "nothing measured again\n"
        "60 in   kept 40 -> 20   removed 20 -> 40\n"
        "compare  tamis diff out out2 --documents\n",
        "",
    )
    code, out, err = shell("diff", "out", "out2")
    assert (code, err) == (0, "")
    assert "20 of 60 documents in both changed sides: 0 newly kept, 20 no longer\n" in out
    code, out, err = shell("retune", "out", "--set", "shout.seconds=1", "-o", "out3")
    assert (code, out) == (2, "")
    assert err.endswith("hint: tamis run ... --reuse out -o out3 --set shout.seconds=1\n")
    slips = {
        "shout.mark_count.mx=0": "no bound 'mx'\nhint: did you mean max?\n",
        "shout.mark_count=0": "a signal without a bound\nhint: write --set shout.mark_count.max=0\n",
        "shout.mark_cont=0": "no signal or parameter of shout\nhint: did you mean mark_count?\n",
        "shuot.mark_count.max=0": "no step 'shuot' in the recipe\nhint: did you mean shout?\n",
    }
    for setting, said in slips.items():
        code, out, err = shell("retune", "out", "--set", setting, "-o", "out3")
        assert (code, out, err) == (2, "", f"error: --set {setting.split('=')[0]}: {said}")
    assert not (shell.folder / "out3").exists()


def test_too_many_failed_documents_end_in_1(shell: Shell) -> None:
    with (shell.folder / "in.jsonl").open("a") as file:
        file.write('{"text": "EXPLODE"}\n' * 5)
    code, out, err = shell.run("--max-failed", "2")
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert "\nhint: " in err
    code, out, err = shell.run("--max-failed", "10%")
    assert code == 0
    assert "5 failed" in out
    assert shell.run("--max-failed", "0")[0] == 1


def test_where_only_failures_come_out_the_end_says_so_and_a_limit_that_is_set_holds(shell: Shell) -> None:
    (shell.folder / "in.jsonl").write_text('{"text": "EXPLODE"}\n' * 50)
    code, out, err = shell.run()
    assert (code, err) == (0, "")
    assert "Nothing but failures came out: 50 in all. By kind: 50 exception.\n" in out
    code, out, err = shell.run("--max-failed", "0.01")
    assert (code, out) == (1, "")
    assert "50 documents failed, more than the 0 of --max-failed" in err
    assert shell.run("--max-failed", "1.0")[0] == 0


ERRORS = [
    (("run", "tiny.toml", "none.jsonl", "-o", "x"), "error: none.jsonl: no such file\n"),
    (("run", "tinny", "in.jsonl", "-o", "x"), "error: tinny: no recipe of that name\n"),
    (("look", "in.jsonl"), "error: in.jsonl: no such run directory\n"),
    (("report", "."), "error: .: this is no run directory: it has no run.json\n"),
    (
        ("show", "--ops", "broken.py", "shout"),
        "error: {folder}/broken.py:2: NameError: name 'nothing' is not defined\n",
    ),
    (
        ("show", "--ops", "taken.py", "minhash"),
        "error: {folder}/taken.py:2: an operator of tamis has the name 'minhash'\nhint: give the function another name",
    ),
    (("show", "--ops", "none.py", "shout"), "error: {folder}/none.py: no such file\nhint: give a .py file"),
]


@pytest.mark.parametrize(("words", "said"), ERRORS, ids=[" ".join(words) for words, _said in ERRORS])
def test_what_the_user_can_mend_ends_in_2(shell: Shell, words: tuple[str, ...], said: str) -> None:
    code, out, err = shell(*words, *(["--ops", "ops.py"] if words[0] == "run" else []))
    assert (code, out) == (2, "")
    assert err.startswith(said.format(folder=shell.folder))


def test_interrupted_it_says_so_and_goes_on(shell: Shell) -> None:
    slow = ("run", "tiny.toml", "in.jsonl", "-o", "out", "--ops", "ops.py", "--workers", "1")
    process = shell.start(*slow, "--set", "shout.seconds=0.2")
    manifest = shell.folder / "out" / "run.json"
    while not manifest.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    assert err == "stopped after 0 of 1 shards; nothing is lost\nhint: the same command goes on from here\n"
    assert "Traceback" not in err
    assert shell.run("--no-fsync")[0] == 0


def test_a_sweep_prints_and_writes_nothing(shell: Shell) -> None:
    assert shell.run("--no-fsync")[0] == 0
    before = sorted(shell.folder.rglob("*"))
    code, out, err = shell("retune", "out", "--sweep", "shout.mark_count.max=0:2:1")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "shout.mark_count.max, 1 in out"
    assert [line.split()[:2] for line in out.splitlines()[3:6]] == [["0", "20"], ["1", "40"], ["2", "60"]]
    assert out.endswith("nothing was measured or written\n")
    code, out, err = shell("retune", "out", "--sweep", "shout.mark_count.max=0:2:1", "--json")
    found = json.loads(out)
    assert [one["kept"]["documents"] for one in found["values"]] == [20, 40, 60]
    assert (found["now"], found["unmeasured"], found["duplicates"]) == (1, [], [])
    assert sorted(shell.folder.rglob("*")) == before
    for arguments, said in (
        (["--sweep", "shout.mark_count.max=2:0:1"], "'2:0:1' goes nowhere\n"),
        (["--sweep", "shout.mark_count=0:1:1"], "names no bound and its values\n"),
        (["--sweep", "shout.mark_count.max=0:1:1", "-o", "new"], "--sweep stands alone\n"),
        ([], "give --set, -o/--out\n"),
    ):
        code, out, err = shell("retune", "out", *arguments)
        assert (code, out) == (2, "")
        assert said in err
