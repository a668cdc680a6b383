"""Extractors against pages with ground truth: token precision, recall and F1, characters kept, pages a second.

    python bench/extract.py DATA [--engines resiliparse,trafilatura] [--pages 50]

DATA is the folder of the unpacked real inputs. Tokens are runs of word characters, each Chinese, Japanese or
Korean character one; precision and recall count them as multisets, page by page, and are averaged over pages.
The last lines compare the engines over all sets, in CPU time. The evaluation pages of trafilatura hold segments that must and must not appear instead of a whole text.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from resiliparse.extract.html2text import extract_plain_text

from tamis import _core
from tamis.errors import DocumentFailed
from tamis.extractors import ENGINES, Engine, open_engine
from tamis.ops.extract import extract

TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)


@dataclass
class Page:
    """A page with its whole text, or with segments that must (`wanted`) and must not (`unwanted`) appear."""

    content: bytes
    text: str | None = None
    wanted: list[str] = field(default_factory=list)
    unwanted: list[str] = field(default_factory=list)


def articles(folder: Path) -> Iterator[Page]:
    truth = json.loads((folder / "ground-truth.json").read_text())
    for name, facts in sorted(truth.items()):
        path = folder / "html" / f"{name}.html.gz"
        if path.exists():
            yield Page(gzip.decompress(path.read_bytes()), facts["articleBody"])


def readability(folder: Path) -> Iterator[Page]:
    for path in sorted(folder.glob("*/expected.html")):
        expected = extract_plain_text(path.read_text(), preserve_formatting=True, alt_texts=False)
        yield Page(path.with_name("source.html").read_bytes(), expected)


def webmainbench(folder: Path) -> Iterator[Page]:
    with (folder / "sample_dataset.jsonl").open() as lines:
        for line in lines:
            row = json.loads(line)
            yield Page(row["html"].encode(), row["groundtruth_content"])


def newspaper(folder: Path) -> Iterator[Page]:
    for path in sorted((folder / "html").glob("*.html")):
        expected = folder / "txt" / f"{path.stem}.txt"
        if expected.exists():
            yield Page(path.read_bytes(), expected.read_text())


def cleaneval(folder: Path) -> Iterator[Page]:
    for path in sorted(folder.glob("*/HTML/*.html")):
        expected = path.parent.parent / "Corrected" / f"{path.name}.corrected.txt"
        yield Page(path.read_bytes(), expected.read_text(errors="replace").split("!@#$%^&*()", 1)[0])


def segments(folder: Path) -> Iterator[Page]:
    for facts in json.loads((folder / "evaldata.json").read_text()).values():
        for below in ("cache", "eval"):
            path = folder / below / facts["file"]
            if path.exists():
                yield Page(path.read_bytes(), None, facts["with"], facts["without"])
                break


SETS = {
    "articles": ("html_article_extraction_benchmark", articles),
    "readability": ("html_readability_pages", readability),
    "newspaper": ("html_newspaper4k", newspaper),
    "webmainbench": ("html_webmainbench", webmainbench),
    "cleaneval": ("html_cleaneval_dragnet_mini", cleaneval),
    "segments": ("html_trafilatura_eval", segments),
}


def tokens(text: str) -> Counter[str]:
    return Counter(TOKEN.findall(text.lower()))


@dataclass
class Score:
    """Sums over the pages of one set."""

    pages: int = 0
    failed: int = 0
    precision: float = 0.0
    recall: float = 0.0
    f1: float = 0.0
    characters: int = 0
    truth: int = 0
    seconds: float = 0.0

    def add(self, precision: float, recall: float) -> None:
        self.precision += precision
        self.recall += recall
        self.f1 += 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def row(self) -> str:
        pages = max(self.pages, 1)
        share = f"{self.characters / self.truth:9.2f}" if self.truth else "        -"
        return (
            f"{self.pages:6} {self.failed:6} {self.precision / pages:9.3f} {self.recall / pages:9.3f} "
            f"{self.f1 / pages:9.3f} {self.characters / 1e6:9.2f} {share} {self.pages / self.seconds:9.1f}"
        )


def measure(engine: Engine, pages: Iterable[Page]) -> Score:
    score = Score()
    for page in pages:
        charset = "{} ({})".format(*_core.choose_charset(page.content))
        started = time.process_time()
        try:
            text = extract(page.content, "text/html", charset, engine=engine.name, state=engine)["text"]
        except DocumentFailed:
            score.failed += 1
            text = ""
        score.seconds += time.process_time() - started
        score.pages += 1
        score.characters += len(text)
        if page.text is not None:
            score.truth += len(page.text)
            got, wanted = tokens(text), tokens(page.text)
            common = (got & wanted).total()
            score.add(common / got.total() if got else 0.0, common / wanted.total() if wanted else 1.0)
        else:
            score.add(*by_segments(text, page))
    return score


def by_segments(text: str, page: Page) -> tuple[float, float]:
    """(precision, recall) of a page by the segments that are there, white space folded."""
    folded = " ".join(text.split())
    good = sum(" ".join(one.split()) in folded for one in page.wanted)
    bad = sum(" ".join(one.split()) in folded for one in page.unwanted)
    return good / (good + bad) if good + bad else 0.0, good / len(page.wanted) if page.wanted else 1.0


def speed(sums: Counter[str]) -> float:
    return sums["pages"] / sums["seconds"]


def ratio(name: str, speeds: dict[str, Counter[str]]) -> str:
    first = next(iter(speeds))
    return (
        "" if name == first else f", {first} {speed(speeds[first]) / speed(speeds[name]):.1f} times as fast"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--pages", type=int, default=0, help="only the first so many pages of each set")
    arguments = parser.parse_args()
    names = arguments.engines.split(",")
    found = [open_engine(name) for name in names]
    speeds: dict[str, Counter[str]] = {name: Counter() for name in names}
    print(f"{'set':13} {'engine':12}  pages failed precision    recall        F1   M chars /truth    pages/s")
    for name, (folder, pages_of) in SETS.items():
        pages = list(pages_of(arguments.data / folder))
        pages = pages[: arguments.pages or None]
        for engine in found:
            score = measure(engine, pages)
            speeds[engine.name] += Counter(pages=score.pages, seconds=score.seconds)
            print(f"{name:13} {engine.name:12} {score.row()}", flush=True)
    for engine in found:
        print(
            f"all sets: {engine.name:12} {speed(speeds[engine.name]):9.1f} pages/s{ratio(engine.name, speeds)}"
        )
    print("; ".join(f"{engine.name}: {engine.versions}" for engine in found))


if __name__ == "__main__":
    main()
