"""A world with alice in it, behind this door."""

from collections.abc import Generator

import pytest
from starlette.testclient import TestClient

from tests.support.world import World
from tests.wire.idscan.calls import opened, token_of
from tests.wire.idscan.capture import Person


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


@pytest.fixture
def scanner(client: TestClient) -> Person:
    """Return alice, logged in for scanning."""
    return Person(client, token_of(client, area="scanning"))


@pytest.fixture
def investigator(client: TestClient) -> Person:
    """Return alice, logged in for investigation."""
    return Person(client, token_of(client, area="investigation"))
