"""Fixtures for the tests of the core."""

from collections.abc import Generator

import pytest

from tests.support.house import House


@pytest.fixture
def house() -> Generator[House]:
    """Yield a house that nobody may enter yet."""
    house = House()
    yield house
    house.close()
