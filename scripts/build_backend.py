"""The build backend: maturin's, after a look at the Rust compiler.

An older cargo stops at the manifest with words about editions that tell a newcomer nothing, so its version is looked
at first. `python scripts/build_backend.py` does that alone.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).resolve().parent.parent / "Cargo.toml"


def missing_rust(reported: str, needed: str) -> str:
    """What is wrong with a compiler that says `reported` of itself; empty where nothing is.

    Examples:
        >>> missing_rust("rustc 1.95.0 (59807616e 2026-04-14)", "1.85")
        ''
        >>> missing_rust("rustc 1.63.0", "1.85").splitlines()[0]
        'error: tamis needs Rust 1.85 or newer; this machine has 1.63.0'
    """
    found = re.search(r"rustc (\d+)\.(\d+)\.\d+", reported)
    if found and (int(found[1]), int(found[2])) >= tuple(map(int, needed.split("."))):
        return ""
    has = found[0].removeprefix("rustc ") if found else "none"
    hint = (
        "`rustup update` brings a newer one; without rustup, install it as the Rust project's home page says"
    )
    return f"error: tamis needs Rust {needed} or newer; this machine has {has}\nhint: {hint}"


def check_rust() -> None:
    """End the build where the compiler is too old."""
    needed = tomllib.loads(MANIFEST.read_text())["workspace"]["package"]["rust-version"]
    try:
        reported = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        reported = ""
    if problem := missing_rust(reported, needed):
        sys.exit(problem)


def build_wheel(wheel_directory: str, *args: Any, **options: Any) -> str:
    """A wheel, by maturin."""
    check_rust()
    import maturin

    return str(maturin.build_wheel(wheel_directory, *args, **options))


def build_editable(wheel_directory: str, *args: Any, **options: Any) -> str:
    """An editable wheel, by maturin."""
    check_rust()
    import maturin

    return str(maturin.build_editable(wheel_directory, *args, **options))


def build_sdist(sdist_directory: str, *args: Any, **options: Any) -> str:
    """A source archive, by maturin."""
    import maturin

    return str(maturin.build_sdist(sdist_directory, *args, **options))


if __name__ == "__main__":
    check_rust()
