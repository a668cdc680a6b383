"""Record what ftfy 6.3.1 makes of its own test cases: tests/golden/fix_text/cases.json.

    PYTHON_WITH_FTFY_6.3.1 scripts/record_fix_text.py FOLDER

FOLDER is `tests/test-cases` of ftfy's repository (https://github.com/rspeer/python-ftfy, Apache-2.0). The texts are not
ours: a line holds the text's digest, whether ftfy finds mojibake in it, how often, and the digests of what it makes of it with
repaired encodings alone and with all its defaults.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path

import ftfy
from ftfy.badness import badness

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "golden"))
from ftfy_cases import cases
from shared_texts import digest

VERSION = "6.3.1"
TARGET = Path(__file__).resolve().parent.parent / "tests" / "golden" / "fix_text" / "cases.json"
ENCODING = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)


def main() -> None:
    found = importlib.metadata.version("ftfy")
    assert found == VERSION, f"ftfy {VERSION} is needed, found {found}"
    rows = {
        digest(text): [
            sum(map(badness, text.split("\n"))),
            digest(ftfy.fix_text(text, ENCODING)),
            digest(ftfy.fix_text(text)),
        ]
        for text in cases(Path(sys.argv[1]))
    }
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(rows.items()))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(f'{{"reference": "ftfy {VERSION}", "cases": {{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    main()
