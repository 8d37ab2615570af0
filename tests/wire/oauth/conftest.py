"""What the tests of this wire share: a world with somebody at this door and at the others."""

from collections.abc import Generator

import pytest
from starlette.testclient import TestClient

from tests.support.world import World
from tests.wire.oauth.calls import opened


@pytest.fixture
def world() -> Generator[World]:
    """Yield that world under the default settings."""
    with opened() as world:
        yield world


@pytest.fixture
def client(world: World) -> Generator[TestClient]:
    """Yield an HTTP client before it."""
    with world.client() as client:
        yield client
