"""Fixtures of the unit tests."""

from __future__ import annotations

import io

import pytest

from tamis.cli.terminal import Terminal


@pytest.fixture
def terminal() -> Terminal:
    """80 columns, no colour; what is said lands in strings."""
    return Terminal(io.StringIO(), io.StringIO(), width=80)
