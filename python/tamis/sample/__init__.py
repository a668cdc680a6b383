"""A real input that every machine has: pages about Python and installed packages, as WARC and as JSONL.

Examples:
    >>> import tamis
    >>> made = tamis.sample("demo")                                       # doctest: +SKIP
    >>> made["pages"] >= 300                                              # doctest: +SKIP
    True
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tamis.errors import InputError, reason
from tamis.messages import _
from tamis.sample.collect import files_of_the_machine, packages
from tamis.sample.mirror import mirrored
from tamis.sample.page import Page
from tamis.sample.python_pages import python_pages
from tamis.sample.warc import write_warc

ABOUT = """Pages that this machine has, written by `tamis sample`. They are real text, and they are not the web.

pydoc.warc.gz     the HTML documentation that Python makes of the modules of its standard library
prose.warc.gz     the docstrings of each module, its classes and methods, a paragraph each, and Python's help topics
packages.warc.gz  READMEs and licences of installed packages, each block between blank lines a paragraph
files.warc.gz     HTML files in the documentation folders of this machine
mirror.warc.gz    some of the prose and licence pages once more, as a mirror serves them: another host, a header
                  and a footer, one sentence changed. Their HTTP header says `X-Tamis-Sample: mirror`
pages.jsonl       the text of the pages that were made from text (prose, packages, mirror)

Hosts end in `.example`, which no one can own. Dates are those of the files. A web crawl differs in nearly
everything that matters: languages, spam, navigation, size. Do not choose bounds by these pages.

The texts belong to their authors, under the licences of the packages that they come from.
"""


def sample(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Write the pages into `folder`; an earlier sample there is replaced. Same machine, same bytes.

    Returns:
        `folder`, `pages` (count), `seconds`, `kinds` (pages of each kind) and `files`: path, pages, bytes.

    Raises:
        InputError: the folder cannot be written, or this Python lacks its own documentation.
    """
    started = time.monotonic()
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        made, kinds = _write(target, _pages())
    except OSError as error:
        what = _("cannot be written: {reason}").format(reason=reason(error))
        raise InputError(str(target), what, _("give another folder")) from None
    return {
        "folder": str(folder),
        "pages": sum(kinds.values()),
        "seconds": round(time.monotonic() - started, 3),
        "kinds": dict(kinds),
        "files": made,
    }


def _pages() -> dict[str, list[Page]]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as waiting:
        # The child process is nearly all of the work; this one reads files meanwhile.
        described = waiting.submit(python_pages)
        texts, files = packages(), files_of_the_machine()
        documentation, prose = described.result()
    return {
        "pydoc": documentation,
        "prose": prose,
        "packages": texts,
        "files": files,
        "mirror": mirrored([*prose, *texts]),
    }


def _write(target: Path, pages: dict[str, list[Page]]) -> tuple[list[dict[str, Any]], Counter[str]]:
    made = [_file(target / f"{name}.warc.gz", part) for name, part in pages.items()]
    texts = [page for part in pages.values() for page in part if page.text]
    made.append(_file(target / "pages.jsonl", texts))
    (target / "README.txt").write_text(ABOUT, "utf-8")
    return made, Counter(page.kind for part in pages.values() for page in part)


def _file(path: Path, pages: Sequence[Page]) -> dict[str, Any]:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as out:
            if path.suffix == ".jsonl":
                out.writelines(_line(page) for page in pages)
            else:
                write_warc(out, path.name, pages)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return {"path": str(path), "pages": len(pages), "bytes": path.stat().st_size}


def _line(page: Page) -> bytes:
    row = {"id": page.url, "text": page.text, "url": page.url, "date": page.date, "source": page.kind}
    return (json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "replace")
