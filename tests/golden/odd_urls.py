"""URLs of our own: hosts of every shape, put together by a seeded generator; and the lists of the worked table."""

from __future__ import annotations

import random
from collections.abc import Iterator

SEED, COUNT = 2024, 6_000

LISTS = {
    "extra_domains": ["bad.com", "sub.good.org", "x.co.uk", "пример.рф", "1.2.3.4"],
    "extra_urls": ["http://ok.com/x"],
    "banned_words": ["porn", "a-b"],
    "soft_banned_words": ["sex", "ass"],
    "banned_subwords": ["hardcore-x"],
}
SCHEMES = ["http://", "https://", "//", "", "ftp://", "HTTP://", "http:/", "ht tp://", "mailto:", "http:////"]
USERS = ["", "", "", "u@", "u:p@", "a@b@"]
LABELS = [
    "www",
    "a",
    "sub",
    "BAD",
    "bad",
    "good",
    "x",
    "xn--e1afmkfd",
    "пример",
    "例え",
    "",
    "*",
    "!www",
    "_x",
    "-",
]
SUFFIXES = [
    "com", "org", "co.uk", "uk", "ck", "www.ck", "kawasaki.jp", "city.kawasaki.jp", "jp", "blogspot.com", "рф", "XN--P1AI",
    "COM", "com.", "com..", "localhost", "internal", "co\u3002uk", "com\uff61", "bd", "np", "github.io", "公司.cn",
    "xn--55qx5d.cn", "1.2.3.4", "127.0.0.1", "256.1.1.1", "[::1]", "[::1", "1.2.3", "com ", "c om", "k12.ca.us", "İ.com",
]  # fmt: skip
PORTS = ["", "", "", ":80", ":", ":x"]
PATHS = [
    "", "/", "/p", "?q=a.com", "#f", "/porn", "/Porn", "/ab", "/a-b", "/pornography", "/sex-ass", "/Sex-ass", "/sex/sex",
    "/hard-core/x", "/HARDCORE_X1", "/hardcore", "//sex//ass", "/x", "?u=http://bad.com", "/é/porn", "/\u212a",
]  # fmt: skip
WORKED = [
    "http://www.bad.com/p", "http://u@bad.com.:80/", "http://BAD.com/", "http://sub.good.org/", "http://a.sub.good.org/",
    "http://ok.com/x", "https://ok.com/x", "http://ok.com/x/", "http://x.com/porn", "http://x.com/ab",
    "http://x.com/Porn", "http://x.com/PORN.html", "http://x.com/pornography", "http://x.com/sex-ass",
    "http://x.com/Sex-ass", "http://x.com/sex/sex", "http://x.com/hard-core/x", "http://x.com/HARDCORE_X1",
    "http://1.2.3.4/", "http://localhost/",
]  # fmt: skip


def odd_urls() -> Iterator[str]:
    """The worked rows, then random ones; none is empty."""
    yield from WORKED
    dice = random.Random(SEED)
    for _ in range(COUNT):
        labels = [dice.choice(LABELS) for _ in range(dice.randint(0, 3))]
        host = ".".join([*labels, dice.choice(SUFFIXES)])
        parts = [dice.choice(SCHEMES), dice.choice(USERS), host, dice.choice(PORTS), dice.choice(PATHS)]
        yield "".join(parts)
