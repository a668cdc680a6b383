"""A made run that looks like a web crawl after FineWeb's rules: what the page is looked at and tested with.

Seeded; texts are made of a small vocabulary of our own. Some documents are hostile on purpose.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from report_runs import Doc, build, rule, step

VOCABULARY = """
harbour lamp winter bridge keeper water gate slowly river stone morning the a of and to in is on
over with small boat quay market bread oven street town council notice ferry leaves early late under
wheel clock copper garden bulb tulip spade museum lock chamber animation visit question answer
weekday beam canal dug turned twice repair hall swimming library open closed number teacher school
winter summer evening page handbook edition older present begins
"""
WORDS = VOCABULARY.split()
HOSTILE = [
    "<script>document.title='x'</script> \x1b[31mharbour\x1b[0m to \u202elamp\u202c stairs",
    "</script><img src=x onerror=alert(1)> \x00\x00 Not on days\u200b with fog \u2028 end",
    "<b onmouseover=alert(2)>bold</b> &amp; \ufeff javascript:alert(3) {{7*7}} ${1+1}",
    "مرحبا بالعالم שלום עולם नमस्ते 👩‍👩‍👧 汉字 é́́́́́́́́",
]
STEPS = [
    step("url_blocklist", ("listed", "bool"), gate=True),
    step("extract", ("link_density", "float64", 0, 1, "characters in links per character"), kind="transform"),
    step(
        "language",
        ("label", "label", None, None, "the language"),
        ("score", "float64", 0, 1, "certainty"),
        gate=True,
    ),
    step(
        "gopher_repetition",
        ("duplicate_line_ratio", "float64", 0, 1, "lines that stood before"),
        ("duplicate_line_char_ratio", "float64", 0, 1, "characters in such lines"),
        ("top_2_gram_per_char", "float64", 0, None, "characters of the most frequent pair of words"),
        ("top_3_gram_per_char", "float64", 0, None, "characters of the most frequent three words"),
        ("duplicate_5_gram_per_char", "float64", 0, None, "characters in repeated runs of five words"),
    ),
    step(
        "gopher_quality",
        ("word_count", "int64", 0, None, "words with a letter or digit"),
        ("mean_word_length", "float64", 0, None, "characters per word"),
        ("hash_per_word", "float64", 0, None, "number signs per word"),
        ("ellipsis_line_ratio", "float64", 0, 1, "lines that end in an ellipsis"),
        ("alpha_word_ratio", "float64", 0, 1, "words with a letter"),
        ("stop_word_count", "int64", 0, None, "stop words"),
    ),
    step("c4_lines", ("sentence_count", "int64", 0, None, "sentences of kept lines"), kind="transform"),
    step(
        "fineweb_quality",
        ("line_end_mark_ratio", "float64", 0, 1, "lines that end in a mark"),
        ("short_line_ratio", "float64", 0, 1, "lines of at most 30 characters"),
        ("duplicate_line_char_ratio", "float64", 0, 1, "characters in repeated lines"),
        ("newlines_per_word", "float64", 0, None, "line breaks per word"),
        ("line_count", "int64", 0, None, "lines"),
    ),
    step(
        "minhash",
        ("cluster", "label"),
        ("cluster_size", "int64"),
        ("rank", "int64"),
        ("similarity", "float64", 0, 1),
        scope="corpus",
        cost="medium",
    ),
]
RULES = [
    rule("language", "label", **{"in": ["en"]}),
    rule("language", "score", above=0.65),
    rule("gopher_repetition", "duplicate_line_ratio", max=0.3),
    rule("gopher_repetition", "duplicate_line_char_ratio", max=0.2),
    rule("gopher_repetition", "top_2_gram_per_char", max=0.2),
    rule("gopher_repetition", "top_3_gram_per_char", max=0.18),
    rule("gopher_repetition", "duplicate_5_gram_per_char", max=0.15),
    rule("gopher_quality", "word_count", min=50, max=100_000),
    rule("gopher_quality", "mean_word_length", min=3, max=10),
    rule("gopher_quality", "hash_per_word", max=0.1),
    rule("gopher_quality", "ellipsis_line_ratio", max=0.3),
    rule("gopher_quality", "alpha_word_ratio", min=0.8),
    rule("gopher_quality", "stop_word_count", min=2),
    rule("c4_lines", "sentence_count", min=5),
    rule("fineweb_quality", "line_end_mark_ratio", min=0.12),
    rule("fineweb_quality", "short_line_ratio", max=0.67),
    rule("fineweb_quality", "duplicate_line_char_ratio", max=0.01),
    rule("fineweb_quality", "newlines_per_word", max=0.3),
    rule("minhash", "rank", max=0),
]


def web(out: Path, documents: int = 3_642, seed: int = 4) -> Path:
    """Write the run and return its path."""
    rng = random.Random(seed)
    docs = [_document(rng, number) for number in range(documents)]
    _cluster(rng, docs)
    steps = [entry for entry in STEPS if entry["step"] != "url_blocklist"]
    listed = "\n".join(f'[[step]]\nop = "{entry["step"]}"' for entry in STEPS)
    info = {
        "recipe": {"name": "fineweb", "title": "FineWeb", "text": listed, "without": ["url_blocklist"]},
        "times": {"started": 1_795_248_799.0, "ended": 1_795_248_840.0},
        "options": {"workers": 4},
        "inputs": [{"name": f"crawl-0000{k}.warc.gz", "size": 71_500_000} for k in range(3)],
    }
    edited = {
        "documents": sum(doc.original is not None for doc in docs),
        "characters": 120_361,
        "words": 19_554,
    }
    return build(out, docs, steps, RULES, shard_rows=500, info=info, edited=edited)


def _document(rng: random.Random, number: int) -> Doc:
    lines = max(1, int(rng.lognormvariate(2.3, 0.8)))
    text = "\n".join(_line(rng) for _ in range(min(lines, 60)))
    if number % 97 == 5:
        text = HOSTILE[number % len(HOSTILE)] + "\n" + text
    doc = Doc(text=text, values=_values(rng, text))
    host = rng.choice(["docs-mirror.example", "harbour-notes.example", "bulbs-and-spades.example"])
    if rng.random() < 0.7:
        host = f"{rng.choice(WORDS)}-{rng.choice(WORDS)}.example"
    doc.url = f"https://{host}/{rng.choice(WORDS)}/{number}"
    if number % 211 == 7:
        doc.url = f"https://<img src=x onerror=alert(1)>.example/{number}"
        doc.title = "<h1>" + "title " * 400
    doc.date = f"202{rng.randint(0, 5)}-{rng.randint(1, 12):02d}-03T08:00:00Z"
    doc.charset = "utf-8 (header)" if number % 90 else "windows-1252 (detector)"
    if rng.random() < 0.12:
        doc.original = text.replace("\n", "\nPlease enable JavaScript to see the animation\n", 1)
        doc.text = doc.text.replace("keeper", "email@example.com", 1)
    if rng.random() < 0.02:
        doc.removed_by_source = "source.content_type"
    if number % 730 == 9:
        doc.failed = rng.choice(
            [("extract", "timeout", "passed 10 s"), ("source", "record", "cut short at byte 88,120")]
        )
    return doc


def _line(rng: random.Random) -> str:
    words = " ".join(rng.choices(WORDS, k=rng.randint(2, 18)))
    return words.capitalize() + rng.choice([".", ".", ".", "", "…"])


def _values(rng: random.Random, text: str) -> dict[str, Any]:
    lines, words = text.split("\n"), text.split()
    short, few = rng.betavariate(1.1, 3), rng.betavariate(0.3, 12)
    return {
        "url_blocklist.listed": False,
        "extract.link_density": rng.betavariate(1, 6),
        "language.label": rng.choices(["en", "de", "fr", "es", "ru", "zh"], [52, 14, 12, 10, 8, 4])[0],
        "language.score": min(1.0, rng.betavariate(9, 1.2)),
        "gopher_repetition.duplicate_line_ratio": rng.choice([0.0, 0.0, rng.betavariate(1, 6)]),
        "gopher_repetition.duplicate_line_char_ratio": rng.choice([0.0, 0.0, rng.betavariate(1, 8)]),
        "gopher_repetition.top_2_gram_per_char": rng.betavariate(2, 30),
        "gopher_repetition.top_3_gram_per_char": rng.betavariate(2, 32),
        "gopher_repetition.duplicate_5_gram_per_char": rng.betavariate(0.5, 8),
        "gopher_quality.word_count": int(rng.lognormvariate(5.6, 1.2)),
        "gopher_quality.mean_word_length": rng.gauss(5.0, 0.8),
        "gopher_quality.hash_per_word": 0.0,
        "gopher_quality.ellipsis_line_ratio": rng.choice([0.0, 0.0, 0.0, rng.betavariate(0.5, 8)]),
        "gopher_quality.alpha_word_ratio": rng.betavariate(12, 1.4),
        "gopher_quality.stop_word_count": int(rng.lognormvariate(3, 1.4)),
        "c4_lines.sentence_count": max(0, int(rng.lognormvariate(2.6, 0.8)) - 1),
        "fineweb_quality.line_end_mark_ratio": min(1.0, rng.choice([0.0, *[rng.betavariate(2.5, 1.6)] * 12])),
        "fineweb_quality.short_line_ratio": short,
        "fineweb_quality.duplicate_line_char_ratio": few,
        "fineweb_quality.newlines_per_word": min(
            1.5, len(lines) / max(1, len(words)) + rng.betavariate(1, 8)
        ),
        "fineweb_quality.line_count": len(lines),
    }


def _cluster(rng: random.Random, docs: list[Doc]) -> None:
    """Every ninth document is a duplicate of an earlier one."""
    for number, doc in enumerate(docs):
        doc.id = f"{rng.getrandbits(128):032x}"
        doc.values |= {"minhash.cluster": doc.id, "minhash.cluster_size": 1, "minhash.rank": 0}
        doc.values["minhash.similarity"] = None
        if number % 9 == 8:
            centre = docs[number - 1 - rng.randrange(8)]
            centre.values["minhash.cluster_size"] = 2
            doc.values |= {"minhash.cluster": centre.id, "minhash.cluster_size": 2, "minhash.rank": 1}
            doc.values["minhash.similarity"] = round(min(1.0, 0.76 + rng.betavariate(2, 1.2) * 0.25), 4)
            doc.text = centre.text.replace("harbour", "haven", 1)
