"""Write crates/tamis-core/src/detectors/tables/*.txt: lengths of IBANs by country, of telephone numbers by calling code.

    PYTHON_WITH_BOTH scripts/make_detector_tables.py

`ibans.txt` is made of schwifty 2026.1.0 (MIT), which has the registry of SWIFT; `calling_codes.txt` of phonenumbers
9.0.43 (Apache-2.0), Google's libphonenumber: the lengths that fixed and mobile numbers may have behind the code.
"""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import phonenumbers
import schwifty.registry

VERSIONS = {"schwifty": "2026.1.0", "phonenumbers": "9.0.43"}
TARGET = Path(__file__).resolve().parent.parent / "crates/tamis-core/src/detectors/tables"
IBANS = f"""\
# IBANs: country, characters in all, what follows the check digits (n digits, a capitals, c either), from the registry in
# schwifty {VERSIONS["schwifty"]} (MIT License, https://github.com/mdomke/schwifty), made by scripts/make_detector_tables.py.
"""
CODES = f"""\
# Calling codes and the digits that fixed and mobile numbers have behind them, from phonenumbers {VERSIONS["phonenumbers"]}
# (Apache License 2.0, https://github.com/daviddrysdale/python-phonenumbers), made by scripts/make_detector_tables.py.
"""


def ibans() -> list[str]:
    registry = schwifty.registry.get("iban")
    assert isinstance(registry, dict)
    lines = []
    for country, entry in sorted(registry.items()):
        parts = re.findall(r"(\d+)!?([nac])", entry["bban_spec"])
        length = 4 + sum(int(count) for count, _kind in parts)
        assert length == entry["iban_length"], country
        lines.append(f"{country} {length} {' '.join(kind + count for count, kind in parts)}")
    return lines


def calling_codes() -> list[str]:
    lines = []
    for code, regions in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()):
        lengths: set[int] = set()
        for region in regions:
            known = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
            assert known is not None, code
            for kind in (known.fixed_line, known.mobile):
                lengths |= set(kind.possible_length) if kind is not None else set()
        possible = sorted(length for length in lengths if length > 0)
        if possible:
            lines.append(f"{code} {' '.join(map(str, possible))}")
    return lines


def main() -> None:
    for name, version in VERSIONS.items():
        found = importlib.metadata.version(name)
        assert found == version, f"{name} {version} is needed, found {found}"
    for name, header, lines in (
        ("ibans", IBANS, ibans()),
        ("calling_codes", CODES, calling_codes()),
    ):
        (TARGET / f"{name}.txt").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
