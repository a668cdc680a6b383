"""Who holds a lease: what no other process of any machine has, so that a dead holder on this machine is known as dead."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from tamis.engine import store


def process_mark(pid: int) -> str:
    """Boot, process namespace, pid and start of a process of this machine; "" where nobody can tell."""
    try:
        boot = store.read("/proc/sys/kernel/random/boot_id").decode().strip()
        start = store.read(f"/proc/{pid}/stat").rsplit(b")", 1)[1].split()[19].decode()
        return f"{boot} {os.readlink('/proc/self/ns/pid')} {pid} {start}"
    except (OSError, IndexError):
        return ""


def is_gone(owner: Mapping[str, Any]) -> bool:
    """Whether the holder ran on this machine, in this process namespace, and is no more."""
    here, there = process_mark(os.getpid()).split(), str(owner.get("process", "")).split()
    return bool(here) and here[:2] == there[:2] and process_mark(int(there[2])).split() != there
