"""Where a run directory lies: on a disk of this machine, or where several machines see it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tamis.engine import store

MOUNTS = "/proc/self/mountinfo"
SHARED = re.compile(
    r"nfs4?|cifs|smb3|smbfs|lustre|gpfs|ceph|beegfs|glusterfs|pvfs2|orangefs|wekafs|panfs|afs|ocfs2|gfs2?|9p|virtiofs|fuse(\..+)?"
)
"""Types of file systems that other machines may write too, or whose locks are those of a program in between."""


def is_shared(run: str | Path) -> bool:
    """Whether a file lock in this place may not hold on other machines.

    The type of the file system says so; `TAMIS_LOCK=lease` in the environment says it of a place whose type hides it.
    """
    return (
        store.is_object(run)
        or os.environ.get("TAMIS_LOCK") == "lease"
        or bool(SHARED.fullmatch(kind_of(run)))
    )


def kind_of(path: str | Path, mounts: str = MOUNTS) -> str:
    """The type of the file system in which a path lies or would lie; "" where the system does not tell."""
    try:
        lines = store.read(mounts).decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    place = store.local(path).resolve()
    found: tuple[int, str] = (-1, "")
    for line in lines:
        head, _dash, tail = line.partition(" - ")
        mount = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), head.split()[4]))
        # Of two mounts on one folder the later one is seen.
        if place.is_relative_to(mount) and len(mount.parts) >= found[0]:
            found = (len(mount.parts), tail.split()[0])
    return found[1]
