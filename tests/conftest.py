"""Fixtures that all layers share."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no fault of the code, and the same commit is tested on the same examples everywhere.
settings.register_profile("tamis", deadline=None, derandomize=True, database=None)
settings.load_profile("tamis")

# Started from a background job, this process ignores Ctrl-C, and so would every run that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Sentences are compared in English, whatever language the machine speaks.
os.environ["LC_ALL"] = "C.UTF-8"

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function from an archive's name (web, html, lists...) to the folder where it is laid out.

    Looks at TAMIS_SHARED_DATA (already unpacked), then at `../shared/data`; skips the test where neither exists.
    """
    laid_out: dict[str, Path] = {}

    def unpack(archive: str) -> Path:
        given = os.environ.get("TAMIS_SHARED_DATA")
        if given:
            return Path(given)
        script = ROOT.parent / "shared" / "data" / "unpack"
        if not script.exists():
            pytest.skip("the shared real inputs are not here (../shared/data)")
        if archive not in laid_out:
            folder = laid_out.setdefault("", tmp_path_factory.mktemp("shared-data"))
            subprocess.run(["sh", str(script), str(folder), archive], check=True)
            laid_out[archive] = folder
        return laid_out[archive]

    return unpack
