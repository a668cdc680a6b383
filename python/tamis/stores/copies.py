"""Copies on this machine of objects that must be local files: for memory maps, and for what reads by path."""

from __future__ import annotations

import atexit
import hashlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from tamis.messages import _
from tamis.stores import calls
from tamis.stores.addresses import StrPath, address, split

SCRATCH = "TAMIS_SCRATCH"
_folder: Path | None = None


def scratch(run: StrPath) -> Path:
    """The folder of this machine for the temporary files of a run that lies in a store; the same in each process.

    It lies below the folder that `TAMIS_SCRATCH` names, else the system's for temporary files.
    """
    named = hashlib.blake2b(address(run).rstrip("/").encode(), digest_size=8).hexdigest()
    above = os.environ.get(SCRATCH) or tempfile.gettempdir()
    return Path(above) / f"tamis-{os.getuid()}-{named}"


def keep_copies_in(folder: Path | None) -> None:
    """Where copies go from now on; None: a folder that ends with this process."""
    global _folder
    _folder = folder


def local_copy(path: StrPath) -> Path:
    """A copy of an object that never changes (its name holds its digest), fetched once.

    Raises:
        FileNotFoundError: there is no such object.
    """
    found = split(path)
    target = _copies() / found.scheme / found.bucket / found.key
    if target.exists():
        return target
    facts = calls.head(path)
    if facts is None:
        raise FileNotFoundError(2, _("no such object"), address(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as out:
            calls.read_into(path, out)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def _copies() -> Path:
    global _folder
    if _folder is None:
        _folder = Path(tempfile.mkdtemp(prefix="tamis-"))
        atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    return _folder
