"""Strings for the detectors of national telephone numbers, IPv6 addresses and old resident ids: drawn by seed."""

from __future__ import annotations

import ipaddress

from detector_cases import (
    FRAMES,
    HEX,
    PHONE_FRAMES,
    REGIONS,
    WIDE,
    Cases,
    Dice,
    Draw,
    Pair,
    digits,
    framed,
    near,
    resident,
)

# North America.


def american(dice: Dice) -> tuple[str, str, str]:
    """Area, exchange and line."""
    while True:
        area, exchange = digits(dice, 3, "23456789"), digits(dice, 3, "23456789")
        if area[1] != "9" and "11" not in (area[1:], exchange[1:]):
            return area, exchange, digits(dice, 4)


def north_american(dice: Dice) -> tuple[str, str]:
    area, exchange, line = american(dice)
    form = dice.randint(0, 9)
    if form == 0:
        return framed(dice, area + exchange + line, PHONE_FRAMES)
    if form == 1:
        return framed(dice, f"{area} {exchange} {line}", PHONE_FRAMES)
    if form == 2:
        toll_free = dice.choice(["800", "866", "877", "888"])
        return framed(dice, f"1-{toll_free}-{exchange}-{line}")
    if form == 3:
        return framed(
            dice, f"({area}) {exchange}-{line}{dice.choice(' x, ext. , Ext '.split(','))}{digits(dice, 3)}"
        )
    shown = [
        f"({area}) {exchange}-{line}",
        f"({area}){exchange}-{line}",
        f"({area}) {exchange}.{line}",
        f"1 ({area}) {exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"{area}.{exchange}.{line}",
        f"1.{area}.{exchange}.{line}",
    ]
    return framed(dice, dice.choice(shown))


def _american_but(draw: Draw) -> Draw:
    """A draw in which `AAA`, `EEE` and `LLLL` stand for a valid number's parts."""

    def made(dice: Dice) -> str:
        area, exchange, line = american(dice)
        return draw(dice).replace("AAA", area).replace("EEE", exchange).replace("LLLL", line)

    return made


ELSEWHERE: list[Draw] = [
    lambda d: f"{digits(d, 2)}/{digits(d, 2)}/20{digits(d, 2)}",
    lambda d: f"20{digits(d, 2)}-1{d.randint(0, 2)}-{d.randint(10, 28)}",
    lambda d: (
        f"{d.randint(10, 28)}.0{d.randint(1, 9)}.20{digits(d, 2)} - {d.randint(10, 28)}.0{d.randint(1, 9)}.20{digits(d, 2)}"
    ),
    lambda d: f"ISBN 0-{digits(d, 3)}-{digits(d, 5)}-{digits(d, 1)}",
    lambda d: f"ISBN 978-0-{digits(d, 3)}-{digits(d, 5)}-{digits(d, 1)}",
    lambda d: f"arXiv:{digits(d, 4)}.{digits(d, 5)}v{d.randint(1, 9)}",
    lambda d: f"hep-th/{digits(d, 7)}",
    lambda d: f"CA 9{digits(d, 4)}-{digits(d, 4)}",
    lambda d: f"{digits(d, 3, '123456789')}-{digits(d, 2)}-{digits(d, 4)}",
    lambda d: f"{d.randint(1, 89)}.{digits(d, 6)}, -{d.randint(100, 179)}.{digits(d, 6)}",
    lambda d: f"{d.randint(1, 223)}.{d.randint(0, 255)}.{d.randint(0, 255)}.{d.randint(0, 255)}",
    lambda d: f"{digits(d, 1, '123456789')}.{digits(d, 3)}.{digits(d, 3)},{digits(d, 2)} €",
    lambda d: f"112-{digits(d, 7)}-{digits(d, 7)}",
    lambda d: f"pp. {d.randint(100, 999)}–{d.randint(1000, 1999)}",
    lambda d: f"version {d.randint(1, 9)}.{d.randint(0, 40)}.{digits(d, 4)}",
]

