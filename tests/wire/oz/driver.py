"""What the dialect suite needs to know of Oz."""

from typing import Final

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.drivers import Driver, Gated

LOGIN: Final = "/api/authorize/auth"
NOBODY: Final = "00000000-0000-4000-8000-000000000000"

_owners: dict[str, str] = {}
"""Whose each token is. A client learns its own id from the answer to its login alone."""


def log_in(client: TestClient, email: str, password: str) -> Response:
    return client.post(LOGIN, json={"credentials": {"email": email, "password": password}})


def take_token(answer: Response) -> str:
    session = answer.json()
    token: str = session["access_token"]
    _owners[token] = session["user_id"]
    return token


def show_self(client: TestClient, token: str | None, _login: str) -> Response:
    headers = {} if token is None else {"X-Forensic-Access-Token": token}
    return client.get(f"/api/users/{_owners.get(token or '', NOBODY)}", headers=headers)


def is_refusal(answer: Response) -> bool:
    refusal = answer.json()
    return (
        list(refusal) == ["error_code", "error_message", "details"]
        and isinstance(refusal["error_code"], int)
        and bool(refusal["error_message"])
        and answer.headers["content-type"] == "application/json; charset=utf8"
    )


def send_body(client: TestClient, body: bytes) -> Response:
    return client.post(LOGIN, content=body)


DRIVER = Driver(
    name="oz",
    profile={"user_type": "ADMIN"},
    login_name="alice@acme.example",
    login=log_in,
    token=take_token,
    guarded=show_self,
    leave=None,
    shaped=is_refusal,
    send_body=send_body,
    closed=403,
    gated=Gated(
        headers=lambda token: {"X-Forensic-Access-Token": token},
        open=("GET", "/api/version"),
        allowed=("GET", "/api/folders/"),
        denied=("DELETE", "/api/folders/1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
        lesser={"user_type": "CLIENT"},
        missing=("GET", "/api/elsewhere"),
    ),
)
