"""From URLs to hosts, registrable domains and top-level domains, without a network.

The registrable domain needs the public suffix list, which `tldextract` packages. Without that package the
host stands for it, and `data.json` says which was used.

Examples:
    >>> import pyarrow as pa
    >>> hosts(pa.array(["https://user@Docs.Example.ORG:8080/intro?q=1", "no url", None])).to_pylist()
    ['docs.example.org', None, None]
    >>> top_level("docs.example.org"), top_level("10.0.0.1"), top_level("[::1]")
    ('org', None, None)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

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


@lru_cache(maxsize=1)
def _extract() -> Callable[[str], Any] | None:
    if find_spec("tldextract") is None:
        return None
    made: Callable[[str], Any] = import_module("tldextract").TLDExtract(suffix_list_urls=(), cache_dir=None)
    return made


def kind() -> str:
    """`registrable` or `host`: what `registrable` gives on this machine."""
    return "host" if _extract() is None else "registrable"


def registrable(host: str) -> str:
    """`docs.example.co.uk` -> `example.co.uk` where the suffix list is; else the host without `www.`."""
    extract = _extract()
    if extract is None:
        return host.removeprefix("www.")
    found = extract(host)
    return f"{found.domain}.{found.suffix}" if found.domain and found.suffix else host


def mapped(values: Any, function: Callable[[str], str | None]) -> Any:
    """`function` of each string, called once per distinct one."""
    encoded = values.cast(pa.string()).dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    distinct = pa.array(
        [None if v is None else function(v) for v in encoded.dictionary.to_pylist()], pa.string()
    )
    return distinct.take(encoded.indices)
