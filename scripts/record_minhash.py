"""Record MinHash of datatrove: signatures of the shared texts, and what its four stages keep.

    python scripts/record_minhash.py DATA        (DATA: the unpacked shared inputs)

Run it once where datatrove is 0.10.1 (writes tests/golden/minhash/head.json.gz) and once where it is 0.2.0
(era.json.gz; with NLTK 3.8.1 and its punkt pickle on NLTK_DATA). Only hashes of texts and values are written.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import json
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from minhash_texts import corpus, digest_of, texts

TARGET = Path(__file__).resolve().parent.parent / "tests/golden/minhash"
RANKS = 5
PUNKT_PICKLE = "5cad3758596392364e3be9803dbd7ebeda384b68937b488a01365f5551bb942c"
VERSION = importlib.metadata.version("datatrove")


def config(kind: str) -> Any:
    """The configuration of a hash: `xxhash64`, `xxhash32`, `sha1-64`, `sha1-32`."""
    from datatrove.pipeline.dedup.minhash import MinhashConfig

    if VERSION == "0.2.0":
        return MinhashConfig(use_64bit_hashes=kind.endswith("64"))
    from datatrove.utils.hashing import HashConfig

    return MinhashConfig(
        hash_config=HashConfig(
            precision=int(kind[-2:]), hash_fc="xxhash" if kind.startswith("xx") else "sha1"
        )
    )


def kinds() -> list[str]:
    return ["sha1-64", "sha1-32"] if VERSION == "0.2.0" else ["xxhash64", "xxhash32", "sha1-64", "sha1-32"]


def signatures(data: Path) -> Iterator[tuple[str, list[str]]]:
    """For each text the first 16 hex digits of SHA-256 over all values, by kind; empty without a signature."""
    from datatrove.pipeline.dedup.minhash import MinhashDedupSignature

    with tempfile.TemporaryDirectory() as folder:
        steps = [(kind, MinhashDedupSignature(folder, config(kind))) for kind in kinds()]
        for key, text in texts(data).items():
            row = []
            for kind, step in steps:
                shingles = step.get_shingles(text)
                if not shingles.size:
                    row.append("")
                    continue
                values = [value for bucket in step.get_signature(shingles) for value in bucket]
                packed = struct.pack(f"<{len(values)}{'Q' if kind.endswith('64') else 'I'}", *values)
                row.append(hashlib.sha256(packed).hexdigest()[:16])
            yield key, row


def stages(files: list[list[str]], kind: str) -> list[list[int]]:
    """The documents that the real stages remove, for each file."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashDedupFilter

    with tempfile.TemporaryDirectory() as folder:
        places = [f"{folder}/{name}" for name in ("signatures", "buckets", "clusters")]
        given = config(kind)
        docs = [
            [Document(text=text, id=f"{rank} {at}") for at, text in enumerate(file)]
            for rank, file in enumerate(files)
        ]
        for rank, file in enumerate(docs):
            MinhashDedupSignature(places[0], given).run(iter(file), rank, len(docs))
        for bucket in range(given.num_buckets):
            MinhashDedupBuckets(places[0], places[1], config=given).run(None, bucket, given.num_buckets)
        MinhashDedupCluster(places[1], places[2], given).run(None, 0, 1)
        removed = []
        for rank, file in enumerate(docs):
            kept = {
                document.id for document in MinhashDedupFilter(places[2]).run(iter(file), rank, len(docs))
            }
            removed.append([at for at, document in enumerate(file) if document.id not in kept])
        return removed


def main() -> None:
    assert VERSION in {"0.10.1", "0.2.0"}, VERSION
    assert sys.version_info[:2] == (3, 11), "Unicode 14.0"
    if VERSION == "0.2.0":
        import nltk

        assert nltk.__version__ == "3.8.1", nltk.__version__
        pickle = nltk.data.find("tokenizers/punkt/PY3/english.pickle")
        assert hashlib.sha256(Path(pickle).read_bytes()).hexdigest() == PUNKT_PICKLE
    data = Path(sys.argv[1])
    files = corpus(data, RANKS)
    recorded = {
        "datatrove": VERSION,
        "kinds": kinds(),
        "signatures": dict(signatures(data)),
        "corpus": digest_of(files),
        "removed": {kind: stages(files, kind) for kind in kinds() if kind.endswith("64")},
    }
    TARGET.mkdir(parents=True, exist_ok=True)
    name = "era" if VERSION == "0.2.0" else "head"
    with gzip.GzipFile(TARGET / f"{name}.json.gz", "wb", mtime=0) as target:
        target.write(json.dumps(recorded, indent=0).encode())
    print(
        len(recorded["signatures"]),
        "texts;",
        {k: sum(map(len, v)) for k, v in recorded["removed"].items()},
        "removed",
    )


if __name__ == "__main__":
    main()
