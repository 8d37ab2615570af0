"""Fixtures for this vendor's tests."""

from collections.abc import Generator

import pytest

from tests.wire.findface.door import Visitor, door


@pytest.fixture
def visitor() -> Generator[Visitor]:
    """Yield a visitor at the door as it comes, without any settings."""
    with door() as visitor:
        yield visitor