NEAR_AMERICAN = near(
    _american_but(lambda d: f"1{digits(d, 2)}-EEE-LLLL"),
    _american_but(lambda d: f"AAA-{d.choice('01')}{digits(d, 2)}-LLLL"),
    _american_but(lambda d: f"{d.randint(2, 9)}11-EEE-LLLL"),
    _american_but(lambda d: f"AAA-{d.randint(2, 9)}11-LLLL"),
    _american_but(lambda d: f"({d.choice('01')}{digits(d, 2)}) EEE-LLLL"),
    _american_but(lambda d: f"AAA-EEE-LLLL{digits(d, 1)}"),
    _american_but(lambda d: f"AAA-EEE-LLLL-{digits(d, 4)}"),
    _american_but(lambda d: f"{digits(d, 2)}-AAA-EEE-LLLL"),
    _american_but(lambda d: "AAA EEE LLLL"),
    _american_but(lambda d: "AAAEEELLLL"),
    _american_but(lambda d: "AAA-EEE.LLLL"),
    _american_but(lambda d: "order no. AAA-EEE-LLLL"),
    _american_but(lambda d: "SKU: AAA-EEE-LLLL"),
    _american_but(lambda d: "part AAA-EEE-LLLL"),
    _american_but(lambda d: "version AAA.EEE.LLLL"),
    _american_but(lambda d: "$AAA.EEE.LLLL"),
    _american_but(lambda d: "#AAA-EEE-LLLL"),
    _american_but(lambda d: "https://example.org/a/AAA-EEE-LLLL"),
    _american_but(lambda d: "xAAA-EEE-LLLL"),
    _american_but(lambda d: "M1 2.AAA.EEE.LLLL"),
    *ELSEWHERE,
)

# Numbers that start with 0.

PLAIN_FRAMES = ["{}", "see {} there", "({})", '"{}"', "a,\n{}\nb", "is {}.", "A: {}; b"]


def told(frames: list[str], shown: list[Draw], other: list[Draw]) -> Pair:
    """Forms that tell themselves, in any frame, and others behind a word."""

    def draw(dice: Dice) -> tuple[str, str]:
        if dice.random() < 0.5:
            return framed(dice, dice.choice(shown)(dice), [*PLAIN_FRAMES, *frames])
        return framed(dice, dice.choice([*shown, *other])(dice), frames)

    return draw


