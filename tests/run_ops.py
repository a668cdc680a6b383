"""Operators of a user, given to runs with `--ops`; quick, and enough to see every path of the engine."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis.errors import DocumentFailed
from tamis.op import Field, Signal, operator


@operator(kind="signal", reads=["text"], writes=[Signal("length", "int64", "characters", low=0)])
def run_size(text: pa.Array) -> dict[str, Any]:
    """Characters of a text."""
    return {"length": pc.utf8_length(text)}


@operator(
    kind="transform",
    reads=["text"],
    writes=[
        Field("text", "string", "the text with a word in capitals"),
        Signal("hits", "int64", "words changed", low=0),
    ],
    each=True,
)
def run_shout(text: str, *, word: str = "beta") -> dict[str, Any]:
    """Writes one word in capitals."""
    if "EXPLODE" in text:
        raise DocumentFailed("exception", "asked to explode")
    return {"text": text.replace(word, word.upper()), "hits": text.count(word)}


PARAGRAPH = [Field("text", "string", "one paragraph"), Signal("place", "int64", "its place", low=0)]


@operator(kind="transform", reads=["text"], writes=PARAGRAPH, each=True, expands=True)
def run_paragraphs(text: str, *, mark: str = "|") -> list[dict[str, Any]]:
    """A document for each part of a text that holds something."""
    if "UNSPLIT" in text:
        raise DocumentFailed("exception", "asked not to split")
    parts = [part.strip() for part in text.split(mark) if part.strip()]
    return [{"text": part, "place": place} for place, part in enumerate(parts)]


@operator(kind="transform", reads=["text"], writes=PARAGRAPH, expands=True)
def run_paragraphs_batch(text: pa.Array, *, mark: str = "|") -> dict[str, Any]:
    """The same for whole batches."""
    if any("UNSPLIT" in one for one in text.to_pylist()):
        raise DocumentFailed("exception", "asked not to split")
    parts = [[part.strip() for part in one.split(mark) if part.strip()] for one in text.to_pylist()]
    listed = pa.array(parts, pa.list_(pa.large_string()))
    places = [place for one in parts for place in range(len(one))]
    parents = pc.list_parent_indices(listed)
    return {"text": pc.list_flatten(listed), "place": pa.array(places, pa.int64()), "parent": parents}


@operator(kind="signal", reads=["text"], writes=[Signal("value", "int64", "always 1", low=0)], each=True)
def run_poison(text: str) -> dict[str, Any]:
    """Does to the worker what the text says."""
    if "SEGFAULT" in text:
        ctypes.string_at(0)
    if "EXIT" in text:
        os._exit(3)
    if "HANG" in text:
        time.sleep(3600)
    if "BURN" in text:
        _burn(0.8)
    if "HOARD" in text:
        _hoard()
    if "SLAIN" in text or ("UNLUCKY" in text and _first(os.environ["RUN_OPS_MARK"])):
        os.kill(os.getpid(), signal.SIGKILL)
    return {"value": 1}


def _burn(seconds: float) -> None:
    """Works for so long, of processor time."""
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        pass


def _hoard() -> None:
    """Takes memory until someone objects, at most 3 GB."""
    held = []
    for _piece in range(150):
        held.append(bytearray(os.urandom(1 << 10) * (20 << 10)))
        time.sleep(0.02)


def _first(mark: str) -> bool:
    """Whether nobody was here before."""
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
