"""Strings that detectors must find, and strings that look much like them: drawn by seed, none of them anybody's.

Numbers are here, keys in `detector_keys`, phrases in `detector_phrases`. Check digits are worked out here a second time,
apart from the kernel.
"""

from __future__ import annotations

import random
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass

Dice = random.Random
Draw = Callable[[Dice], str]
Pair = Callable[[Dice], tuple[str, str]]

FRAMES = [
    "{}",
    "see {} there",
    "({})",
    '"{}"',
    "请看{}。",
    "内容为{}，谢谢",
    "（{}）",
    "甲：{}；乙",
    "a,\n{}\nb",
    "见【{}】",
    "is {}.",
]
HAN_FRAMES = [
    "请打{}找我",
    "我的号码是{}，随时联系",
    "张三{}",
    "（{}）李四",
    "致电{}。",
    "{}王经理",
    "电话：{}",
    "手机号{}，谢谢",
]
PHONE_FRAMES = [
    "Tel: {}",
    "phone {}",
    '{{"phone": "{}"}}',
    "Call us: {}.",
    "电话：{}",
    "Fax.{}",
    "tel={}",
    "联系电话（{}）",
]
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass(frozen=True)
class Cases:
    """`planted`: a text and what in it is to be found; `near`: a text in which nothing is."""

    planted: Pair
    near: Draw


def digits(dice: Dice, count: int, first: str = string.digits) -> str:
    return dice.choice(first) + "".join(dice.choices(string.digits, k=count - 1)) if count else ""


def drawn(dice: Dice, letters: str, count: int) -> str:
    """Characters at random, as keys are: of each kind that there is at least two."""
    while True:
        found = "".join(dice.choices(letters, k=count))
        kinds = [
            kind
            for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits)
            if set(kind) & set(letters)
        ]
        if all(sum(c in kind for c in found) > 1 for kind in kinds):
            return found


ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def framed(dice: Dice, hit: str, frames: list[str] | None = None) -> tuple[str, str]:
    return dice.choice(frames or FRAMES).format(hit), hit


def luhn(number: str) -> str:
    total = sum(sum(divmod(int(c) * (2 - at % 2), 10)) for at, c in enumerate(reversed(number)))
    return str(-total % 10)


def shared(dice: Dice) -> str:
    """What stands in real texts and is nobody's: ids, hashes, versions, times, books, orders, colours, decimals."""
    other = [
        str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        str(uuid.UUID(int=dice.getrandbits(128), version=4)).upper(),
        f"commit {dice.getrandbits(160):040x}",
        f"sha256:{dice.getrandbits(256):064x}",
        f"v{dice.randint(0, 30)}.{dice.randint(0, 99)}.{dice.randint(0, 9999)}-rc.{dice.randint(1, 9)}",
        f"20{digits(dice, 2)}-0{digits(dice, 1)}-1{digits(dice, 1)}T1{digits(dice, 1)}:3{digits(dice, 1)}:00+08:00",
        f"timestamp {1_600_000_000 + dice.randint(0, 10**8)}",
        f"{1_600_000_000_000 + dice.randint(0, 10**11)}",
        f"ISBN 978-7-{digits(dice, 3)}-{digits(dice, 5)}-{digits(dice, 1)}",
        f"ISBN {digits(dice, 9)}X",
        f"订单号：{digits(dice, 16)}",
        f"order no. {digits(dice, 11)}",
        f"运单号{digits(dice, 12)}",
        f"color: #{dice.getrandbits(24):06x}; background: #{digits(dice, 6)}",
        f"3.{digits(dice, 15)}",
        f"-0.{digits(dice, 18)}e+{digits(dice, 2)}",
        f"${digits(dice, 2)},{digits(dice, 3)},{digits(dice, 3)}.{digits(dice, 2)}",
        f"{digits(dice, 4)}×{digits(dice, 4)} 像素",
        f"doi:10.{digits(dice, 4)}/{digits(dice, 8)}-{digits(dice, 2)}",
        f"pp. {digits(dice, 3)}-{digits(dice, 3)}",
        f"https://example.org/item/{digits(dice, 16)}?id={digits(dice, 11)}",
        f"x{digits(dice, 11)}y",
        f"[{digits(dice, 2)}, {digits(dice, 2)}, {digits(dice, 2)}, {digits(dice, 2)}]",
    ]
    return dice.choice(other)


