"""Where in a recipe's text something stands, for errors that name the line."""

from __future__ import annotations

import re


class Lines:
    """Line numbers of a TOML text by step; tomllib keeps none."""

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self._lines = text.split("\n")
        self._steps = [i for i, line in enumerate(self._lines) if re.match(r"\s*\[\[step\]\]", line)]

    def at(self, word: str, step: int | None = None, after: int = 0) -> str:
        """`path:line` of the first line that holds `word`, within a step where one is given.

        `after` skips that many earlier hits, so that the second rule of one signal finds its own line.
        """
        first, last = self._region(step)
        pattern = re.compile(rf"(?<![\w.-]){re.escape(word)}(?![\w-])")
        hits = [i for i in range(first, last) if pattern.search(self._lines[i])]
        line = hits[min(after, len(hits) - 1)] if hits else first
        return f"{self.path}:{line + 1}"

    def _region(self, step: int | None) -> tuple[int, int]:
        if step is None or step >= len(self._steps):
            return 0, len(self._lines)
        following = self._steps[step + 1] if step + 1 < len(self._steps) else len(self._lines)
        return self._steps[step], following
