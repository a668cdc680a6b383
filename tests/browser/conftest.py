"""One browser for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Chromium]:
    with chromium.Chromium() as opened:
        yield opened
