"""Mask addresses, telephone and card numbers, keys: what identifies people or opens their accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pyarrow as pa

from tamis import _core, marks
from tamis.errors import RecipeError
from tamis.messages import _, later
from tamis.op import Columns, Field, Secret, Signal, operator

SPANS = pa.list_(
    pa.struct([("start", pa.int64()), ("end", pa.int64()), ("score", pa.float64()), ("label", pa.string())])
)
CATEGORIES = ("email", "ip", "phone", "resident_id", "card", "iban", "secret")
# By the name of what is found its category: `github_token` is a secret.
CATEGORY = dict(_core.detectors())


def mark(text: str, signal: str, parameters: Mapping[str, Any]) -> marks.Mark:
    """What was found of the signal's category."""
    row = mask_pii(pa.array([""]), pa.array([text], pa.large_string()), **parameters)
    category = signal.removesuffix("_count")
    found = [span for span in row["spans"][0].as_py() if category in ("spans", CATEGORY[span["label"]])]
    return [(span["start"], span["end"]) for span in found], len(found), 1


def check(parameters: Mapping[str, Any], columns: Columns) -> None:
    """`hash` has its salt."""
    _check_salt(parameters["mode"], parameters["salt"])


def _check_salt(mode: str, salt: str) -> None:
    if mode == "hash" and not salt:
        raise RecipeError(
            "salt",
            _('mode = "hash" needs a salt: without one the addresses can be found by trying them'),
            _("--set STEP.salt=SECRET, and keep it out of what you publish"),
        )


