"""Sinks: documents out, as Parquet, JSON lines, or the JSON lines that datatrove reads."""

from tamis.sinks.export import write

__all__ = ["write"]
