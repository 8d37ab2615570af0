"""How these tests speak to the server: the vendor's calls, with as little typing as may be."""

from typing import Any, Final

from httpx2 import Response
from starlette.testclient import TestClient

__all__ = ["PASSWORD", "TOKEN", "log_in", "refresh", "show"]

TOKEN: Final = "X-Forensic-Access-Token"
PASSWORD: Final = "correct horse"


def log_in(
    client: TestClient, email: str = "alice@acme.example", password: str = PASSWORD, **options: Any
) -> Response:
    """Log in."""
    body = {"credentials": {"email": email, "password": password}}
    return client.post("/api/authorize/auth", json=body, **options)


def refresh(client: TestClient, session: dict[str, Any], **changed: Any) -> Response:
    """Ask for a new pair with a session's own pair, but for what is changed."""
    pair = session | changed
    return client.post(
        "/api/authorize/refresh",
        headers={TOKEN: pair["access_token"]},
        json={"expire_token": pair["expire_token"]},
    )


def show(client: TestClient, session: dict[str, Any], user_id: str | None = None) -> Response:
    """Ask who one is, or who another one is."""
    headers = {TOKEN: session["access_token"]}
    return client.get(f"/api/users/{user_id or session['user_id']}", headers=headers)
