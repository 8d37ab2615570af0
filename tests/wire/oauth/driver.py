"""How the dialect suite logs in and calls at this door."""

from httpx2 import Response
from starlette.testclient import TestClient

from tests.support.drivers import Driver

__all__ = ["DRIVER"]

TOKEN = "/oauth2/token"
GUARDED = "/oauth2/introspect"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def login(client: TestClient, name: str, password: str) -> Response:
    """Get a token for a machine account."""
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": password}
    return client.post(TOKEN, data=form)


def token(answer: Response) -> str:
    """Take the token out of the answer."""
    return str(answer.json()["access_token"])


def guarded(client: TestClient, secret: str | None, _name: str) -> Response:
    """Ask about a token by itself."""
    headers = {} if secret is None else {"authorization": f"Bearer {secret}"}
    return client.post(GUARDED, data={"token": secret or "x"}, headers=headers)


def leave(client: TestClient, secret: str) -> Response:
    """Revoke a token by itself."""
    headers = {"authorization": f"Bearer {secret}"}
    return client.post("/oauth2/revoke", data={"token": secret}, headers=headers)


def shaped(answer: Response) -> bool:
    """Say whether this is an error of the RFCs."""
    body = answer.json()
    return (
        answer.headers["content-type"] == "application/json"
        and answer.headers["cache-control"] == "no-store"
        and list(body) in (["error"], ["error", "error_description"])
        and (answer.status_code != 401 or "www-authenticate" in answer.headers)
    )


def send_body(client: TestClient, body: bytes) -> Response:
    """Post raw bytes to the login."""
    return client.post(TOKEN, content=body, headers=FORM)


DRIVER = Driver(
    name="oauth",
    profile={"scopes": ["read", "write"]},
    login_name="alice",
    login=login,
    token=token,
    guarded=guarded,
    leave=leave,
    shaped=shaped,
    send_body=send_body,
    machine=True,
)
