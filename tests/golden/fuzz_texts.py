"""Strings made to break tokenizers, from a seed: pieces of rules glued to each other, blanks of all kinds.

Used where the references run and by the tests; the standard library alone, and only `Random.random`, whose
sequence Python keeps from version to version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

TABLE = Path(__file__).resolve().parent.parent.parent / "crates/tamis-core/src/text/tables/spacy_en.txt"
SEED = 20240520
BLOCK = 1_000
BLOCKS = 100

BLANKS = [" "] * 12 + [
    "  ",
    "\n",
    "\t",
    "\r\n",
    "\n\n",
    "\u00a0",
    "\u3000",
    "\u0085",
    "\u2028",
    "\x1c",
    "\x1f",
    "\u200b",
]
MARKS = list(
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~…—–‘’“”«»„·•°§¿¡、。，！？；：～「」『』（）【】।॥،؛؟۔٪①☃★♥😀€£₽﷼²³µ‼⁇჻։"
)
PIECES = (
    "a I x A. U.S. e.g. Dr. Mr. word Word WORD it's don't cannot gonna o'clock 10 3.14 1,000 10km 5°C. 2x4 v1.2 °F. 10% "
    "km/h 5kg 7MB US$5 C$ 5+ x+ +5 +x a-b a--b a---b a.b A.b a.B a,b 1,a a:b a/b a=b a<b 3-4 3--4 1*2 2^3 4- foo_bar "
    "http://example.com www.x.org a@b.co x://y ftp://1.2.3.4/p 10.0.0.1 192.168.1.1 172.20.1.1 8.8.8.8 8.8.8.8:80 t.co "
    "straße École Ωμέγα ΑΣ Москва км г. été naïve İstanbul ﬁn ſt א ב שלום مرحبا كم हिन्दी 中文 測試 日本語 カタカナ 한국어 ไทย "
    "e\u0301 ❤️ 👩‍👧 🇨🇳 ５ １２ ٣٤ ½ Ⅷ can't've y'all 'tis 'twas 'em ain't d'ye more'n lemme wanna ımm gımme ſhe'ſ "
    "St. Jan. No. p.m. 5p.m. a.m. vs. etc. i.e. J. S. Bach ... .. . ?! !!! ) \" '' `` -- ---"
)
WORDS = PIECES.split()


def exceptions() -> list[str]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [line.replace("\t", "") for line in lines[lines.index("[exceptions]") + 1 :]]


def pick(random: Random, values: Sequence[str]) -> str:
    return values[int(random.random() * len(values))]


def character(random: Random) -> str:
    """Any character of the first planes, ASCII half of the time; no surrogate, NUL least of all."""
    if random.random() < 0.5:
        return chr(1 + int(random.random() * 126))
    code = int(random.random() * (0x3000 if random.random() < 0.7 else 0x20000))
    return chr(code) if code and not 0xD800 <= code < 0xE000 else "\u00df"


def fuzz_text(random: Random, specials: Sequence[str]) -> str:
    pieces = []
    for _ in range(1 + int(random.random() * 14)):
        kind = random.random()
        if kind < 0.22:
            pieces.append(pick(random, BLANKS))
        elif kind < 0.5:
            pieces.append(pick(random, MARKS))
        elif kind < 0.75:
            pieces.append(pick(random, WORDS))
        elif kind < 0.93:
            pieces.append(pick(random, specials))
        else:
            pieces.append(character(random))
    return "".join(pieces)


def fuzz_block(block: int) -> list[str]:
    """One block of strings; each has a seed of its own."""
    random = Random(SEED + block)
    specials = exceptions()
    return [fuzz_text(random, specials) for _ in range(BLOCK)]


def fuzz_blocks() -> Iterator[list[str]]:
    return map(fuzz_block, range(BLOCKS))
