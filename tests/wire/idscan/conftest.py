"""A world with alice in it, behind this door."""

from collections.abc import Generator

import pytest
from starlette.testclient import TestClient

from tests.support.world import World
from tests.wire.idscan.calls import opened


@pytest.fixture
def world() -> Generator[World]:
    """Yield a world in which alice may do everything, under the default settings."""
    with opened() as world:
        yield world


@pytest.fixture
def client(world: World) -> Generator[TestClient]:
    """Yield an HTTP client before that world."""
    with world.client() as client:
        yield client
