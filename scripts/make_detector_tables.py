"""Write crates/tamis-core/src/detectors/tables/*.txt: IBANs by country, calling codes, Chinese area codes.

    PYTHON_WITH_BOTH scripts/make_detector_tables.py

`ibans.txt` is made of schwifty 2026.1.0 (MIT), which has the registry of SWIFT; `calling_codes.txt` of phonenumbers
9.0.43 (Apache-2.0), Google's libphonenumber: the lengths that fixed and mobile numbers may have behind the code. `chinese_areas.txt` is of its geography: what
the areas' codes start with, without the 0.
"""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import phonenumbers
import schwifty.registry
from phonenumbers.geodata import GEOCODE_DATA

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
AREAS = f"""\
# What Chinese area codes start with, without the 0, from phonenumbers {VERSIONS["phonenumbers"]}
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


def chinese_areas() -> list[str]:
    national = [code.removeprefix("86") for code in GEOCODE_DATA if code.startswith("86")]
    landlines = [code for code in national if code.startswith("10") or code[0] != "1"]
    return sorted({code[:2] if code[0] in "12" else code[:3] for code in landlines})


def main() -> None:
    for name, version in VERSIONS.items():
        found = importlib.metadata.version(name)
        assert found == version, f"{name} {version} is needed, found {found}"
    for name, header, lines in (
        ("ibans", IBANS, ibans()),
        ("calling_codes", CODES, calling_codes()),
        ("chinese_areas", AREAS, chinese_areas()),
    ):
        (TARGET / f"{name}.txt").write_text(header + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
