"""Ids of documents: 32 hex digits that depend on the document and its place in its file, and on nothing else."""

from __future__ import annotations

import hashlib

_PARTS = b"tamis document 1"
_RECORD = b"tamis record 1"
_CHILD = b"tamis child 1"


def document_id(name: str, position: int, content: bytes, own_id: str = "") -> str:
    """The id of a document without a WARC-Record-ID: BLAKE2b-128 of all four parts, each with its length.

    `name` is the input's relative name, `position` the byte offset or row, `content` the raw bytes of the
    record, `own_id` what the source calls it (kept as `source_id`).

    Examples:
        >>> document_id("a.jsonl", 0, b"Hello.")
        'acb65bb62e319ab7376b33b36bf8f00a'
    """
    label, own = name.encode(), own_id.encode("utf-8", "surrogatepass")
    state = hashlib.blake2b(_PARTS, digest_size=16)
    state.update(b"%d:%d:%d:%d:" % (len(label), position, len(own), len(content)))
    state.update(label)
    state.update(own)
    state.update(content)
    return state.hexdigest()


def record_id(warc_record_id: str) -> str:
    """The id of a document with a WARC-Record-ID: the same in every copy of the record, wherever it lies.

    Examples:
        >>> record_id("<urn:uuid:1>") == record_id("urn:uuid:1")
        True
    """
    plain = warc_record_id.strip().removeprefix("<").removesuffix(">")
    return hashlib.blake2b(_RECORD + plain.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def child_id(parent_id: str, step: str, number: int) -> str:
    """The id of the `number`-th document, from 1, that a step of this name made of another.

    Examples:
        >>> child_id("acb65bb62e319ab7376b33b36bf8f00a", "paragraphs", 1)
        'a96979d2b30b74d0a544061f56bafa45'
    """
    text = f"{parent_id}:{number}:{step}"
    return hashlib.blake2b(_CHILD + text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
