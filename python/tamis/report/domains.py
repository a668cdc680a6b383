"""From URLs to hosts, registrable domains and top-level domains, without a network.

The registrable domain comes from the public suffix list that the compiled module holds, so it is the same on
every machine.

Examples:
    >>> import pyarrow as pa
    >>> hosts(pa.array(["https://user@Docs.Example.ORG:8080/intro?q=1", "no url", None])).to_pylist()
    ['docs.example.org', None, None]
    >>> top_level("docs.example.org"), top_level("10.0.0.1"), top_level("[::1]")
    ('org', None, None)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core

HOST = r"^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/?#:]+)"


def hosts(urls: Any) -> Any:
    """The host of each URL in lower case, null where there is none."""
    return pc.utf8_lower(pc.struct_field(pc.extract_regex(urls.cast(pa.string()), HOST), "host"))


def top_level(host: str) -> str | None:
    """The last label of a host name; None for addresses and names without a dot."""
    last = host.rstrip(".").rpartition(".")[2]
    if "." not in host or last.isdigit() or host.startswith("["):
        return None
    return last


def registrable(host: str) -> str:
    """`docs.example.co.uk` -> `example.co.uk`; an address or a name without a suffix stands for itself."""
    return _core.url_host(f"http://{host}/")[0] or host


def mapped(values: Any, function: Callable[[str], str | None]) -> Any:
    """`function` of each string, called once per distinct one."""
    encoded = values.cast(pa.string()).dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    distinct = pa.array(
        [None if v is None else function(v) for v in encoded.dictionary.to_pylist()], pa.string()
    )
    return distinct.take(encoded.indices)
