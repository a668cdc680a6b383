"""What kind of file a name stands for."""

from __future__ import annotations

from tamis.sources.inputs import Format

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".xz": "xz", ".bz2": "bzip2"}
_FORMATS: dict[str, Format] = {
    ".warc": "warc",
    ".wet": "warc",
    ".wat": "warc",
    ".arc": "arc",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".rst": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
SUFFIXES = ", ".join(_FORMATS)


def compression_of(path: str) -> str:
    """`gzip`, `zstd`, `xz`, `bzip2`, or "" for a plain file, by the last suffix."""
    lowered = path.lower()
    return next((kind for suffix, kind in COMPRESSIONS.items() if lowered.endswith(suffix)), "")


def format_of(path: str) -> Format | None:
    """The format by suffix, below a compression's suffix; None where it is not known."""
    lowered = path.lower().split("?", 1)[0] if "://" in path else path.lower()
    for suffix in COMPRESSIONS:
        lowered = lowered.removesuffix(suffix)
    return next((kind for suffix, kind in _FORMATS.items() if lowered.endswith(suffix)), None)
