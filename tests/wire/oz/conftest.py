"""A world with one person at Oz's door. Override ``settings`` for another ``[dialects.oz]``."""

from collections.abc import Generator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.support.world import World
from tests.wire.oz.talk import PASSWORD, log_in


@pytest.fixture
def settings() -> dict[str, object]:
    return {}


@pytest.fixture
def world(settings: dict[str, object]) -> Generator[World]:
    world = World({"oz": settings})
    world.add(
        "alice@acme.example",
        "alice",
        password=PASSWORD,
        full_name="Alice Anne Example",
        tenant="Acme Bank",
        profiles={"oz": {"user_type": "CLIENT"}},
    )
    yield world
    world.close()


@pytest.fixture
def client(world: World) -> Generator[TestClient]:
    with world.client() as client:
        yield client


@pytest.fixture
def session(client: TestClient) -> dict[str, Any]:
    """Return the answer to a login."""
    answer = log_in(client)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
