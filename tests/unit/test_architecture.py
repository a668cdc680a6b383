"""The shape of the house: who may import whom, what `import tamis` loads, sizes, names."""

from __future__ import annotations

import ast
import importlib
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "python" / "tamis"

WORDS = {"errors", "messages", "option_values"}
RECIPE = {
    "recipe", "recipe_bounds", "recipe_check", "recipe_columns", "recipe_expect", "recipe_lines", "recipe_parameters",
    "recipe_secrets", "recipe_table",
}  # fmt: skip
# A unit is a module or a package directly below `tamis`; the set is all that it may import of the others.
# `tamis` itself stands for names of `tamis/__init__.py`, such as the version.
MAY_IMPORT: dict[str, set[str]] = {
    "languages": set(),
    "messages": {"languages"},
    "lineage": set(),
    "text_table": set(),
    "errors": {"messages"},
    "option_values": {"messages"},
    "op": WORDS,
    "schema": {"op"},
    "references": set(),
    "stores": WORDS,
    "marks": {"_core"},
    "recipe": {*WORDS, "op", "ops", "references", "report", *RECIPE},
    "recipe_check": {*WORDS, "lineage", "op", "ops", *RECIPE},
    "recipe_bounds": {*WORDS, "op", *RECIPE},
    "recipe_columns": {*WORDS, "op", *RECIPE},
    "recipe_expect": {*WORDS, *RECIPE},
    "recipe_lines": WORDS,
    "recipe_parameters": {*WORDS, "op", *RECIPE},
    "recipe_secrets": WORDS,
    "recipe_table": {*WORDS, *RECIPE},
    "plan": {*WORDS, "op", *RECIPE},
    "verify": {*WORDS, "_core"},
    "models": {*WORDS, "_core"},
    "extractors": {*WORDS, "_core"},
    "corpus": {*WORDS, "op", "_core"},
    "exact_json": set(),
    "python_values": set(),
    "sources": {*WORDS, "exact_json", "python_values", "stores", "_core"},
    "sinks": {*WORDS, "exact_json", "python_values", "_core"},
    "recipes": set(),
    "sample": {*WORDS, "tamis"},
    "ops": {*WORDS, "op", "marks", "models", "verify", "extractors", "corpus", "_core"},
    "report": {*WORDS, "lineage", "python_values", "text_table", "stores", "_core"},
    "engine": {*WORDS, "lineage", "python_values", "op", "ops", *RECIPE, "plan", "sources", "sinks", "report", "stores", "_core", "tamis"},
    "mix": {*WORDS, "op", *RECIPE, "plan", "engine", "_core"},
    "tokens": {*WORDS, "op", *RECIPE, "plan", "engine", "_core"},
    "train": {*WORDS, "op", *RECIPE, "plan", "engine", "models", "_core"},
    "decide": {*WORDS, "op", *RECIPE, "plan", "engine", "mix", "tokens", "train", "_core"},
    "catalogue": {*WORDS, "op", "ops", *RECIPE, "references", "schema", "engine"},
    "recipe_difference": {"catalogue", *RECIPE},
    "api": {*WORDS, *RECIPE, "plan", "engine", "sinks", "report", "stores"},
    "comparison": {*WORDS, "catalogue", "recipe", "recipe_difference", "report", "stores", "text_table"},
    "explaining": {*WORDS, "engine", "report"},
    "exporting": {*WORDS, "report", "sinks", "stores"},
    "reviewing": {*WORDS, "engine", "report", "stores"},
    "tamis": {"api", "catalogue", "comparison", "explaining", "exporting", "recipe", "report", "reviewing", "sample"},
    "cli": {*WORDS, "tamis", "text_table", "api", "catalogue", "comparison", "exporting", "sample", "stores", "report", "decide"},
    "__main__": {"cli"},
}  # fmt: skip
# What each may load from outside beside the standard library and pyarrow, wherever the import stands.
OUTSIDE: dict[str, set[str]] = {
    "exact_json": {"orjson"},
    "sources": {"brotli", "cchardet", "fsspec", "orjson", "zstandard"},
    "sinks": {"orjson", "zstandard"},
    "stores": {"obstore"},
    "engine": {"fsspec", "numpy", "orjson", "ray"},
    "extractors": {"justext", "lxml", "readability", "resiliparse", "trafilatura"},
    "models": {"langdetect", "punkt"},
    "corpus": {"numpy"},
    "ops": {"ftfy", "tokenizers"},
}
FORBIDDEN_STEMS = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
# Spelled in two parts, so that this file does not hold what it looks for.
FORBIDDEN_TEXTS = [
    one + two for one, two in [("TO", "DO"), ("FIX", "ME"), ("NotImplemented", "Error"), ("X" * 2, "X")]
]
LINES = {".py": 400, ".rs": 500}


