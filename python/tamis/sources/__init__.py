"""Sources: files in, batches of documents out.

`expand` names the inputs, `check` settles what must agree between them, `split` cuts an input into ranges (None:
it must be ingested first), `read` gives the documents of one range as Arrow record batches, and `stitch` says
which range of an archive must be read again from an exact start.

Examples:
    >>> import json, pathlib, tempfile
    >>> from tamis.sources import ReadOptions, expand, read, split
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.jsonl").write_text(json.dumps({"text": "Hello."}) + chr(10))
    >>> [found] = expand([str(folder)])
    >>> [part] = split(found, 4 << 20)
    >>> [batch.column("text").to_pylist() for batch in read(found, part, ReadOptions())]
    [['Hello.']]
"""

from tamis.sources.batches import Reader
from tamis.sources.checking import check, schema
from tamis.sources.expanding import expand
from tamis.sources.finding import document_at
from tamis.sources.identity import child_id, document_id, record_id
from tamis.sources.ingest import ingest
from tamis.sources.inputs import Input, Range, ReadOptions
from tamis.sources.opening import open_path
from tamis.sources.reading import read
from tamis.sources.splitting import split, stitch, target_bytes

__all__ = [
    "Input",
    "Range",
    "ReadOptions",
    "Reader",
    "check",
    "child_id",
    "document_at",
    "document_id",
    "expand",
    "ingest",
    "open_path",
    "read",
    "record_id",
    "schema",
    "split",
    "stitch",
    "target_bytes",
]