british = told(
    ["Tel: {}", "Phone {}", "call {} today", "Mobile: {}", "Fax. {}", '{{"telephone": "{}"}}'],
    [
        lambda d: f"020 {d.choice('378')}{digits(d, 3)} {digits(d, 4)}",
        lambda d: f"(020) {d.choice('378')}{digits(d, 3)} {digits(d, 4)}",
        lambda d: (
            f"0{d.choice(['161', '121', '113', '117', '191'])} {digits(d, 3, '23456789')} {digits(d, 4)}"
        ),
        lambda d: f"07{digits(d, 3, '1345789')} {digits(d, 6)}",
        lambda d: f"07{digits(d, 3, '1345789')} {digits(d, 3)} {digits(d, 3)}",
        lambda d: f"01{digits(d, 3, '23456789')} {digits(d, 6)}",
        lambda d: f"0{d.choice(['800', '808', '345', '333'])} {digits(d, 3)} {digits(d, 4)}",
    ],
    [
        lambda d: f"07{digits(d, 9, '1345789')}",
        lambda d: f"01{digits(d, 4, '23456789')}-{digits(d, 5)}",
        lambda d: f"(01{digits(d, 3, '23456789')}) {digits(d, 6)}",
    ],
)
german = told(
    ["Tel. {}", "Telefon: {}", "Fax: {}", "Handy {}", "Tel.: {}.", "Rufnummer {}", "Mobil {}"],
    [
        lambda d: f"01{d.choice('567')}{digits(d, 1)} {digits(d, 7)}",
        lambda d: f"01{d.choice('567')}{digits(d, 1)}/{digits(d, 7)}",
        lambda d: f"01{d.choice('567')}{digits(d, 1)} {digits(d, 8)}",
    ],
    [
        lambda d: f"030 {digits(d, 6, '23456789')}",
        lambda d: f"030/{digits(d, 7, '23456789')}",
        lambda d: f"(0221) {digits(d, 3, '23456789')} {digits(d, 2)} {digits(d, 2)}",
        lambda d: f"089 / {digits(d, 2, '23456789')} {digits(d, 2)} {digits(d, 2)}-{digits(d, 2)}",
        lambda d: f"0{digits(d, 4, '23456789')} - {digits(d, 5, '123456789')}",
        lambda d: f"017{digits(d, 9)}",
    ],
)
french = told(
    ["Tél. {}", "Téléphone : {}", "Tel : {}", "Fax {}", "TEL.{}", "appelez le tél {} !"],
    [
        lambda d: f"0{d.choice('1234567')} {' '.join(digits(d, 2) for _ in range(4))}",
        lambda d: f"0{d.choice('1234567')}.{'.'.join(digits(d, 2) for _ in range(4))}",
        lambda d: f"0{d.choice('1234567')}-{'-'.join(digits(d, 2) for _ in range(4))}",
    ],
    [lambda d: f"0{d.choice('1234567')}{digits(d, 8)}"],
)
japanese = told(
    ["電話{}", "TEL {}", "電話番号：{}", "お問い合わせは{}まで", "FAX:{}", "携帯 {}", "（電話 {}）"],
    [
        lambda d: f"03-{digits(d, 4, '3456')}-{digits(d, 4)}",
        lambda d: f"06-{digits(d, 4, '4567')}-{digits(d, 4)}",
        lambda d: f"0{d.choice('789')}0-{digits(d, 4, '123456789')}-{digits(d, 4)}",
        lambda d: f"0{d.choice('789')}0-{digits(d, 4)}-{digits(d, 4)}".translate(WIDE).replace("-", "－"),
    ],
    [
        lambda d: f"045-{digits(d, 3, '23456789')}-{digits(d, 4)}",
        lambda d: f"0466-{digits(d, 2, '23456789')}-{digits(d, 4)}",
        lambda d: f"0120-{digits(d, 3)}-{digits(d, 3)}",
        lambda d: f"03({digits(d, 4, '3456')}){digits(d, 4)}",
        lambda d: f"0{d.choice('789')}0{digits(d, 8)}",
    ],
)
NEAR_NATIONAL = near(
    lambda d: f"030 {digits(d, 6)}",
    lambda d: f"02{digits(d, 3)} {digits(d, 5)}",
    lambda d: f"0{digits(d, 9, '123456789')}",
    lambda d: f"01.0{d.randint(1, 9)}.20{digits(d, 2)} {d.randint(10, 23)}:{d.randint(10, 59)}",
    lambda d: f"call on 0{d.randint(1, 9)}.0{d.randint(1, 9)}.20{digits(d, 2)}",
    lambda d: " ".join(digits(d, 2) for _ in range(8)),
    lambda d: " ".join(f"{n:02}" for n in sorted(d.sample(range(1, 50), 5))),
    lambda d: " ".join(f"{d.getrandbits(8):02x}" for _ in range(6)) + " ff",
    lambda d: "-".join(f"{d.getrandbits(8):02X}" for _ in range(5)) + "-FF",
    lambda d: f"c.{'.'.join('0' + digits(d, 1) for _ in range(5))}",
    lambda d: f"0{digits(d, 1)} {digits(d, 2)} {digits(d, 2)} {digits(d, 2)} {digits(d, 2)} {digits(d, 2)}",
    lambda d: f"{digits(d, 2)} 01 {digits(d, 2)} {digits(d, 2)} {digits(d, 2)} {digits(d, 2)}",
    lambda d: f"order 07{digits(d, 3)} {digits(d, 6)}",
    lambda d: f"ref: 020 7{digits(d, 3)} {digits(d, 4)}",
    lambda d: f"090-{digits(d, 4)}-{digits(d, 5)}",
    lambda d: f"045-{digits(d, 3)}-{digits(d, 4)}",
    lambda d: f"0.{digits(d, 2)} {digits(d, 4)} {digits(d, 4)}",
    lambda d: f"x07{digits(d, 3)} {digits(d, 6)}",
    lambda d: f"https://example.org/03-{digits(d, 4)}-{digits(d, 4)}",
    lambda d: f"00{digits(d, 3)} {digits(d, 6)}",
    *ELSEWHERE,
)

# Resident ids of 15 digits.

CARD_FRAMES = ["身份证号：{}", "身份证{}。", "（身份證 {}）", "证件号码为{}，男", '"身份证": "{}"']


def _old(dice: Dice, region: str = "", born: str = "") -> str:
    born = born or f"{dice.randint(30, 98)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
    return (region or dice.choice(REGIONS)) + born + digits(dice, 3)


