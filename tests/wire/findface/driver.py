"""How the shared suite talks to this vendor's door."""

import itertools
from base64 import b64encode

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.drivers import Driver, Gated

DEVICES = itertools.count(1)


def basic(name: str, password: str) -> dict[str, str]:
    """Return the header that logs in."""
    return {"authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


def login(client: TestClient, name: str, password: str) -> Response:
    """Log in on a device of its own: on one and the same, each login ends the one before."""
    body = {"uuid": f"station-{next(DEVICES)}"}
    return client.post("/auth/login/", json=body, headers=basic(name, password))


def token(answer: Response) -> str:
    return str(answer.json()["token"])


def guarded(client: TestClient, token: str | None, _name: str) -> Response:
    headers = {} if token is None else {"authorization": f"Token {token}"}
    return client.get("/users/me/", headers=headers)


def leave(client: TestClient, token: str) -> Response:
    return client.post("/auth/logout/", headers={"authorization": f"Token {token}"})


def shaped(answer: Response) -> bool:
    """Say whether this is a refusal as the vendor's client understands one."""
    body = answer.json()
    texts = isinstance(body.get("code"), str) and isinstance(body.get("desc"), str)
    return texts and answer.headers["content-type"] == "application/json"


def send_body(client: TestClient, body: bytes) -> Response:
    headers = basic("alice", "correct horse") | {"content-type": "application/json"}
    return client.post("/auth/login/", content=body, headers=headers)


DRIVER = Driver(
    name="findface",
    profile={"primary_group": "Administrator"},
    login_name="alice",
    login=login,
    token=token,
    guarded=guarded,
    leave=leave,
    shaped=shaped,
    send_body=send_body,
    gated=Gated(
        headers=lambda token: {"Authorization": f"Token {token}"},
        open=("GET", "/config.json"),
        allowed=("GET", "/cameras/"),
        denied=("POST", "/cameras/"),
        lesser={"primary_group": "User"},
        missing=("GET", "/elsewhere/"),
    ),
)