def near(*own: Draw) -> Draw:
    """One of a detector's own near misses, or a shared one, in a frame."""

    def draw(dice: Dice) -> str:
        one = dice.choice(own)(dice) if dice.random() < 0.75 else shared(dice)
        return dice.choice(FRAMES).format(one)

    return draw


# Telephone numbers.

MOBILE_HEADS = [
    "130",
    "133",
    "135",
    "138",
    "139",
    "147",
    "150",
    "152",
    "158",
    "166",
    "173",
    "176",
    "180",
    "188",
    "191",
    "199",
]
ABROAD: list[Draw] = [
    lambda d: f"1 {digits(d, 3, '23456789')}-{digits(d, 3, '23456789')}-{digits(d, 4)}",
    lambda d: f"1 ({digits(d, 3, '23456789')}) {digits(d, 3, '23456789')}-{digits(d, 4)}",
    lambda d: f"1.{digits(d, 3, '23456789')}.{digits(d, 3, '23456789')}.{digits(d, 4)}",
    lambda d: f"44 20 7{digits(d, 3)} {digits(d, 4)}",
    lambda d: f"44 (0)7{digits(d, 3, '3456789')} {digits(d, 6)}",
    lambda d: f"49 30 {digits(d, 7, '23456789')}",
    lambda d: f"33 6 {' '.join(digits(d, 2) for _ in range(4))}",
    lambda d: f"81-90-{digits(d, 4)}-{digits(d, 4)}",
    lambda d: f"7 (495) {digits(d, 3, '2345')}-{digits(d, 2)}-{digits(d, 2)}",
    lambda d: f"86 138 {digits(d, 4)} {digits(d, 4)}",
    lambda d: f"86-10-6{digits(d, 3)}{digits(d, 4)}",
    lambda d: f"852 2{digits(d, 3)} {digits(d, 4)}",
    lambda d: f"91 9{digits(d, 4)} {digits(d, 5)}",
    lambda d: f"39 06 {digits(d, 4, '3456')} {digits(d, 4)}",
]


def international(dice: Dice) -> tuple[str, str]:
    number = dice.choice(ABROAD)(dice)
    form = dice.randint(0, 5)
    if form == 0:
        return framed(dice, "00" + number, PHONE_FRAMES[:5])
    if form == 1:
        return framed(dice, "＋" + number.translate(WIDE))
    if form == 2:
        return framed(dice, "+" + "".join(c for c in number.replace("(0)", "") if c.isdigit()))
    return framed(dice, "+" + number)


def mobile(dice: Dice) -> tuple[str, str]:
    head, rest = dice.choice(MOBILE_HEADS), digits(dice, 8)
    form = dice.randint(0, 6)
    if form == 0:
        return framed(dice, f"{head}-{rest[:4]}-{rest[4:]}")
    if form == 1:
        return framed(dice, f"{head} {rest[:4]} {rest[4:]}", [*HAN_FRAMES, *PHONE_FRAMES])
    if form == 2:
        return framed(dice, f"86-{head}{rest}")
    if form == 3:
        return framed(dice, (head + rest).translate(WIDE), HAN_FRAMES)
    return framed(dice, head + rest, HAN_FRAMES if form < 6 else PHONE_FRAMES)


def landline(dice: Dice) -> tuple[str, str]:
    area = dice.choice(["010", "020", "021", "025", "0755", "0571", "0351", "0432", "0898"])
    local = digits(dice, 8 if len(area) == 3 or dice.random() < 0.5 else 7, "2345678")
    cut = len(local) - 4
    hit = dice.choice(
        [
            f"{area}-{local}",
            f"({area}){local}",
            f"（{area}）{local}",
            f"{area}-{local[:cut]}-{local[cut:]}",
            f"{area}-{local}-{digits(dice, 3, '123456789')}",
        ]
    )
    if dice.random() < 0.3:
        return framed(dice, f"{area} {local}" if dice.random() < 0.5 else area + local, PHONE_FRAMES)
    return framed(dice, hit.translate(WIDE) if dice.random() < 0.2 else hit)