def modules(folder: Path = PACKAGE) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path) for path in modules()} | {"tamis._core"}


def imports(path: Path) -> Iterator[str]:
    """The full names that a module imports, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written in full"
            module = node.module or ""
            for alias in node.names:
                full = f"{module}.{alias.name}"
                yield full if full in NAMES else module


def unit(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def tracked(*suffixes: str) -> list[Path]:
    """The project's own files, as git knows them; all files where this is no clone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and (not suffixes or path.suffix in suffixes)]


@pytest.mark.parametrize("path", modules(), ids=lambda path: module_name(path))
def test_imports_point_down(path: Path) -> None:
    own = unit(module_name(path))
    assert own in MAY_IMPORT, f"{own} has no place in the table of units"
    inside = {name for name in imports(path) if name.split(".")[0] == "tamis"}
    wrong = {name for name in inside if unit(name) != own and unit(name) not in MAY_IMPORT[own]}
    assert not wrong, f"{module_name(path)} may not import {sorted(wrong)}"


def test_the_table_has_no_cycle_but_the_recipes() -> None:
    """Among single units; the modules of the recipe are one, and `tamis` names its verbs lazily."""
    merged: dict[str, set[str]] = {}
    for name, allowed in MAY_IMPORT.items():
        key = "recipe" if name in RECIPE else name
        below = {"recipe" if other in RECIPE else other for other in allowed}
        merged.setdefault(key, set()).update(below - {key, "_core", "tamis"})
    # The operators are found by name: what looks for one imports the empty package, and no operator imports upwards.
    merged["recipe"].discard("ops")
    done: list[str] = []
    while ready := [name for name in merged if name not in done and merged[name] <= set(done)]:
        done += ready
    assert set(done) == set(merged), f"a circle among {sorted(set(merged) - set(done))}"


def test_operators_do_not_import_each_other() -> None:
    files = modules(PACKAGE / "ops")
    assert len(files) > 5
    for path in files:
        others = {name for name in imports(path) if name.startswith("tamis.ops.")}
        assert not others, f"{module_name(path)} imports {sorted(others)}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: module_name(path))
def test_packages_from_outside_stay_where_they_belong(path: Path) -> None:
    outside = {name.split(".")[0] for name in imports(path)} - sys.stdlib_module_names - {"tamis", "pyarrow"}
    wrong = outside - OUTSIDE.get(unit(module_name(path)), set())
    assert not wrong, f"{module_name(path)} may not import {sorted(wrong)}"


def test_the_packages_from_outside_are_used() -> None:
    used: dict[str, set[str]] = {}
    for path in modules():
        used.setdefault(unit(module_name(path)), set()).update(name.split(".")[0] for name in imports(path))
    unused = {name: allowed - used[name] for name, allowed in OUTSIDE.items() if allowed - used[name]}
    assert not unused


# What opens, lists, makes or removes files, as functions of modules and as methods of paths. `store` wraps them.
FILE_FUNCTIONS = {
    "os": {"open", "replace", "rename", "link", "unlink", "remove", "makedirs", "mkdir", "rmdir", "stat", "listdir",
           "scandir", "walk"},
    "pa": {"memory_map", "OSFile", "input_stream", "output_stream"},
    "pq": {"ParquetFile", "read_table", "read_metadata", "read_schema", "write_table", "write_metadata"},
}  # fmt: skip
FILE_MODULES = {"shutil", "tempfile", "glob", "io"}
PATH_METHODS = {
    "open", "read_bytes", "write_bytes", "read_text", "write_text", "mkdir", "rmdir", "unlink", "rename", "exists",
    "is_file", "is_dir", "stat", "lstat", "glob", "rglob", "iterdir", "touch", "symlink_to", "hardlink_to",
}  # fmt: skip
# Files of this machine and process, never of a run that may lie elsewhere: /proc and control groups; the lock of a
# local directory; the memory shared with a worker; a worker's log.
LOCAL_FILES = {"memory.py", "worker.py", "lock.py", "guards.py", "process.py"}


