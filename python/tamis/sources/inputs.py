"""What a run reads: inputs by name, ranges of them, and the options that shape the documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, BinaryIO, Literal

from tamis.sources.opening import open_path

Format = Literal["warc", "arc", "jsonl", "parquet", "text", "html", "pack", "chunk", "run"]
Charset = Literal["whatwg", "datatrove"]

CONTENT_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
MAX_DOCUMENT = 20_000_000


@dataclass(frozen=True)
class Input:
    """One file, or a pack of small ones.

    `name` is relative and part of every id and origin; `path` (local or URL) says where the bytes are now;
    `identity` changes when the file does (size and mtime_ns, or size and etag). A pack is a run of text and HTML
    files, neighbours in the order of names, read by position; `files` holds them. `chunk` is an Arrow file that
    `ingest` wrote, `run` a Parquet file of a run's kept documents, whose ids stay.
    """

    name: str
    path: str
    size: int
    identity: str
    format: Format
    files: tuple[Input, ...] = ()

    def narrow(self, part: Range) -> tuple[Input, Range]:
        """This input and range with only the files that the range needs, so that a task's description is small."""
        if self.format != "pack":
            return self, part
        files = self.files[part.start : part.end]
        return replace(self, files=files), Range(0, len(files), part.size)

    def to_dict(self) -> dict[str, Any]:
        plain = asdict(self)
        if not self.files:
            del plain["files"]
        return plain

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> Input:
        files = tuple(Input.from_dict(one) for one in plain.get("files", ()))
        return Input(plain["name"], plain["path"], plain["size"], plain["identity"], plain["format"], files)


@dataclass(frozen=True)
class Range:
    """A part of an input: bytes (WARC, ARC, JSONL), row groups (Parquet), record batches (chunk), files (pack).

    `size` estimates the bytes behind it.
    """

    start: int
    end: int
    size: int = 0


@dataclass(frozen=True)
class ReadOptions:
    """What shapes the documents, and how files are opened.

    `columns` are further fields to carry as columns of their own; None means: JSON fields travel in `metadata`,
    Parquet columns as they are. `types` are the Arrow types of such columns, settled over all inputs by `check`.
    A document above `max_document` bytes, raw or decoded, fails as `size`.
    """

    text_column: str = "text"
    columns: tuple[str, ...] | None = None
    types: Mapping[str, str] = field(default_factory=dict)
    content_types: tuple[str, ...] = CONTENT_TYPES
    charset: Charset = "whatwg"
    max_document: int = MAX_DOCUMENT
    batch_bytes: int = 8 << 20
    batch_rows: int = 1024
    open: Callable[[str], BinaryIO] = open_path

    def to_dict(self) -> dict[str, Any]:
        """Everything but the opener, as plain JSON."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "open"}
        plain["columns"] = None if self.columns is None else list(self.columns)
        plain["content_types"] = list(self.content_types)
        plain["types"] = dict(self.types)
        return plain

    @staticmethod
    def from_dict(plain: Mapping[str, Any], open: Callable[[str], BinaryIO] = open_path) -> ReadOptions:
        given = dict(plain)
        given["columns"] = None if given.get("columns") is None else tuple(given["columns"])
        given["content_types"] = tuple(given.get("content_types", CONTENT_TYPES))
        return ReadOptions(**given, open=open)
