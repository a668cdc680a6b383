"""Tokens of a text, by any `tokenizer.json`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis.errors import InputError
from tamis.messages import _, later
from tamis.op import Signal, operator


class Loader:
    """The `load` of the operator: the tokenizer that the recipe names."""

    def __call__(self, parameters: Mapping[str, Any]) -> Any:
        try:
            from tokenizers import Tokenizer
        except ImportError:
            raise InputError(
                "token_count",
                _("the package tokenizers is not installed"),
                _("pip install 'tamis[tokens]'"),
            ) from None
        # A worker has one core, and the library's threads do not survive a fork.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        path = Path(parameters["tokenizer"]).expanduser()
        if not path.is_file():
            what = _("is a folder, not a file") if path.is_dir() else _("no such file")
            raise InputError(str(path), what, _("give the path of a tokenizer.json"))
        # The library raises plain `Exception` for whatever it cannot read.
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:
            raise InputError(
                str(path),
                _("not a tokenizer that the package tokenizers can read: {reason}").format(reason=error),
                _("give a tokenizer.json as the library saves it, not its vocabulary or its configuration"),
            ) from None
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def files(self, parameters: Mapping[str, Any]) -> list[Path]:
        """What is read, for its size."""
        return [Path(parameters["tokenizer"]).expanduser()]


@operator(
    kind="signal",
    reads=["text"],
    writes=[Signal("token_count", "int64", later("tokens, special ones not added"), low=0)],
    cost="medium",
    load=Loader(),
)
def token_count(text: pa.LargeStringArray, *, tokenizer: str, state: Any) -> dict[str, pa.Array]:
    """How many tokens a tokenizer makes of a text.

    No special tokens are added; truncation and padding that the file asks for are switched off.

    Args:
        tokenizer: the path of a `tokenizer.json` of the package tokenizers (extra `tokens`).

    Raises:
        InputError: the package or the file is missing, or the file is no tokenizer.

    Examples:
        >>> import pyarrow as pa
        >>> from tokenizers import Tokenizer
        >>> from tokenizers.models import WordLevel
        >>> from tokenizers.pre_tokenizers import Whitespace
        >>> from tamis.ops.token_count import token_count
        >>> words = Tokenizer(WordLevel({"?": 0, "a": 1}, unk_token="?"))
        >>> words.pre_tokenizer = Whitespace()
        >>> text = pa.array(["a b, a", ""], pa.large_string())
        >>> token_count(text, tokenizer="tokenizer.json", state=words)["token_count"].to_pylist()
        [4, 0]
    """
    encoded = state.encode_batch_fast(text.to_pylist(), add_special_tokens=False)
    return {"token_count": pa.array([len(one) for one in encoded], pa.int64())}
