"""Adversarial texts of our own, made by a seeded generator: what the rules look at, in every order."""

from __future__ import annotations

import random
from collections.abc import Iterator

SEED, COUNT = 20240502, 1_500

LINES = [
    "The old mill stands beside the river and people come to see it.",
    "A baker keeps the key, and he opens the door on Sundays.",
    "Home",
    "OK.",
    "- item",
    "• point of the list",
    " - - ",
    "* star",
    "And so on...",
    "it goes on…",
    "....",
    "Please enable JavaScript to go on.",
    "Some Lorem Ipsum dolor here.",
    "set { x } now",
    "{ }",
    "lorem ipsum",
    "Read our Privacy Policy and Terms of Use.",
    "This site uses coo\u212aies and more.",
    "we use cookies",
    "See [1] [edit][citation needed] here [12]",
    "[1] [2] [3]",
    "x" * 1001,
    "see " + "y" * 1000 + " here",
    "今天天气很好，我们去公园散步。",
    "これは文です。「はい」",
    "هذا نص باللغة العربية. نعم؟",
    "यह एक वाक्य है। और एक",
    "# heading #### of ##",
    "1 2 3 4 5 6 7",
    "10km 5kg $3.50 1,000,000 10%",
    "Dr. Smith went to D.C. at 5p.m.",
    '"So it is," he said.',
    "'Done'",
    "what is it? ",
    "the end.\r",
    "\t tab \t",
    "to be of and with that have the",
    "The And To Of THE",
    "can't won't gonna it's cannot",
    "http://x.com/a?b=1 a@b.co 8.8.8.8",
    "e\u0301 \u200d \u2764\ufe0f",
    "\u0661\u0662 \u00bd \u2163 \uff11 \u0663",
    "well-known state-of-the-art",
    "a\u0085b\u2028c\u000bd\u001ce",
    "\u00a0\u3000",
    "spam and eggs with toast spam and eggs with toast spam and eggs with toast",
    "a b a b a b a b a b",
    "ab c de f abc d ef",
    "mail bob.smith@Example.COM or 10.0.0.1 and 1.2.3.4.5.6.7.8",
    "",
    "",
    "   ",
    "\u001f",
]
ENDS = ["\n", "\n", "\n", "\n\n", "\n\n\n", "\r\n", " ", "\u2028", ""]


def odd_texts() -> Iterator[str]:
    """Texts of 1 to 40 lines, from a few or from many different ones."""
    dice = random.Random(SEED)
    for _ in range(COUNT):
        pool = dice.sample(LINES, dice.choice([2, 5, 12, len(LINES)]))
        lines = [dice.choice(pool) + dice.choice(ENDS) for _ in range(dice.randint(1, 40))]
        yield "".join(lines)
