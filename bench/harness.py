"""What all benches share: named documents, one core, alternating runs, medians, ratios.

    texts = documents("english-web")
    compare({"tamis": ours, "fasttext": theirs}, texts)

The sides take turns, and the median round counts. With `--cpu` on the command line a round is measured in processor
time, which a busy machine disturbs less.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CLOCK = time.process_time if "--cpu" in sys.argv else time.perf_counter
PIECE = 3_000


def data() -> Path:
    """The folder of the shared real inputs; unpacked once where TAMIS_SHARED_DATA does not name it."""
    given = os.environ.get("TAMIS_SHARED_DATA")
    folder = Path(given) if given else ROOT / "target" / "shared-data"
    if not folder.exists():
        script = ROOT.parent / "shared" / "data" / "unpack"
        if not script.exists():
            sys.exit("error: the shared real inputs are not here\nhint: TAMIS_SHARED_DATA=FOLDER names them")
        subprocess.run(["sh", str(script), str(folder)], check=True)
    return folder


def pages(folder: Path | None = None) -> list[bytes]:
    """The HTML pages of all `html_*` folders, in the order of their paths; of the shared real inputs by default."""
    found = []
    for path in _files("html_*/**/*", folder=folder):
        if path.name.endswith((".html", ".testhtml", ".html.gz")):
            content = path.read_bytes()
            found.append(gzip.decompress(content) if path.suffix == ".gz" else content)
    return found


def documents(name: str) -> list[str]:
    """A fixed set of documents; prints its size and digest, by which two measurements can be compared.

    `web`: the main text of each page (Resiliparse), 500 characters or more; `english-web`: those that the
    `language` operator gives `en` above 0.65; `languages`: Chinese, Japanese, Korean, Russian,
    Greek and other texts in pieces of 3,000 characters; `prose`: books and encyclopaedia, likewise; `chinese`: web
    texts, instructions, manuals; `code`: source
    files of up to 100 kB.
    """
    texts = list(_SETS[name]())
    digest = hashlib.blake2b("\0".join(texts).encode(), digest_size=6).hexdigest()
    size = sum(len(text.encode()) for text in texts)
    print(f"documents: {name}, {len(texts):,} of {size / 1e6:.1f} MB, {digest}")
    return texts


def compare(
    sides: Mapping[str, Callable[[], Any]], texts: Sequence[str], rounds: int = 5
) -> dict[str, float]:
    """Run the sides in turn, once unmeasured, then `rounds` times; print their speeds and the first one's ratios.

    Returns the median seconds of each side.
    """
    pin()
    print(machine())
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            start = CLOCK()
            side()
            if number > 0:
                times[name].append(CLOCK() - start)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    size, first = sum(len(text.encode()) for text in texts), next(iter(sides))
    for name, median in medians.items():
        spread = (max(times[name]) - min(times[name])) / median
        line = f"{name:24} {len(texts) / median:12,.0f} docs/s {size / 1e6 / median:9.2f} MB/s  ±{spread / 2:.0%}"
        print(line if name == first else f"{line}  {first} is {median / medians[first]:.1f} times as fast")
    return medians


def pin() -> None:
    """One core for this process where the system allows it: the last of those it may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def machine() -> str:
    """One line about where this was measured."""
    cpuinfo = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.*)", cpuinfo.read_text() if cpuinfo.exists() else "")
    model = named[1] if named else platform.processor()
    clock = "processor time" if CLOCK is time.process_time else "wall time"
    load = os.getloadavg()[0]
    return f"machine: {model}, one core, Python {platform.python_version()}, {clock}, load {load:.1f}"


def _files(*patterns: str, folder: Path | None = None) -> list[Path]:
    below = folder or data()
    found = (path for pattern in patterns for path in below.glob(pattern) if path.is_file())
    return sorted(set(found), key=Path.as_posix)


def _web() -> Iterator[str]:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    for page in pages():
        text = extract_plain_text(HTMLTree.parse_from_bytes(page, "utf-8"), main_content=True)
        if len(text) >= 500:
            yield text


def _english_web() -> Iterator[str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    from tamis.models.fasttext import open_model
    from tamis.ops.language import language

    texts = pa.array(_web(), pa.large_string())
    found = language(texts, state=open_model("lid.176.ftz"))
    english = pc.and_(pc.equal(found["label"], "en"), pc.greater(found["score"], 0.65))
    yield from texts.filter(english).to_pylist()


def _pieces(*patterns: str, most: int = 40) -> Iterator[str]:
    for path in _files(*patterns):
        text = path.read_bytes().decode("utf-8", "replace")
        yield from (text[start : start + PIECE] for start in range(0, min(len(text), most * PIECE), PIECE))


_SETS: dict[str, Callable[[], Iterator[str]]] = {
    "web": _web,
    "english-web": _english_web,
    "languages": lambda: _pieces("ruslit_ru/**/*.txt", "nsmc_ko/**/*.json", "chinese_*/**/*.json", "masakhane_news/**/*.tsv", "xquad/*.json"),
    "chinese": lambda: _pieces("chinese_webtext/**/*", "posttrain/belle/*", "posttrain/alpaca_hikariming/*", "posttrain/llama_factory_demos/*zh*", "debian_docs/*zh*/**/*.html", "xquad/*.zh.json", most=400),
    "prose": lambda: _pieces("gutenberg/**/*.txt", "wikitext2/*.txt"),
    "code": lambda: (p.read_bytes().decode("utf-8", "replace") for p in _files("code_repos/**/*") if p.stat().st_size <= 100_000),
}  # fmt: skip