NEAR_ABROAD = near(
    lambda d: f"GMT+0{digits(d, 3)}",
    lambda d: f"UTC+{digits(d, 2)}:00",
    lambda d: f"+{digits(d, 1)}.{digits(d, 9)}",
    lambda d: f"+1 {digits(d, 3, '23456789')} {digits(d, 3, '23456789')} {digits(d, 3)}",
    lambda d: f"+1 {digits(d, 3, '01')} 555 {digits(d, 4)}",
    lambda d: f"+999 {digits(d, 3)} {digits(d, 4)}",
    lambda d: f"+86 {digits(d, 10, '3456789')}1{digits(d, 4)}",
    lambda d: f"x{digits(d, 2)}+4420{digits(d, 8)}",
    lambda d: f"{digits(d, 3)} +1{digits(d, 3, '23456789')}{digits(d, 3, '23456789')}{digits(d, 4)}",
    lambda d: f"+0{digits(d, 11)}",
    lambda d: f"00{digits(d, 10)}",
    lambda d: f"0 00.{digits(d, 3)}.{digits(d, 3)}.{digits(d, 3)}",
    lambda d: f"+{digits(d, 2, '123456789')}%",
)
NEAR_MOBILE = near(
    lambda d: f"12{digits(d, 9)}",
    lambda d: f"138{digits(d, 7)}",
    lambda d: f"138{digits(d, 9)}",
    lambda d: f"0.138{digits(d, 8)}",
    lambda d: f"138{digits(d, 8)}.{digits(d, 2)}",
    lambda d: f"订单号138{digits(d, 8)}",
    lambda d: f"编号：139{digits(d, 8)}",
    lambda d: f"user_id=138{digits(d, 8)}",
    lambda d: f"https://x.cn/u/138{digits(d, 8)}",
    lambda d: f"￥138{digits(d, 8)}",
    lambda d: f"a138{digits(d, 8)}",
    lambda d: f"{digits(d, 4)}-138{digits(d, 8)}",
    lambda d: f"165 (2017) {digits(d, 4)}",
    lambda d: f"154{digits(d, 8)}",
)
NEAR_LANDLINE = near(
    lambda d: f"000-{digits(d, 8, '2345678')}",
    lambda d: f"01{digits(d, 2, '23456789')}-{digits(d, 8, '2345678')}",
    lambda d: f"010-{digits(d, 8, '019')}",
    lambda d: f"010-{digits(d, 6, '2345678')}",
    lambda d: f"0755-{digits(d, 9, '2345678')}",
    lambda d: f"2023-{digits(d, 8, '2345678')}",
    lambda d: f"0.010-{digits(d, 8, '2345678')}",
    lambda d: f"订单号 010-{digits(d, 8, '2345678')}",
    lambda d: f"+999 0755-{digits(d, 7, '2345678')}",
    lambda d: f"id=0755-{digits(d, 7, '2345678')}",
    lambda d: f"ISSN 0{digits(d, 3)}-{digits(d, 4)}",
    lambda d: f"0755.{digits(d, 7, '2345678')}",
)

# Numbers with check digits.

REGIONS = ["110101", "310104", "440305", "510107", "330106", "650102", "810000"]


def resident(dice: Dice, region: str = "", born: str = "", off: int = 0) -> str:
    body = (
        (region or dice.choice(REGIONS))
        + (born or f"{dice.randint(1930, 2015)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}")
        + digits(dice, 3)
    )
    total = sum(int(c) * (2 ** (17 - at) % 11) for at, c in enumerate(body))
    return body + "10X98765432"[(total + off) % 11]


def resident_id(dice: Dice) -> tuple[str, str]:
    hit = resident(dice)
    form = dice.randint(0, 5)
    if form == 0:
        hit = f"{hit[:6]} {hit[6:14]} {hit[14:]}"
    return framed(dice, hit.translate(WIDE) if form == 1 else hit.lower() if form == 2 else hit)


