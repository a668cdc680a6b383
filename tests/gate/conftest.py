"""The option that accepts what changed."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update",
        action="store_true",
        help="write tests/gate/funnels.json anew, and print which documents changed sides",
    )
