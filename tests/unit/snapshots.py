"""Pages of text that a test holds: compared with a file beside it, written anew with TAMIS_UPDATE_SNAPSHOTS=1."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def same_as_snapshot(name: str, page: Sequence[str]) -> None:
    """Fail where the lines differ from `snapshots/NAME.txt`."""
    file = FOLDER / f"{name}.txt"
    text = "".join(f"{line}\n" for line in page)
    if os.environ.get("TAMIS_UPDATE_SNAPSHOTS"):
        file.write_text(text, "utf-8")
    assert text.strip()
    assert text == file.read_text("utf-8"), f"{file.name}: TAMIS_UPDATE_SNAPSHOTS=1 writes it anew"
