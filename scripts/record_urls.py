"""Record what tldextract and datatrove's URLFilter make of URLs: tests/golden/url_blocklist/*.json.gz.

    python scripts/record_urls.py FOLDER     (datatrove 0.10.1, tldextract 5.4.0)

FOLDER holds the unpacked shared inputs: the hosts of their UT1 lists are asked too, of which only digests are kept.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "golden"))

from datatrove.data import Document  # noqa: E402
from datatrove.pipeline.filters import URLFilter  # noqa: E402
from listed_hosts import BLOCK, listed_urls  # noqa: E402
from odd_urls import COUNT, LISTS, SEED, odd_urls  # noqa: E402
from tldextract import TLDExtract  # noqa: E402

VERSIONS = {"datatrove": "0.10.1", "tldextract": "5.4.0"}


def main(folder: str) -> None:
    found = {package: version(package) for package in VERSIONS}
    assert found == VERSIONS, f"wants {VERSIONS}, found {found}"
    warnings.simplefilter("ignore", DeprecationWarning)
    extract = TLDExtract(suffix_list_urls=(), cache_dir=None)
    urls = URLFilter(use_integrated_lists=False, **LISTS)
    urls.tldextractor = extract

    def host(url: str) -> str:
        found = extract(url)
        return f"{found.top_domain_under_public_suffix} {found.fqdn}"

    def reason(url: str) -> str:
        found = urls.filter(Document(text="", id="", metadata={"url": url}))
        return "" if found is True else found[1]

    listed = list(listed_urls(Path(folder)))
    blocks = [listed[at : at + BLOCK] for at in range(0, len(listed), BLOCK)]
    answers = ["\n".join(map(host, block)) for block in blocks]
    recorded = {
        "reference": VERSIONS,
        "odd": {"seed": SEED, "count": COUNT, "rows": [[host(url), reason(url)] for url in odd_urls()]},
        "listed": [hashlib.blake2b(answer.encode(), digest_size=8).hexdigest() for answer in answers],
    }
    path = ROOT / "tests" / "golden" / "url_blocklist" / "urls.json.gz"
    path.write_bytes(gzip.compress(json.dumps(recorded, ensure_ascii=False).encode(), mtime=0))
    print(path, len(listed), "listed URLs")


if __name__ == "__main__":
    main(*sys.argv[1:])
