"""Mask e-mail and IP addresses."""

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


def mark(text: str, signal: str, parameters: Mapping[str, Any]) -> marks.Mark:
    """The addresses."""
    row = mask_pii(pa.array([""]), pa.array([text], pa.large_string()), **parameters)
    found = row["spans"][0].as_py()
    kind = signal.removesuffix("_count")
    spans = [(span["start"], span["end"]) for span in found if kind in ("spans", span["label"])]
    return spans, len(spans), 1


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
        Field("text", "string", later("the text without addresses")),
        Signal("email_count", "int64", later("e-mail addresses replaced"), 0),
        Signal("ip_count", "int64", later("public IPv4 addresses replaced"), 0),
        Signal("spans", "spans", later("where they stood in the text before; label email or ip")),
    ],
    cost="cheap",
    cite="penedo2024fineweb",
    mark=mark,
    check=check,
    hides="spans",
)
def mask_pii(
    id: pa.Array,
    text: pa.Array,
    *,
    dialect: Literal["tamis", "fineweb"] = "tamis",
    mode: Literal["mask", "hash", "remove"] = "mask",
    salt: Annotated[str, Secret()] = "",
) -> dict[str, pa.Array]:
    r"""Mask, hash or remove e-mail and public IPv4 addresses.

    E-mail addresses first, then addresses that Python 3.11's `ipaddress` calls global: `10.0.0.1` and other private
    ones stay, and so do octets with leading zeros.

    `fineweb` finds what datatrove's `PIIFormatter` finds since May 2024 (capitals too), with its flaws: an IPv4 address
    needs no border, so `v1.2.3.4` is hit; `/ ? =` belong to the local part, so a whole URL before an address goes; a
    letter before the local part saves the address (`邮箱bob@x.com`). `tamis` asks for borders on both sides, leaves
    version numbers alone (`v1.2.3.4`, `version 1.2.3.4`, `lib-1.2.3.4`), takes local parts of European letters, digits
    and `. _ % + - '`, and needs a top-level domain of two letters or more. Neither knows IPv6.

    The texts before stand in `originals/` alone (`--originals drop`: nowhere): in `kept/`, in an export and in the report's
    examples of kept documents the text's addresses are masked or covered. A document that an earlier step removed was
    never masked. The text alone is read: what stands in `title`, `url`, `headers` or `metadata` stays as it came, and
    `drop_columns` leaves these out (the recipes of FineWeb drop `title`).

    Args:
        dialect: `tamis` or `fineweb`.
        mode: `mask`: one of FineWeb's two e-mail and six IP addresses. The document's id chooses the first, further
            ones follow in turn; datatrove goes round across documents, so that its output depends on their order.
            `hash`: `<email:0123456789abcdef>`, SHA-1 of salt and lower-cased address, so that equal addresses stay
            equal. `remove`: nothing.
        salt: secret for `hash`, which is refused without: 4 billion IPv4 addresses are tried in minutes. Given with
            `--set mask_pii.salt=...` or in the environment variable `TAMIS_MASK_PII_SALT`; a recipe that holds it is
            refused, and a run stores a digest of it.

    Returns:
        `text` (large_string), two int64 columns, and `spans`: list<struct<start, end, score, label>> in code points of
        the text before, score 1.0.

    Raises:
        RecipeError: `hash` without a salt.

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.mask_pii import mask_pii
        >>> text = pa.array(["write to bob@x.com, not to 10.0.0.1"], pa.large_string())
        >>> found = mask_pii(pa.array(["0" * 32]), text, mode="remove")
        >>> found["text"].to_pylist(), found["email_count"].to_pylist()
        (['write to , not to 10.0.0.1'], [1])
    """
    _check_salt(mode, salt)
    found = _core.mask_pii(id, text, dialect=dialect, mode=mode, salt=salt)
    columns = {name: pa.array(found[name]) for name in ("text", "email_count", "ip_count")}
    return {**columns, "spans": pa.array(found["spans"]).cast(SPANS)}