CARDS = [
    ("4", 16),
    ("51", 16),
    ("55", 16),
    ("2221", 16),
    ("2720", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("65", 16),
    ("3528", 16),
    ("3589", 16),
    ("622", 16),
    ("621", 19),
    ("625", 18),
]


def card_number(dice: Dice, off: int = 0, head: str = "", length: int = 0) -> str:
    if not head:
        head, length = dice.choice(CARDS)
    body = head + digits(dice, length - 1 - len(head))
    return body + str((int(luhn(body)) + off) % 10)


def card(dice: Dice) -> tuple[str, str]:
    number = card_number(dice)
    groups = {15: (4, 10, 15), 16: (4, 8, 12, 16), 18: (4, 8, 12, 16, 18), 19: (4, 8, 12, 16, 19)}[
        len(number)
    ]
    parted = dice.choice(" -").join(
        number[start:end] for start, end in zip((0, *groups), groups, strict=False)
    )
    announced = ["card {}", "银行卡号：{}", "Visa: {}", '{{"card_number": "{}"}}', "卡号{}。"]
    if dice.random() < 0.5:
        return framed(dice, parted, [*FRAMES, *announced])
    return framed(dice, number.translate(WIDE) if dice.random() < 0.2 else number, announced)


ACCOUNTS: dict[str, Draw] = {
    "DE": lambda d: digits(d, 18),
    "GB": lambda d: drawn(d, string.ascii_uppercase, 4) + digits(d, 14),
    "FR": lambda d: digits(d, 10) + drawn(d, string.ascii_uppercase + string.digits, 11) + digits(d, 2),
    "NL": lambda d: drawn(d, string.ascii_uppercase, 4) + digits(d, 10),
    "NO": lambda d: digits(d, 11),
    "MT": lambda d: (
        drawn(d, string.ascii_uppercase, 4)
        + digits(d, 5)
        + drawn(d, string.ascii_uppercase + string.digits, 18)
    ),
    "PL": lambda d: digits(d, 24),
    "ES": lambda d: digits(d, 20),
    "SA": lambda d: digits(d, 2) + digits(d, 18),
}


def account(dice: Dice, off: int = 0, country: str = "", body: str = "") -> str:
    country = country or dice.choice(list(ACCOUNTS))
    body = body or ACCOUNTS[country](dice)
    number = int("".join(str(int(c, 36)) for c in f"{body}{country}00"))
    return f"{country}{(98 - number % 97 + off) % 97 or 97:02}{body}"


def iban(dice: Dice) -> tuple[str, str]:
    hit = account(dice)
    if dice.random() < 0.5:
        hit = " ".join(hit[at : at + 4] for at in range(0, len(hit), 4))
    return framed(dice, hit, [*FRAMES, "IBAN: {}", "帐号{}。"])


NEAR_RESIDENT = near(
    lambda d: resident(d, off=d.randint(1, 10)),
    lambda d: resident(d, born="19991301"),
    lambda d: resident(d, born="20010229"),
    lambda d: resident(d, born="17500101"),
    lambda d: resident(d, region="100101"),
    lambda d: resident(d) + digits(d, 1),
    lambda d: "1" + resident(d),
    lambda d: f"0.{resident(d)}",
    lambda d: f"n{resident(d)}",
    lambda d: resident(d)[:15],
)
NEAR_CARD = near(
    lambda d: card_number(d, off=d.randint(1, 9)),
    lambda d: f"订单号{card_number(d)}",
    lambda d: f"order {card_number(d)}",
    lambda d: f"id: {card_number(d)}",
    lambda d: card_number(d, head="9", length=16),
    lambda d: card_number(d, head="1", length=16),
    lambda d: card_number(d, head="4", length=17),
    lambda d: f"0.{card_number(d)}",
    lambda d: f"https://x.org/a/{card_number(d)}",
    lambda d: f"k{card_number(d)}",
    lambda d: f"{card_number(d)}-{digits(d, 4)}",
    lambda d: f"<card:{card_number(d, head='4', length=16)}>",
)
NEAR_IBAN = near(
    lambda d: account(d, off=d.randint(1, 96)),
    lambda d: account(d, country="XX", body=digits(d, 18)),
    lambda d: account(d, country="DE", body=digits(d, 17)),
    lambda d: account(d, country="GB", body=digits(d, 18)),
    lambda d: account(d) + digits(d, 1),
    lambda d: "A" + account(d),
    lambda d: account(d, country="DE").lower(),
)

NUMBERS: dict[str, Cases] = {
    "international_phone": Cases(international, NEAR_ABROAD),
    "chinese_mobile": Cases(mobile, NEAR_MOBILE),
    "chinese_landline": Cases(landline, NEAR_LANDLINE),
    "resident_id": Cases(resident_id, NEAR_RESIDENT),
    "card": Cases(card, NEAR_CARD),
    "iban": Cases(iban, NEAR_IBAN),
}
