"""Record what datatrove's Trafilatura extractor makes of real pages: tests/golden/extract/pages.json.gz.

    python scripts/record_extract.py FOLDER     (datatrove 0.10.1, trafilatura 1.11.0, faust-cchardet)

FOLDER holds the unpacked shared inputs. Of each page of the `html_*` folders only digests are written: of the page, of
the text that the extractor makes of it alone, and, where it is another, of the text in a process that has extracted
the pages before it, as the reference works. Pages are decoded as its reader of archives does. Its time limit is left
out: what it cuts off depends on the machine.
"""

from __future__ import annotations

import gzip
import json
import logging
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "golden")]

import cchardet  # noqa: E402
from datatrove.pipeline.extractors import Trafilatura  # noqa: E402
from harness import pages  # noqa: E402
from page_texts import digest  # noqa: E402
from trafilatura.deduplication import LRU_TEST  # noqa: E402

VERSIONS = {"datatrove": "0.10.1", "trafilatura": "1.11.0", "lxml": "6.1.3", "jusText": "3.0.2"}
GOLDEN = ROOT / "tests" / "golden" / "extract" / "pages.json.gz"


def decoded(page: bytes) -> str | None:
    """As datatrove's WarcReader does; None where it passes the page over."""
    try:
        return page.decode("utf-8")
    except UnicodeDecodeError:
        found = cchardet.detect(page)["encoding"]
    if not found or found == "UTF-8":
        return None
    try:
        return page.decode(found)
    except (UnicodeDecodeError, LookupError):
        return None


def extracted(extractor: Trafilatura, text: str) -> str:
    """The digest of the text; "" where there is none."""
    found = extractor.extract(text)
    return digest(found) if found else ""


def main() -> None:
    for package, known in VERSIONS.items():
        assert version(package) == known, f"{package} {version(package)}"
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    extractor = Trafilatura()
    texts = [(page, decoded(page)) for page in pages(Path(sys.argv[1]))]
    LRU_TEST.clear()
    later = [None if text is None else extracted(extractor, text) for _page, text in texts]
    rows = []
    for (page, text), after in zip(texts, later, strict=True):
        LRU_TEST.clear()
        alone = None if text is None else extracted(extractor, text)
        rows.append([digest(page.decode("latin-1")), alone, *([after] if after != alone else [])])
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    made = json.dumps({"versions": VERSIONS, "rows": rows}, separators=(",", ":"))
    GOLDEN.write_bytes(gzip.compress(made.encode(), mtime=0))
    print(f"{len(rows)} pages, {sum(len(row) == 3 for row in rows)} depend on the pages before them")


if __name__ == "__main__":
    main()
