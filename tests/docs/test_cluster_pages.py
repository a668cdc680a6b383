"""The pages on Slurm and Kubernetes work: their scripts under a stub of `sbatch`, the commands of their jobs."""

from __future__ import annotations

import json
import os
import random
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import tamis
from run_inputs import digests

ROOT = Path(__file__).resolve().parents[2]
SLURM, KUBERNETES = ROOT / "docs" / "how-to" / "slurm.md", ROOT / "docs" / "how-to" / "kubernetes.md"
ROLES = ("kept", "removed", "failed", "originals", "clusters")
SBATCH = '''
"""`sbatch` as far as the page uses it: directives, dependencies, arrays; it runs what it is given, two at a time."""
import json, os, re, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

log = Path(os.environ["STUB_LOG"])
jobs = json.loads(log.read_text()) if log.exists() else []
words = sys.argv[1:]
given = [word for word in words if word.startswith("--") and words.index(word) < words.index(next(w for w in words if w.endswith(".sh")))]
script, *arguments = words[len(given):]
options = re.findall(r"^#SBATCH (--\\S+)$", Path(script).read_text(), re.MULTILINE) + given
known = {"--job-name", "--array", "--cpus-per-task", "--mem", "--time", "--signal", "--requeue", "--parsable", "--dependency"}
told = dict(option.partition("=")[::2] for option in options)
assert set(told) <= known, told
kind, _colon, needed = told.get("--dependency", "").partition(":")
assert kind in ("", "afterok"), kind
assert not needed or all(code == 0 for code in jobs[int(needed) - 1]["codes"]), "DependencyNeverSatisfied"
shift = int(os.environ.get("STUB_BASE", "1")) - 1
first, last = map(int, told.get("--array", "0-0").split("-"))
tasks = range(first + shift, last + shift + 1)
plain = {"SLURM_JOB_ID": str(len(jobs) + 1), "SLURM_CPUS_PER_TASK": "1"}

def run(task):
    named = {"ID": task, "MIN": tasks[0], "MAX": tasks[-1], "COUNT": len(tasks), "STEP": 1} if "--array" in told else {}
    array = {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in named.items()}
    return subprocess.run(["bash", script, *arguments], env={**os.environ, **plain, **array}, capture_output=True, text=True)

with ThreadPoolExecutor(2) as nodes:
    ended = list(nodes.map(run, tasks))
jobs.append({"script": script, "codes": [one.returncode for one in ended], "said": [one.stdout + one.stderr for one in ended]})
log.write_text(json.dumps(jobs))
print(len(jobs) if "--parsable" in told else f"Submitted batch job {len(jobs)}")
'''


def files(page: Path, folder: Path) -> dict[str, str]:
    """The named blocks of a page, written into a folder."""
    found: dict[str, str] = {}
    name, lines = "", []
    for line in page.read_text().splitlines():
        if line.startswith("```") and not name:
            name = line[3:].partition(" ")[2] or "-"
        elif line == "```":
            found[name] = "\n".join(lines) + "\n"
            name, lines = "", []
        elif name:
            lines.append(line)
    found.pop("-", None)
    for name, text in found.items():
        (folder / name).write_text(text)
    return found


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's recipe over some texts, done by one call: a folder with `web.toml`, `crawl/` and `whole/`."""
    folder = tmp_path_factory.mktemp("cluster")
    files(SLURM, folder)
    (folder / "crawl").mkdir()
    draw = random.Random(4)
    vocabulary = [f"word{number}" for number in range(400)]
    for number in range(6):
        texts = [" ".join(draw.choices(vocabulary, k=draw.randint(5, 90))) for _text in range(40)]
        texts = [f"{text} and that is all, write to someone{number}@example.org" for text in texts]
        lines = [json.dumps({"text": text}) for text in [*texts, *texts[:8]]]
        (folder / "crawl" / f"{number}.jsonl").write_text("\n".join(lines) + "\n")
    tamis.run(folder / "web.toml", str(folder / "crawl" / "*.jsonl"), folder / "whole", workers=1)
    assert digests(folder / "whole", "clusters")["clusters"]
    return folder


