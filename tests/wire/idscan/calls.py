"""Calls of this vendor's wire, as its clients make them. The cookie jar never keeps anything."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.world import World

__all__ = [
    "DEFINITIONS",
    "DENIED",
    "LOGOUT",
    "PASSWORD",
    "TOKEN",
    "ask",
    "cookies_of",
    "form_of",
    "log_in",
    "opened",
    "post_form",
    "token_of",
]

TOKEN: Final = "/idscanenterprisesvc/token"
LOGOUT: Final = "/idscanenterprisesvc/logout"
DEFINITIONS: Final = "/idscanenterprisesvc/JourneyDefinition/GetAll"
PASSWORD: Final = "correct horse"
PROFILE: Final = {"role": "SuperAdministrator"}
DENIED: Final = b'{"Message":"Authorization has been denied for this request."}'


@contextmanager
def opened(profile: Mapping[str, object] = PROFILE, **settings: object) -> Generator[World]:
    """Yield a world in which alice has this profile, under these settings of the dialect."""
    world = World(settings={"idscan": settings})
    world.add(
        "Alice@acme.example",
        "Alice",
        password=PASSWORD,
        full_name="Alice Example",
        profiles={"idscan": profile},
    )
    yield world
    world.close()


def form_of(**changes: str | None) -> dict[str, str]:
    """Return a good login as form fields, with changes; None leaves a field out."""
    form: dict[str, str | None] = {
        "grant_type": "password",
        "username": "alice",
        "password": PASSWORD,
        "area": "investigation",
    }
    return {key: value for key, value in (form | changes).items() if value is not None}


def post_form(client: TestClient, form: Mapping[str, str] | str, **options: Any) -> Response:
    """Post fields, or a form that is encoded already, to the token endpoint."""
    if isinstance(form, str):
        answer = client.post(TOKEN, content=form, **options)
    else:
        answer = client.post(TOKEN, data=form, **options)
    client.cookies.clear()
    return answer


def log_in(client: TestClient, **changes: str | None) -> Response:
    """Log alice in."""
    return post_form(client, form_of(**changes))


def token_of(client: TestClient, **changes: str | None) -> str:
    """Log alice in and return the token."""
    return str(log_in(client, **changes).json()["access_token"])


def ask(client: TestClient, query: str = "", **headers: str) -> Response:
    """Make the guarded call; an underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(DEFINITIONS + query, headers=named)


def cookies_of(answer: Response) -> dict[str, list[str]]:
    """Return what is set: the cookie's value, then its attributes, by the cookie's name."""
    parts = [line.split("; ") for line in answer.headers.get_list("set-cookie")]
    pairs = [(first.partition("="), rest) for first, *rest in parts]
    return {name: [value, *rest] for (name, _, value), rest in pairs}