def old_resident_id(dice: Dice) -> tuple[str, str]:
    hit = _old(dice)
    return framed(dice, hit.translate(WIDE) if dice.random() < 0.2 else hit, CARD_FRAMES)


NEAR_OLD = near(
    _old,
    lambda d: f"身份证{_old(d, born='991301')}",
    lambda d: f"身份证{_old(d, born='990230')}",
    lambda d: f"身份证{_old(d, region='100101')}",
    lambda d: f"身份证{_old(d)}{digits(d, 1)}",
    lambda d: f"身份证{_old(d)[:14]}",
    lambda d: f"身份证 n{_old(d)}",
    lambda d: f"身份证 0.{_old(d)}",
    lambda d: f"IMEI {_old(d)}",
    lambda d: resident(d)[:15],
)

# IPv6.


def _group(dice: Dice) -> str:
    return f"{dice.randint(1, 65535):x}"


def _prefix(dice: Dice) -> str:
    return dice.choice(
        ["2001:4860", "2a00:1450", "2606:4700", "2400:cb00", "2804:14c", "2c0f:fb50", "2003:e4"]
    )


def ipv6(dice: Dice) -> tuple[str, str]:
    kept = dice.randint(1, 5)
    full = f"{_prefix(dice)}:{':'.join(_group(dice) for _ in range(6))}"
    short = f"{_prefix(dice)}:{':'.join(_group(dice) for _ in range(kept - 1))}::{_group(dice)}".replace(
        ":::", "::"
    )
    hit = dice.choice([full, short, full.upper(), ipaddress.IPv6Address(full).exploded])
    return framed(dice, hit, [*FRAMES, "[{}]:443", "{}/64", "ip={}", "from {}, port 22"])


def _pairs(dice: Dice, groups: int) -> str:
    """A fingerprint in pairs."""
    return ":".join("".join(dice.choices(HEX, k=2)) for _ in range(groups))


NEAR_IPV6 = near(
    lambda d: ":".join(f"{d.getrandbits(8):02x}" for _ in range(6)),
    lambda d: (
        f"20{digits(d, 2)}:{d.randint(10, 12)}:{d.randint(10, 28)} {d.randint(10, 23)}:{d.randint(10, 59)}:00"
    ),
    lambda d: f"{d.randint(10, 23)}:{d.randint(10, 59)}:{d.randint(10, 59)}",
    lambda d: f"std::{d.choice(['vector', 'cafe', 'add'])}::{d.choice(['begin', 'face', 'bad'])}",
    lambda d: "a::b, dead::beef, 2bad::Face::eat",
    lambda d: f"fe80::{_group(d)}:{_group(d)}:{_group(d)}",
    lambda d: f"fd{_group(d)[:2]:0>2}:{_group(d)}:{_group(d)}::1",
    lambda d: f"2001:db8:{_group(d)}::{_group(d)}",
    lambda d: f"2001:0:{_group(d)}::{_group(d)}",
    lambda d: f"::ffff:10.{d.randint(0, 255)}.1.2",
    lambda d: _pairs(d, 16),
    lambda d: _pairs(d, 8) + ":" + _pairs(d, 4),
    lambda d: f"{_prefix(d)}:{':'.join(_group(d) for _ in range(5))}",
    lambda d: f"{_prefix(d)}:{':'.join(_group(d) for _ in range(7))}",
    lambda d: f"{_prefix(d)}::/32",
    lambda d: f"{_prefix(d)}:{_group(d)}::{_group(d)}g",
    lambda d: f"x{_prefix(d)}:{_group(d)}::{_group(d)}",
    lambda d: f"{d.randint(1, 12)}:{d.randint(1, 30)}:{d.randint(1, 30)}-{d.randint(31, 60)}",
)


# What stands behind a blank in a name tells its strings apart, and a span of any telephone detector is right.
ABROAD: dict[str, Cases] = {
    "north_american_phone": Cases(north_american, NEAR_AMERICAN),
    "national_phone british": Cases(british, NEAR_NATIONAL),
    "national_phone german": Cases(german, NEAR_NATIONAL),
    "national_phone french": Cases(french, NEAR_NATIONAL),
    "national_phone japanese": Cases(japanese, NEAR_NATIONAL),
    "old_resident_id": Cases(old_resident_id, NEAR_OLD),
    "ipv6": Cases(ipv6, NEAR_IPV6),
}
