"""The three vendors' clients, as small as their calls: log in, use the token, log out.

Written against the vendors' documents, not against our code, and over real sockets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

__all__ = ["CLIENTS", "VendorClient", "findface", "idscan", "oz"]


@dataclass(frozen=True)
class VendorClient:
    """One vendor's calls. ``log_in`` returns the answer; ``use`` says what a token gets."""

    name: str
    login: str
    log_in: Callable[[httpx2.Client, str, str], httpx2.Response]
    credential: Callable[[httpx2.Response], Any]
    use: Callable[[httpx2.Client, Any], httpx2.Response]


def _oz_log_in(client: httpx2.Client, login: str, password: str) -> httpx2.Response:
    body = {"credentials": {"email": login, "password": password}}
    return client.post("/api/authorize/auth", json=body)


def _oz_use(client: httpx2.Client, credential: Any) -> httpx2.Response:
    token, user_id = credential
    return client.get(f"/api/users/{user_id}", headers={"X-Forensic-Access-Token": token})


def _idscan_log_in(client: httpx2.Client, login: str, password: str) -> httpx2.Response:
    form = {
        "grant_type": "password",
        "username": login,
        "password": password,
        "area": "investigation",
    }
    answer = client.post("/idscanenterprisesvc/token", data=form)
    client.cookies.clear()
    return answer


def _idscan_use(client: httpx2.Client, credential: Any) -> httpx2.Response:
    url = "/idscanenterprisesvc/JourneyDefinition/GetAll"
    return client.get(url, headers={"Authorization": credential})


def _findface_log_in(client: httpx2.Client, login: str, password: str) -> httpx2.Response:
    return client.post("/auth/login/", auth=(login, password), json={"uuid": str(uuid4())})


def _findface_use(client: httpx2.Client, credential: Any) -> httpx2.Response:
    return client.get("/users/me/", headers={"Authorization": f"Token {credential}"})


oz = VendorClient(
    "oz",
    "alice@acme.example",
    _oz_log_in,
    lambda answer: (answer.json()["access_token"], answer.json()["user_id"]),
    _oz_use,
)
idscan = VendorClient(
    "idscan", "alice", _idscan_log_in, lambda answer: answer.json()["access_token"], _idscan_use
)
findface = VendorClient(
    "findface", "alice", _findface_log_in, lambda answer: answer.json()["token"], _findface_use
)
CLIENTS = (oz, idscan, findface)
