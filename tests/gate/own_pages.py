"""Pages of our own for the gate: made by a seeded generator, of every kind that a rule has something to say to."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from html import escape
from pathlib import Path

from odd_texts import LINES

from archive_inputs import member, response

SEED, COUNT = 20261, 400

NOUNS = (
    "keeper mill river bridge gate baker village key stone wheel harbour lamp ferry market oven council notice boat "
    "quay garden tulip spade museum lock chamber clock teacher school library beam canal"
).split()
ADJECTIVES = "old quiet narrow wooden early heavy bright empty patient crooked distant small".split()
VERBS = "opens repairs carries watches leaves finds paints follows measures remembers crosses sells".split()
PLACES = ("before winter", "beside the water", "in the morning", "after the long storm", "with great care")
GERMAN = (
    "Der alte Müller öffnet am Morgen das Tor und geht zum Fluss hinunter.",
    "Die Brücke wurde im letzten Winter von den Leuten aus dem Dorf gebaut.",
    "Niemand weiß, wer den Schlüssel des Museums in den Garten gelegt hat.",
)
KINDS = (
    "prose", "prose", "prose", "prose", "prose", "prose", "copied", "copied", "repeated", "menu", "unended", "german",
    "short", "brackets", "latin", "hashes", "long_words", "bullets", "ellipses", "odd", "odd",
)  # fmt: skip


def sentence(dice: random.Random) -> str:
    first, second = dice.sample(NOUNS, 2)
    words = (
        f"the {dice.choice(ADJECTIVES)} {first} {dice.choice(VERBS)} the {second} of the {dice.choice(NOUNS)}"
    )
    tail = (
        f" {dice.choice(PLACES)}"
        if dice.random() < 0.6
        else f", and {dice.choice(NOUNS)}s stay {dice.choice(ADJECTIVES)}"
    )
    return f"{words[0].upper()}{words[1:]}{tail}{dice.choice('...?!')}"


def paragraphs(dice: random.Random) -> list[str]:
    return [" ".join(sentence(dice) for _ in range(dice.randint(2, 6))) for _ in range(dice.randint(3, 9))]


def lines_of(kind: str, dice: random.Random, prose: list[list[str]]) -> list[str]:
    """The lines of one page; `prose` are the prose pages so far, of which copies are made."""
    body = paragraphs(dice)
    if kind == "copied" and prose:
        whole = list(dice.choice(prose))
        place = dice.randrange(len(whole))
        return [*whole[:place], sentence(dice), *whole[place:]]
    made = {
        "repeated": [*body, *body[:2], *body[:2]],
        "menu": [f"{word} {dice.choice(NOUNS)}" for word in NOUNS] + body[:1],
        "unended": [line.rstrip(".?!") for line in body],
        "german": [" ".join(dice.sample(GERMAN, 3)) for _ in range(4)],
        "short": body[0].split(". ")[:1],
        "brackets": [*body, "function open() { return gate }"],
        "latin": [*body, "Lorem ipsum dolor sit amet in this page."],
        "hashes": [*body[:1], "# " * 40],
        "long_words": ["".join(dice.choices(NOUNS, k=4)) + " of the." for _ in range(60)],
        "bullets": [f"- {sentence(dice)}" for _ in range(12)],
        "ellipses": [line.rstrip(".?!") + "..." for line in body],
        "odd": [line for line in dice.choices(LINES, k=dice.randint(5, 40)) if line.strip()],
    }
    return made.get(kind, body)


def own_texts() -> Iterator[str]:
    dice = random.Random(SEED)
    prose: list[list[str]] = []
    for number in range(COUNT):
        kind = KINDS[number % len(KINDS)]
        lines = lines_of(kind, dice, prose)
        if kind == "prose":
            prose.append(lines)
        yield "\n".join(lines)


def write_pages(path: Path) -> None:
    """The texts as pages of a web archive: a title, a menu and a footer around the lines."""
    parts = []
    for number, text in enumerate(own_texts()):
        lines = "".join(f"<p>{escape(line)}</p>\n" for line in text.split("\n"))
        page = (
            f"<html><head><title>Page {number}</title></head><body><nav><a href='/'>Home</a> <a href='/n'>News</a></nav>"
            f"<main><article>{lines}</article></main><footer><a href='/about'>About</a></footer></body></html>"
        )
        parts.append(member(response(number, page.encode("utf-8", "replace"))))
    path.write_bytes(b"".join(parts))


def write_texts(path: Path) -> None:
    """The texts as JSON lines."""
    lines = (json.dumps({"id": str(number), "text": text}) + "\n" for number, text in enumerate(own_texts()))
    path.write_text("".join(lines), "utf-8")