@operator(
    kind="transform",
    reads=["id", "text"],
    writes=[
        Field("text", "string", later("the text with what was found replaced")),
        Signal(
            "email_count",
            "int64",
            later("e-mail addresses replaced"),
            0,
            needs="email",
            nullable=later("`email` is false"),
        ),
        Signal(
            "ip_count",
            "int64",
            later("public IP addresses replaced"),
            0,
            needs="ip",
            nullable=later("`ip` is false"),
        ),
        Signal(
            "phone_count",
            "int64",
            later("telephone numbers replaced"),
            0,
            needs="phone",
            nullable=later("`phone` is false"),
        ),
        Signal(
            "resident_id_count",
            "int64",
            later("Chinese resident identity numbers replaced"),
            0,
            needs="resident_id",
            nullable=later("`resident_id` is false"),
        ),
        Signal(
            "card_count",
            "int64",
            later("payment card numbers replaced"),
            0,
            needs="card",
            nullable=later("`card` is false"),
        ),
        Signal(
            "iban_count",
            "int64",
            later("bank account numbers (IBAN) replaced"),
            0,
            needs="iban",
            nullable=later("`iban` is false"),
        ),
        Signal(
            "secret_count",
            "int64",
            later("keys and tokens replaced"),
            0,
            needs="secret",
            nullable=later("`secret` is false"),
        ),
        Signal(
            "spans", "spans", later("where they stood in the text before; the label is the detector's name")
        ),
    ],
    cost="cheap",
    cite="penedo2024fineweb",
    mark=mark,
    check=check,
    hides="spans",
    version=3,
)
def mask_pii(
    id: pa.Array,
    text: pa.Array,
    *,
    email: bool = True,
    ip: bool = True,
    phone: bool = False,
    resident_id: bool = False,
    card: bool = False,
    iban: bool = False,
    secret: bool = False,
    dialect: Literal["tamis", "fineweb"] = "tamis",
    mode: Literal["mask", "hash", "remove"] = "mask",
    salt: Annotated[str, Secret()] = "",
) -> dict[str, pa.Array]:
    r"""Mask, hash or remove addresses, telephone and card numbers, keys.

    By default e-mail and public IP addresses, as FineWeb does; the other categories are asked for by name. E-mail
    addresses first, then addresses that Python 3.11's `ipaddress` calls global: `10.0.0.1` and other private ones stay,
    and so do octets with leading zeros. Then the others, from left to right, outside of addresses.

    `fineweb` finds what datatrove's `PIIFormatter` finds since May 2024 (capitals too), with its flaws: an IPv4 address
    needs no border, so `v1.2.3.4` is hit; `/ ? =` belong to the local part, so a whole URL before an address goes; a
    letter before the local part saves the address (`邮箱bob@x.com`). `tamis` asks for borders on both sides, leaves
    version numbers alone (`v1.2.3.4`, `version 1.2.3.4`, `lib-1.2.3.4`), takes local parts of European letters, digits
    and `. _ % + - '`, and needs a top-level domain of two letters or more. It alone knows IPv6: addresses of `2000::/3`
    with three groups or more, full or compressed; documentation's (`2001:db8::/32`, `3fff::/20`), Teredo's and private
    ones stay.

    Numbers are read in ASCII and full-width digits, beside Chinese without blanks. What they are is told by their form,
    their check digits and the nearest word in the 48 bytes before them: `订单号` or `order` before a number that
    could be a telephone's or a card's saves it, `电话` or `phone` tells a bare one. The text alone decides.

    The texts before stand in `originals/` alone (`--originals drop`: nowhere): in `kept/`, in an export and in the report's
    examples of kept documents what was found is masked or covered. A document that an earlier step removed was
    never masked. The text alone is read: what stands in `title`, `url`, `headers`, `metadata` or in the excerpts of
    `hidden_text` stays as it came, and `drop_columns` leaves these out (the recipes of FineWeb drop `title`).

    Args:
        email: look for e-mail addresses.
        ip: look for public IPv4 addresses, and IPv6 ones in dialect `tamis`.
        phone: look for telephone numbers: `+` or `00`, a calling code and as many digits as that code has
            (libphonenumber's lengths); Chinese mobiles of 11 digits, in groups of 3-4-4, behind `86`, announced or in
            a Chinese line; Chinese landlines by area code, with hyphen or bracket or announced; North America's by area
            and exchange (2 to 9 first, no N11), as `(415) 555-2671`, `415-555-2671`, `415.555.2671`, a 1 before or not,
            or announced; numbers of 9 to 13 digits from one 0 where announced, and as they stand `020 7946 0958`,
            `07911 123456` (British), `0171/1234567` (German mobiles), `01 23 45 67 89` (French, no five rising pairs
            below 60), `03-1234-5678`, `090-1234-5678` (Japanese).
        resident_id: look for Chinese resident identity numbers: 18 characters with region, birthday and the check digit
            of GB 11643; the older 15 digits, which have none, where a word for identity card (身份证) stands up to 48
            bytes before.
        card: look for payment cards: an issuer's prefix and length, and Luhn's check digit.
        iban: look for IBANs: the country's length and form, 1 modulo 97, in capitals.
        secret: look for keys of AWS, GitHub, GitLab, Slack, Google, Stripe, `sk-` keys of model providers, Hugging Face
            tokens, JSON web tokens and private keys in PEM. What looks typed (`EXAMPLE`, `xxxx`) is none.
        dialect: how addresses are found: `tamis` or `fineweb`.
        mode: `mask`: one of FineWeb's two e-mail and six IP addresses. The document's id chooses the first, further
            ones follow in turn; datatrove goes round across documents, so that its output depends on their order.
            `2001:db8::1` for IPv6.
            `<phone>`, `<card>`, `<secret>` and so on for the other categories.
            `hash`: `<email:0123456789abcdef>`, SHA-1 of salt and what was found: addresses lower-cased, numbers without
            what parts their digits, so that equal ones stay equal. `remove`: nothing.
        salt: secret for `hash`, which is refused without: 4 billion IPv4 addresses are tried in minutes. Given with
            `--set mask_pii.salt=...` or in the environment variable `TAMIS_MASK_PII_SALT`; a recipe that holds it is
            refused, and a run stores a digest of it.

    Returns:
        `text` (large_string), an int64 column for each category, null where it is not looked for, and `spans`:
        list<struct<start, end, score, label>> in code points of the text before, score 1.0.

    Raises:
        RecipeError: `hash` without a salt.

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.mask_pii import mask_pii
        >>> text = pa.array(["write to bob@x.com, not to 10.0.0.1"], pa.large_string())
        >>> found = mask_pii(pa.array(["0" * 32]), text, mode="remove")
        >>> found["text"].to_pylist(), found["email_count"].to_pylist()
        (['write to , not to 10.0.0.1'], [1])
        >>> text = pa.array(["请拨打１３９-1234-5670，订单号13912345670"], pa.large_string())
        >>> mask_pii(pa.array(["0" * 32]), text, phone=True)["text"].to_pylist()
        ['请拨打<phone>，订单号13912345670']
    """
    _check_salt(mode, salt)
    wanted = (email, ip, phone, resident_id, card, iban, secret)
    chosen = [name for name, wants in zip(CATEGORIES, wanted, strict=True) if wants]
    found = _core.mask_pii(id, text, categories=chosen, dialect=dialect, mode=mode, salt=salt)
    counts = {
        f"{name}_count": pa.array(found[f"{name}_count"])
        if name in chosen
        else pa.nulls(len(text), pa.int64())
        for name in CATEGORIES
    }
    return {"text": pa.array(found["text"]), **counts, "spans": pa.array(found["spans"]).cast(SPANS)}
