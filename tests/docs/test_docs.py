"""What the pages for newcomers show works: code blocks run, recipes are checked, commands exist.

A block of `console` runs each line that begins with `$ `; its other lines are output for the reader. A block whose
first line names a file (`toml calm.toml`) is that file, for the commands after it. Commands that begin with `make ` or
`.venv/` build or test the clone itself and are not run here: `make test` runs these tests, `tests/e2e` does what
`make demo` does; that their targets and files exist is tested.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tamis import parse_recipe
from tamis.cli.verbs import VERBS, module

ROOT = Path(__file__).resolve().parents[2]
TRIED_ELSEWHERE = {
    "docs/how-to/kubernetes.md": "tests/docs/test_cluster_pages.py",
    "docs/how-to/ray.md": "tests/fault/test_ray.py",
    "docs/how-to/slurm.md": "tests/docs/test_cluster_pages.py",
    "docs/how-to/s3.md": "tests/docs/test_s3_page.py",
}
"""Pages whose blocks need more than this machine's shell (a cluster, a server), and the test that runs them."""
SITE = sorted(
    str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md") if "reference" not in path.parts
)
PAGES = ("README.md", "CONTRIBUTING.md", *(page for page in SITE if page not in TRIED_ELSEWHERE))
LEAST = {
    "README.md": 4,
    "docs/tutorial.md": 14,
    "docs/how-to/operator.md": 6,
    "docs/how-to/recipe.md": 6,
    "docs/how-to/retune.md": 6,
}
OF_THE_CLONE = ("make ", ".venv/")
BLOCK = re.compile(r"^ *```(\w+)(?: (\S+))?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(tamis \w+[^`]*)`")


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    file: str | None
    text: str


def blocks(page: str) -> Iterator[Block]:
    text = (ROOT / page).read_text()
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(page, line, match[1], match[2], textwrap.dedent(match[3]))


def commands(block: Block) -> list[str]:
    return [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The PATH with a `tamis` that is the package under test."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "tamis"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tamis "$@"\n')
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("page", PAGES)
def test_each_block_of_a_page_works(page: str, tmp_path: Path, environment: dict[str, str]) -> None:
    ran = 0
    for block in blocks(page):
        where = f"{block.page}:{block.line}"
        if block.file:
            (tmp_path / block.file).write_text(block.text)
        if block.language == "toml":
            assert parse_recipe_of(block, tmp_path, environment), where
            ran += 1
        elif block.language == "python":
            done = run([sys.executable, "-"], tmp_path, environment, block.text)
            assert done.returncode == 0, f"{where}\n{done.stderr}"
            ran += 1
        elif block.language == "console":
            assert commands(block), f"{where}: no line begins with '$ '"
            for command in commands(block):
                if not command.startswith(OF_THE_CLONE):
                    done = run(["bash", "-ec", command], tmp_path, environment)
                    assert done.returncode == 0, f"{where}: {command}\n{done.stdout}{done.stderr}"
                    ran += 1
    assert ran >= LEAST.get(page, 0)


def parse_recipe_of(block: Block, folder: Path, environment: dict[str, str]) -> bool:
    """Whether the recipe passes the check; one with operators of the page's own is checked by `plan` with them."""
    own = sorted(path.name for path in folder.glob("*_ops.py"))
    if not own:
        return bool(parse_recipe(block.text, block.file or "block.toml").steps)
    given = [part for name in own for part in ("--ops", name)]
    command = [sys.executable, "-m", "tamis", "show", block.file or "", *given]
    return run(command, folder, environment).returncode == 0


def run(
    command: list[str], folder: Path, environment: dict[str, str], text: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def of_the_clone() -> list[str]:
    found = [
        command
        for page in PAGES
        for block in blocks(page)
        if block.language == "console"
        for command in commands(block)
    ]
    return [command for command in found if command.startswith(OF_THE_CLONE)]


def test_targets_that_the_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = "".join((ROOT / page).read_text() for page in (*PAGES, "AGENTS.md"))
    named = {command.split()[1] for command in of_the_clone() if command.startswith("make ")}
    named |= set(re.findall(r"`make ([a-z-]+)", text))
    assert {"demo", "test"} <= named
    assert named <= targets


def test_the_readme_has_two_commands_of_the_clone() -> None:
    lines = [
        command for block in blocks("README.md") if block.language == "console" for command in commands(block)
    ]
    assert [line for line in lines if line.startswith(OF_THE_CLONE)] == ["make demo", "make test"]


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_the_text_can_be_parsed(page: str) -> None:
    """Verbs and options of commands inside sentences and tables exist."""
    for command in INLINE.findall((ROOT / page).read_text()):
        _tamis, verb, *words = shlex.split(command)
        if verb in ("VERB", "--help"):
            continue
        assert verb in VERBS, command
        if words:
            module(verb).parser(80).parse(words)


def test_pages_tried_elsewhere_are_tried() -> None:
    for page, test in TRIED_ELSEWHERE.items():
        assert Path(page).name in (ROOT / test).read_text(), page


def test_the_site_is_built_and_leads_to_each_page(tmp_path: Path) -> None:
    """Strict: no page and no anchor that a page links to is missing. In a copy, since it writes beside the pages."""
    for name in ("docs", "zensical.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    done = run(command, tmp_path, {**os.environ, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    nav = (ROOT / "zensical.toml").read_text()
    assert [page for page in SITE if f'"{page.removeprefix("docs/")}"' not in nav] == []
    for page in SITE:
        made = (tmp_path / "site" / page.removeprefix("docs/")).with_suffix(".html").read_text()
        assert not re.findall(r'(?:src|href)="https?://[^"]*\.(?:js|css|woff2?)"', made), page


def test_pages_link_to_files_that_exist() -> None:
    links = [
        (page, target)
        for page in (*PAGES, "AGENTS.md")
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text())
        if "://" not in target
    ]
    assert len(links) > 3
    assert not [link for link in links if not (ROOT / link[0]).parent.joinpath(link[1]).exists()]
