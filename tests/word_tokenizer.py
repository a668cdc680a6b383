"""A small tokenizer: words and punctuation, each a token."""

from __future__ import annotations

from pathlib import Path


def word_tokenizer(path: Path) -> Path:
    """Saves it at that path."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = Tokenizer(WordLevel({"?": 0, "the": 1}, unk_token="?"))
    words.pre_tokenizer = Whitespace()
    words.save(str(path))
    return path
