"""Calls of this door, as its clients make them, and a world with somebody in it to ask about."""

import base64
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.drivers import DRIVERS, Driver
from tests.support.world import World
from watchword.core.ports import Storage
from watchword.storage.memory import MemoryStorage

__all__ = [
    "BATCH",
    "EVERYTHING",
    "FORM",
    "INACTIVE",
    "INTROSPECT",
    "METADATA",
    "OTHERS",
    "PASSWORD",
    "REVOKE",
    "TOKEN",
    "ask",
    "basic",
    "bearer",
    "enter",
    "get_token",
    "opened",
    "post",
    "token_of",
]

TOKEN: Final = "/oauth2/token"
INTROSPECT: Final = "/oauth2/introspect"
BATCH: Final = "/oauth2/introspect/batch"
REVOKE: Final = "/oauth2/revoke"
METADATA: Final = "/.well-known/oauth-authorization-server"
PASSWORD: Final = "correct horse"
FORM: Final = {"content-type": "application/x-www-form-urlencoded"}
INACTIVE: Final = b'{"active":false}'
OTHERS: Final[list[Driver]] = [driver for name, driver in DRIVERS.items() if name != "oauth"]

EVERYTHING: Final = sorted(DRIVERS)
"""The audiences of every door that is here."""


@contextmanager
def opened(storage: Storage | None = None, **settings: object) -> Generator[World]:
    """Yield a world under these settings of the dialect.

    Alice is a person of Acme at every other door. Three machines stand at this one: ``guard`` may
    ask about everything, ``marshal`` may revoke everything, ``robot`` may do neither.
    """
    world = World(settings={"oauth": settings}, storage=storage or MemoryStorage())
    others = {driver.name: driver.profile for driver in OTHERS}
    world.add("alice@acme.example", "alice", password=PASSWORD, tenant="Acme", profiles=others)
    for name, profile in {
        "guard": {"introspects": EVERYTHING},
        "marshal": {"revokes": EVERYTHING},
        "robot": {"scopes": ["read", "write"]},
    }.items():
        world.add(name, password=PASSWORD, service=True, profiles={"oauth": profile})
    yield world
    world.close()


def basic(name: str, secret: str = PASSWORD) -> dict[str, str]:
    """Return the header of a client that needs no escapes."""
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    """Return the header of a caller with a token."""
    return {"authorization": f"Bearer {token}"}


def post(
    client: TestClient,
    path: str,
    form: Mapping[str, Any] | str,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Post fields, or a form that is encoded already."""
    if isinstance(form, str):
        return client.post(path, content=form, headers={**FORM, **(headers or {})})
    return client.post(path, data=dict(form), headers=headers)


def get_token(client: TestClient, name: str = "robot", **changes: str | None) -> Response:
    """Ask for a token for a machine; None leaves a field out."""
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": PASSWORD}
    sent = {key: value for key, value in (form | changes).items() if value is not None}
    return post(client, TOKEN, sent)


def token_of(client: TestClient, name: str = "robot", **changes: str | None) -> str:
    """Get a token for a machine and return it."""
    return str(get_token(client, name, **changes).json()["access_token"])


def ask(
    client: TestClient, token: str, headers: Mapping[str, str] | None = None, **fields: str
) -> Response:
    """Ask about a token, as ``guard`` with its secret unless the headers say otherwise."""
    return post(client, INTROSPECT, {"token": token, **fields}, headers or basic("guard"))


def enter(client: TestClient, driver: Driver) -> str:
    """Log alice in at another door and return her token."""
    token = driver.token(driver.login(client, driver.login_name, PASSWORD))
    client.cookies.clear()
    return token