@pytest.fixture
def place(single: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the page's files and inputs, and a PATH with `tamis` and the stub."""
    for name in ("web.toml", "crawl"):
        (tmp_path / name).symlink_to(single / name)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "sbatch.py").write_text(SBATCH)
    for name, command in (("tamis", "-m tamis"), ("sbatch", str(programs / "sbatch.py"))):
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {command} "$@"\n')
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STUB_LOG", str(tmp_path / "jobs.json"))
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("base", [0, 1])
def test_the_slurm_scripts(single: Path, place: Path, base: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Submitted as the page says, as an array that counts from 0 and from 1."""
    monkeypatch.setenv("STUB_BASE", str(base))
    (place / "web.toml").unlink()
    assert {"web.toml", "part.sh", "alone.sh", "submit.sh"} == set(files(SLURM, place))
    done = subprocess.run(["bash", "submit.sh"], cwd=place, capture_output=True, text=True, timeout=300)
    jobs = json.loads((place / "jobs.json").read_text())
    assert done.returncode == 0, (done.stderr, jobs)
    assert done.stdout == "Submitted batch job 4\n"
    assert [job["script"] for job in jobs] == ["part.sh", "alone.sh", "part.sh", "alone.sh"]
    assert [len(job["codes"]) for job in jobs] == [4, 1, 4, 1]
    for number, said in enumerate(jobs[0]["said"], 1):
        assert f"run1: part {number} of 4 is done with gopher_quality: " in said
    assert any("missing  minhash, by the call without --part" in said for said in jobs[0]["said"])
    assert "by parts 1-4\n" in jobs[1]["said"][0]
    assert all(" is done with mask_pii: " in said for said in jobs[2]["said"])
    assert digests(place / "run1", *ROLES) == digests(single / "whole", *ROLES)


def command_of(job: dict[str, Any], place: Path) -> list[str]:
    """What the only container of a job runs, with the volume mounted at a folder of ours."""
    pod = job["spec"]["template"]["spec"]
    [container] = pod["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert [volume["name"] for volume in pod["volumes"]] == list(mounts)
    [root] = mounts.values()
    memory = container["resources"]
    assert memory["requests"]["memory"] == memory["limits"]["memory"]
    words = [*container["command"], *container["args"]]
    assert sum(word.startswith(f"{root}/") for word in words) == 3
    words[words.index("--workers") + 1] = "1"
    del words[words.index("--memory") : words.index("--memory") + 2]
    return [word.replace(f"{root}/", f"{place}/") for word in words]


@pytest.mark.slow
def test_the_kubernetes_jobs(single: Path, place: Path) -> None:
    found = files(KUBERNETES, place)
    assert list(found) == ["parts.yaml", "alone.yaml", "jobs.sh"]
    parts, alone = (yaml.safe_load(found[name]) for name in ("parts.yaml", "alone.yaml"))
    for job in (parts, alone):
        assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    assert parts["spec"]["completionMode"] == "Indexed"
    assert parts["spec"]["completions"] == parts["spec"]["parallelism"] == 4
    assert "completionMode" not in alone["spec"]
    assert [job["metadata"]["name"] for job in (parts, alone)] == ["tamis-parts", "tamis-alone"]
    ours, theirs = command_of(parts, place), command_of(alone, place)
    assert ours[-2:] == ["--part", f"kubernetes/{parts['spec']['completions']}"]

    def pod(command: list[str], index: int | None = None) -> str:
        environment = {**os.environ, **({} if index is None else {"JOB_COMPLETION_INDEX": str(index)})}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    for _round in range(2):
        for index in (2, 0, 3, 1):
            assert f"part {index + 1} of 4 is done with " in pod(ours, index)
        said = pod(theirs)
    assert "documents in" in said
    assert digests(place / "run1", *ROLES) == digests(single / "whole", *ROLES)
    refused = subprocess.run(ours, capture_output=True, text=True, timeout=120)
    assert refused.returncode == 2
    assert "JOB_COMPLETION_INDEX is not set: this is not a pod of an indexed Kubernetes job" in refused.stderr
    syntax = subprocess.run(["bash", "-n"], input=found["jobs.sh"], capture_output=True, text=True)
    assert (syntax.returncode, syntax.stderr) == (0, "")
    assert "for job in parts alone parts alone; do" in found["jobs.sh"]
