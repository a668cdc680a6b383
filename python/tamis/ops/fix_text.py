"""Repair texts that were decoded with the wrong encoding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from tamis import _core, marks
from tamis.errors import InputError
from tamis.messages import _, later
from tamis.op import Field, Signal, operator

OFF = (
    "unescape_html",
    "remove_terminal_escapes",
    "fix_latin_ligatures",
    "fix_character_width",
    "uncurl_quotes",
    "fix_line_breaks",
    "fix_surrogates",
    "remove_control_chars",
)
"""What ftfy does besides repairing encodings."""


@dataclass(frozen=True)
class Fixer:
    """ftfy with the choices of a preset."""

    once: Callable[[str], str]
    badness: Any
    """The expression that finds mojibake in a line."""

    def fix(self, text: str) -> str:
        """The text, repaired until nothing is left to repair.

        One pass of ftfy settles each line. Line breaks that it makes (`\\r`, `&#10;`) give new lines.
        """
        while (fixed := self.once(text)) != text:
            text = fixed
        return text

    def bad(self, text: str) -> Iterator[marks.Span]:
        """Where mojibake stands, in code points: line by line, as ftfy looks at it."""
        start = 0
        for line in text.split("\n"):
            yield from ((start + at.start(), start + at.end()) for at in self.badness.finditer(line))
            start += len(line) + 1


def load(parameters: Mapping[str, Any]) -> Fixer:
    """The package ftfy, set up for a preset.

    Raises:
        InputError: the package is not installed.
    """
    try:
        import ftfy
        from ftfy.badness import BADNESS_RE
    except ImportError:
        hint = _("pip install 'tamis[fix]'")
        raise InputError("ftfy", _("this package is not installed"), hint) from None
    config = ftfy.TextFixerConfig(explain=False)
    if parameters["preset"] == "encoding":
        config = config._replace(normalization=None, **dict.fromkeys(OFF, False))
    return Fixer(lambda text: ftfy.fix_text(text, config), BADNESS_RE)


def mark(text: str, signal: str, parameters: Mapping[str, Any]) -> marks.Mark:
    """The sequences of characters that look like mojibake."""
    fixer = load(parameters)
    spans = list(fixer.bad(text))
    return spans, len(spans) if signal == "mojibake_count" else fixer.fix(text) != text, 1


@operator(
    kind="transform",
    reads=["text"],
    writes=[
        Field("text", "string", later("the repaired text")),
        Signal("text_changed", "bool", later("something was repaired")),
        Signal(
            "mojibake_count",
            "int64",
            later("sequences of characters before that a wrong encoding made, as far as one can tell"),
            low=0,
            reference="badness",
        ),
    ],
    cost="medium",
    load=load,
    mark=mark,
)
def fix_text(
    text: pa.Array, *, preset: Literal["encoding", "ftfy"] = "encoding", state: Fixer
) -> dict[str, pa.Array]:
    r"""Repair mojibake: text that was decoded with the wrong encoding, `schÃ¶n` for `schön`.

    The work is done by the package ftfy (6.3, extra `fix`), line by line and until nothing changes any more, so that a second
    pass leaves all as it is. A text in which ftfy would find nothing to do is recognised by the core and never reaches
    it: clean texts come back byte for byte, in any script.

    C1 control characters become what Windows-1252 has in their place (`\x93` a quotation mark), as browsers do.

    Args:
        preset: `encoding` repairs encodings and C1 controls, and nothing else: widths, quotes, ligatures, entities, line
            breaks and normal forms stay. `ftfy` does all that `ftfy.fix_text` does by default: it also straightens
            quotes, turns full-width forms into ASCII (`，` into `,`, which Chinese and Japanese texts do not want),
            takes ligatures apart, resolves entities up to the first line with `<`, unifies line breaks, removes control
            characters and terminal escapes, and normalises to NFC.

    Returns:
        `text` (large_string), `text_changed` (bool), `mojibake_count` (int64: matches of ftfy's expression for
        mojibake, line by line, whether they could be repaired or not).

    Raises:
        InputError: the package ftfy is not installed (`load`).

    Examples:
        >>> import pyarrow as pa
        >>> from tamis.ops.fix_text import fix_text, load
        >>> text = pa.array(["schÃ¶n, “gut”", "明天，见", None], pa.large_string())
        >>> found = fix_text(text, state=load({"preset": "encoding"}))
        >>> found["text"].to_pylist(), found["mojibake_count"].to_pylist()
        (['schön, “gut”', '明天，见', None], [1, 0, 0])
    """
    suspected = pa.array(_core.suspected_texts(text, preset=preset))
    before = text.filter(suspected).to_pylist()
    after = [state.fix(one) for one in before]
    counts = [sum(1 for _ in state.bad(one)) for one in before]
    changed = [one != fixed for one, fixed in zip(before, after, strict=True)]
    nothing = pc.and_(suspected, False)
    return {
        "text": pc.replace_with_mask(text, suspected, pa.array(after, text.type)),
        "text_changed": pc.replace_with_mask(nothing, suspected, pa.array(changed, pa.bool_())),
        "mojibake_count": pc.replace_with_mask(
            nothing.cast(pa.int64()), suspected, pa.array(counts, pa.int64())
        ),
    }
