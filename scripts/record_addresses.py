"""Record which IPv4 addresses Python 3.11's `ipaddress` calls global: tests/golden/mask_pii/addresses.json.

    python3.11 scripts/record_addresses.py

The blocks that are not global, as first and last address; found by asking at the edges of all networks that the
module knows, and held against the module at random addresses. Later Pythons draw the blocks differently, so the
version is asserted.
"""

from __future__ import annotations

import ipaddress
import json
import random
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "tests" / "golden" / "mask_pii" / "addresses.json"
LAST = 2**32 - 1


def is_global(number: int) -> bool:
    return ipaddress.IPv4Address(number).is_global


def edges() -> list[int]:
    """Where the answer may change: starts of the networks that the module names, and what follows each."""
    constants = ipaddress._IPv4Constants  # type: ignore[attr-defined]
    networks = [value for value in vars(constants).values() if isinstance(value, ipaddress.IPv4Network)]
    networks += constants._private_networks
    found = {0}
    for network in networks:
        found |= {int(network.network_address), int(network.broadcast_address) + 1}
    return sorted(edge for edge in found if edge <= LAST)


def main() -> None:
    assert (3, 11, 0) <= sys.version_info[:3] <= (3, 11, 9), "Python 3.11.0 to 3.11.9 is needed"
    starts = edges()
    blocks = [
        (start, end - 1)
        for start, end in zip(starts, [*starts[1:], LAST + 1], strict=True)
        if not is_global(start)
    ]
    joined: list[list[int]] = []
    for first, last in blocks:
        if joined and joined[-1][1] == first - 1:
            joined[-1][1] = last
        else:
            joined.append([first, last])
    dice = random.Random(0)
    for _ in range(1_000_000):
        number = dice.randint(0, LAST)
        assert is_global(number) != any(first <= number <= last for first, last in joined), number
    shown = [[str(ipaddress.IPv4Address(edge)) for edge in block] for block in joined]
    TARGET.write_text(json.dumps({"reference": "Python 3.11", "not_global": shown}, indent=1) + "\n")


if __name__ == "__main__":
    main()
