"""Write crates/tamis-core/src/signals/tables/public_suffixes.txt: the public suffixes that tldextract ships.

    PYTHON_WITH_TLDEXTRACT_5.4.0 scripts/make_suffix_table.py

Only the part that registries set (no private domains such as blogspot.com), as tldextract reads it by default.
Labels beyond ASCII stand a second time in their `xn--` form, so that nothing has to be decoded at run time.
"""

from __future__ import annotations

import importlib.metadata
import pkgutil
from pathlib import Path

import idna
from tldextract.suffix_list import extract_tlds_from_suffix_list

VERSION = "5.4.0"
TARGET = Path(__file__).resolve().parent.parent / "crates/tamis-core/src/signals/tables/public_suffixes.txt"
HEADER = f"""\
# Public suffixes, the part that registries set: publicsuffix.org, Mozilla Public License 2.0
# (https://mozilla.org/MPL/2.0/), from the snapshot in tldextract {VERSION}, made by scripts/make_suffix_table.py.
"""


def ascii_form(suffix: str) -> str:
    labels = (label if label.isascii() else idna.encode(label).decode() for label in suffix.split("."))
    return ".".join(labels)


def main() -> None:
    found = importlib.metadata.version("tldextract")
    assert found == VERSION, f"tldextract {VERSION} is needed, found {found}"
    snapshot = pkgutil.get_data("tldextract", ".tld_set_snapshot")
    assert snapshot is not None
    public, _private = extract_tlds_from_suffix_list(snapshot.decode("utf-8"))
    suffixes = sorted({form for suffix in public for form in (suffix, ascii_form(suffix))})
    TARGET.write_text(HEADER + "\n".join(suffixes) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