def file_accesses(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id == "open":
            found.append(f"{node.lineno}: open")
        if not isinstance(called, ast.Attribute):
            continue
        owner = called.value.id if isinstance(called.value, ast.Name) else ""
        wrong = called.attr in FILE_FUNCTIONS.get(owner, set()) or owner in FILE_MODULES
        method = called.attr in PATH_METHODS and owner not in {*FILE_FUNCTIONS, "store"}
        if wrong or method:
            found.append(f"{node.lineno}: {owner}.{called.attr}")
    return found


def test_the_engine_reaches_files_through_its_store() -> None:
    """A later home of run directories, an object store, is a change in one module."""
    found = {path.name: file_accesses(path) for path in modules(PACKAGE / "engine")}
    assert len(found["store.py"]) > 10
    assert {name for name, accesses in found.items() if accesses} - {"store.py"} == LOCAL_FILES, found


def test_import_loads_nothing_heavy_and_is_quick() -> None:
    code = (
        "import sys, time, json; before = time.perf_counter(); import tamis; "
        "took = time.perf_counter() - before; print(json.dumps([took, sorted(sys.modules)]))"
    )
    times = []
    for _ in range(5):
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        took, loaded = json.loads(out)
        times.append(took)
        heavy = {"pyarrow", "torch", "numpy", "trafilatura", "fsspec", "tamis._core"} & set(loaded)
        assert not heavy, heavy
    assert statistics.median(times) < 0.150, times


def test_public_names_exist() -> None:
    tamis = importlib.import_module("tamis")
    assert "run" in tamis.__all__
    missing = [name for name in tamis.__all__ if not callable(getattr(tamis, name, None))]
    assert not missing
    assert set(tamis.__all__) <= set(dir(tamis))


@pytest.mark.parametrize("name", sorted(NAMES - {"tamis.__main__"}))
def test_each_module_can_be_imported_and_holds_what_it_exports(name: str) -> None:
    module = importlib.import_module(name)
    missing = [public for public in getattr(module, "__all__", ()) if not hasattr(module, public)]
    assert not missing


def test_file_sizes() -> None:
    files = tracked(*LINES)
    assert len(files) > 50
    long = {
        f"{path.relative_to(ROOT)}: {lines}"
        for path in files
        if (lines := len(path.read_text().splitlines())) > LINES[path.suffix]
    }
    assert not long, sorted(long)


def test_functions_fit_a_page() -> None:
    """At most 50 lines of a function's own, its docstring and its declaration left out."""
    long = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                lines = (node.end_lineno or 0) - body[0].lineno + 1
                if lines > 50:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}")
    assert not long, long


def test_file_names_say_what_is_inside() -> None:
    names = {path.relative_to(ROOT) for path in tracked() if {*path.parts, path.stem} & FORBIDDEN_STEMS}
    assert not names


def test_nothing_is_left_for_later() -> None:
    left = [
        f"{path.relative_to(ROOT)}:{number}: {word}"
        for path in tracked(".py", ".pyi", ".rs", ".toml", ".md", ".js", ".css", ".html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for word in FORBIDDEN_TEXTS
        if re.search(rf"\b{word}\b", line)
    ]
    assert not left


def test_no_paths_of_one_machine() -> None:
    """Comments, tests and scripts name no folder that only its author has."""
    private = re.compile(r"(?<![\w.*<])/(?:work|root|home/\w+)/")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked(".py", ".pyi", ".rs", ".toml", ".md")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if private.search(line)
    ]
    assert not found


def test_the_core_reads_no_files_of_tables() -> None:
    """pyarrow reads and writes files; batches cross by the Arrow C interface."""
    lock = (ROOT / "Cargo.lock").read_text()
    names = set(re.findall(r'^name = "(.+)"$', lock, re.MULTILINE))
    assert "tamis-core" in names
    assert not names & {"parquet", "datafusion", "polars", "polars-core"}
    core = (ROOT / "crates" / "tamis-core" / "Cargo.toml").read_text()
    assert "pyo3" not in core
    assert "arrow" not in core
